"""The file's columns to ours: --map, --set and --default."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from string import Formatter

from ops.importing.decoding import Unusable

_PERSON = ("name", "email", "language", "address", "city", "region", "postal_code", "country")
PEOPLE = tuple(f"{who}_{what}" for who in ("buyer", "seller") for what in _PERSON)
REQUIRED = (
    "order_id", "line_id", "buyer_id", "seller_id", "product", "unit_price", "currency", "site", "purchased_at",
)  # fmt: skip
_FULFILMENT = (
    "promised_at",
    "delivered_at",
    "dispatch_by",
    "dispatched_at",
    "cancelled_at",
    "cancelled_by",
    "fulfilled_by",
)
OURS = (*REQUIRED, "category", "quantity", "freight", *_FULFILMENT, *PEOPLE)


@dataclass(frozen=True)
class Wishes:
    """What the person asked for: file column to ours; our column to a value; our column to a template."""

    maps: Mapping[str, str] = field(default_factory=dict)
    sets: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Row:
    """One line in our columns, trimmed; `guessed` are those that a --default filled in."""

    values: dict[str, str]
    guessed: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class _Template:
    """Texts and names by turns. A name is looked up among our columns, else in the file's cell at `places`."""

    parts: tuple[tuple[str, str | None], ...]
    places: Mapping[str, int]

    def fill(self, values: Mapping[str, str], cells: Sequence[str]) -> str:
        """The text, or nothing when a column that it names is empty."""
        made = ""
        for text, name in self.parts:
            found = self._look_up(name, values, cells) if name else ""
            if name and not found:
                return ""
            made += text + found
        return made

    def _look_up(self, name: str, values: Mapping[str, str], cells: Sequence[str]) -> str:
        return cells[self.places[name]].strip() if name in self.places else values.get(name, "")


class Columns:
    """Which cell is which of our columns. Raises Unusable when the file and the wishes do not fit together."""

    def __init__(self, header: Sequence[str], wishes: Wishes) -> None:
        self._header = [name.lower() for name in header]
        self._check_ours(wishes)
        self._maps = {source.lower(): target for source, target in wishes.maps.items()}
        self._check_sources(wishes.maps)
        self._sets = dict(wishes.sets)
        self._places = self._find_places()
        self._defaults = {column: self._template(column, text) for column, text in wishes.defaults.items()}
        self._check_required()

    @property
    def ignored(self) -> list[str]:
        """Columns of the file that nothing was taken from."""
        used = set(self._places.values()) | {p for t in self._defaults.values() for p in t.places.values()}
        return [name for place, name in enumerate(self._header) if name and place not in used]

    def read(self, cells: Sequence[str]) -> Row:
        """`cells` has `width` of them."""
        row = Row({column: cells[place].strip() for column, place in self._places.items()} | self._sets)
        for column, template in self._defaults.items():
            if not row.values.get(column):
                row.values[column] = template.fill(row.values, cells)
                row.guessed.add(column)
        return row

    def _check_ours(self, wishes: Wishes) -> None:
        for column in (*wishes.maps.values(), *wishes.sets, *wishes.defaults):
            if column not in OURS:
                raise Unusable(f"'{column}' is not a column of an order line. They are: {', '.join(OURS)}.")

    def _check_sources(self, maps: Mapping[str, str]) -> None:
        for source in maps:
            if source.lower() not in self._header:
                raise Unusable(f"--map {source}={maps[source]}: the file has no column '{source}'. {self._has()}")
        twice = [target for target in maps.values() if list(maps.values()).count(target) > 1]
        if twice:
            raise Unusable(f"--map names two columns for '{twice[0]}'.")

    def _find_places(self) -> dict[str, int]:
        own = {name: name for name in self._header if name in OURS and name not in self._maps}
        sources = own | {target: source for source, target in self._maps.items()}
        return {target: self._place(source) for target, source in sources.items() if target not in self._sets}

    def _place(self, name: str) -> int:
        if self._header.count(name) > 1:
            raise Unusable(f"The file has {self._header.count(name)} columns '{name}'; rename all but one.")
        return self._header.index(name)

    def _template(self, column: str, text: str) -> _Template:
        try:
            fields = [(literal, name) for literal, name, _, _ in Formatter().parse(text)]
        except ValueError as error:
            raise Unusable(f"--default {column}={text}: {error}.") from error
        names = [name for _, name in fields if name is not None]
        return _Template(tuple(fields), {n: p for n in names if (p := self._cell_named(column, n)) is not None})

    def _cell_named(self, column: str, name: str) -> int | None:
        """Where the file has it; None when it is one of ours."""
        if name != column and (name in OURS):
            return None
        if name.lower() not in self._header:
            raise Unusable(f"--default {column}: there is no column '{name}' to fill in. {self._has()}")
        return self._place(name.lower())

    def _check_required(self) -> None:
        missing = [c for c in REQUIRED if c not in self._places and c not in self._sets and c not in self._defaults]
        if missing:
            raise Unusable(
                f"The file has no column for {', '.join(missing)}. Name one with --map NAME={missing[0]}, "
                f"or give a value: --set {missing[0]}=..., --default {missing[0]}=... {self._has()}"
            )

    def _has(self) -> str:
        return f"Its columns are: {', '.join(self._header)}."
