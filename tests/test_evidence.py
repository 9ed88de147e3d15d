"""What may be uploaded: typed by what is in it, made anew, and everything else refused with a sentence."""

import io
import os
import re
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from fpdf import FPDF
from PIL import Image

from activities.evidence.apart import Examiner
from activities.evidence.examine import LONGEST_NAME, check_name, examine
from activities.evidence.examined import MOST_BYTES, MOST_PAGES, NotEvidence
from tests import pictures
from tests.pictures import PAYLOAD, animation, archive, jpeg, opens_with, pdf, picture

KINDS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "HEIF": "image/jpeg"}
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
GIF = b"GIF89a/*\x01\x00\x80" + b"\0" * 8 + b",\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;*/=1;alert(1)"
JAVASCRIPT = opens_with(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
PACKED = {"object_stream_mode": pikepdf.ObjectStreamMode.generate}


def attached(made: pikepdf.Pdf) -> None:
    made.attachments["run.exe"] = b"MZ"


def huge_image(made: pikepdf.Pdf) -> None:
    made.Root.Huge = made.make_stream(b"", Subtype=pikepdf.Name.Image, Width=10_000, Height=5_000)


REFUSED: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "file_empty"),
    "6 MB": (jpeg() + b"\0" * (6_000_000 - len(jpeg())), "file_too_large"),
    "50 megapixels": (pictures.bomb(), "picture_too_large"),
    "100 megapixels": (pictures.bomb(20_000), "picture_too_large"),
    "200 megapixels": (pictures.bomb(40_000), "picture_too_large"),
    "a program": (b"MZ\x90\x00" + b"\0" * 2000, "file_type_not_allowed"),
    "a program of Linux": (b"\x7fELF\x02\x01\x01" + b"\0" * 2000, "file_type_not_allowed"),
    "a script": (b"#!/bin/sh\nrm -rf /\n", "file_type_not_allowed"),
    "a drawing with a script": (SVG, "file_type_not_allowed"),
    "a page": (b"<!doctype html>" + PAYLOAD, "file_type_not_allowed"),
    "an archive": (archive(), "file_type_not_allowed"),
    "a GIF that is a script": (GIF, "file_type_not_allowed"),
    "a JPEG and a page": (jpeg() + PAYLOAD, "file_is_two"),
    "a page in a JPEG's comment": (picture("JPEG", comment=PAYLOAD), "file_is_two"),
    "a JPEG and an archive": (jpeg() + archive(), "file_is_two"),
    "a PNG and a PDF": (picture("PNG") + pdf(), "file_is_two"),
    "half a JPEG": (jpeg()[: len(jpeg()) // 2], "file_damaged"),
    "half a PNG": (picture("PNG")[:3000], "file_damaged"),
    "half a WebP": (picture("WEBP", (200, 200))[:2000], "file_damaged"),
    "half a HEIC": (picture("HEIF", (200, 200))[:2000], "file_damaged"),
    "the beginning of a JPEG alone": (jpeg()[:20] + b"\0" * 500, "file_damaged"),
    "a moving PNG": (animation("PNG"), "picture_animated"),
    "a moving WebP": (animation("WEBP"), "picture_animated"),
    "a PDF with JavaScript": (pdf(JAVASCRIPT), "pdf_active"),
    "a PDF with packed JavaScript": (pdf(JAVASCRIPT, **PACKED), "pdf_active"),
    "a PDF that starts a program": (pdf(opens_with(S=pikepdf.Name.Launch, F="cmd.exe")), "pdf_active"),
    "a PDF with a file in it": (pdf(attached), "pdf_active"),
    "a PDF with 50 megapixels": (pdf(huge_image), "picture_too_large"),
    "a PDF with a password": (pdf(encryption=pikepdf.Encryption(owner="a", user="b")), "pdf_encrypted"),
    "a PDF with an owner's password": (pdf(encryption=pikepdf.Encryption(owner="a", user="")), "pdf_encrypted"),
    "51 pages": (pdf(pages=MOST_PAGES + 1), "pdf_pages"),
    "a PDF and a page": (pdf() + PAYLOAD, "file_is_two"),
    "a PDF and an archive": (pdf() + archive(), "file_is_two"),
    "a PDF and something": (pdf() + b"something", "file_is_two"),
    "something and a PDF": (b"something" + pdf(), "file_type_not_allowed"),
    "half a PDF": (pdf()[:300], "file_damaged"),
    "a PDF of nothing": (b"%PDF-1.7\n" + b"x" * 100 + b"\n%%EOF", "file_damaged"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_evidence_is_refused_with_a_code_and_a_sentence(what: str) -> None:
    content, code = REFUSED[what]
    with pytest.raises(NotEvidence) as refused:
        examine(content)
    assert refused.value.code == code
    assert 20 < len(refused.value.sentence) <= 200
    assert refused.value.sentence.endswith(".")


def test_a_bomb_is_refused_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    decoded, bomb = [], pictures.bomb()
    monkeypatch.setattr(Image.Image, "load", lambda *_: decoded.append("load"))
    with pytest.raises(NotEvidence, match="40 million pixels"):
        examine(bomb)
    assert decoded == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_photo_comes_out_upright_and_says_nothing_but_what_is_seen(kind: str) -> None:
    taken = pictures.from_a_phone(kind)
    assert b"Zqcamera" in taken
    kept = examine(taken)
    assert kept.media_type == KINDS[kind]
    turned = (64, 48) if kind == "HEIF" else (48, 64)  # there the file itself says how it lies, not its EXIF
    assert (kept.width, kept.height) == turned
    with Image.open(io.BytesIO(kept.content)) as seen:
        assert seen.size == turned
        assert Image.MIME[seen.format or ""] == kept.media_type
        assert not seen.getexif()
        assert not seen.info.keys() & {"exif", "icc_profile", "comment", "xmp", "photoshop"}
    assert not any(mark in kept.content for mark in (b"Zq", b"Exif", b"GPS"))


def test_a_photo_is_the_same_to_the_eye() -> None:
    file = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").save(file, "HEIF", quality=95)
    kept = examine(file.getvalue())
    with Image.open(io.BytesIO(kept.content)) as seen, Image.linear_gradient("L").convert("RGB") as drawn:
        pairs = zip(seen.resize((16, 16)).tobytes(), drawn.resize((16, 16)).tobytes(), strict=True)
        assert max(abs(a - b) for a, b in pairs) < 12


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_a_png_of_every_kind_is_kept(mode: str) -> None:
    drawn = Image.new("I;16", (40, 30), 7) if mode == "I;16" else Image.effect_noise((40, 30), 50).convert(mode)
    file = io.BytesIO()
    drawn.save(file, "PNG")
    assert (examine(file.getvalue()).width, examine(file.getvalue()).height) == (40, 30)


def test_what_a_phone_appends_that_harms_nobody_does_not_survive() -> None:
    kept = examine(jpeg() + b"SEFT and a short film" + b"\x01\x02" * 500)
    assert b"SEFT" not in kept.content
    assert kept.content.endswith(b"\xff\xd9")


def test_a_photo_that_would_come_out_too_large_is_made_smaller() -> None:
    content = picture("JPEG", (3400, 2900), quality=75)
    assert MOST_BYTES * 0.7 < len(content) < MOST_BYTES
    kept = examine(content)
    assert MOST_BYTES / 2 < len(kept.content) <= MOST_BYTES


def letter(photo: bytes) -> bytes:
    made = FPDF()
    made.set_title("Zqtitle")
    made.set_author("Zqauthor")
    made.add_page()
    made.set_font("Helvetica")
    made.cell(text="The screen is broken", link="https://example.com/zqlink")
    made.image(io.BytesIO(photo))
    return bytes(made.output())


def test_of_a_pdf_its_pages_are_kept_and_nothing_else() -> None:
    given = letter(pictures.from_a_phone())
    assert b"Zqcamera" in given
    kept = examine(given)
    assert (kept.media_type, kept.pages) == ("application/pdf", 1)
    with pypdfium2.PdfDocument(kept.content) as document:
        assert document[0].get_textpage().get_text_range() == "The screen is broken"
        assert len(list(document[0].get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE]))) == 1
        assert document[0].render().to_pil().convert("L").getextrema()[0] < 100
    with pikepdf.open(io.BytesIO(kept.content)) as document:
        assert "/Metadata" not in document.Root
        assert not document.docinfo.keys()
        assert "/Annots" not in document.pages[0]
    # Four letters more: two alone stand in compressed bytes by chance.
    assert not re.search(rb"Zq[a-z]{4}|zqlink|Exif", kept.content)


def test_a_packed_bomb_in_a_pdf_is_refused_in_time() -> None:
    """A stream of 2 GB in 2 MB, where the library must unpack it to read the file."""
    import zlib

    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(b"0" * 2**20) for _ in range(300)) + packer.flush()
    length = str(len(packed)).encode()
    head = b"%PDF-1.5\n1 0 obj\n<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length " + length + b">>stream\n"
    with pytest.raises(NotEvidence):
        examine(head + packed + b"\nendstream endobj\ntrailer<</Root 2 0 R>>\nstartxref\n9\n%%EOF")


@pytest.mark.parametrize("name", ["photo.jpg", "a", "A-1_b.PDF", "x" * LONGEST_NAME])
def test_a_name_that_is_good_anywhere_is_taken(name: str) -> None:
    check_name(name)


BAD_NAMES = ["", "../photo.jpg", "a/b.jpg", "a\\b", "a..b", ".hidden", "..", "x" * (LONGEST_NAME + 1), "ü.jpg", "a b",
             "a\n", "a\0", "%2e%2e"]  # fmt: skip


@pytest.mark.parametrize("name", BAD_NAMES)
def test_another_name_is_refused_and_repeated_only_as_far_as_it_is_harmless(name: str) -> None:
    with pytest.raises(NotEvidence) as refused:
        check_name(name)
    assert refused.value.code == "file_name_invalid"
    assert refused.value.sentence.isprintable()
    assert len(refused.value.sentence) <= 200


# --- in processes of their own


async def test_apart_it_comes_to_the_same() -> None:
    examiner = Examiner()
    assert await examiner.examine(jpeg()) == examine(jpeg())
    with pytest.raises(NotEvidence, match="40 million pixels"):
        await examiner.examine(pictures.bomb())


async def test_a_file_that_takes_too_long_ends_with_its_process_and_the_next_is_examined() -> None:
    slow = picture("PNG", (2000, 2000), "L")
    await Examiner().examine(jpeg())
    with pytest.raises(NotEvidence) as refused:
        await Examiner(seconds=0.05).examine(slow)
    assert refused.value.code == "file_too_slow"
    assert (await Examiner().examine(jpeg())).width == 64


@pytest.mark.long
async def test_a_file_that_kills_its_reader_kills_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    from activities.evidence import apart

    monkeypatch.setattr(apart, "examine_confined", _dies)
    with pytest.raises(NotEvidence) as refused:
        await Examiner(hands=1).examine(jpeg())
    assert refused.value.code == "file_damaged"
    monkeypatch.undo()
    assert (await Examiner().examine(jpeg())).width == 64


def _dies(_: bytes) -> None:
    os.kill(os.getpid(), 9)


def test_it_takes_no_more_memory_than_it_may() -> None:
    """In a process of its own, where the limit is set and is not ours."""
    import subprocess
    import sys

    code = "from activities.evidence.examine import examine_confined as e; e(b''.join([b'x']))"
    lines = ["import resource", "try:", f"  {code}", "except Exception: pass",
             "print(resource.getrlimit(resource.RLIMIT_AS)[0])", "bytearray(4 * 2**30)"]  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], cwd=Path(__file__).parent.parent, capture_output=True, text=True
    )
    assert done.stdout.strip() == str(3 * 2**30)
    assert "MemoryError" in done.stderr
