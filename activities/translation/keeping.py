"""Translating around an engine: only words go in, and everything else of the text is kept exactly."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace

from activities.translation import masks
from activities.translation.masks import Piece
from activities.translation.port import GivenUp
from activities.translation.sentences import Sentence, lines, sentences

Through = Callable[[list[str]], Awaitable[list[str]]]  # sentences without newlines, each translated by itself

_LETTER = re.compile(r"[^\W\d_]")
_TOKEN = re.compile(r"(XQZ\d+)")
_FIRST = re.compile(r"XQZ(\d+)\s*")
_LAST = re.compile(r"\s*XQZ(\d+)$")
_STAMMER = re.compile(r"\b(\w+)(?:\W+\1\b){3,}", re.IGNORECASE)
_SHOUTED = 0.6  # of the letters are capitals


class Keeping:
    """One text on its way. What must stay is hidden; each sentence is tried in three ways, the best first."""

    def __init__(self, text: str, through: Through, by_lines: bool = False) -> None:
        self._hidden: list[Piece] = []
        cut = lines if by_lines else sentences
        self._parts = [self._trimmed(part) for part in cut(masks.masked(text, self._hidden))]
        self._through = through

    async def translated(self) -> str:
        """The text in the other language. Raises GivenUp when something hidden got lost, and what `through` raises."""
        cores = sorted({part.core for part in self._parts if _words(part.core)})
        done: dict[str, str] = {}
        for attempt in (self._whole, self._without_numbers, self._in_pieces):
            if left := [core for core in cores if core not in done]:
                done |= await attempt(left)
        if len(done) != len(cores):
            raise GivenUp("what must come through unchanged got lost")
        text = "".join(part.before + done.get(part.core, part.core) + part.after for part in self._parts)
        return masks.unmasked(text, self._hidden)

    async def _whole(self, cores: list[str]) -> dict[str, str]:
        found = zip(cores, await self._asked(cores), strict=True)
        return {core: text for core, text in found if _sound(core, text)}

    async def _without_numbers(self, cores: list[str]) -> dict[str, str]:
        """Every number hidden as well, where there is one."""
        asked = {core: masks.numbers_masked(core, self._hidden) for core in cores if masks.numbers(core)}
        found = zip(asked.items(), await self._asked(list(asked.values())), strict=True)
        return {core: text for (core, before), text in found if _sound(before, text)}

    async def _in_pieces(self, cores: list[str]) -> dict[str, str]:
        """The words between the tokens each by themselves: poor sentences, but nothing is lost."""
        pieces = [piece for core in cores for piece in _TOKEN.split(core) if _words(piece)]
        done = dict(zip(pieces, await self._asked(pieces), strict=True))
        found = {core: " ".join(done.get(piece, piece) for piece in _TOKEN.split(core)) for core in cores}
        return {core: text for core, text in found.items() if masks.same_tokens(core, text)}

    async def _asked(self, texts: list[str]) -> list[str]:
        """A shouted sentence goes in quietly, for the engine learnt from people who do not shout."""
        if not texts:
            return []
        quiet = [_quiet(text) if _shouted(text) else text for text in texts]
        done = await self._through(quiet)
        return [new.upper() if _shouted(old) else _begun(new, like=old) for old, new in zip(texts, done, strict=True)]

    def _trimmed(self, part: Sentence) -> Sentence:
        """Pictures at the sentence's edges need not go through the engine."""
        before, core, after = part.before, part.core, part.after
        while (found := _FIRST.match(core)) and masks.is_picture(self._hidden[int(found[1]) - 1]):
            before, core = before + found[0], core[found.end() :]
        while (found := _LAST.search(core)) and masks.is_picture(self._hidden[int(found[1]) - 1]):
            core, after = core[: found.start()], found[0] + after
        return replace(part, before=before, core=core, after=after)


def _words(text: str) -> bool:
    return _LETTER.search(_TOKEN.sub("", text)) is not None


def _sound(before: str, after: str) -> bool:
    """Whether it looks like a translation: nothing hidden lost, not empty, no stammer, no flood of words."""
    stammers = _STAMMER.search(after) is not None and _STAMMER.search(before) is None
    return masks.intact(before, after) and _words(after) and not stammers and len(after) <= 2 * len(before) + 40


def _shouted(text: str) -> bool:
    letters = _LETTER.findall(_TOKEN.sub("", text))
    return len(letters) > 4 and sum(letter.isupper() for letter in letters) >= _SHOUTED * len(letters)


def _quiet(text: str) -> str:
    parts = [part if _TOKEN.fullmatch(part) else part.lower() for part in _TOKEN.split(text)]
    return "".join([parts[0][:1].upper() + parts[0][1:], *parts[1:]])


def _begun(text: str, like: str) -> str:
    return text[:1].upper() + text[1:] if like[:1].isupper() else text
