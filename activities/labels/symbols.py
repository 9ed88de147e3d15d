"""Barcodes as rectangles on whole printer dots."""

from dataclasses import dataclass

import zint
from fpdf import FPDF


@dataclass(frozen=True)
class Bars:
    """A code's dark rectangles (x, y, width, height) and its size, all in modules, without quiet zone."""

    rectangles: tuple[tuple[float, float, float, float], ...]
    width: int
    height: int


def code128(text: str, height: int) -> Bars:
    """Encode plain ASCII as Code 128, `height` modules high."""
    return _encoded(_symbol(zint.Symbology.CODE128, height), text)


def gs1_128(elements: tuple[tuple[str, str], ...], height: int) -> Bars:
    """Encode GS1 elements as GS1-128, `height` modules high; the library checks each element."""
    return _encoded(_symbol(zint.Symbology.GS1_128, height), _bracketed(elements))


def gs1_datamatrix(elements: tuple[tuple[str, str], ...]) -> Bars:
    """Encode GS1 elements as a square GS1 DataMatrix."""
    symbol = _symbol(zint.Symbology.DATAMATRIX)
    symbol.input_mode = zint.InputMode.GS1
    symbol.option_3 = zint.DataMatrixOptions.SQUARE
    return _encoded(symbol, _bracketed(elements))


def qr(text: str) -> Bars:
    """Encode text as a QR code with error correction level M (15 %)."""
    symbol = _symbol(zint.Symbology.QRCODE)
    symbol.option_1 = 2
    return _encoded(symbol, text)


def place(pdf: FPDF, bars: Bars, x: float, y: float, dots: int) -> None:
    """Fill the bars with their top left corner at (x, y), `dots` page units to a module."""
    for left, top, width, height in bars.rectangles:
        pdf.rect(x + left * dots, y + top * dots, width * dots, height * dots, style="F")


def _symbol(kind: zint.Symbology, height: int = 0) -> zint.Symbol:
    symbol = zint.Symbol()
    symbol.symbology = kind
    symbol.scale = 0.5  # zint draws a module 2 units wide
    symbol.show_text = False
    symbol.height = height
    return symbol


def _encoded(symbol: zint.Symbol, text: str) -> Bars:
    symbol.encode(text)
    symbol.buffer_vector()
    rectangles = tuple((bar.x, bar.y, bar.width, bar.height) for bar in symbol.vector.rectangles)
    return Bars(rectangles, round(symbol.vector.width), round(symbol.vector.height))


def _bracketed(elements: tuple[tuple[str, str], ...]) -> str:
    return "".join(f"[{identifier}]{value}" for identifier, value in elements)
