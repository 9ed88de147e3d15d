"""The texts of the pages as they stand in code and templates, for holding the catalogues against them."""

import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import extract_from_dir

PAGES = Path(__file__).parent.parent / "api" / "pages"
_METHODS = [("**.py", "python"), ("templates/**.html", "jinja2.ext:babel_extract")]
_OPTIONS = {"templates/**.html": {"extensions": "jinja2.ext.i18n", "silent": "false", "trimmed": "true"}}
_KEYWORDS = {"N_": None, "_": None, "gettext": None, "ngettext": (1, 2)}
_FIELD = re.compile(r"%\((\w+)\)[ds]")

Id = str | tuple[str, str]


def used() -> dict[Id, list[str]]:
    """Every text (of a plural: both forms), and where it stands."""
    found: dict[Id, list[str]] = {}
    for file, line, text, _, _ in extract_from_dir(PAGES, _METHODS, _OPTIONS, _KEYWORDS):
        found.setdefault(text if isinstance(text, str) else (text[0], text[1]), []).append(f"{file}:{line}")
    return found


def fields(text: str) -> set[str]:
    """The names of what is filled in."""
    return set(_FIELD.findall(text))


def forms(text: object) -> Iterator[str]:
    yield from (text if isinstance(text, list | tuple) else [text])
