"""A drawn label as a picture (PNG) and as a printer's own language (ZPL)."""

from io import BytesIO
from threading import Lock

import pypdfium2  # type: ignore[import-untyped]
from PIL import Image
from zebrafy.zebrafy_image import ZebrafyImage

PRINTER_DPI = 203
ROUNDING = 1e-6  # else the picture is now and then a row too high: its size is rounded up
PDFIUM = Lock()  # PDFium is not safe to call from two threads at once


def png(pdf: bytes, dpi: int = PRINTER_DPI) -> bytes:
    """Give the label as a grey PNG: 812 x 1218 pixels at 203 dpi. Blocks; callers may use threads."""
    file = BytesIO()
    _raster(pdf, dpi).save(file, "PNG", dpi=(dpi, dpi))
    return file.getvalue()


def zpl(pdf: bytes) -> str:
    """Give the label as complete ZPL II, ^XA to ^XZ, for a printer of 203 dpi (8 dots to the millimetre).

    One graphic field of 812 x 1218 dots, black below half grey, run-length coded. Blocks like `png`.
    """
    picture = _raster(pdf, PRINTER_DPI)
    return ZebrafyImage(picture, format="ASCII_COMPRESSED", dither=False, set_label_size=True).to_zpl()


def _raster(pdf: bytes, dpi: int) -> Image.Image:
    with PDFIUM, pypdfium2.PdfDocument(pdf) as document:
        picture: Image.Image = document[0].render(scale=dpi / 72 - ROUNDING, grayscale=True).to_pil()
        return picture.convert("L")  # a copy that outlives the document
