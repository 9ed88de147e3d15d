"""Files that come with a form: taken in as uploads of who sends it, just as over JSON."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from fastapi_problem.error import Problem
from starlette.datastructures import FormData, UploadFile

from activities.evidence.examine import LONGEST_NAME
from activities.evidence.examined import MOST_BYTES as MOST_OF_FILE
from api import attachments
from api.desk import Desk
from api.evidence import Evidence
from api.problems import problem
from api.requests import NotFound, digest
from api.tokens import Caller
from claims.evidence import Purpose

FIELD = "files"
MOST_AT_ONCE = 5  # by one form; a claim may have more, message by message
MOST_BYTES = MOST_AT_ONCE * MOST_OF_FILE + 2**20  # of such a form with its texts
FORMS = re.compile(r"/claims/[^/]+/(messages|actions/[^/]+)|/orders/[^/]+/[^/]+/claim")  # which have files
ACCEPT = "image/*,application/pdf"  # phones offer their camera for any picture; what comes is examined
_FORBIDDEN = re.compile(r"[^A-Za-z0-9_-]+")


@dataclass
class Taken:
    """The ids of the files that are kept now, and what is wrong with the others, by the name that each had."""

    ids: list[str] = field(default_factory=list)
    faults: list[tuple[str, Problem]] = field(default_factory=list)


async def taken(desk: Desk, evidence: Evidence, caller: Caller, given: FormData, key: str) -> list[str]:
    """The ids of the form's files, for a message or a step. Raises the first Problem with any."""
    found = await take(desk, evidence, caller, given, key, Purpose.CHAT)
    for _, fault in found.faults:
        raise fault
    return found.ids


async def take(desk: Desk, evidence: Evidence, caller: Caller, given: FormData, key: str, purpose: Purpose) -> Taken:
    """Take in the form's files; what is good is kept whatever is wrong with the rest. `key` is the form's."""
    found = Taken()
    for place, file in enumerate(posted(given)):
        name = clean(file.filename or "")
        try:
            _check_number(place)
            own = await _key(key, place, name, file)
            coming = evidence.posted(file, caller)
            one = await attachments.take(desk, evidence, caller, own, coming, name, purpose)
            found.ids.append(one.id)
        except Problem as fault:
            found.faults.append((name, fault))
    return found


def kept(given: FormData) -> list[str]:
    """The ids of uploads that the form took along before, without those that its sender took out."""
    gone = given.getlist("remove")
    return list(dict.fromkeys(str(one) for one in given.getlist("attachments") if one not in gone))


async def views(desk: Desk, caller: Caller, ids: Iterable[str]) -> list[dict[str, Any]]:
    """The uploads of these ids, as their owner sees them; what is not there any more is left out."""
    found = []
    for one in ids:
        try:
            found.append(await attachments.read_attachment(one, desk, caller))
        except NotFound:
            continue
    return [one for one in found if one["mine"] and not one["erased_at"]]


def posted(given: FormData) -> Iterator[UploadFile]:
    """The files of the form. A browser sends an empty one where none was chosen."""
    for file in given.getlist(FIELD):
        if isinstance(file, UploadFile) and (file.filename or file.size):
            yield file


def _check_number(place: int) -> None:
    if place >= MOST_AT_ONCE:
        raise problem(422, "too_many_files", f"A form takes {MOST_AT_ONCE} files at once.")


def clean(name: str) -> str:
    """A name that is safe everywhere, made of what the sender's machine calls the file: plain letters, one dot."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    stem, _, extension = plain.rpartition(".")
    stem, extension = (_FORBIDDEN.sub("-", part).strip("-") for part in (stem or extension, extension if stem else ""))
    return f"{(stem or 'file')[: LONGEST_NAME - 11]}.{(extension or 'bin')[:10]}"


async def _key(key: str, place: int, name: str, file: UploadFile) -> str:
    """Sent twice it is the same upload; another file that is sent in its place, when the form is corrected, is not."""
    told = hashlib.sha256()
    while chunk := await file.read(2**16):
        told.update(chunk)
    await file.seek(0)
    return digest("form", key, place, name, told.hexdigest())
