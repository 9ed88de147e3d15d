"""What axe-core finds against WCAG 2.2, levels A and AA, in the page as it stands in a window."""

from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_OPTIONS = {"runOnly": {"type": "tag", "values": _TAGS}, "resultTypes": ["violations"]}
_MOST = 300  # characters of an element that are told


async def axe(page: Page) -> None:
    """Fails with the rules that are broken, and where. The debugger runs it: the page's own policy stays in force."""
    found = (await Axe().run(page, options=_OPTIONS)).response["violations"]
    assert not found, f"{page.url}\n" + "\n".join(line for violation in found for line in _told(violation))


def _told(violation: dict[str, Any]) -> list[str]:
    where = [f"    {node['target']}  {node['html'][:_MOST]}\n      {_why(node)}" for node in violation["nodes"]]
    return [f"  {violation['id']}: {violation['help']} ({violation['helpUrl']})", *where]


def _why(node: dict[str, Any]) -> str:
    return "; ".join(check["message"] for kind in ("any", "all", "none") for check in node[kind])
