"""`python -m activities.translation.process WEIGHTS`: a line of JSON in, a line out; ends with its input.

In: {"texts": [...], "way": "pten"} to translate or {"texts": [...], "respell": "pt"}. Out: {"texts": [...]}.
A process of its own, because the engine holds the interpreter while it works (it would stop everything else in ours),
and cannot be stopped when it hangs; and for the memory of engine and word lists.
"""

import json
import sys
from functools import cache
from pathlib import Path
from typing import Any

from fxtranslate import Translator

from activities.translation.respelling import accents_of, respelled


def answer(asked: dict[str, Any]) -> list[str]:
    if language := asked.get("respell"):
        return [respelled(text, language, accents_of(language)) for text in asked["texts"]]
    engine = _engine(asked["way"])
    return [engine.translate(text) for text in asked["texts"]]


@cache
def _engine(way: str) -> Translator:
    """Loaded when first asked for: 0.05 s and about 40 MB for each direction. It belongs to this thread."""
    folder = next(Path(sys.argv[1]).glob(f"{way}-*"))
    words = (folder / f"vocab.{way}.spm").read_bytes()
    model, shortlist = folder / f"model.{way}.intgemm.alphas.bin", folder / f"lex.50.50.{way}.s2t.bin"
    return Translator(model.read_bytes(), words, words, shortlist.read_bytes())


def main() -> None:
    for line in sys.stdin.buffer:
        texts = answer(json.loads(line))
        sys.stdout.buffer.write(json.dumps({"texts": texts}).encode() + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
