"""Schemathesis over the whole API, once as each role, on claims in every situation."""

import asyncio
import json
import os
import shutil
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvicorn

import storage.attachments
from api.tokens import Caller, Role, Tokens
from ops.engine import free_port
from tests.house import SECRET, House, OpenClaim, Sale, key
from tests.scenes import SCENES

ROOT = Path(__file__).parent.parent
CONFIGURATION = ROOT / "schemathesis.toml"
FRESH = 12  # orders that nobody has claimed on yet
LEAVING = 3  # people who can be erased, for they have no claim


class Pair(House):
    """A house with one buyer and one seller, who are the ones that schemathesis calls as."""

    def sale(self) -> Sale:
        sale = super().sale()
        sale.buyer, sale.seller = "buyer-1", "seller-1"
        return sale


@asynccontextmanager
async def served(app: Any) -> AsyncIterator[str]:
    """The application behind a real server, in this process; its address."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning", lifespan="off"))
    task = asyncio.create_task(server.serve())
    for _ in range(1000):
        if server.started:
            break
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task


async def furnish(house: House, folder: Path) -> None:
    """Claims in every situation, orders without one; and the lists of their ids that the configuration names."""
    pair = Pair(house.settings, house.app, house.database, house.temporal, house.translator)
    claims = [await scene(pair) for scene in SCENES.values()]
    orders = [await pair.order() for _ in range(FRESH)]
    uploads = [await claims[0].uploaded("buyer", name=f"{n}.jpg") for n in range(FRESH)]
    used = await _with_files(claims[1], uploads[0]["id"])
    talk = await pair.claim()
    await talk.did("seller", "guide", note="Hold the button for five seconds.")
    for text in ("O produto não chegou até hoje.", "El producto todavía no llegó."):  # whatever the seller reads
        async with house.as_("buyer", talk.sale.buyer) as buyer:
            (await buyer.post(f"/v1/claims/{talk.id}/messages", json={"text": text}, headers=key())).raise_for_status()
    lists = {
        "talks": [talk.id],
        "messages": await _messages(talk),
        "attachments": [used, uploads[1]["id"]],
        "spares": [u["id"] for u in uploads[1:]],
        "claims": [c.id for c in claims],
        "orders": [o.order_id for o in orders] + [claims[0].sale.order_id, "São-1"],
        "people": ["seller-1", "buyer-1"],
        "leaving": [(await house.order()).buyer for _ in range(LEAVING)],
        "parcels": [number for c in claims if (number := await _parcel(c))] + ["RR123456785BR"],
    }
    for name, values in lists.items():
        (folder / name).write_text("".join(f"{json.dumps(value, ensure_ascii=False)}\n" for value in values))


async def _messages(claim: OpenClaim) -> list[str]:
    async with claim.house.as_("buyer", claim.sale.buyer) as buyer:
        thread = (await buyer.get(f"/v1/claims/{claim.id}/messages")).json()["messages"]
    return [message["id"] for message in thread]


async def _with_files(claim: OpenClaim, attachment_id: str) -> str:
    """One of the buyer's uploads, used in the claim."""
    by, now = ("buyer", claim.sale.buyer), datetime.now(UTC)
    async with claim.house.database.writing() as session:
        await storage.attachments.bind(session, [attachment_id], by, claim.id, f"msg_{claim.id}", now)
    return attachment_id


async def _parcel(claim: OpenClaim) -> str:
    found = (await claim.seen())["return"]
    return str(found["tracking_number"] or "") if found else ""


@dataclass
class Outcome:
    """What the runs found: the objections of each role's run, and how often each operation answered what."""

    objections: dict[str, str] = field(default_factory=dict)
    answered: Counter[tuple[str, int]] = field(default_factory=Counter)

    def succeeded(self, operation: str) -> int:
        return sum(n for (label, status), n in self.answered.items() if label == operation and 200 <= status < 300)

    def never_succeeded(self, operations: list[str]) -> list[str]:
        return [o for o in operations if not self.succeeded(o)]

    def table(self, operations: list[str]) -> str:
        rows = [f"{self.succeeded(o):7} {self.asked(o):7}  {o}" for o in operations]
        return "\n".join(["    2xx   asked  operation", *rows])

    def asked(self, operation: str) -> int:
        return sum(n for (label, _), n in self.answered.items() if label == operation)


def operations(app: Any) -> list[str]:
    """All of an application's operations, as schemathesis names them."""
    return [f"{method.upper()} {path}" for path, made in app.openapi()["paths"].items() for method in made]


async def run(url: str, folder: Path, runs: Iterable[tuple[Role, ...]], *options: str) -> Outcome:
    """Run schemathesis against the API at this address, once for each of these groups of roles, who take turns."""
    shutil.copy(CONFIGURATION, folder)
    outcome = Outcome()
    for roles in runs:
        name = "+".join(roles)
        code, said = await _run(url, folder, name, roles, options)
        if code != 0:
            outcome.objections[name] = said
        counted = folder / f"answered-{name}.json"
        assert counted.exists(), said
        for label, status, count in json.loads(counted.read_text()):
            outcome.answered[label, status] += count
    return outcome


async def _run(url: str, folder: Path, name: str, roles: tuple[Role, ...], options: tuple[str, ...]) -> tuple[int, str]:
    tokens = [Tokens(SECRET, "amends").sign(Caller(f"{role}-1", role)) for role in roles]
    environment = os.environ | {"FUZZ_TOKEN": tokens[0], "FUZZ_TOKENS": " ".join(tokens), "NO_COLOR": "1"}
    environment |= {"FUZZ_ROLE": name, "FUZZ_FOLDER": str(folder)}
    program = [str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(folder / CONFIGURATION.name)]
    process = await asyncio.create_subprocess_exec(
        *program, "run", f"{url}/openapi.json", *options,
        cwd=ROOT, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode(errors="replace")
