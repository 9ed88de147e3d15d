"""What stands in the address of a list: its filters, as the API takes them. What it does not know filters nothing."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode

from claims.orders import LONGEST_ID

Choice = TypeVar("Choice", bound=StrEnum)


def chosen(kinds: type[Choice], text: str) -> Choice | None:
    """The member of that name, or None."""
    return next((kind for kind in kinds if kind == text), None)


def searched(text: str) -> str:
    """What somebody typed into a search box, as far as anything can be found by it."""
    return "".join(c for c in text if c.isprintable()).strip()[:LONGEST_ID]


def address(path: str, asked: Mapping[str, str | None], **more: str | None) -> str:
    """A list with these filters, but for what is said otherwise."""
    query = {name: value for name, value in {**asked, **more}.items() if value}
    return f"{path}?{urlencode(query)}" if query else path
