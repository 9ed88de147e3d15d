"""The texts of the pages as they stand in code and templates, for holding the catalogues against them."""

import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir

from api.pages.texts import FOLDER

OTHERS = ("es", "pt")  # the languages of the catalogues; English stands in the code
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


def missing(texts: dict[Id, list[str]], found: Catalog) -> dict[Id, list[str]]:
    """The texts without a whole translation."""
    return {text: where for text, where in texts.items() if not _whole(text, found)}


def unused(texts: dict[Id, list[str]], found: Catalog) -> set[Id]:
    """The translations of what stands nowhere any more."""
    return {message.id for message in found if message.id} - set(texts)


def doubled(language: str) -> dict[str, list[str]]:
    """The texts that are translated more than once, and the files that do."""
    found: dict[str, list[str]] = {}
    for file in sorted((FOLDER / language).glob("*.po")):
        for line in file.read_text().splitlines():
            if line.startswith("msgid ") and line != 'msgid ""':
                found.setdefault(line.removeprefix("msgid "), []).append(file.name)
    return {text: files for text, files in found.items() if len(files) > 1}


def _whole(text: Id, found: Catalog) -> bool:
    message = found.get(text)
    said = list(forms(message.string)) if message and not message.fuzzy else []
    plurals = found.num_plurals if isinstance(text, tuple) else 1
    return len(said) >= plurals and all(said)
