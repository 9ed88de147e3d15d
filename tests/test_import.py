"""Orders come in from files as they are: every good line is stored, every bad one is explained."""

import asyncio
import csv
import random
import re
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from bench.import_lines import measure
from claims.orders import Address, Order, OrderItem, Person
from ops.import_orders import main
from ops.importing import running
from ops.importing.checking import Line, Rules
from ops.importing.columns import Wishes
from ops.importing.seen import Seen
from ops.importing.source import Reading, Source
from storage.database import Database
from storage.migrate import upgrade
from storage.orders import find_many

HEADER = (
    "order_id,line_id,buyer_id,seller_id,product,category,quantity,unit_price,freight,currency,site,purchased_at,"
    "promised_at,delivered_at,buyer_name,buyer_language,buyer_address,buyer_country,seller_name"
).split(",")
GOOD = {
    "order_id": "o1", "line_id": "1", "buyer_id": "b1", "seller_id": "s1", "product": "Lamp", "category": "home",
    "quantity": "2", "unit_price": "58.90", "freight": "13.29", "currency": "BRL", "site": "MLB",
    "purchased_at": "2025-11-01T10:00:00-03:00", "promised_at": "2025-11-20T10:00:00-03:00",
    "delivered_at": "2025-11-10T10:00:00-03:00", "buyer_name": "Ana", "buyer_language": "pt",
    "buyer_address": "Rua A, 1|Casa 2", "buyer_country": "BR", "seller_name": "Loja",
}  # fmt: skip


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str
    rejects: list[dict[str, str]]


@dataclass
class Desk:
    """An empty database, and a file to import into it."""

    folder: Path
    capture: pytest.CaptureFixture[str]
    file: Path = field(init=False)

    def __post_init__(self) -> None:
        self.file = self.folder / "orders.csv"
        self.url = f"sqlite:///{self.folder}/amends.db"

    def write(self, *rows: dict[str, str], header: list[str] = HEADER) -> None:
        text = StringIO()
        writer = csv.DictWriter(text, header, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        self.file.write_bytes(text.getvalue().encode())

    def run(self, *options: str) -> Done:
        with pytest.raises(SystemExit) as left:
            main([str(self.file), "--database-url", self.url, *options])
        out, err = self.capture.readouterr()
        path = self.folder / "orders.csv.rejects.csv"
        rejects = list(csv.DictReader(path.open(encoding="utf-8", newline=""))) if path.exists() else []
        return Done(int(str(left.value.code or 0)), out, err, rejects)

    def dump(self) -> list[Any]:
        with sqlite3.connect(self.folder / "amends.db") as db:
            tables = ("people", "orders", "order_lines")
            return [db.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in tables]  # noqa: S608

    def orders(self, *ids: str) -> dict[str, Order]:
        async def find() -> list[Order]:
            database = Database(self.url)
            async with database.reading() as session:
                found = await find_many(session, ids)
            await database.close()
            return found

        return {order.id: order for order in asyncio.run(find())}


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("empty") / "amends.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def desk(tmp_path: Path, empty: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Desk:
    shutil.copy(empty, tmp_path / "amends.db")
    monkeypatch.setenv("AMENDS_MODE", "production")
    monkeypatch.setattr(running, "BATCH", 7)
    return Desk(tmp_path, capsys)


def test_a_line_is_stored_as_the_file_has_it(desk: Desk) -> None:
    desk.write(GOOD)
    assert desk.run().code == 0
    buyer = Person("b1", "Ana", "", "pt", Address(("Rua A, 1", "Casa 2"), country="BR"))
    item = OrderItem(
        "1", Person("s1", "Loja"), "Lamp", 2, 5890, 1329, "home",
        datetime(2025, 11, 20, 13, tzinfo=UTC), datetime(2025, 11, 10, 13, tzinfo=UTC),
    )  # fmt: skip
    assert desk.orders("o1") == {"o1": Order("o1", "MLB", "BRL", datetime(2025, 11, 1, 13, tzinfo=UTC), buyer, (item,))}


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("order_id", "", "--default order_id="),
        ("order_id", "a/b", "slash"),
        ("order_id", "..", "dots"),
        ("order_id", "a\0b", "cannot be seen"),
        ("order_id", "a\u202eb", "cannot be seen"),
        ("seller_id", "s" * 101, "100 characters"),
        ("line_id", "", "empty"),
        ("product", "", "empty"),
        ("product", "x\x07", "control character"),
        ("product", "x" * 1001, "1,000 characters"),
        ("quantity", "0", "1 to 1,000,000"),
        ("quantity", "1000001", "1 to 1,000,000"),
        ("quantity", "1.5", "whole number"),
        ("quantity", "٣", "whole number"),
        ("unit_price", "58,90", "--decimal ,"),
        ("unit_price", "1,234.50", "--decimal ,"),
        ("unit_price", "-1", "no sign"),
        ("unit_price", "+1", "no sign"),
        ("unit_price", "1e3", "not an amount"),
        ("unit_price", "1_000", "not an amount"),
        ("unit_price", "٥٨", "not an amount"),
        ("unit_price", "NaN", "not an amount"),
        ("unit_price", "R$ 5", "not an amount"),
        ("unit_price", "", "empty"),
        ("unit_price", "5.905", "more than the 2 decimals"),
        ("unit_price", "1.230", "could mean thousands"),
        ("unit_price", "9999999999999999", "more money than there is"),
        ("unit_price", "99999999999999", "dearer"),
        ("unit_price", "9" * 30, "not an amount"),
        ("freight", "free", "not an amount"),
        ("currency", "XYZ", "ISO 4217"),
        ("currency", "XAU", "ISO 4217"),
        ("currency", "DEM", "ISO 4217"),
        ("currency", "JPY", "decimals of JPY"),
        ("site", "", "empty"),
        ("purchased_at", "", "empty"),
        ("purchased_at", "31/12/2025", "ISO 8601"),
        ("purchased_at", "20251231", "ISO 8601"),
        ("purchased_at", "2025-W10-1", "ISO 8601"),
        ("purchased_at", "2025-02-30T10:00:00Z", "not a date there is"),
        ("purchased_at", "2025-11-01 10:00:00", "--zone"),
        ("purchased_at", "2025-11-01", "--zone"),
        ("purchased_at", "1969-12-31T00:00:00Z", "1970 to 2100"),
        ("purchased_at", "2101-01-01T00:00:00Z", "1970 to 2100"),
        ("promised_at", "soon", "ISO 8601"),
        ("delivered_at", "0000-00-00", "not a date there is"),
        ("delivered_at", "2025-10-31T10:00:00-03:00", "before purchased_at"),
        ("buyer_language", "tlh", "en, es or pt"),
        ("buyer_country", "XX", "ISO 3166"),
        ("buyer_country", "Brazil", "ISO 3166"),
    ],
)
def test_a_bad_cell_is_explained(desk: Desk, column: str, value: str, reason: str) -> None:
    desk.write(GOOD | {"order_id": "before"}, GOOD | {column: value}, GOOD | {"order_id": "after"})
    done = desk.run()
    assert done.code == 1
    assert [(r["line"], r["column"] in (column, "unit_price")) for r in done.rejects] == [("3", True)]
    assert reason in done.rejects[0]["reason"]
    assert desk.orders("before", "o1", "after").keys() == {"before", "after"}


@pytest.mark.parametrize(
    ("column", "value", "stored"),
    [
        ("unit_price", "58.9", 5890),
        ("unit_price", "58", 5800),
        ("unit_price", "58.9000", 5890),
        ("unit_price", "0", 0),
        ("freight", "", 0),
        ("quantity", "", 1),
        ("category", "", ""),
        ("delivered_at", "", None),
        ("delivered_at", "2025-11-10 10:00:00.123456789+00", datetime(2025, 11, 10, 10, 0, 0, 123456, UTC)),
        ("promised_at", "2025-11-10t10:00z", datetime(2025, 11, 10, 10, tzinfo=UTC)),
        ("product", '=HYPERLINK("http://x")', '=HYPERLINK("http://x")'),
        ("product", "Lamp\nblue", "Lamp blue"),
        ("product", "👨‍👩‍👧 'x'; DROP TABLE orders", "👨‍👩‍👧 'x'; DROP TABLE orders"),
    ],
)
def test_a_good_cell_is_read_for_what_it_means(desk: Desk, column: str, value: str, stored: object) -> None:
    desk.write(GOOD | {column: value})
    assert desk.run().code == 0
    assert getattr(desk.orders("o1")["o1"].items[0], column) == stored


@pytest.mark.parametrize(
    ("currency", "price", "minor"), [("JPY", "100", 100), ("JPY", "100.00", 100), ("KWD", "1.234", 1234)]
)
def test_minor_units_are_those_of_the_currency(desk: Desk, currency: str, price: str, minor: int) -> None:
    desk.write(GOOD | {"currency": currency.lower(), "unit_price": price, "freight": ""})
    assert desk.run().code == 0
    assert desk.orders("o1")["o1"].items[0].unit_price == minor


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2018-11-03 23:30:00", datetime(2018, 11, 4, 2, 30, tzinfo=UTC)),
        ("2018-11-04 00:30:00", datetime(2018, 11, 4, 3, 30, tzinfo=UTC)),  # there was none: clocks went from 0 to 1
        ("2018-02-17 23:30:00", datetime(2018, 2, 18, 1, 30, tzinfo=UTC)),  # there were two: the first
        ("2018-02-17", datetime(2018, 2, 17, 2, tzinfo=UTC)),
        ("2018-02-17T12:00:00Z", datetime(2018, 2, 17, 12, tzinfo=UTC)),
    ],
)
def test_a_naive_date_is_of_the_zone_asked_for(desk: Desk, text: str, utc: datetime) -> None:
    desk.write(GOOD | {"purchased_at": text})
    assert desk.run("--zone", "America/Sao_Paulo").code == 0
    assert desk.orders("o1")["o1"].purchased_at == utc


def test_a_day_without_a_time_is_promised_until_its_end_and_delivered_at_its_start(desk: Desk) -> None:
    days = {"purchased_at": "2025-11-01 10:00", "delivered_at": "2025-11-01", "promised_at": "2025-11-02"}
    desk.write(GOOD | days, GOOD | days | {"line_id": "2", "delivered_at": "2025-10-31"})
    assert [r["line"] for r in desk.run("--zone", "UTC").rejects] == ["3"]
    item = desk.orders("o1")["o1"].items[0]
    assert item.delivered_at == datetime(2025, 11, 1, 10, tzinfo=UTC)
    assert item.promised_at == datetime(2025, 11, 2, 23, 59, 59, tzinfo=UTC)


# --- what became of a line

BECAME = ("dispatch_by", "dispatched_at", "cancelled_at", "cancelled_by", "fulfilled_by")


@pytest.mark.parametrize(
    ("cells", "stored"),
    [
        ({}, (None, None, None, "", "seller")),
        ({"dispatch_by": "2025-11-03", "dispatched_at": "2025-11-04"},
         (datetime(2025, 11, 3, 23, 59, 59, tzinfo=UTC), datetime(2025, 11, 4, tzinfo=UTC), None, "", "seller")),
        ({"dispatched_at": "2025-11-01"}, (None, datetime(2025, 11, 1, 13, tzinfo=UTC), None, "", "seller")),
        ({"cancelled_at": "2025-11-02T10:00Z", "cancelled_by": "Buyer", "fulfilled_by": "PLATFORM"},
         (None, None, datetime(2025, 11, 2, 10, tzinfo=UTC), "buyer", "platform")),
    ],
)  # fmt: skip
def test_what_became_of_a_line_is_taken(desk: Desk, cells: dict[str, str], stored: tuple[Any, ...]) -> None:
    desk.write(GOOD | cells, header=[*HEADER, *BECAME])
    assert desk.run("--zone", "UTC").code == 0
    item = desk.orders("o1")["o1"].items[0]
    assert tuple(getattr(item, name) for name in BECAME) == stored


@pytest.mark.parametrize(
    ("cells", "column", "reason"),
    [
        ({"dispatch_by": "tomorrow"}, "dispatch_by", "ISO 8601"),
        ({"dispatched_at": "2025-10-31T10:00:00Z"}, "dispatched_at", "before purchased_at"),
        ({"cancelled_at": "2025-10-31", "cancelled_by": "buyer"}, "cancelled_at", "before purchased_at"),
        ({"cancelled_at": "2025-11-02"}, "cancelled_by", "both are needed"),
        ({"cancelled_by": "seller"}, "cancelled_at", "both are needed"),
        ({"cancelled_at": "2025-11-02", "cancelled_by": "carrier"}, "cancelled_by", "buyer, seller or platform"),
        ({"fulfilled_by": "buyer"}, "fulfilled_by", "seller or platform"),
    ],
)
def test_what_cannot_have_become_of_a_line_is_explained(
    desk: Desk, cells: dict[str, str], column: str, reason: str
) -> None:
    desk.write(GOOD | cells, header=[*HEADER, *BECAME])
    (reject,) = desk.run("--zone", "UTC").rejects
    assert reject["column"] == column
    assert reason in reject["reason"]


def test_the_dates_of_what_became_of_a_line_are_moved_too(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMENDS_MODE", "embedded")
    late = timedelta(days=31)
    dates = {name: f"2025-12-0{n}T00:00:00Z" for n, name in enumerate(BECAME[:3], 1)}
    desk.write(GOOD | dates | {"cancelled_by": "seller"}, header=[*HEADER, *BECAME])
    assert desk.run("--shift-dates", "2026-01-03").code == 0  # the newest of them is the third
    item = desk.orders("o1")["o1"].items[0]
    moved = [getattr(item, name).date() - date(2025, 12, n) for n, name in enumerate(BECAME[:3], 1)]
    assert moved == [late] * 3


# --- the lines of one order


def test_the_same_line_again_is_rejected_and_names_the_first(desk: Desk) -> None:
    desk.write(GOOD, GOOD | {"line_id": "2"}, GOOD, GOOD | {"product": "Other"})
    rejects = desk.run().rejects
    assert [(r["line"], r["column"]) for r in rejects] == [("4", "line_id"), ("5", "line_id")]
    assert all("line 2" in r["reason"] for r in rejects)


@pytest.mark.parametrize(
    ("column", "value"),
    [("buyer_id", "b2"), ("site", "MLA"), ("currency", "USD"), ("purchased_at", "2025-11-01T10:00:01-03:00")],
)
def test_the_lines_of_an_order_agree_on_it(desk: Desk, column: str, value: str) -> None:
    desk.write(GOOD, GOOD | {"line_id": "2", column: value}, GOOD | {"line_id": "3", "seller_id": "s2"})
    rejects = desk.run().rejects
    assert [(r["line"], r["column"]) for r in rejects] == [("3", column)]
    assert "line 2" in rejects[0]["reason"]
    assert [i.line_id for i in desk.orders("o1")["o1"].items] == ["1", "3"]


def test_a_rejected_line_binds_no_later_one(desk: Desk) -> None:
    desk.write(GOOD | {"quantity": "no", "site": "MLA"}, GOOD)
    assert [r["line"] for r in desk.run().rejects] == ["2"]
    assert desk.orders("o1")["o1"].site == "MLB"


@pytest.mark.parametrize("stated_first", [True, False])
def test_what_a_default_guessed_gives_way_to_what_a_line_of_the_order_says(desk: Desk, stated_first: bool) -> None:
    stated, guessed = GOOD, GOOD | {"line_id": "2", "buyer_id": "", "purchased_at": ""}
    desk.write(*((stated, guessed) if stated_first else (guessed, stated)))
    options = ("--default", "buyer_id=buyer-{order_id}", "--default", "purchased_at={promised_at}")
    assert desk.run(*options).code == 0
    order = desk.orders("o1")["o1"]
    assert (order.buyer.id, order.purchased_at, len(order.items)) == ("b1", datetime(2025, 11, 1, 13, tzinfo=UTC), 2)
    assert "0 new, 0 changed" in desk.run(*options).out


def test_two_guesses_about_an_order_end_in_the_first(desk: Desk) -> None:
    guessed = GOOD | {"purchased_at": "", "delivered_at": ""}
    desk.write(guessed, guessed | {"line_id": "2", "promised_at": "2025-11-21T10:00:00-03:00"})
    assert desk.run("--default", "purchased_at={promised_at}").code == 0
    assert desk.orders("o1")["o1"].purchased_at == datetime(2025, 11, 20, 13, tzinfo=UTC)


# --- people


def test_of_each_detail_of_a_person_the_first_that_is_not_empty_stands(desk: Desk) -> None:
    details = [("", "", ""), ("Ana", "", ""), ("Bia", "es", "Rua A"), ("", "pt", "Rua B")] * 5
    desk.write(*(
        GOOD | {"line_id": str(n), "buyer_name": name, "buyer_language": language, "buyer_address": address}
        for n, (name, language, address) in enumerate(details)
    ))  # fmt: skip
    assert "changed" in desk.run().out
    first = desk.dump()
    buyer = desk.orders("o1")["o1"].buyer
    assert (buyer.name, buyer.language, buyer.address.lines) == ("Ana", "es", ("Rua A",))
    assert "0 new, 0 changed, 23 unchanged" in desk.run().out
    assert desk.dump() == first


def test_an_empty_cell_never_erases_what_is_known_of_a_person(desk: Desk) -> None:
    desk.write(GOOD)
    desk.run()
    desk.write(
        GOOD | {"order_id": "o2", "buyer_name": "", "buyer_language": "", "buyer_address": "", "buyer_country": ""}
    )
    desk.run()
    assert desk.orders("o2")["o2"].buyer == desk.orders("o1")["o1"].buyer


# --- importing again


def test_a_changed_file_changes_only_what_differs(desk: Desk) -> None:
    desk.write(*(GOOD | {"order_id": f"o{n}", "delivered_at": ""} for n in range(20)))
    assert "42 new, 0 changed, 0 unchanged" in desk.run().out
    desk.write(*(GOOD | {"order_id": f"o{n}", "delivered_at": "" if n else GOOD["delivered_at"]} for n in range(20)))
    assert "0 new, 1 changed, 41 unchanged" in desk.run().out


def test_a_line_imported_alone_leaves_the_other_lines_of_its_order(desk: Desk) -> None:
    desk.write(GOOD, GOOD | {"line_id": "2"})
    desk.run()
    desk.write(GOOD | {"line_id": "2", "product": "Vase"})
    assert "0 new, 1 changed, 3 unchanged" in desk.run().out
    assert [i.product for i in desk.orders("o1")["o1"].items] == ["Lamp", "Vase"]


# --- options


def test_a_file_of_another_shape_comes_in_by_map_set_and_default(desk: Desk) -> None:
    header = ["order_id", "line", "seller_id", "product_id", "ship_by", "price", "freight", "status", "purchased_at"]
    row = dict(zip(header, ["f00d", "1", "c0de", "beef", "2017-09-19 09:45:35", "58.90", "13.29", "", ""], strict=True))
    desk.write(row, row | {"line": "2", "ship_by": "2017-09-20 09:45:35"}, header=header)
    done = desk.run(
        "--map", "line=line_id", "--map", "price=unit_price", "--map", "product_id=product", "--set", "currency=BRL",
        "--set", "site=MLB", "--default", "buyer_id=buyer-{order_id}", "--default", "purchased_at={ship_by}",
        "--zone", "America/Sao_Paulo",
    )  # fmt: skip
    assert (done.code, done.rejects) == (0, [])
    assert "not used   status" in done.out
    order = desk.orders("f00d")["f00d"]
    assert (order.buyer.id, order.currency, order.purchased_at) == (
        "buyer-f00d", "BRL", datetime(2017, 9, 19, 12, 45, 35, tzinfo=UTC)
    )  # fmt: skip


def test_a_default_that_has_nothing_to_fill_in_stays_empty(desk: Desk) -> None:
    desk.write(GOOD | {"buyer_id": "", "category": ""})
    assert desk.run("--default", "buyer_id=buyer-{category}").rejects[0]["column"] == "buyer_id"


def test_decimal_commas_are_read_when_they_are_asked_for(desk: Desk) -> None:
    desk.write(GOOD | {"unit_price": "58,90", "freight": "3"}, GOOD | {"line_id": "2", "freight": "1,5"})
    assert [(r["line"], r["column"]) for r in desk.run("--decimal", ",").rejects] == [("3", "unit_price")]
    assert desk.orders("o1")["o1"].items[0].unit_price == 5890


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("note", ["", "sep={}\n"])
def test_the_delimiter_is_found_out(desk: Desk, delimiter: str, note: str) -> None:
    cells = [f'"{value}"' for value in GOOD.values()]
    desk.file.write_text(note.format(delimiter) + delimiter.join(GOOD) + "\n" + delimiter.join(cells))
    assert desk.run().code == 0


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_tells_the_encoding(desk: Desk, encoding: str) -> None:
    desk.write(GOOD | {"buyer_name": "Zoë 李"})
    desk.file.write_bytes(desk.file.read_text("utf-8").encode(encoding))
    assert desk.run().code == 0
    assert desk.orders("o1")["o1"].buyer.name == "Zoë 李"


def test_a_line_of_another_encoding_is_rejected_alone(desk: Desk) -> None:
    desk.write(GOOD, GOOD | {"line_id": "2", "buyer_name": "Zoë"}, GOOD | {"line_id": "3"})
    desk.file.write_bytes(desk.file.read_bytes().replace("ë".encode(), b"\xeb"))
    rejects = desk.run().rejects
    assert [(r["line"], r["column"], r["value"]) for r in rejects] == [("3", "buyer_name", "Zo\\xeb")]
    assert "--encoding" in rejects[0]["reason"]
    assert desk.run("--encoding", "cp1252").code == 0


def test_a_dry_run_checks_and_stores_nothing(desk: Desk) -> None:
    desk.write(GOOD, GOOD)
    done = desk.run("--dry-run")
    assert (done.code, len(done.rejects)) == (1, 1)
    assert desk.dump() == [[], [], []]


def test_a_rejects_file_of_an_earlier_import_does_not_stay(desk: Desk) -> None:
    desk.write(GOOD, GOOD)
    assert desk.run().rejects
    desk.write(GOOD)
    assert not desk.run().rejects


# --- moving dates


@pytest.fixture
def trial(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("AMENDS_MODE", "embedded")
    desk.write(GOOD, GOOD | {"order_id": "o2", "purchased_at": "bad"})
    return desk


def test_all_dates_are_moved_by_whole_days_to_just_before_now(trial: Desk) -> None:
    assert "dates      moved by" in trial.run("--shift-dates").out
    order = trial.orders("o1")["o1"]
    item = order.items[0]
    assert item.promised_at
    assert timedelta() <= datetime.now(UTC) - item.promised_at < timedelta(days=1, minutes=5)
    assert (item.promised_at - order.purchased_at, order.purchased_at.hour) == (timedelta(days=19), 13)


def test_a_file_that_was_moved_once_keeps_its_offset(trial: Desk) -> None:
    first = trial.run("--shift-dates=+3000d")
    assert "moved by +3,000 days (--shift-dates=+3000d)" in first.out
    again = trial.run("--shift-dates")
    assert "moved by +3,000 days, as when" in again.out
    assert "0 new, 0 changed" in again.out
    assert "1 changed" not in trial.run("--shift-dates=+3000d").out
    assert "+3,000" not in trial.run("--shift-dates=now").out


def test_an_emptied_database_forgets_the_offset(trial: Desk, empty: Path) -> None:
    trial.run("--shift-dates=+3000d")
    shutil.copy(empty, trial.folder / "amends.db")
    for rest in ("-wal", "-shm"):
        (trial.folder / f"amends.db{rest}").unlink(missing_ok=True)
    assert "+3,000" not in trial.run("--shift-dates").out


def test_a_bare_shift_takes_the_next_word_only_when_it_is_an_offset(trial: Desk) -> None:
    assert "moved by +30 days" in trial.run("--shift-dates", "+30d").out
    assert "moved by +30 days, as when" in trial.run("--shift-dates", "--zone", "UTC").out


def test_an_offset_that_is_none_is_a_sentence(trial: Desk) -> None:
    assert all(trial.run(f"--shift-dates={text}").code == 2 for text in ("soon", "+99999d", "2025-13-01", "3000"))


def test_dates_are_moved_to_a_date(trial: Desk) -> None:
    assert "moved by +2 days" in trial.run("--shift-dates=2025-11-22T14:00:00Z").out


def test_dates_are_moved_in_trials_only(desk: Desk) -> None:
    desk.write(GOOD)
    done = desk.run("--shift-dates")
    assert (done.code, "embedded mode" in done.err) == (2, True)


# --- what cannot be imported at all


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--map", "price=unit_price"], "the file has no column 'price'"),
        (["--map", "site=price"], "'price' is not a column of an order line"),
        (["--map", "site=currency", "--map", "freight=currency"], "two columns for 'currency'"),
        (["--map", "site"], "NAME=VALUE"),
        (["--set", "currency"], "NAME=VALUE"),
        (["--set", "currency=BRL", "--set", "currency=USD"], "twice"),
        (["--default", "buyer_id=buyer-{nobody}"], "no column 'nobody'"),
        (["--default", "buyer_id=buyer-{"], "--default buyer_id"),
        (["--zone", "Mars/Olympus"], "no such time zone"),
        (["--zone", "../../etc/passwd"], "no such time zone"),
        (["--decimal", ";"], "--decimal"),
        (["--delimiter", "ab"], "--delimiter"),
        (["--encoding", "klingon"], "not an encoding"),
        (["--encoding", "hex"], "not an encoding"),
        (["--map", "order_id=line_id"], "no column for order_id"),
    ],
)
def test_wishes_that_do_not_fit_are_a_sentence(desk: Desk, options: list[str], sentence: str) -> None:
    desk.write(GOOD)
    done = desk.run(*options)
    assert (done.code, sentence in done.err, done.out) == (2, True, ""), done.err


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "empty"),
        (b"\n \n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"order_id,line_id\n1,1\n", "no column for buyer_id, seller_id"),
        (b'"order_id,line_id\n1,1\n', "header (line 1) cannot be read"),
        ("order_id,line_id\n".encode("utf-16-le"), "--encoding utf-16-le"),
        (",".join([*HEADER, "site"]).encode(), "2 columns 'site'"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_sentence(desk: Desk, content: bytes, sentence: str) -> None:
    desk.file.write_bytes(content)
    done = desk.run()
    assert (done.code, sentence in done.err) == (2, True), done.err


def test_there_is_no_such_file(desk: Desk) -> None:
    assert desk.run().code == 2


def test_a_database_without_tables_is_a_sentence(desk: Desk) -> None:
    desk.write(GOOD)
    (desk.folder / "amends.db").unlink()
    done = desk.run()
    assert (done.code, "Was it migrated?" in done.err) == (2, True)


def test_a_header_alone_is_no_lines(desk: Desk) -> None:
    desk.write()
    assert (desk.run().code, desk.dump()) == (0, [[], [], []])


# --- messy files, made by a generator that knows what is good

Spoil = Callable[[random.Random, dict[str, str]], tuple[str, str, str]]  # to column, text of the line, reason


def _cell(value: str, chance: random.Random, delimiter: str) -> str:
    quoted = any(c in value for c in f'"\r\n{delimiter}') or chance.random() < 0.1
    return '"' + value.replace('"', '""') + '"' if quoted else f"{' ' * chance.randrange(2)}{value}"


def _text(row: dict[str, str], chance: random.Random, delimiter: str) -> str:
    return delimiter.join(_cell(value, chance, delimiter) for value in row.values())


_BAD_CELLS = [
    ("unit_price", "58,90", "--decimal"), ("unit_price", "", "empty"), ("unit_price", "abc", "not an amount"),
    ("purchased_at", "", "empty"), ("purchased_at", "2025-11-01 10:00", "--zone"),
    ("purchased_at", "31/12/2025", "ISO 8601"), ("delivered_at", "2025-10-01T00:00:00Z", "before purchased_at"),
    ("quantity", "-1", "whole number"), ("currency", "R$", "ISO 4217"), ("seller_id", "", "empty"),
    ("order_id", "a\0b", "cannot be seen"), ("buyer_name", "Zo\udceb", "--encoding"),
]  # fmt: skip


_PRODUCTS = ["Lamp", 'Pipe 5" long', "=1+1", "a,b;c|d\te", '"', "Ação 🎁", "x'--", "@x", "Blue\nred"]


@dataclass
class Messy:
    """A file, the orders that must be stored, and (line, column, part of the reason) of what must be rejected."""

    content: bytes = b""
    line: int = 1
    good: dict[str, dict[str, str]] = field(default_factory=dict)
    bad: list[tuple[int, str, str]] = field(default_factory=list)

    def add(self, text: str, chance: random.Random) -> None:
        end = chance.choice([b"\n", b"\r\n", b"\r", b"\n"])
        end = b"\r" if not text and self.content.endswith(b"\r") else end  # \r and \n would be one end, not two
        self.content += text.encode("utf-8", "surrogateescape") + end
        self.line += 1 + text.count("\n")


def messy(seed: int, lines: int = 60) -> Messy:
    chance = random.Random(seed)
    delimiter, file = chance.choice(",;\t|"), Messy(chance.choice([b"", b"\xef\xbb\xbf"]))
    file.add(delimiter.join(HEADER), chance)
    for number in range(lines):
        row = _good_row(chance, number)
        kind = chance.choice(["good"] * 6 + ["cell", "quote", "again", "short", "long", "blank", "commas", "otherwise"])
        if kind == "good" or (kind in ("again", "otherwise") and not file.good):
            file.good[row["order_id"]] = row | {"at": str(file.line)}
            file.add(_text(row, chance, delimiter), chance)
        else:
            _spoil(file, kind, row, chance, delimiter)
    return file


def _good_row(chance: random.Random, number: int) -> dict[str, str]:
    return GOOD | {
        "order_id": f"o{number}", "line_id": str(chance.randrange(9)), "buyer_id": f"b{number}",
        "product": chance.choice(_PRODUCTS),
        "quantity": str(chance.randrange(1, 9)), "unit_price": f"{chance.randrange(999)}.{chance.randrange(10, 99)}",
        "freight": chance.choice(["", "0", "1.50"]), "delivered_at": chance.choice(["", GOOD["delivered_at"]]),
        "buyer_address": chance.choice(["", "Rua A, 1|Casa 2", "Rua A\nCasa 2", "Rua A\nCasa 2\n\nFundos"]),
        "buyer_language": chance.choice(["", "pt-BR", "EN", "es_MX"]),
    }  # fmt: skip


def _spoil(file: Messy, kind: str, row: dict[str, str], chance: random.Random, delimiter: str) -> None:
    row = row | {"product": "Lamp", "buyer_address": ""}  # on one physical line
    text = _text(row, chance, delimiter)
    if kind in ("blank", "commas"):
        file.add(chance.choice(["", "  ", "\t"]) if kind == "blank" else delimiter * (len(HEADER) - 1), chance)
        return
    if kind == "cell":
        column, value, reason = chance.choice(_BAD_CELLS)
        text = _text(row | {column: value}, chance, delimiter)
    elif kind == "quote":
        column, reason = "", "quotation mark"
        text = _text(row, random.Random(3), delimiter).replace("Lamp", chance.choice(['"Lamp', '"La"mp"', '"']), 1)
    elif kind in ("short", "long"):
        column, reason = "", "cells, the header has 19"
        text = text.rpartition(delimiter)[0] if kind == "short" else text + delimiter
    else:
        first = chance.choice(list(file.good.values()))
        earlier = {key: value for key, value in first.items() if key != "at"} | {"product": "x", "buyer_address": ""}
        column, reason = ("line_id", f"line {first['at']}") if kind == "again" else ("site", f"line {first['at']}")
        text = _text(earlier if kind == "again" else earlier | {"line_id": "x", "site": "MLA"}, chance, delimiter)
    file.bad.append((file.line, column, reason))
    file.add(text, chance)


def _expected(row: dict[str, str]) -> tuple[object, ...]:
    whole, cents = row["unit_price"].split(".")
    address = tuple(line for line in row["buyer_address"].replace("|", "\n").split("\n") if line)
    language = row["buyer_language"].lower()[:2] or "en"
    return (
        row["line_id"], re.sub("[\n\t]", " ", row["product"]), int(row["quantity"]), int(whole) * 100 + int(cents),
        150 if row["freight"] == "1.50" else 0, bool(row["delivered_at"]), address, language,
    )  # fmt: skip


def _stored(order: Order) -> tuple[object, ...]:
    (item,) = order.items
    return (
        item.line_id, item.product, item.quantity, item.unit_price, item.freight, item.delivered_at is not None,
        order.buyer.address.lines, order.buyer.language,
    )  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("seed", range(25))
def test_of_a_messy_file_all_good_lines_are_in_and_all_bad_ones_explained(desk: Desk, seed: int) -> None:
    file = messy(seed)
    desk.file.write_bytes(file.content)
    done = desk.run()
    assert [(int(r["line"]), r["column"]) for r in done.rejects] == [(line, column) for line, column, _ in file.bad]
    assert all(reason in r["reason"] for r, (_, _, reason) in zip(done.rejects, file.bad, strict=True))
    stored = desk.orders(*(f"o{n}" for n in range(60)))
    assert {id: _stored(order) for id, order in stored.items()} == {id: _expected(r) for id, r in file.good.items()}
    assert f"{len(file.good) + len(file.bad)}: {len(file.good)} accepted, {len(file.bad)} rejected" in done.out
    before = desk.dump()
    assert "0 new, 0 changed" in desk.run().out
    assert desk.dump() == before


@given(
    rubbish=some.lists(some.text(alphabet='",;\n\r\0ab \xff\udcff', max_size=30), max_size=6), before=some.booleans()
)
@settings(max_examples=60, deadline=None)
def test_no_rubbish_crashes_the_import_or_swallows_a_good_line(
    tmp_path_factory: pytest.TempPathFactory, rubbish: list[str], before: bool
) -> None:
    path = tmp_path_factory.mktemp("rubbish") / "orders.csv"
    good = [",".join((GOOD | {"order_id": f"good{n}", "buyer_address": ""}).values()) for n in range(4)]
    lines = [*good[:2], *rubbish, *good[2:]] if before else [*rubbish, *good]
    path.write_bytes("\n".join([",".join(HEADER), *lines]).encode("utf-8", "surrogateescape"))
    with Seen() as seen:
        found = list(Reading(Source(path, Wishes()), Rules()).lines(seen, lambda done: None))
    assert [line.order.id for line in found if isinstance(line, Line)] == [f"good{n}" for n in range(4)]
    numbers = [line.number if isinstance(line, Line) else line.line for line in found]
    assert numbers == sorted(set(numbers))


@given(content=some.binary(max_size=300), mark=some.sampled_from([b"", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf"]))
@settings(max_examples=60, deadline=None)
def test_no_bytes_crash_the_import(tmp_path_factory: pytest.TempPathFactory, content: bytes, mark: bytes) -> None:
    path = tmp_path_factory.mktemp("bytes") / "orders.csv"
    header = ",".join(HEADER) + "\n"
    path.write_bytes(
        mark + header.encode({b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}.get(mark, "utf-8")) + content
    )
    with Seen() as seen:
        assert len(list(Reading(Source(path, Wishes()), Rules()).lines(seen, lambda done: None))) <= len(content)


def test_a_line_without_end_is_rejected_without_being_held(desk: Desk) -> None:
    desk.write(GOOD | {"order_id": "before"})
    text = desk.file.read_text()
    desk.file.write_text(text + "x" * 300_000 + "\n" + text.splitlines()[1].replace("before", "after"))
    assert [(r["line"], r["column"], r["reason"]) for r in desk.run().rejects] == [
        ("3", "", "is longer than 100,000 characters")
    ]
    assert len(desk.orders("before", "after")) == 2


def test_an_open_quotation_mark_at_the_end_of_the_file_costs_its_line_only(desk: Desk) -> None:
    desk.write(*(GOOD | {"order_id": f"o{n}"} for n in range(80)))
    text = desk.file.read_text().replace("Lamp", '"Lamp', 1)
    desk.file.write_text(text + '"')
    assert [r["line"] for r in desk.run().rejects] == ["2", "82"]
    assert len(desk.orders(*(f"o{n}" for n in range(80)))) == 79


def test_the_header_again_in_the_middle_of_the_file_is_rejected(desk: Desk) -> None:
    desk.write(GOOD, dict(zip(HEADER, HEADER, strict=True)), GOOD | {"line_id": "2"})
    rejects = desk.run().rejects
    assert [(r["line"], r["column"], r["reason"]) for r in rejects] == [("3", "", "is the header again")]


@pytest.mark.long
def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    small, large = measure(tmp_path, 10_000), measure(tmp_path, 100_000)
    assert "100,000 accepted, 0 rejected" in large.summary
    assert large.peak <= 1.2 * small.peak
