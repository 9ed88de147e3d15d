"""Sales and verdicts made by hand and by chance, for trying the standing on."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from claims.model import Impact
from claims.standing.days import day_of
from claims.standing.events import By, Cancelled, Dispatched, Event, Judged, Sale, Sold, fold
from claims.standing.standing import Counts, counted
from claims.standing.terms import Level, Maxima, Terms

NOW = datetime(2026, 3, 2, 12, 34, 56, tzinfo=UTC)
DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)
_ORDER = iter(range(10**9))


def sold(
    ago: timedelta,
    claims: int = 0,
    mediated: bool = False,
    cancelled: By | None = None,
    due: timedelta | None = None,
    went: timedelta | None = None,
    now: datetime = NOW,
) -> list[Event]:
    """A sale bought so long before `now`, with so many claims that count; `due` and `went`: after the purchase."""
    order_id, at = f"ord-{next(_ORDER)}", now - ago
    events: list[Event] = [Sold(order_id, "1", "luz", "MLB", at, at + due if due is not None else None)]
    if cancelled:
        events.append(Cancelled(order_id, "1", at, cancelled))
    if went is not None:
        events.append(Dispatched(order_id, "1", at + went))
    events += [
        Judged(f"clm-{order_id}-{n}", 1, order_id, "luz", "MLB", Impact.AFFECTED, mediated, at) for n in range(claims)
    ]
    return events


def many(number: int, ago: timedelta, **more: object) -> list[Event]:
    return [e for _ in range(number) for e in sold(ago, **more)]  # type: ignore[arg-type]


def by_day(sales: Iterable[Sale], now: datetime) -> dict[int, Counts]:
    """As storage.sales.by_day tells it."""
    found: dict[int, Counts] = {}
    for sale in sales:
        if sale.stands and sale.at <= now:
            found[day_of(sale.at)] = found.get(day_of(sale.at), Counts()) + counted(sale, now)
    return found


def in_time(events: list[Event], now: datetime) -> list[Event]:
    """As if all that is still to be handed over went out just in time."""
    late = [line for sale in fold(events) for line in sale.lines if line.late_after and line.late_after >= now]
    return [*events, *(Dispatched(x.sold.order_id, x.sold.line_id, x.late_after) for x in late if x.late_after)]


# --- drawn

_SPANS = st.one_of(
    st.sampled_from([d * DAY + by for d in (0, 1, 7, 8, 20, 21) for by in (-TICK, timedelta(), TICK)]),
    st.integers(0, 24 * 3600).map(lambda s: timedelta(minutes=s)),
)


@st.composite
def histories(draw: st.DrawFn, most: int = 25) -> list[Event]:
    """Sales of one seller at edges of the windows and anywhere, with all that can become of them."""
    events: list[Event] = []
    for _ in range(draw(st.integers(0, most))):
        events += sold(
            max(draw(_SPANS), timedelta()),
            claims=draw(st.sampled_from([0, 0, 0, 1, 2])),
            mediated=draw(st.booleans()),
            cancelled=draw(st.sampled_from([None, None, None, None, *By])),
            due=draw(st.sampled_from([None, DAY, 3 * DAY])),
            went=draw(st.sampled_from([None, DAY, DAY + TICK, 9 * DAY])),
        )
    return [e for e in events if e.at <= NOW]


@st.composite
def terms(draw: st.DrawFn, since: datetime = datetime(2020, 1, 1, tzinfo=UTC)) -> Terms:
    """Small windows and volumes, so that few sales make every case; some levels have the same maxima."""
    rows = [
        [draw(st.sampled_from([None, 0, 500, 1000, 2500, 3333, 10_000])) for _ in range(4)] for _ in range(4)
    ]  # of claims, cancellations, delays and mediations
    columns = zip(*([sorted(c, key=lambda x: 10**9 if x is None else x) for c in zip(*rows, strict=True)]), strict=True)
    levels = (Level.GREEN, Level.LIGHT_GREEN, Level.YELLOW, Level.ORANGE)
    maxima = tuple(Maxima(x, *row) for x, row in zip(levels, columns, strict=True))
    return Terms(
        "MLB", "drawn", maxima, busy=draw(st.integers(0, 12)), window=draw(st.sampled_from([DAY, 7 * DAY])),
        long_window=draw(st.sampled_from([7 * DAY, 20 * DAY])),
        more_than=draw(st.sampled_from([0, 2, 10])), since=since,
    )  # fmt: skip


@st.composite
def counts(draw: st.DrawFn) -> Counts:
    sales = draw(st.one_of(st.integers(0, 40), st.integers(0, 500)))
    some = st.one_of(st.integers(0, min(sales, 6)), st.integers(0, sales))
    claims = draw(some)
    return Counts(sales, claims, draw(st.integers(0, claims)), draw(some), draw(some))
