"""PDFs: one file and nothing else in it, that does nothing by itself; kept are its pages alone."""

import re
from collections.abc import Iterator
from io import BytesIO

import pikepdf
import pypdfium2  # type: ignore[import-untyped]
from pikepdf import Array, Dictionary, Name, Object, Stream

from activities.evidence.examined import (
    MOST_BYTES,
    MOST_PAGES,
    MOST_PIXELS,
    Examined,
    NotEvidence,
    damaged,
    too_many_pixels,
)
from activities.evidence.jpeg import without_metadata

_END = re.compile(rb"%%EOF[\x00\s]*\Z")
_ACTING = {  # keys of dictionaries
    "/JS": "JavaScript",
    "/JavaScript": "JavaScript",
    "/EmbeddedFiles": "attached files",
    "/EF": "attached files",
    "/XFA": "a form with a program",
    "/RichMedia": "media that play",
}
_ACTIONS = {"/Launch": "an action that starts a program", "/SubmitForm": "a form that sends itself",
            "/ImportData": "a form that loads data", "/GoToE": "attached files", "/JavaScript": "JavaScript",
            "/Rendition": "media that play", "/Movie": "media that play"}  # fmt: skip
_UNSEEN = ("/Metadata", "/PieceInfo", "/AA", "/A", "/LastModified", "/Thumb", "/StructParents", "/B")


def made_anew(content: bytes) -> Examined:
    """The pages in a new file: no metadata, actions, links, forms, attachments. Raises NotEvidence."""
    if not _END.search(content, max(0, len(content) - 1024)):
        _refuse_a_tail(content)
    try:
        with pikepdf.open(BytesIO(content), suppress_warnings=True) as given:
            if given.is_encrypted:
                raise _encrypted()
            pages = len(given.pages)
            _check_pages(pages)
            _check_objects(given)
            kept = _pages_alone(given)
        _check_readable(kept, pages)
    except pikepdf.PasswordError:
        raise _encrypted() from None
    except NotEvidence:
        raise
    except MemoryError:
        raise NotEvidence("file_too_large", "This PDF takes too much memory. Send fewer pages of it.") from None
    except Exception as error:  # whatever the libraries raise, it is the file that cannot be read
        raise damaged("PDF") from error
    if len(kept) > MOST_BYTES:
        raise NotEvidence("file_too_large", f"Written anew, this PDF has {len(kept)} bytes; {MOST_BYTES} are allowed.")
    return Examined("application/pdf", kept, pages=pages)


def _refuse_a_tail(content: bytes) -> None:
    if b"%%EOF" in content:
        raise NotEvidence("file_is_two", "After the end of this PDF there is something else. Send the PDF alone.")
    raise damaged("PDF")


def _encrypted() -> NotEvidence:
    return NotEvidence("pdf_encrypted", "This PDF is encrypted. Save it without a password and send that.")


def _check_pages(pages: int) -> None:
    if not 1 <= pages <= MOST_PAGES:
        raise NotEvidence("pdf_pages", f"A PDF has 1 to {MOST_PAGES} pages; this one has {pages}.")


def _check_objects(given: pikepdf.Pdf) -> None:
    for found in given.objects:
        for part in _dictionaries(found):
            if doing := _doing(part):
                raise NotEvidence("pdf_active", f"This PDF holds {doing}. Print it into a new PDF and send that.")
            _check_picture(part)


def _dictionaries(found: Object, depth: int = 0) -> Iterator[Object]:
    """A dictionary or stream and those that stand in it directly; what is referred to comes by itself."""
    if depth > 50:
        raise damaged("PDF")
    if isinstance(found, Dictionary | Stream):
        yield found
        parts = list(found.values()) if isinstance(found, Dictionary) else list(found.stream_dict.values())
    else:
        parts = list(found) if isinstance(found, Array) else []
    for part in parts:
        if isinstance(part, Object) and not part.is_indirect and isinstance(part, Dictionary | Array):
            yield from _dictionaries(part, depth + 1)


def _doing(part: Object) -> str:
    """What it would do when it is opened or clicked, or nothing."""
    named = next((words for key, words in _ACTING.items() if key in part), "")
    return named or _ACTIONS.get(str(part.get("/S", "")), "")


def _check_picture(part: Object) -> None:
    width, height = part.get("/Width", 0), part.get("/Height", 0)
    if isinstance(part, Stream) and isinstance(width, int) and isinstance(height, int) and width * height > MOST_PIXELS:
        raise too_many_pixels(width, height)


def _pages_alone(given: pikepdf.Pdf) -> bytes:
    given.flatten_annotations("all")  # what was filled in or stamped on becomes part of the page
    with pikepdf.new() as kept:
        kept.pages.extend(given.pages)
        for page in kept.pages:
            if Name.Annots in page.obj:
                del page.obj[Name.Annots]
        kept.remove_unreferenced_resources()
        for found in kept.objects:
            for part in _dictionaries(found):
                _forget_the_unseen(part)
        file = BytesIO()
        kept.save(file, object_stream_mode=pikepdf.ObjectStreamMode.generate, deterministic_id=True)
    return file.getvalue()


def _forget_the_unseen(part: Object) -> None:
    for key in _UNSEEN:
        if key in part:
            del part[key]
    if isinstance(part, Stream) and part.get("/Filter") in (Name.DCTDecode, [Name.DCTDecode]):
        part.write(without_metadata(part.read_raw_bytes()), filter=Name.DCTDecode)


def _check_readable(kept: bytes, pages: int) -> None:
    """Another library reads the same pages."""
    with pypdfium2.PdfDocument(kept) as document:
        if len(document) != pages:
            raise damaged("PDF")
        for page in document:
            page.close()
