"""The catalogues of the pages: gettext files, read as they are; and how dates and money are written."""

import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_time, format_timedelta
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent
from babel.support import NullTranslations, Translations

from api.formats import LOCALES, amount
from claims.reasons import LANGUAGES

FOLDER = Path(__file__).parent / "locale"
SOURCE = "en"  # the language of the texts in the code
_FEW = 3  # of a unit of time, from which on it is named


def N_(text: str) -> str:
    """Marks a text for the catalogues; it is translated where it is shown."""
    return text


@cache
def translations(language: str) -> NullTranslations:
    """What the texts of the pages are in this language."""
    if language == SOURCE:
        return NullTranslations()
    compiled = io.BytesIO()
    write_mo(compiled, catalogue(language))
    compiled.seek(0)
    return Translations(compiled)


def catalogue(language: str) -> Catalog:
    """All the files of a language as one."""
    whole = Catalog(locale=LOCALES[language])
    for file in sorted((FOLDER / language).glob("*.po")):
        with file.open("rb") as lines:
            for message in read_po(lines, locale=LOCALES[language], abort_invalid=True):
                if message.id:
                    whole[message.id] = message
    return whole


class Formats:
    """How one reader reads numbers and instants: their language, and the zone that they live in."""

    def __init__(self, language: str, zone: str) -> None:
        self.language, self.locale, self.zone = language, Locale.parse(LOCALES[language]), ZoneInfo(zone)

    def money(self, value: dict[str, object]) -> str:
        """Of `{amount, currency}` in minor units."""
        return amount(int(str(value["amount"])), str(value["currency"]), self.language)

    def number(self, value: float) -> str:
        return format_decimal(value, locale=self.locale)

    def percent(self, text: str) -> str:
        """Of a number of per cent as the API writes it, such as "0.34"."""
        pattern = self.locale.percent_formats[None].pattern.replace("##0", "##0.##")
        return format_percent(Decimal(text) / 100, pattern, self.locale)

    def tongue(self, code: str) -> str:
        """What the reader calls a language."""
        return str(self.locale.languages.get(code, code))

    def day(self, instant: datetime) -> str:
        return format_date(self._zoned(instant), "d MMM y" if self.language == SOURCE else "medium", self.locale)

    def moment(self, instant: datetime) -> str:
        """Day and hour, in the reader's zone."""
        zoned = self._zoned(instant)
        pattern = {"en": "EEE, d MMM, HH:mm", "es": "EEE d 'de' MMM, HH:mm", "pt": "EEE, d 'de' MMM, HH:mm"}
        return format_datetime(zoned, pattern[self.language], locale=self.locale)

    def zoned_moment(self, instant: datetime) -> str:
        """The same, and whose hour it is."""
        return f"{self.moment(instant)} {format_datetime(self._zoned(instant), 'ZZZZ', locale=self.locale)}"

    def hour(self, instant: datetime) -> str:
        return format_time(self._zoned(instant), "HH:mm", locale=self.locale)

    def left(self, until: datetime, now: datetime) -> str:
        """Such as "in 71 hours": rounded down, so that nobody is promised more time than there is."""
        return format_timedelta(
            _whole(until - now), granularity="minute", add_direction=True, threshold=_FEW, locale=self.locale
        )

    def _zoned(self, instant: datetime) -> datetime:
        return instant.astimezone(self.zone)


def _whole(time: timedelta) -> timedelta:
    """The time in days, hours or minutes alone, in the largest of which it has a few."""
    sign, seconds = (-1, -time.total_seconds()) if time < timedelta(0) else (1, time.total_seconds())
    unit = next((unit for unit in (86400, 3600) if seconds >= _FEW * unit), 60)
    return timedelta(seconds=sign * max(unit, seconds // unit * unit))


def spoken(accepted: str) -> str:
    """The language of ours that an Accept-Language header likes best."""
    wanted = [part.partition(";")[0].strip().lower().partition("-")[0] for part in accepted.split(",")]
    return next((language for language in wanted if language in LANGUAGES), SOURCE)


def utc_now() -> datetime:
    return datetime.now(UTC)
