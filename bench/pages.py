"""What the pages cost: `python -m bench.pages [rounds]`. The whole system with its demo data, over loopback.

For each page: median and slowest time of the server to answer, in milliseconds, and its bytes on the wire; at the end
what a first look costs in bytes, with styles, scripts and signs.
"""

import re
import statistics
import sys
import tempfile
import time
from pathlib import Path

import httpx

from api.pages.session import Sessions
from api.tokens import Caller, Role
from ops.home import Home
from tests.running import Run

PAGES = (
    ("", "", "/sign-in"),
    ("seller", "casa-jacaranda", "/orders"),
    ("seller", "casa-jacaranda", "/claims"),
    ("seller", "casa-jacaranda", "/claims/{demo-1001}"),
    ("seller", "casa-jacaranda", "/claims/{demo-1001}/actions/refund"),
    ("seller", "harbor-and-pine", "/reputation"),
    ("seller", "casa-jacaranda", "/settings"),
    ("buyer", "diego-trevino", "/orders"),
    ("buyer", "diego-trevino", "/orders/demo-1020/1/claim"),
    ("buyer", "diego-trevino", "/claims/{demo-1002}"),
    ("mediator", "mediator-1", "/claims"),
    ("mediator", "mediator-1", "/claims/{demo-1016}"),
)
_LINKED = re.compile(r'(?:src|href)="(/static/[^"#]+)')


def claims(api: httpx.Client) -> dict[str, str]:
    """The demonstration's claims by their order."""
    token = api.post("/v1/dev/tokens", json={"sub": "ops", "role": "ops"}).json()["token"]
    found = api.get("/v1/claims", params={"limit": 100}, headers={"Authorization": f"Bearer {token}"}).json()
    return {claim["order_id"]: claim["id"] for claim in found["claims"]}


def on_the_wire(browser: httpx.Client, path: str) -> int:
    """Bytes of the body as it was sent."""
    with browser.stream("GET", path) as answer:
        return sum(len(chunk) for chunk in answer.iter_raw())


def measure(browser: httpx.Client, path: str, rounds: int) -> str:
    times = []
    for _ in range(rounds):
        begun = time.perf_counter()
        answer = browser.get(path)
        times.append(1000 * (time.perf_counter() - begun))
        answer.raise_for_status()
    linked = set(_LINKED.findall(answer.text))
    page, rest = on_the_wire(browser, path), sum(on_the_wire(browser, one) for one in linked)
    return f"{statistics.median(times):6.1f} {max(times):7.1f} {page:8} {page + rest:10}"


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    with tempfile.TemporaryDirectory() as folder:
        run = Run(home := Path(folder) / "home")
        try:
            run.until_ready()
            address, sessions = run.noted()["addresses"]["api"], Sessions(Home(home).secret(), "amends", secure=False)
            with httpx.Client(base_url=address, trust_env=False) as api:
                ids = claims(api)
            print(f"{'page':44} {'median':>6} {'slowest':>7} {'bytes':>8} {'first look':>10}")
            for role, person, path in PAGES:
                cookies = {sessions.cookie: sessions.sign(Caller(person, Role(role)))} if role else {}
                with httpx.Client(base_url=address, cookies=cookies, trust_env=False, timeout=30) as browser:
                    asked = re.sub(r"\{(.*?)\}", lambda found: ids[found[1]], path)
                    print(f"{role:8} {path:35} {measure(browser, asked, rounds)}")
        finally:
            run.stop()


if __name__ == "__main__":
    main()
