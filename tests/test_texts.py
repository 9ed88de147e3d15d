"""Every text of the pages in every language: none is missing, and none stands there for nothing."""

import pytest
from babel.messages.catalog import Catalog

from api.pages.texts import FOLDER, Formats, catalogue, spoken, translations
from tests.texts import Id, fields, forms, used

OTHERS = ("es", "pt")


def missing(texts: dict[Id, list[str]], found: Catalog) -> dict[Id, list[str]]:
    """The texts without a whole translation."""
    return {text: where for text, where in texts.items() if not _whole(text, found)}


def _whole(text: Id, found: Catalog) -> bool:
    message = found.get(text)
    said = list(forms(message.string)) if message and not message.fuzzy else []
    plurals = found.num_plurals if isinstance(text, tuple) else 1
    return len(said) >= plurals and all(said)


@pytest.mark.parametrize("language", OTHERS)
def test_no_translation_is_missing(language: str) -> None:
    assert missing(used(), catalogue(language)) == {}


@pytest.mark.parametrize("language", OTHERS)
def test_what_is_filled_in_is_filled_in_in_every_language(language: str) -> None:
    for message in catalogue(language):
        if message.id:
            wanted = set().union(*(fields(form) for form in forms(message.id)))
            for said in forms(message.string):
                assert fields(said) <= wanted, message.id
                assert isinstance(message.id, tuple | list) or fields(said) == wanted, message.id


@pytest.mark.parametrize("language", OTHERS)
def test_no_text_is_there_for_nothing_or_twice(language: str) -> None:
    there = [line for file in (FOLDER / language).glob("*.po") for line in file.read_text().splitlines()]
    ids = [line for line in there if line.startswith("msgid ") and line != 'msgid ""']
    assert len(ids) == len(set(ids))
    assert {m.id for m in catalogue(language) if m.id} - {_key(t) for t in used()} == set()


def _key(text: Id) -> Id:
    return text


def test_a_missing_translation_is_found() -> None:
    texts: dict[Id, list[str]] = {"Orders": ["here"], ("%(num)d day", "%(num)d days"): ["there"]}
    half = Catalog(locale="es")
    half.add(("%(num)d day", "%(num)d days"), ("%(num)d día", ""))
    assert set(missing(texts, half)) == set(texts)


def test_texts_are_found_where_they_stand() -> None:
    assert any(where.startswith("templates/sign_in.html") for where in used()["Sign in"])
    assert any(where.startswith("words.py") for where in used()["In conversation"])


def test_plurals_are_said_by_number() -> None:
    say = translations("es").ngettext
    assert say("%(num)d open claim", "%(num)d open claims", 1) != say("%(num)d open claim", "%(num)d open claims", 2)


def test_a_browser_is_spoken_to_in_a_language_it_names() -> None:
    assert [spoken(a) for a in ("pt-BR,pt;q=0.9,en;q=0.8", "fr,es-MX;q=0.7", "fr", "")] == ["pt", "es", "en", "en"]


def test_time_left_is_rounded_down() -> None:
    from datetime import UTC, datetime, timedelta

    now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    formats = Formats("en", "America/Sao_Paulo")
    said = [formats.left(now + timedelta(hours=h), now) for h in (100, 71.9, 5, 1.5, 0.01, -3)]
    assert said == ["in 4 days", "in 71 hours", "in 5 hours", "in 90 minutes", "in 1 minute", "3 hours ago"]
    assert formats.zoned_moment(now) == "Mon, 2 Mar, 09:00 GMT-03:00"
