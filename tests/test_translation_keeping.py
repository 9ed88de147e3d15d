"""What must come through a translation unchanged does, whatever the engine does to it: ids, links, amounts, emoji."""

import random
import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.translation.keeping import Keeping
from activities.translation.masks import Piece, masked, numbers_masked, pieces, unmasked
from activities.translation.port import GivenUp
from activities.translation.sentences import LONGEST, lines, sentences

PIECES = """clm_01J9ZK3|ord_88-12|BR123456789BR|#4455|R$ 1.234,56|R$50|US$ 20|€ 9,90|-R$ 3,00|50 %|12,5%|3x|10 x
https://loja.example/p?id=7&x=a_b|www.loja.com.br/x|bit.ly/3xYz|ana.silva+1@mail.com.br|@loja_top|(11) 98765-4321
+55 11 98765-4321|123.456.789-09|01310-100|12/05/2026|2026-11-23|14:30|18h|A52s|128GB|110v|1.000|2,5|20261123
XQZ7|xqz 12
😡|👍🏽|👨\u200d👩\u200d👧|🇧🇷|❤️|1️⃣|:(|<3""".replace("\n", "|").split("|")
SLOPPY = """nao recebi|QUERO MEU DINHEIRO|vc pode|ja faz 20dias|pq|chegou quebrado!!!|oq é isso???|peças|ñ|2 de 3|1a vez
...|td|“aspas”|(errado)|[x]|^{}$/<>|kkkk|a-b|Sr. Silva.|é||\t|\0""".replace("\n", "|").split("|")
GLUES = ["", " ", " ", " ", "  ", "\n", "\n\n", ", ", ". ", "! ", "\r\n", " ", " "]


@st.composite
def texts(draw: st.DrawFn) -> str:
    parts = draw(st.lists(st.sampled_from(PIECES) | st.sampled_from(SLOPPY) | st.text(max_size=5), max_size=12))
    return "".join(part + draw(st.sampled_from(GLUES)) for part in parts)


def _words(text: str) -> str:
    return "".join(text.split())


@given(texts())
def test_hiding_and_showing_again_changes_nothing_but_spaces(text: str) -> None:
    hidden: list[Piece] = []
    back = unmasked(masked(text, hidden), hidden)
    assert _words(back) == _words(text)
    assert not Counter(pieces(text)) - Counter(pieces(back))


@pytest.mark.parametrize("piece", PIECES)
def test_each_kind_is_hidden_whole(piece: str) -> None:
    for text in (f"paguei {piece} ontem", piece, f"({piece})", f"veio {piece}, nao gostei", f"fim {piece}."):
        hidden: list[Piece] = []
        assert piece not in masked(text, hidden)
        assert [one.text for one in hidden] == [piece]
        assert unmasked(masked(text, []), hidden) == text


@pytest.mark.parametrize(
    "line",
    ["nao recebi nada", "veio quebrado.Quero trocar", "a 1a vez", "faz 20dias", "2 de 3", "chegou s/ nota", "e/ou"],
)
def test_words_are_not_hidden(line: str) -> None:
    assert masked(line, []) == line


def test_numbers_are_hidden_when_asked_for_and_tokens_stay() -> None:
    hidden: list[Piece] = []
    text = numbers_masked(masked("vieram 2 de 3 por R$ 5", hidden), hidden)
    assert text == "vieram XQZ2 de XQZ3 por XQZ1"
    assert unmasked(text, hidden) == "vieram 2 de 3 por R$ 5"


@given(texts() | st.text() | st.text("ab. ,", min_size=LONGEST, max_size=900))
def test_sentences_put_together_are_the_text(text: str) -> None:
    for parts in (sentences(text), lines(text)):
        assert "".join(part.before + part.core + part.after for part in parts) == text
        assert not any("\n" in part.core or "\r" in part.core for part in parts)
    assert all(len(part.core) <= LONGEST for part in sentences(text))


@pytest.mark.parametrize(
    ("text", "cores"),
    [
        ("Não recebi. Quero trocar!!! Ok?", ["Não recebi.", "Quero trocar!", "Ok?"]),
        ("veio quebrado.quero outro", ["veio quebrado.", "quero outro"]),
        ("Falei com o Sr. Silva ontem.", ["Falei com o Sr. Silva ontem."]),
        ("Espere... por favor", ["Espere.", "por favor"]),
    ],
)
def test_where_a_sentence_ends(text: str, cores: list[str]) -> None:
    assert [part.core for part in sentences(text)] == cores


def engine(seed: int):  # type: ignore[no-untyped-def]
    """An engine at its worst: loses, doubles, moves, shouts and glues words and tokens, makes up numbers."""
    chance = random.Random(seed)

    def word(text: str) -> str:
        return chance.choice(
            [text] * 12 + ["", text + text, f"{text} {text}", text.lower(), text[:-1], "XQZ1", "7", "xqz"]
        )

    def sentence(text: str) -> str:
        words = [word(one) for one in text.split()]
        if chance.random() < 0.3:
            chance.shuffle(words)
        return chance.choice([" ", " ", " ", ""]).join(words)

    async def through(texts: list[str]) -> list[str]:
        return [sentence(text) for text in texts]

    return through


@given(texts(), st.integers(0, 2**32), st.booleans())
async def test_nothing_is_lost_or_the_original_is_shown(text: str, seed: int, by_lines: bool) -> None:
    try:
        done = await Keeping(text, engine(seed), by_lines).translated()
    except GivenUp:
        return
    hidden: list[Piece] = []
    masked(text, hidden)
    for piece, times in Counter(one.text for one in hidden).items():
        assert len(re.findall(_alone(piece), done)) >= times, (piece, done)
    assert done.count("\n") == text.count("\n")


def _alone(piece: str) -> str:
    """The piece, not run into a letter or digit beside it: R$ 5 is not in R$ 50."""
    before, after = r"(?<![^\W_])" * piece[0].isalnum(), r"(?![^\W_])" * piece[-1].isalnum()
    return f"{before}{re.escape(piece)}{after}"


async def _same(texts: list[str]) -> list[str]:
    return texts


@given(texts())
async def test_an_engine_that_changes_nothing_gives_the_text_back(text: str) -> None:
    assert _words(await Keeping(text, _same).translated()).lower() == _words(text).lower()


async def test_shouting_goes_in_quietly_and_comes_out_loud() -> None:
    asked = []

    async def through(texts: list[str]) -> list[str]:
        asked.extend(texts)
        return [text.replace("Quero meu dinheiro", "I want my money") for text in texts]

    assert await Keeping("QUERO MEU DINHEIRO R$ 20,00!!!", through).translated() == "I WANT MY MONEY R$ 20,00!!!"
    assert asked == ["Quero meu dinheiro XQZ1 !"]


async def test_pictures_at_the_edges_and_texts_without_words_never_reach_the_engine() -> None:
    asked = []

    async def through(texts: list[str]) -> list[str]:
        asked.extend(texts)
        return texts

    assert (
        await Keeping("😡😡 chegou quebrado 😡\n👍\nR$ 20\n", through).translated()
        == "😡😡 chegou quebrado 😡\n👍\nR$ 20\n"
    )
    assert asked == ["chegou quebrado"]
