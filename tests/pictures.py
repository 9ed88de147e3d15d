"""Small files to upload: good ones, and those that are not what they say."""

import io
import zipfile
from collections.abc import Callable
from functools import cache
from typing import Any

import pikepdf
import pillow_heif
from PIL import Image

PAYLOAD = b"<html><script>alert(1)</script></html>"
pillow_heif.register_heif_opener(thumbnails=False)


def picture(kind: str, size: tuple[int, int] = (64, 48), mode: str = "RGB", **more: Any) -> bytes:
    """A picture with noise in it."""
    file = io.BytesIO()
    Image.effect_noise(size, 60).convert(mode).save(file, kind, **more)
    return file.getvalue()


@cache
def jpeg() -> bytes:
    return picture("JPEG")


def from_a_phone(kind: str = "JPEG") -> bytes:
    """Lying on its side, with the place where it was taken, the camera's name and a comment."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Zqcamera", 6  # make; turn by 90 degrees to see it upright
    exif.get_ifd(0x8825).update({1: "S", 2: (23.0, 33.0, 1.0), 3: "W", 4: (46.0, 38.0, 2.0)})  # GPS
    return picture(kind, exif=exif, **({"comment": b"Zqcomment"} if kind == "JPEG" else {}))


def bomb(width: int = 10_000) -> bytes:
    """50 megapixels in 6 kB, unless told otherwise."""
    file = io.BytesIO()
    Image.new("1", (width, 5_000)).save(file, "PNG", optimize=True)
    return file.getvalue()


def animation(kind: str) -> bytes:
    file = io.BytesIO()
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "green", "blue")]
    frames[0].save(file, kind, save_all=True, append_images=frames[1:], duration=50)
    return file.getvalue()


def archive() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as inside:
        inside.writestr("run.sh", "echo")
    return file.getvalue()


def pdf(change: Callable[[pikepdf.Pdf], None] = lambda _: None, pages: int = 1, **saving: Any) -> bytes:
    """A PDF of empty pages, changed."""
    file = io.BytesIO()
    with pikepdf.new() as made:
        for _ in range(pages):
            made.add_blank_page()
        change(made)
        made.save(file, **saving)
    return file.getvalue()


def opens_with(**action: Any) -> Callable[[pikepdf.Pdf], None]:
    """A PDF that does this when it is opened."""

    def change(made: pikepdf.Pdf) -> None:
        made.Root.OpenAction = pikepdf.Dictionary(**action)

    return change
