"""`make screenshots`: pictures of the pages in docs/screenshots, of the demonstration as `make run` shows it."""

import asyncio
import io
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from PIL import Image
from playwright.async_api import Browser

from api.pages.session import Sessions
from api.tokens import Caller, Role
from settings import Settings
from tests import browsing
from tests.browsing import NARROW, Looks, Site
from tests.running import ROOT, Run

FOLDER = ROOT / "docs" / "screenshots"
AUDIENCE = Settings.model_fields["token_audience"].default
MOST_BYTES = 150_000
_COLOURS = 256
_CLAIM = re.compile(r"\{(demo-\d+)\}")


class Shot(NamedTuple):
    """What is pictured; in the path, `{demo-1001}` is the claim on that order."""

    name: str
    path: str
    role: str = ""
    person: str = ""
    looks: Looks = Looks()
    status: int = 200


_PHONE, _DARK = Looks(width=NARROW), Looks(scheme="dark")
_SPANISH, _PORTUGUESE = Looks("es", NARROW), Looks("pt")
SHOTS: tuple[Shot, ...] = (
    Shot("sign-in", "/sign-in"),
    Shot("sign-in-phone", "/sign-in", looks=_SPANISH),
    Shot("seller-orders", "/orders", "seller", "loja-ipe-amarelo", _PORTUGUESE),
    Shot("seller-claims", "/claims", "seller", "harbor-and-pine"),
    Shot("seller-room", "/claims/{demo-1001}", "seller", "casa-jacaranda"),
    Shot("seller-room-dark", "/claims/{demo-1001}", "seller", "casa-jacaranda", _DARK),
    Shot("seller-offer", "/claims/{demo-1001}/actions/offer_partial_refund?percent=30", "seller", "casa-jacaranda"),
    Shot("seller-reputation", "/reputation", "seller", "harbor-and-pine"),
    Shot("seller-settings", "/settings", "seller", "harbor-and-pine"),
    Shot("buyer-orders-phone", "/orders", "buyer", "lucia-mendoza", _SPANISH),
    Shot("buyer-order-phone", "/orders/demo-1020", "buyer", "diego-trevino", _SPANISH),
    Shot("buyer-opens-phone", "/orders/demo-1020/1/claim", "buyer", "diego-trevino", _SPANISH),
    Shot("buyer-offer-phone", "/claims/{demo-1002}", "buyer", "diego-trevino", _SPANISH),
    Shot("buyer-return-phone", "/claims/{demo-1004}", "buyer", "sofia-benitez", _SPANISH),
    Shot("mediator-queue", "/claims", "mediator", "mediator-1"),
    Shot("mediator-room", "/claims/{demo-1016}", "mediator", "mediator-1"),
    Shot("mediator-rules-phone", "/claims/{demo-1007}/actions/rule?amount=18990", "mediator", "mediator-1", _PHONE),
    Shot("nothing-here", "/nothing", "buyer", "grace-okafor", status=404),
)


def main() -> int:
    if not browsing.CHROMIUM:
        print("The browser is missing: Debian's package chromium.", file=sys.stderr)
        return 1
    with running() as run:
        asyncio.run(take(run))
    return 0


@contextmanager
def running() -> Iterator[Run]:
    """The whole system with its demonstration, gone afterwards."""
    with TemporaryDirectory(prefix="amends-shots-") as folder:
        run = Run(Path(folder) / "var")
        try:
            yield run.until_ready()
        finally:
            run.stop()


async def take(run: Run) -> None:
    """All pictures anew; those of pages that are no longer pictured go."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.png"):
        if old.stem not in {shot.name for shot in SHOTS}:
            old.unlink()
    claims = claims_of(run)
    async with browsing.browser() as browser:
        site = site_of(run, browser)
        for shot in SHOTS:
            picture = small(await pictured(site, shot, claims))
            (FOLDER / f"{shot.name}.png").write_bytes(picture)
            print(f"docs/screenshots/{shot.name}.png  {len(picture) // 1000} KB", flush=True)


async def pictured(site: Site, shot: Shot, claims: dict[str, str]) -> bytes:
    async with site.window(shot.role, shot.person, shot.looks) as window:
        await window.open(_CLAIM.sub(lambda found: claims[found[1]], shot.path), shot.status)
        await window.page.evaluate("document.fonts.ready")
        return await window.page.screenshot(animations="disabled", caret="hide")


def small(picture: bytes) -> bytes:
    """With few colours: a picture of letters loses nothing by it, and half of its bytes."""
    made = io.BytesIO()
    whole = Image.open(io.BytesIO(picture)).convert("RGB")
    whole.quantize(_COLOURS, dither=Image.Dither.NONE).save(made, "PNG", optimize=True)
    assert made.tell() <= MOST_BYTES, f"{made.tell()} bytes are too many for a picture in the README"
    return made.getvalue()


def claims_of(run: Run) -> dict[str, str]:
    """The id of the claim on each order of the demonstration."""
    with run.client() as client:
        found = client.get("/v1/claims", params={"limit": 100}).raise_for_status().json()["claims"]
    return {claim["order_id"]: claim["id"] for claim in found}


def site_of(run: Run, browser: Browser) -> Site:
    sessions = Sessions((run.folder / "secret").read_text().strip(), AUDIENCE, secure=False)

    def cookie(role: str, person: str) -> tuple[str, str]:
        return sessions.cookie, sessions.sign(Caller(person, Role(role)))

    async def speaks(role: str, person: str, language: str) -> None:
        with run.client(role, person) as client:
            client.put("/v1/profile", json={"language": language, "originals": False}).raise_for_status()

    return Site(run.noted()["addresses"]["api"], browser, cookie, speaks)


if __name__ == "__main__":
    sys.exit(main())
