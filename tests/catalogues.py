"""`python -m tests.catalogues`: what is not translated yet, as entries to be filled in; and what is there in vain."""

import io
import sys

from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from api.formats import LOCALES
from api.pages.texts import catalogue
from tests.texts import OTHERS, Id, doubled, missing, unused, used


def main() -> int:
    """1 when anything is to be done."""
    texts = used()
    reports = [report for language in OTHERS for report in _reports(language, texts)]
    print("\n".join(reports) or f"All {len(texts)} texts are translated to {' and '.join(OTHERS)}.")
    return 1 if reports else 0


def entries(language: str, texts: dict[Id, list[str]]) -> str:
    """Entries for a .po file of this language, with an empty translation."""
    empty, written = Catalog(locale=LOCALES[language]), io.BytesIO()
    for text, where in texts.items():
        forms = ("",) * empty.num_plurals if isinstance(text, tuple) else ""
        empty.add(text, forms, locations=[_place(one) for one in where])
    write_po(written, empty, width=0, omit_header=True)
    return written.getvalue().decode()


def _reports(language: str, texts: dict[Id, list[str]]) -> list[str]:
    found = catalogue(language)
    lacking, vain, twice = missing(texts, found), unused(texts, found), doubled(language)
    more = [f"# {language}: {text!r} stands nowhere any more" for text in sorted(vain, key=str)]
    more += [f"# {language}: {text} is translated in {' and '.join(files)}" for text, files in twice.items()]
    if lacking:
        more += [f"# {language}: {len(lacking)} of {len(texts)} texts are missing", entries(language, lacking)]
    return more


def _place(where: str) -> tuple[str, int]:
    file, _, line = where.rpartition(":")
    return file, int(line)


if __name__ == "__main__":
    sys.exit(main())
