"""The embedded engines, for real: what they translate, what must stay, and that a killed or hung one stops nobody."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from itertools import permutations
from pathlib import Path

import pytest
import pytest_asyncio

from activities.translation.apertium import MODES, PACKAGE, installed
from activities.translation.embedded import Embedded
from activities.translation.masks import pieces
from activities.translation.port import LONGEST_TEXT, GivenUp, NotAvailable, TryLater
from tests.extras import needs

ROOT = Path(__file__).parent.parent
MANY = " ".join(f"Lamp {number} of the order came broken." for number in range(100, 185))  # each sentence another
SECONDS = 60.0  # generous: two cores may be busy with other tests


@pytest_asyncio.fixture(scope="module")
async def embedded() -> AsyncIterator[Embedded]:
    translator = Embedded(SECONDS)
    yield translator
    await translator.close()


@pytest.fixture
def apertium() -> None:
    needs(PACKAGE, installed(MODES / "pt-es.mode"))


async def test_english_and_portuguese_both_ways(embedded: Embedded) -> None:
    found = await embedded.translate("The product arrived damaged.", "en", "pt")
    assert (found.text, found.route) == ("O produto chegou danificado.", "en>pt")
    assert found.engine.startswith("fxtranslate 0.")
    assert (await embedded.translate("O produto chegou danificado.", "pt", "en")).route == "pt>en"


@pytest.mark.usefixtures("apertium")
async def test_spanish_directly_from_portuguese_and_through_it_from_english(embedded: Embedded) -> None:
    found = await embedded.translate("O produto chegou danificado.", "pt", "es")
    assert (found.text, found.route) == ("El producto llegó dañado.", "pt>es")
    assert found.engine.startswith(PACKAGE)
    found = await embedded.translate("¿Dónde está mi dinero?", "es", "en")
    assert (found.text, found.route) == ("Where is my money?", "es>pt>en")
    assert "fxtranslate" in found.engine
    assert PACKAGE in found.engine


async def test_without_apertium_spanish_is_honestly_not_available(tmp_path: Path) -> None:
    translator = Embedded(SECONDS, modes=tmp_path)
    for source, target in permutations(("en", "es", "pt"), 2):
        if "es" in (source, target):
            with pytest.raises(NotAvailable, match=PACKAGE):
                await translator.translate("Hello", source, target)
    with pytest.raises(NotAvailable):
        await translator.translate("Hello", "en", "en")
    assert (await translator.translate("Good morning", "en", "pt")).text == "Bom dia"
    await translator.close()


@pytest.mark.parametrize(
    ("hasty", "kept"),
    [
        ("nao recebi meu pedido", ("not", "n't")),
        ("NAO VEIO NADA", ("NOT", "N'T", "NOTHING")),
        ("vcs nao responde ngm", ("no one", "not", "n't", "nobody")),
        ("ñ quero outro, quero reembolso", ("not", "n't")),
        ("n chegou ate hj", ("not", "n't")),
    ],
)
async def test_hasty_writing_keeps_its_not(embedded: Embedded, hasty: str, kept: tuple[str, ...]) -> None:
    """An engine that learnt from careful writing does not know "nao", and would say the opposite."""
    found = (await embedded.translate(hasty, "pt", "en")).text
    assert any(word in found for word in kept), found


TEXT = """BOM DIA!!! comprei o A52s 128GB (pedido ord_88x12) e paguei R$ 1.234,56 em 3x

nao chegou ate hj 😡😡 rastreio BR123456789BR consta entregue dia 12/05 as 14:30h
   me liga (11) 98765-4321 ou ana.silva@mail.com.br / https://loja.example/p?id=7&x=<a>
vieram 2 de 5 e 50% quebrado... [x] ^ $ {y} / @loja \\ 🤷🏽‍♀️"""


@pytest.mark.usefixtures("apertium")
@pytest.mark.parametrize(("source", "target"), list(permutations(("en", "es", "pt"), 2)))
async def test_ids_links_amounts_and_lines_come_through(embedded: Embedded, source: str, target: str) -> None:
    found = (await embedded.translate(TEXT, source, target)).text
    assert Counter(pieces(found)) == Counter(pieces(TEXT))
    assert found.count("\n") == TEXT.count("\n")


@pytest.mark.usefixtures("apertium")
@pytest.mark.parametrize("target", ["en", "es"])
@pytest.mark.long
async def test_the_longest_texts(embedded: Embedded, target: str) -> None:
    text = ("o produto nao chegou e eu paguei R$ 20,00 " * 90)[:LONGEST_TEXT].strip()
    assert (await embedded.translate(text, "pt", target)).text.count("R$ 20,00") == text.count("R$ 20,00")
    assert (await embedded.translate("a" * LONGEST_TEXT, "pt", target)).text
    with pytest.raises(GivenUp):
        await embedded.translate("a" * (LONGEST_TEXT + 1), "pt", target)


async def test_killed_before_a_text_and_with_a_text_in_hand(embedded: Embedded) -> None:
    await embedded.translate("Hello", "en", "pt")
    first = embedded.neural.pipe.pid
    assert first
    os.kill(first, signal.SIGKILL)
    assert (await embedded.translate("Good morning", "en", "pt")).text == "Bom dia"
    second = embedded.neural.pipe.pid
    assert second
    assert second != first
    waiting = asyncio.create_task(embedded.translate(MANY, "en", "pt"))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    os.kill(second, signal.SIGKILL)
    assert (await waiting).text.count(".") == MANY.count(".")
    assert embedded.neural.pipe.pid != second


@pytest.mark.usefixtures("apertium")
@pytest.mark.long
async def test_any_stage_of_apertium_killed(embedded: Embedded) -> None:
    for place in range(len(await _stages(embedded))):
        os.kill((await _stages(embedded))[place], signal.SIGKILL)
        assert (await embedded.translate("Bom dia", "pt", "es")).text == "Buen día"


async def _stages(embedded: Embedded) -> list[int]:
    await embedded.translate("Bom dia", "pt", "es")
    leader = embedded.apertium.pipes["pt", "es"].pid
    assert leader
    return _group(leader)


@pytest.mark.long
async def test_a_hung_engine_is_left_and_replaced() -> None:
    translator = Embedded(3.0)
    async with asyncio.timeout(60):
        while not await _answers(translator):  # loading may take longer on a busy machine
            pass
        hung = translator.neural.pipe.pid
        assert hung
        os.kill(hung, signal.SIGSTOP)
        with pytest.raises(TryLater):
            await translator.translate("Good morning", "en", "pt")
        while not await _answers(translator):
            pass
        assert translator.neural.pipe.pid != hung
    await translator.close()
    assert not _alive(hung)


async def _answers(translator: Embedded) -> bool:
    try:
        return (await translator.translate("Good morning", "en", "pt")).text == "Bom dia"
    except TryLater:
        return False


@pytest.mark.long
async def test_who_stops_waiting_takes_nobodys_answer_and_stops_no_engine(embedded: Embedded) -> None:
    await embedded.translate("Hello", "en", "pt")
    before = embedded.neural.pipe.pid
    texts = [MANY, *(f"I bought {number} lamps." for number in range(2, 41))]
    asked = [asyncio.create_task(embedded.translate(text, "en", "pt")) for text in texts]
    await asyncio.sleep(0.2)  # the first is in the engine, the others wait
    assert not asked[0].done()
    for task in asked[::2]:
        task.cancel()
    found = await asyncio.gather(*asked, return_exceptions=True)
    for text, one in zip(texts[1::2], found[1::2], strict=True):
        assert not isinstance(one, BaseException)
        assert text.split()[2] in one.text.split()
    assert embedded.neural.pipe.pid == before


@pytest.mark.long
async def test_too_many_at_once_are_sent_away(embedded: Embedded) -> None:
    asked = [embedded.translate(f"I bought {number} lamps.", "en", "pt") for number in range(2, 102)]
    found = await asyncio.gather(*asked, return_exceptions=True)
    away = [one for one in found if isinstance(one, TryLater)]
    assert 0 < len(away) <= 36
    assert all(one.seconds == 1 for one in away)
    assert len(away) + sum(not isinstance(one, BaseException) for one in found) == 100


_PARENT = """
import asyncio
from activities.translation.embedded import Embedded
from activities.translation.port import NotAvailable
async def main():
    translator = Embedded(60)
    await translator.translate("Bom dia", "pt", "en")
    pids = [translator.neural.pipe.pid]
    try:
        await translator.translate("Bom dia", "pt", "es")
        pids.append(translator.apertium.pipes["pt", "es"].pid)
    except NotAvailable:
        pass
    print(*pids, flush=True)
    await asyncio.sleep(600)
asyncio.run(main())
"""


@pytest.mark.long
def test_engines_end_when_their_parent_is_killed() -> None:
    parent = subprocess.Popen([sys.executable, "-c", _PARENT], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    engines = [process for leader in parent.stdout.readline().split() for process in _group(int(leader))]
    assert engines
    parent.kill()
    parent.wait()
    until = time.monotonic() + 30
    while any(_alive(process) for process in engines) and time.monotonic() < until:
        time.sleep(0.02)
    assert not [process for process in engines if _alive(process)]


async def test_closing_ends_the_engines() -> None:
    translator = Embedded(SECONDS)
    await translator.translate("Hello", "en", "pt")
    process = translator.neural.pipe.pid
    assert process
    await translator.close()
    assert not _alive(process)


def _group(leader: int) -> list[int]:
    """The processes of a group, those that began first first."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if os.getpgid(int(folder.name)) == leader:
                found.append(int(folder.name))
        except ProcessLookupError:
            continue
    return sorted(found)


def _alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except FileNotFoundError:
        return False
