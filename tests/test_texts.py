"""Every text of the pages in every language: none is missing, and none stands there for nothing."""

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from api.pages.texts import Formats, catalogue, spoken, translations
from tests.bare import bare
from tests.catalogues import entries
from tests.texts import OTHERS, PAGES, Id, doubled, fields, forms, missing, unused, used


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
    assert doubled(language) == {}
    assert unused(used(), catalogue(language)) == set()


@pytest.mark.parametrize("template", sorted(PAGES.glob("templates/**/*.html")), ids=lambda file: file.name)
def test_no_template_says_anything_past_the_catalogues(template: Path) -> None:
    assert bare(template.read_text()) == []


def test_a_text_past_the_catalogues_is_found() -> None:
    page = """<p title="Bare one">{{ _("Orders") }} Bare <b>{% if x == "y" %}two{% endif %}</b></p>
    {% trans n=3 %}{{ n }} told{% endtrans %} Amends 3 · {# no #}<i class="icon" aria-label="{{ _('Told') }}"></i>"""
    assert bare(page) == ["Bare one", "Bare", "two"]


def test_a_missing_translation_is_found() -> None:
    texts: dict[Id, list[str]] = {"Orders": ["here"], ("%(num)d day", "%(num)d days"): ["there"]}
    half = Catalog(locale="es")
    half.add(("%(num)d day", "%(num)d days"), ("%(num)d día", ""))
    assert set(missing(texts, half)) == set(texts)


def test_a_translation_of_nothing_is_found() -> None:
    old = Catalog(locale="es")
    old.add("Orders", "Ventas")
    old.add("Gone", "Ido")
    assert unused({"Orders": ["here"]}, old) == {"Gone"}


def test_what_is_to_be_translated_comes_as_entries() -> None:
    entry = entries("es", {"Orders": ["words.py:1"], ("%(num)d day", "%(num)d days"): ["words.py:2"]})
    assert '#: words.py:1\nmsgid "Orders"\nmsgstr ""\n' in entry
    assert 'msgid_plural "%(num)d days"\nmsgstr[0] ""\nmsgstr[1] ""\n' in entry


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
