"""Who looks at a page, and how they read: language, zone, and the name that we greet them by."""

from dataclasses import dataclass, replace
from typing import Annotated
from urllib.parse import unquote
from zoneinfo import available_timezones

from fastapi import Depends, Request

import storage.listing
import storage.orders
import storage.profiles
from api.deps import CallerDep, DeskDep
from api.pages.texts import Formats, spoken
from api.tokens import Caller
from claims.reasons import LANGUAGES
from claims.sites import zone
from claims.thread import PARTIES

ZONE, LANGUAGE = "zone", "language"  # cookies: the browser's zone; the language chosen before signing in
_ZONES = available_timezones()
NOWHERE = "UTC"


@dataclass(frozen=True)
class Visitor:
    """`caller` None: nobody is signed in."""

    caller: Caller | None
    language: str
    zone: str
    name: str = ""
    originals: bool = False
    waiting: int = 0  # claims in which it is their turn

    @property
    def formats(self) -> Formats:
        return Formats(self.language, self.zone)

    @property
    def role(self) -> str:
        return str(self.caller.role) if self.caller else ""


def stranger(request: Request) -> Visitor:
    """As far as the browser itself tells."""
    chosen = request.cookies.get(LANGUAGE, "")
    language = chosen if chosen in LANGUAGES else spoken(request.headers.get("accept-language", ""))
    return Visitor(None, language, zone_of(request) or NOWHERE)


def zone_of(request: Request) -> str:
    """The zone that the browser says, or nothing."""
    said = unquote(request.cookies.get(ZONE, ""))  # as a browser writes its slash
    return said if said in _ZONES else ""


async def visitor(request: Request, desk: DeskDep, caller: CallerDep) -> Visitor:
    """The visitor who is signed in, by their profile."""
    async with desk.database.reading() as session:
        profile = await storage.profiles.find(session, caller.role, caller.id)
        known = await storage.orders.find_people(session, {caller.id}) if str(caller.role) in PARTIES else {}
        waiting = await storage.listing.waiting(session, caller.role, caller.id)
        site = "" if zone_of(request) else await storage.orders.site_of(session, caller.role, caller.id)
    name = known[caller.id].name if caller.id in known else ""
    here = replace(stranger(request), caller=caller, language=profile.language, originals=profile.originals)
    lives = zone(site) if site else here.zone  # until the browser says where that really is
    request.state.visitor = found = replace(here, name=name or caller.id, waiting=waiting, zone=lives)
    return found


VisitorDep = Annotated[Visitor, Depends(visitor)]
