"""One cell to one value. Each function takes the trimmed text and raises ValueError with the reason."""

import re
import unicodedata
from datetime import UTC, datetime, time
from functools import cache
from zoneinfo import ZoneInfo

from babel.core import get_global

from activities.labels.numbers import COUNTRIES
from claims import money
from claims.model import PLATFORM, SELLER
from claims.orders import fault_of_id
from claims.standing.events import By

LONGEST = 1000  # characters of a cell
MOST_PIECES = 1_000_000
DEAREST = 10**15  # minor units of a whole line: exact in 64 bits, and in JSON wherever it is read
LANGUAGES = ("en", "es", "pt")

_LATE_CLAIMS = (2018, 1, 1)  # a currency that was given up since then may still be claimed in
_TIME = r"\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d(?::?\d\d)?)?"
_WHEN = re.compile(rf"\d{{4}}-\d\d-\d\d(?:[T ]{_TIME})?", re.ASCII | re.IGNORECASE)
_MAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+")


def identifier(text: str) -> str:
    """An id as it can stand in a link."""
    if fault := fault_of_id(text):
        raise ValueError(fault)
    return text


def words(text: str) -> str:
    """A name or a title on one line."""
    if any(unicodedata.category(c) == "Cc" and c not in "\t\r\n" for c in text if not c.isprintable()):
        raise ValueError("holds a control character; is the file in another --encoding?")
    return text if text.isascii() and text.isprintable() else " ".join(re.split(r"[\t\r\n]+", text))


def lines(text: str) -> tuple[str, ...]:
    """The lines of an address, apart by | or line breaks."""
    return tuple(line for part in re.split(r"[|\r\n]+", text) if (line := words(part).strip()))


def pieces(text: str) -> int:
    """1 to 1,000,000."""
    if not re.fullmatch("[0-9]{1,9}", text) or not 1 <= int(text) <= MOST_PIECES:
        raise ValueError(f"is not a whole number from 1 to {MOST_PIECES:,}")
    return int(text)


def amount(text: str, currency: str, decimal: str) -> int:
    """Minor units of an amount of 0 or more. `decimal` is the decimal sign, `.` or `,`."""
    other = "," if decimal == "." else "."
    if re.fullmatch(r"[0-9]+(?:[.,][0-9]+)+", text) and other in text:
        raise ValueError(f"has a '{other}': thousands are not marked, and decimals after it need --decimal {other}")
    if not re.fullmatch(rf"[0-9]{{1,18}}(?:\{decimal}[0-9]{{1,6}})?", text):
        raise ValueError(f"is not an amount: digits, then '{decimal}' and decimals; no sign, no symbol, no thousands")
    _check_thousands(text.partition(decimal)[2], currency)
    return money.parse(text.replace(decimal, "."), currency)


def currency(text: str) -> str:
    """ISO 4217, in use now or until lately."""
    if text.upper() not in _currencies():
        raise ValueError("is not a currency in use (ISO 4217), like BRL or EUR")
    return text.upper()


def country(text: str) -> str:
    """ISO 3166-1 alpha-2, or nothing."""
    if text and text.upper() not in COUNTRIES:
        raise ValueError("is not a country's code of two letters (ISO 3166), like BR")
    return text.upper()


def language(text: str) -> str:
    """en, es, pt, or nothing; of pt-BR the first part."""
    spoken = re.split("[-_]", text.lower())[0]
    if text and spoken not in LANGUAGES:
        raise ValueError("is not a language that is spoken here: en, es or pt")
    return spoken


def canceller(text: str) -> str:
    """buyer, seller, platform, or nothing."""
    if text and text.lower() not in set(By):
        raise ValueError("is nobody who cancels: buyer, seller or platform")
    return text.lower()


def fulfiller(text: str) -> str:
    """seller, unless it is the platform that stores and sends the goods."""
    if text and text.lower() not in (SELLER, PLATFORM):
        raise ValueError("is nobody who sends: seller or platform")
    return text.lower() or str(SELLER)


def mail(text: str) -> str:
    """A mail address, or nothing."""
    if text and not _MAIL.fullmatch(words(text)):
        raise ValueError("is not a mail address")
    return text


def instant(text: str, zone: ZoneInfo | None, of_day: time = time.min) -> datetime:
    """An aware UTC instant of ISO 8601. A naive one is of `zone`, the first when the clock showed it twice; a day
    alone is `of_day`."""
    match = _WHEN.fullmatch(text)
    if not match:
        raise ValueError("is not a date of ISO 8601, like 2025-12-31 or 2025-12-31T18:30:00-03:00")
    return _placed(_read(text, of_day), zone)


def is_day(text: str) -> bool:
    """Whether a date that could be read names no time."""
    return len(text) == 10


def _check_thousands(decimals: str, currency: str) -> None:
    digits = money.digits(currency)
    if len(decimals.rstrip("0")) > digits:
        raise ValueError(f"has more than the {digits} decimals of {currency}")
    if len(decimals) == 3 > digits:
        raise ValueError(f"could mean thousands: it has three decimals, {currency} has {digits}")


def _read(text: str, of_day: time) -> datetime:
    try:
        read = datetime.fromisoformat(text.upper())
    except ValueError as error:
        raise ValueError("is not a date there is") from error
    return datetime.combine(read, of_day) if is_day(text) else read


def _placed(read: datetime, zone: ZoneInfo | None) -> datetime:
    if read.tzinfo is None and zone is None:
        raise ValueError("has no time zone; name the one it is of, as in --zone America/Sao_Paulo")
    if not 1970 <= read.year <= 2100:
        raise ValueError("is not of the years 1970 to 2100")
    return (read if read.tzinfo else read.replace(tzinfo=zone)).astimezone(UTC)


@cache
def _currencies() -> frozenset[str]:
    places = {place: known for place, known in get_global("territory_currencies").items() if place != "ZZ"}
    used = {code for known in places.values() for code, _, end, _ in known if end is None or end >= _LATE_CLAIMS}
    return frozenset(used - {"XXX"})
