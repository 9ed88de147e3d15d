"""A standing laid out for the eye: each rate with its maxima and its way to the other levels, and the days ahead."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from itertools import pairwise
from typing import Any

from babel.dates import format_date, format_timedelta

from api.documented import Json
from api.pages.visitor import Visitor
from claims.standing.explained import per_cent, rate
from claims.standing.terms import Metric

_WIDTH = 100.0  # of a drawn bar
_BEYOND = 1.15  # how much further than the highest maximum it goes
_FEW = 3  # of a unit of time, from which on it is named
SOON = 6  # days ahead that are shown at once
LEAVING = ("claims", "cancellations", "delays", "sales")


def rates(stands: Json, now: Json) -> list[Json]:
    """Every rate of a standing, with what the foresight says of the way to the other levels."""
    rooms = {room["metric"]: room for room in now["headroom"]}
    nowhere: Json = {"worse": {}, "better": {}}
    return [_shown(one, stands, rooms.get(one["metric"], nowhere)) for one in stands["rates"]]


def _shown(one: Json, stands: Json, room: Json) -> Json:
    return one | {
        "decides": any(value is not None for value in one["maxima"].values()),
        "held": one["metric"] in stands["held_by"],
        "next": [level for level in reversed(list(one["maxima"])) if level.rank == stands["real"].rank + 1],
        "worse": steps(room["worse"]),
        "better": steps(room["better"]),
        "room": room,
        "bar": bar(one),
    }


def steps(far: Mapping[Any, int | None]) -> list[tuple[int, Any]]:
    """How many, and to which level: of levels that are reached at once, the last one."""
    last = {number: level for level, number in far.items() if number is not None}
    return list(last.items())


def bar(one: Json) -> Json | None:
    """The levels' zones from left to right as (level, start, width), and where the rate is."""
    tops = [(level, float(most)) for level, most in one["maxima"].items() if most is not None]
    if not tops:
        return None
    here = float(one["per_cent"])
    scale = _WIDTH / (max(here, tops[-1][1]) * _BEYOND or 1)
    edges = [0.0, *(top * scale for _, top in tops), _WIDTH]
    names = [*(level for level, _ in tops), "1_red"]
    zones = [(name, a, b - a) for name, (a, b) in zip(names, pairwise(edges), strict=True) if b > a]
    return {"zones": zones, "here": here * scale}


def ahead(forecast: Json) -> Json:
    """The days ahead, each with what is another than on the day before; and the first with another level."""
    turns = [_turned(before, turn) for before, turn in pairwise([forecast["now"], *forecast["days"]])]
    turning = next((turn for turn in turns if turn["turns"]), None)
    return {"soon": turns[:SOON], "later": turns[SOON:], "turning": turning}


def _turned(before: Json, turn: Json) -> Json:
    left = {name: turn["leaving"][name] for name in LEAVING if turn["leaving"][name]}
    return turn | {
        "left": left,
        "turns": turn["level"] != before["level"],
        "rises": turn["level"].rank > before["level"].rank,
        "other_window": turn["window_days"] != before["window_days"],
    }


def days(history: list[Json]) -> list[Json]:
    """The recorded days with their rates in per cent."""
    return [day | {"per_cent": {m: _of(day["counts"], m) for m in Metric}} for day in history]


def _of(counts: Json, metric: Metric) -> str:
    return per_cent(rate(counts[metric], counts["sales"]))


def lasting(visitor: Visitor) -> Mapping[str, Callable[[Any], str]]:
    """How a length of time in seconds is said, and a date that has no hour."""
    locale = visitor.formats.locale
    return {
        "seconds": lambda s: format_timedelta(
            timedelta(seconds=max(60, s)), granularity="minute", threshold=_FEW, locale=locale
        ),
        "date": lambda day: format_date(day, "d MMM y" if visitor.language == "en" else "medium", locale),
    }
