"""Text on the label: embedded fonts, any Unicode, and blocks that wrap and shrink to stay in their box."""

import unicodedata
from pathlib import Path
from typing import NamedTuple, cast

from fpdf import FPDF
from fpdf.enums import MethodReturnValue

from activities.labels.arabic import in_printing_order, joined

FONTS = Path(__file__).parent / "fonts"
FAMILY = "label"
SELECTORS = frozenset(map(chr, range(0xFE00, 0xFE10)))  # they choose between shapes, such as text or emoji
MISSING = "\N{REPLACEMENT CHARACTER}"
POINTS_PER_DOT = 72 / 203
MOST_LINES, MOST_CHARACTERS = 24, 300  # more would never show, but take time to lay out
LEADING = 1.2
ASCENT = 0.93  # from the top of a row to its baseline, in parts of its size


class Box(NamedTuple):
    """A place on the page, in dots from its top left corner."""

    x: float
    y: float
    width: float
    height: float


class Line(NamedTuple):
    """One paragraph of text and its face: "" or "B" for bold."""

    text: str
    face: str = ""


def load(pdf: FPDF) -> None:
    """Make both faces known to a document."""
    pdf.add_font(FAMILY, "", FONTS / "DejaVuSansCondensed.ttf")
    pdf.add_font(FAMILY, "B", FONTS / "DejaVuSansCondensed-Bold.ttf")


def write(pdf: FPDF, box: Box, lines: list[Line], sizes: range, align: str = "L") -> None:
    """Write lines in the first of `sizes` (dots, falling) that fits; at the last, the middle becomes "…".

    align: L, C or R. Characters that the font lacks print as the replacement character.
    """
    shown = [Line(_printable(pdf, line), line.face) for line in _cut(lines, MOST_LINES)]
    rows: list[Line] = []
    for size in sizes:
        room = int(box.height / (size * LEADING))
        rows = _wrapped(pdf, shown, box.width, size)
        if len(rows) <= room:
            break
    for number, row in enumerate(_cut(rows, max(room, 1))):
        _write_row(pdf, box, row, size, box.y + (number * LEADING + ASCENT) * size, align)


def _printable(pdf: FPDF, line: Line) -> str:
    """Give the text on one line in letters the font has, without what has no shape (controls, selectors)."""
    has = pdf.fonts[FAMILY + line.face].cmap  # type: ignore[union-attr]
    text = joined(unicodedata.normalize("NFC", " ".join(line.text.split())))
    seen = [char for char in text if unicodedata.category(char) not in ("Cc", "Cf") and char not in SELECTORS]
    half = MOST_CHARACTERS // 2
    kept = seen if len(seen) <= MOST_CHARACTERS else [*seen[:half], "…", *seen[-half:]]
    return "".join(char if ord(char) in has else MISSING for char in kept)


def _wrapped(pdf: FPDF, lines: list[Line], width: float, size: int) -> list[Line]:
    rows = []
    for text, face in filter(lambda line: line.text, lines):
        pdf.set_font(FAMILY, face, size * POINTS_PER_DOT)
        pieces = pdf.multi_cell(width, text=text, dry_run=True, output=MethodReturnValue.LINES)
        rows += [Line(piece, face) for piece in cast(list[str], pieces)]
    return rows


def _cut(rows: list[Line], room: int) -> list[Line]:
    """Keep the first and the last rows: the name, and the postal code and country."""
    if len(rows) <= room:
        return rows
    last = (room - 1) // 2
    return [*rows[: room - 1 - last], Line("…"), *rows[len(rows) - last :]]


def _write_row(pdf: FPDF, box: Box, row: Line, size: int, baseline: float, align: str) -> None:
    pdf.set_font(FAMILY, row.face, size * POINTS_PER_DOT)
    spare = box.width - pdf.get_string_width(row.text)
    pdf.text(box.x + spare * {"L": 0.0, "C": 0.5, "R": 1.0}[align], baseline, in_printing_order(row.text))
