"""The process of the neural engine: a line of JSON in (`way`, `texts`), a line out (`texts`). Ends with its input.

A process of its own because the engine holds the interpreter while it works: in ours it would stop everything else.
It is run as a file (`python -I neural_child.py WEIGHTS`) and imports nothing of ours.
"""

import json
import sys
from functools import cache
from pathlib import Path

from fxtranslate import Translator


@cache
def _engine(way: str) -> Translator:
    """Loaded when first asked for: 0.05 s and about 40 MB for each direction."""
    folder = next(Path(sys.argv[1]).glob(f"{way}-*"))
    words = (folder / f"vocab.{way}.spm").read_bytes()
    model, shortlist = folder / f"model.{way}.intgemm.alphas.bin", folder / f"lex.50.50.{way}.s2t.bin"
    return Translator(model.read_bytes(), words, words, shortlist.read_bytes())


def main() -> None:
    for line in sys.stdin.buffer:
        asked = json.loads(line)
        texts = [_engine(asked["way"]).translate(text) for text in asked["texts"]]
        sys.stdout.buffer.write(json.dumps({"texts": texts}, ensure_ascii=False).encode() + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
