"""Guidance: how to use a product, as a text, in steps, and with a link to more. It asks the buyer whether it helped."""

import re

from claims.model import Action, Invalid

MOST_STEPS = 10
LONGEST_STEP = 300  # characters
LONGEST_LINK = 500
EXPLAINED = "seller_explained_functions"  # the code of a claim that is closed because an explanation helped
STEP = r"^[^\x00-\x20\x7f-\xa0\u2028\u2029][^\x00-\x1f\x7f-\x9f\u2028\u2029]*$"  # one line that begins with a sign
# A host by its name, and nothing between it and the path: no user, no port. Hosts that are numbers end in no letter.
LINK = (
    r"^https://([a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?\.)+[a-zA-Z][a-zA-Z0-9-]*[a-zA-Z0-9]"
    r"([/?#][a-zA-Z0-9/?#%&=+.,:;@!$'()*~_-]*)?$"
)
_STEP, _LINK = re.compile(STEP), re.compile(LINK)
_ELSEWHERE = frozenset(  # where nobody sees beforehand what comes, or somebody waits to talk
    """bit.ly goo.gl t.co is.gd ow.ly cutt.ly rb.gy tiny.cc tinyurl.com shorturl.at encurtador.com.br abre.ai forms.gle
    linktr.ee youtu.be lnkd.in rebrand.ly buff.ly s.id amzn.to wa.me whatsapp.com t.me telegram.me telegram.org m.me
    messenger.com discord.gg discord.com signal.me pix.link paypal.me""".split()
)
_OURS_ALONE = frozenset("local localhost internal intranet lan home corp test invalid onion".split())


def fault_of_step(step: str) -> str:
    """What is wrong with a step, as the end of a sentence; empty when nothing is."""
    if not _STEP.fullmatch(step) or len(step) > LONGEST_STEP:
        return f"must be a line of 1 to {LONGEST_STEP} characters that begins with no blank"
    return ""


def fault_of_link(link: str) -> str:
    """What is wrong with a link, as the end of a sentence; empty when nothing is."""
    if not link.startswith("https://"):
        return "must begin with https://"
    if len(link) > LONGEST_LINK:
        return f"has more than {LONGEST_LINK} characters"
    if not _LINK.fullmatch(link):
        return "must be a plain address like https://www.example.com/manual: no user, no port, no number for a host"
    host = re.split(r"[/?#]", link.removeprefix("https://"))[0].lower()
    if any(host == other or host.endswith(f".{other}") for other in _ELSEWHERE):
        return "must name the page itself: no shortener, and no chat"
    if host.rpartition(".")[2] in _OURS_ALONE:
        return "names a host that others cannot reach"
    return ""


def check(action: Action, more: bool) -> None:
    """Raise Invalid when `more` than a note came with another action than an explanation."""
    if action != Action.GUIDE and more:
        raise Invalid("unknown_field", f"'{action}' takes no 'steps' and no 'link'; only 'guide' does.")


def whole(text: str, steps: list[str]) -> str:
    """All the words of an explanation, a line for each step: what is judged, searched and translated."""
    return "\n".join([text, *steps])


def apart(words: str, text: str, steps: list[str]) -> tuple[str, list[str]]:
    """Text and steps out of `words`, a translation of whole(text, steps). Where lines were lost or made the steps stay
    as they were written, and all that was translated is the text."""
    lines, first = words.split("\n"), text.count("\n") + 1
    if len(lines) != first + len(steps) or not all(line.strip() for line in lines[first:]):
        return words, steps
    return "\n".join(lines[:first]), lines[first:]
