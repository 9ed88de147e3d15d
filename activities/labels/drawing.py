"""Draws the return label: 4 x 6 inches, laid out in the dots of a 203 dpi printer (812 x 1218)."""

from datetime import UTC

from babel import Locale
from babel.dates import format_datetime
from fpdf import FPDF

from activities.labels import symbols
from activities.labels.captions import BY_LANGUAGE, Captions, known
from activities.labels.label import Address, Label, codes, elements
from activities.labels.lettering import POINTS_PER_DOT, Box, Line, load, write

__all__ = ["Address", "Label", "codes", "draw"]

PAGE = Box(0, 0, 812, 1218)
FRAME = Box(16, 16, 780, 1186)
LEFT, RIGHT = 32, 780
SIDE = Box(536, 0, 260, 0)  # the column of square codes
HEADER, SENDER, RECEIVER, ROUTING, TRACKING, UNIT = 16, 104, 328, 578, 680, 866
BAR_DOTS = 4  # 0.5 mm, within GS1's 0.495 to 0.94 mm for logistic labels
SMALL = range(18, 9, -1)


def draw(label: Label) -> bytes:
    """Draw a label as a one-page PDF of 288 x 432 points; the same label gives the same bytes.

    Blocks for some 100 ms: call it in a thread. Its codes hold what `codes(label)` says.
    """
    pdf, words = _page(label), BY_LANGUAGE[known(label.language)]
    _header(pdf, label, words)
    _sender(pdf, label, words)
    _receiver(pdf, label, words)
    _routing(pdf, label, words)
    _tracking(pdf, label, words)
    _unit(pdf, label, words)
    return bytes(pdf.output())


def _page(label: Label) -> FPDF:
    pdf = FPDF(unit=POINTS_PER_DOT, format=(PAGE.width, PAGE.height))
    pdf.set_creation_date(label.ship_by.astimezone(UTC))  # not the clock: the same label, the same file
    pdf.set_title(label.return_id)
    pdf.set_lang(known(label.language))
    pdf.alias_nb_pages("")  # else "{nb}" in an address would turn into the number of pages
    pdf.set_auto_page_break(False)
    pdf.c_margin = 0
    load(pdf)
    pdf.add_page()
    pdf.set_line_width(3)
    pdf.rect(*FRAME)
    return pdf


def _header(pdf: FPDF, label: Label, words: Captions) -> None:
    pdf.rect(FRAME.x, HEADER, FRAME.width, SENDER - HEADER, style="F")
    pdf.set_text_color(255)
    locale = known(label.language)
    ship_by = label.ship_by.astimezone(UTC)
    date = format_datetime(ship_by, "d MMM y", locale=locale)
    time = format_datetime(ship_by, "HH:mm 'UTC'", locale=locale)
    write(pdf, Box(LEFT, HEADER + 8, 420, 72), [Line(words.title, "B")], range(60, 20, -2))
    write(pdf, Box(460, HEADER + 6, 320, 24), [Line(f"{words.ship_by} ({time})")], SMALL, "R")
    write(pdf, Box(460, HEADER + 32, 320, 50), [Line(date.upper(), "B")], range(40, 10, -2), "R")
    pdf.set_text_color(0)


def _sender(pdf: FPDF, label: Label, words: Captions) -> None:
    _caption(pdf, SENDER, words.sender)
    write(pdf, Box(LEFT, SENDER + 34, 484, 186), _address(label.sender, label.language), range(28, 13, -2))
    _square(pdf, symbols.qr(label.return_id), SENDER, RECEIVER, 4, [label.return_id])


def _receiver(pdf: FPDF, label: Label, words: Captions) -> None:
    _rule(pdf, RECEIVER)
    _caption(pdf, RECEIVER, words.receiver)
    address, parts = _address(label.receiver, label.language), elements(label)
    write(pdf, Box(LEFT, RECEIVER + 34, 484, 210), address, range(38, 13, -2))
    readable = [f"({identifier}) {value}" for identifier, value in parts]
    _square(pdf, symbols.gs1_datamatrix(parts), RECEIVER, ROUTING, 2, readable)


def _routing(pdf: FPDF, label: Label, words: Captions) -> None:
    _rule(pdf, ROUTING)
    pdf.rect(FRAME.x, ROUTING, 150, TRACKING - ROUTING, style="F")
    pdf.set_text_color(255)
    country, postal_code = label.receiver.country.upper(), label.receiver.postal_code
    write(pdf, Box(FRAME.x, ROUTING + 2, 150, 98), [Line(country, "B")], range(80, 12, -4), "C")
    pdf.set_text_color(0)
    write(pdf, Box(182, ROUTING + 7, 338, 90), [Line(postal_code, "B")], range(72, 12, -4))
    write(pdf, Box(SIDE.x, ROUTING + 14, 244, 24), [Line(words.order, "B")], SMALL)
    write(pdf, Box(SIDE.x, ROUTING + 40, 244, 56), [Line(label.order_id)], range(22, 9, -1))


def _tracking(pdf: FPDF, label: Label, words: Captions) -> None:
    number = label.tracking_number
    spaced = f"{number[:2]} {number[2:5]} {number[5:8]} {number[8:11]} {number[11:]}"
    _rule(pdf, TRACKING)
    _caption(pdf, TRACKING, words.tracking)
    _centred(pdf, symbols.code128(number, 26), TRACKING + 36, spaced)


def _unit(pdf: FPDF, label: Label, words: Captions) -> None:
    _rule(pdf, UNIT)
    _caption(pdf, UNIT, words.unit)
    _centred(pdf, symbols.gs1_128((("00", label.sscc),), 64), UNIT + 36, f"(00) {label.sscc}")


def _address(address: Address, language: str) -> list[Line]:
    country = Locale(known(language)).territories.get(address.country.upper(), address.country)
    place = f"{', '.join(filter(None, (address.city, address.region)))} {address.postal_code}"
    return [Line(address.name, "B"), *map(Line, address.lines), Line(place), Line(country.upper(), "B")]


def _square(pdf: FPDF, bars: symbols.Bars, top: float, bottom: float, quiet: int, text: list[str]) -> None:
    """Draw a square code in the side column as large as whole dots and its quiet zone allow, and its text."""
    pdf.line(SIDE.x - 12, top, SIDE.x - 12, bottom)
    room = bottom - top - 44
    dots = min(6, int(room / (bars.width + 2 * quiet)))
    size = bars.width * dots
    symbols.place(pdf, bars, int(SIDE.x - 6 + (SIDE.width - size) / 2), top + int((room - size) / 2), dots)
    write(pdf, Box(SIDE.x - 6, bottom - 42, SIDE.width, 19 * len(text)), [*map(Line, text)], range(15, 8, -1), "C")


def _centred(pdf: FPDF, bars: symbols.Bars, y: float, text: str) -> None:
    symbols.place(pdf, bars, int((PAGE.width - bars.width * BAR_DOTS) / 2), y, BAR_DOTS)
    below = Box(LEFT, y + bars.height * BAR_DOTS + 4, RIGHT - LEFT, 36)
    write(pdf, below, [Line(text, "B")], range(28, 12, -2), "C")


def _caption(pdf: FPDF, top: float, text: str) -> None:
    write(pdf, Box(LEFT, top + 8, 480, 24), [Line(text, "B")], SMALL)


def _rule(pdf: FPDF, y: float) -> None:
    pdf.line(FRAME.x, y, FRAME.x + FRAME.width, y)
