"""Pictures: decoded and encoded again, upright, so that nothing is left but what is seen."""

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import pillow_heif
from PIL import Image, ImageCms, ImageOps

from activities.evidence.examined import MOST_BYTES, MOST_PIXELS, Examined, NotEvidence, damaged, too_many_pixels

FORMATS = {"image/jpeg": ("JPEG", "MPO"), "image/png": ("PNG",), "image/webp": ("WEBP",), "image/heic": ("HEIF",)}
_KEPT_AS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP", "image/heic": "JPEG"}
_MODES = {"JPEG": ("L", "RGB"), "WEBP": ("RGB", "RGBA"), "PNG": ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")}
_QUALITY = {"JPEG": 90, "WEBP": 85}
_MARGIN = 0.9  # of the width and height at which it should just fit
_LEAST = 16  # pixels
_IN_ONE_FILE = ("MPO", "HEIF")  # a camera's further pictures are previews and depths; the first is the photo
pillow_heif.register_heif_opener(thumbnails=False)


def made_anew(content: bytes, kind: str) -> Examined:
    """The picture of this media type as it is kept, HEIC as JPEG. Raises NotEvidence."""
    with _strictly():
        picture = _upright(_decoded(content, kind))
        return _encoded(picture, _KEPT_AS[kind])


@contextmanager
def _strictly() -> Iterator[None]:
    """Whatever a decoder stumbles over is the file's fault; one that is too large is told before it is decoded."""
    Image.MAX_IMAGE_PIXELS = 2 * MOST_PIXELS  # the library's own guard behind ours, which can say how large it is
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            yield
    except NotEvidence:
        raise
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise NotEvidence(
            "picture_too_large", f"A picture has at most {MOST_PIXELS // 10**6} million pixels; this one has more."
        ) from None
    except MemoryError:
        raise NotEvidence("picture_too_large", "This picture takes too much memory. Send a smaller one.") from None
    except Exception as error:  # decoders raise whatever they like
        raise damaged("picture") from error


def _decoded(content: bytes, kind: str) -> Image.Image:
    picture = Image.open(BytesIO(content), formats=FORMATS[kind])
    if picture.width * picture.height > MOST_PIXELS:
        raise too_many_pixels(*picture.size)
    frames = getattr(picture, "n_frames", 1)
    if frames > 1 and picture.format not in _IN_ONE_FILE:
        raise NotEvidence("picture_animated", f"Evidence is one picture; this one has {frames}. Send one of them.")
    picture.load()
    return picture


def _upright(picture: Image.Image) -> Image.Image:
    profile, clear = picture.info.get("icc_profile"), picture.info.get("transparency")
    turned = ImageOps.exif_transpose(picture)
    turned = _in_srgb(turned, profile)
    turned.info = {} if clear is None or turned.mode != "P" else {"transparency": clear}
    return turned


def _in_srgb(picture: Image.Image, profile: Any) -> Image.Image:
    """Colours as they were meant, for the profile goes: phones take pictures in wider spaces than sRGB."""
    if not profile or picture.mode != "RGB":
        return picture
    try:
        meant = ImageCms.getOpenProfile(BytesIO(profile))
        return ImageCms.profileToProfile(picture, meant, ImageCms.createProfile("sRGB")) or picture
    except (ImageCms.PyCMSError, OSError):
        return picture


def _encoded(picture: Image.Image, kept_as: str) -> Examined:
    """Encoded again; a picture that comes out larger than a file may be is made smaller."""
    if picture.mode not in _MODES[kept_as]:
        picture = picture.convert("RGBA" if kept_as != "JPEG" and picture.has_transparency_data else "RGB")
    content = _written(picture, kept_as)
    while len(content) > MOST_BYTES and min(picture.size) > _LEAST:
        scale = _MARGIN * math.sqrt(MOST_BYTES / len(content))
        size = (int(picture.width * scale), int(picture.height * scale))
        smooth = picture if picture.mode not in ("1", "P") else picture.convert("RGBA")
        picture = smooth.resize(size, Image.Resampling.LANCZOS)
        content = _written(picture, kept_as)
    return Examined(Image.MIME[kept_as], content, picture.width, picture.height)


def _written(picture: Image.Image, kept_as: str) -> bytes:
    file = BytesIO()
    quality = {"quality": _QUALITY[kept_as]} if kept_as in _QUALITY else {}
    picture.save(file, kept_as, **quality)
    return file.getvalue()
