"""The zones that can be chosen: where buyers and sellers of Latin America live, and some others."""

from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import get_timezone_gmt, get_timezone_location

from api.pages.texts import utc_now
from api.pages.visitor import Visitor

COMMON = (
    *("America/Tijuana", "America/Hermosillo", "America/Mazatlan", "America/Mexico_City", "America/Cancun"),
    *("America/Guatemala", "America/El_Salvador", "America/Tegucigalpa", "America/Managua", "America/Costa_Rica"),
    *("America/Panama", "America/Bogota", "America/Lima", "America/Guayaquil", "America/Caracas", "America/La_Paz"),
    *("America/Manaus", "America/Cuiaba", "America/Santiago", "America/Asuncion", "America/Santo_Domingo"),
    *("America/Rio_Branco", "America/Sao_Paulo", "America/Bahia", "America/Fortaleza", "America/Recife"),
    *("America/Argentina/Buenos_Aires", "America/Argentina/Cordoba", "America/Montevideo", "America/Noronha"),
    *("America/Los_Angeles", "America/Denver", "America/Chicago", "America/New_York"),
    *("Europe/Lisbon", "Europe/London", "Europe/Madrid", "Asia/Shanghai", "UTC"),
)


def named(zone: str) -> bool:
    return zone in COMMON


def place(visitor: Visitor) -> list[tuple[str, str]]:
    """Zones with the name of the place and its hour's distance from GMT, from west to east."""
    now = utc_now()
    there = {*COMMON, visitor.zone}
    return [(zone, _name(zone, now, visitor)) for zone in sorted(there, key=lambda z: (_offset(z, now), z))]


def _name(zone: str, now: datetime, visitor: Visitor) -> str:
    here, locale = ZoneInfo(zone), visitor.formats.locale
    gmt = get_timezone_gmt(now.astimezone(here), "long", locale=locale)
    return f"UTC ({gmt})" if zone == "UTC" else f"{get_timezone_location(here, locale, return_city=True)} ({gmt})"


def _offset(zone: str, now: datetime) -> float:
    away = now.astimezone(ZoneInfo(zone)).utcoffset()
    return away.total_seconds() if away else 0.0
