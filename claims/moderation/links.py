"""Addresses of the web, in any language. A shop's bare name in passing is no link; an invitation to go there is."""

import re
from collections.abc import Iterator

from claims.moderation.reading import Text

Span = tuple[int, int]  # from where to where, in `Text.folded`

_SCHEME = re.compile(r"(?<![a-z0-9])(?:h[tx]{2}ps?|ftp)\s?:\s?/\s?/\s?([^\s/?#]++)\S*+")
_ADDRESS = re.compile(r"(?<![a-z0-9.@_/-])([a-z0-9][a-z0-9.-]*+)(:\d++)?([/?]\S*+)?+")
_SPELLED = re.compile(
    r"(?<![a-z0-9])[a-z0-9]++ (?:ponto|punto|dot) com(?: (?:ponto|punto|dot) [a-z]{2}(?![a-z])|(?: (?:barra|slash)|/))"
)
_SPREAD = re.compile(r"(?<![a-z0-9])(?:bit|t|wa|goo|tinyurl|forms|is|cutt|ow)(?: \.|\. )\s?(?:ly|me|gl|gd|com)\s?/")
_DOMAINS = frozenset(
    """com net org info biz io me ly br ar mx co cl pe uy es pt us uk de fr it ru cn tk ml app shop store online site
    xyz link live club top page click gg tv cc gl be gle to ai dev to vip fun world eu ca in""".split()
)
_SHORTENERS = frozenset(
    """bit.ly t.me wa.me goo.gl tinyurl.com t.co is.gd ow.ly cutt.ly rb.gy forms.gle linktr.ee youtu.be
    encurtador.com.br abre.ai shorturl.at tiny.cc m.me discord.gg pix.link""".split()
)
_INVITED = 24  # an invitation stands at most so many letters before the address


def links(text: Text, own_hosts: frozenset[str], invites: re.Pattern[str]) -> Iterator[Span]:
    """What leads out of the marketplace. An own host's addresses are its own only when spelled in plain letters."""
    for found in _SCHEME.finditer(text.folded):
        authority = found[1].rpartition("@")[2]
        if not _own(text, authority.split(":")[0], found.span(1), own_hosts):
            yield found.span()
    for found in _ADDRESS.finditer(text.folded):
        if _leads_out(text, found, invites) and not _own(text, found[1].strip(".-"), found.span(1), own_hosts):
            yield found.span()
    for pattern in (_SPELLED, _SPREAD):
        yield from (found.span() for found in pattern.finditer(text.folded))


def _leads_out(text: Text, found: re.Match[str], invites: re.Pattern[str]) -> bool:
    host, path = found[1].strip(".-"), (found[3] or "").strip("/?!.,;:)")
    name, dot, domain = host.rpartition(".")
    if not dot or domain not in _DOMAINS or not name.strip("0123456789."):
        return False
    if host.startswith("www.") or host in _SHORTENERS or path:
        return True
    before = " ".join(text.folded[max(0, found.start() - _INVITED) : found.start()].split())
    return invites.search(f" {before} ") is not None


def _own(text: Text, host: str, span: Span, own_hosts: frozenset[str]) -> bool:
    if not text.original[text.origins[span[0]] : text.origins[span[1] - 1] + 1].isascii():
        return False
    return any(host == own or host.endswith(f".{own}") for own in own_hosts)
