"""DeepL and LibreTranslate against local servers that behave like them: what they send, and each way to fail."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from activities.translation.deepl import DeepL
from activities.translation.libre import LibreTranslate
from activities.translation.port import LONGEST_TEXT, GivenUp, NotAvailable, Translated, Translator, TryLater
from ops.engine import free_port
from tests.translation_servers import KEY, Said, Server, deepl, libre, serving

TEXT = "Paid R$ 1.234,56 for clm_8f2k 😡!!!\n\nSee https://shop.example/x?a=1 or write to a.b@c.com\n50 % off"
SECONDS = 4.0


@pytest_asyncio.fixture
async def at_deepl() -> AsyncIterator[tuple[Server, DeepL]]:
    async with serving(deepl) as server:
        translator = DeepL(KEY, server.url, SECONDS)
        yield server, translator
        await translator.close()


@pytest_asyncio.fixture
async def at_libre() -> AsyncIterator[tuple[Server, LibreTranslate]]:
    async with serving(libre) as server:
        translator = LibreTranslate(server.url + "/", KEY, SECONDS)
        yield server, translator
        await translator.close()


async def refused(translator: Translator, text: str = "Hello there", target: str = "pt") -> Exception:
    with pytest.raises((GivenUp, NotAvailable, TryLater)) as caught:
        await translator.translate(text, "en", target)
    return caught.value


async def test_deepl_gets_words_and_context_and_gives_all_else_back_unchanged(at_deepl: tuple[Server, DeepL]) -> None:
    server, translator = at_deepl
    found = await translator.translate(TEXT, "en", "pt")
    assert found.text == (
        "PT: Paid R$ 1.234,56 for clm_8f2k 😡!!!\n\nPT: See https://shop.example/x?a=1 or write to a.b@c.com"
        "\nPT: 50 % off"
    )
    assert found.engine.startswith("DeepL") and found.route == "en>pt"  # noqa: PT018
    (asked,) = server.asked
    assert (asked.body["source_lang"], asked.body["target_lang"], asked.body["context"]) == ("EN", "PT-BR", TEXT)
    assert not any(piece in line for line in asked.body["text"] for piece in ("1.234", "clm_", "@", "http", "50"))


async def test_libretranslate_gets_one_post(at_libre: tuple[Server, LibreTranslate]) -> None:
    server, translator = at_libre
    found = await translator.translate("Hello 12345.\nBye", "en", "pt")
    assert found == Translated("PT: Hello 12345.\nPT: Bye", "LibreTranslate", "en>pt")
    (asked,) = server.asked
    assert asked.path == "/translate"
    assert asked.body["format"] == "text"


async def test_a_token_that_the_service_loses_is_kept_all_the_same(at_libre: tuple[Server, LibreTranslate]) -> None:
    server, translator = at_libre
    server.next = [Said(body=b'{"translatedText": ["nada"]}'), Said(body=b'{"translatedText": ["paguei", "por isso"]}')]
    assert (await translator.translate("I paid R$ 20 for this", "en", "pt")).text == "Paguei R$ 20 por isso"


async def test_a_service_that_makes_up_tokens_is_not_believed(at_libre: tuple[Server, LibreTranslate]) -> None:
    server, translator = at_libre
    server.next = [Said(body=b'{"translatedText": ["XQZ1 XQZ1"]}') for _ in range(3)]
    assert isinstance(await refused(translator, "I paid R$ 20"), GivenUp)


@pytest.mark.parametrize("status", [400, 403, 404, 413, 456])
async def test_what_deepl_refuses_for_good_is_given_up(at_deepl: tuple[Server, DeepL], status: int) -> None:
    server, translator = at_deepl
    server.next = [Said(status, b'{"message": "Hello there is refused"}')]
    error = await refused(translator)
    assert isinstance(error, GivenUp)
    assert "Hello" not in str(error), "errors are logged; texts are not"
    assert len(server.asked) == 1


@pytest.mark.parametrize("said", [Said(429), Said(503)], ids=["429", "503"])
@pytest.mark.long
async def test_deepl_is_asked_once_more_and_then_later(at_deepl: tuple[Server, DeepL], said: Said) -> None:
    server, translator = at_deepl
    server.next = [said, said]
    assert isinstance(await refused(translator), TryLater)
    assert len(server.asked) == 2
    server.next = [said]
    assert (await translator.translate("Hello", "en", "es")).text == "PT: Hello"


@pytest.mark.parametrize("body", [b"{broken", b"[]", b'{"translations": []}', b'{"translations": [{}]}', b"null"])
@pytest.mark.parametrize("cut", [False, True])
async def test_what_deepl_cannot_mean_is_tried_later(at_deepl: tuple[Server, DeepL], body: bytes, cut: bool) -> None:
    server, translator = at_deepl
    server.next = [Said(body=body, cut=cut)]
    assert isinstance(await refused(translator), TryLater)


async def test_deepl_with_a_wrong_key_or_nobody_there() -> None:
    async with serving(deepl) as server:
        assert isinstance(await refused(DeepL("another", server.url, SECONDS)), GivenUp)
    assert isinstance(await refused(DeepL(KEY, f"http://127.0.0.1:{free_port()}", SECONDS)), TryLater)


async def test_many_lines_are_more_than_one_request_to_deepl(at_deepl: tuple[Server, DeepL]) -> None:
    server, translator = at_deepl
    text = "\n".join(f"line number {chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(120))
    assert (await translator.translate(text, "en", "es")).text.count("PT: line number") == 120
    assert [len(asked.body["text"]) for asked in server.asked] == [50, 50, 20]


@pytest.mark.parametrize(
    ("said", "kind", "seconds"),
    [
        (Said(400, b'{"error": "Invalid request"}'), GivenUp, None),
        (Said(301, headers={"Location": "http://127.0.0.1:1/"}), GivenUp, None),
        (Said(403, b'{"error": "Invalid API key"}'), GivenUp, None),
        (Said(429, b'{"error": "Slowdown"}', {"Retry-After": "7"}), TryLater, 7.0),
        (Said(429, b"", {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}), TryLater, 0.0),
        (Said(503, b"", {"Retry-After": "soon"}), TryLater, None),
        (Said(500, b"oops"), TryLater, None),
        (Said(200, b"{broken"), TryLater, None),
        (Said(200, b'{"translatedText": "one"}'), TryLater, None),
        (Said(200, b'{"translatedText": [1]}'), TryLater, None),
        (Said(200, b'{"translatedText": [', cut=True), TryLater, None),
        (Said(200, b" " * (2**20 + 1)), TryLater, None),
    ],
)
async def test_the_ways_libretranslate_fails(
    at_libre: tuple[Server, LibreTranslate], said: Said, kind: type[Exception], seconds: float | None
) -> None:
    server, translator = at_libre
    server.next = [said]
    error = await refused(translator)
    assert type(error) is kind
    assert getattr(error, "seconds", None) == seconds
    assert (await translator.translate("Hello", "en", "pt")).text == "PT: Hello", "the next one is served"


async def test_a_pair_that_the_server_does_not_have(at_libre: tuple[Server, LibreTranslate]) -> None:
    assert isinstance(await refused(at_libre[1], target="es"), NotAvailable)


async def test_slow_servers_are_not_waited_for() -> None:
    async with serving(libre) as one, serving(deepl) as other:
        for server, translator in ((one, LibreTranslate(one.url, KEY, 0.3)), (other, DeepL(KEY, other.url, 0.3))):
            server.next = [Said(after=30.0)] * 3
            async with asyncio.timeout(10):
                assert isinstance(await refused(translator), TryLater)
            await translator.close()


async def test_no_service_is_asked_for_a_text_that_is_too_long_or_has_no_words(
    at_libre: tuple[Server, LibreTranslate], at_deepl: tuple[Server, DeepL]
) -> None:
    for server, translator in (at_libre, at_deepl):
        assert isinstance(await refused(translator, "x" * (LONGEST_TEXT + 1)), GivenUp)
        for text in ("", " \n ", "😡😡", "R$ 20\n12345", "!!!"):
            assert (await translator.translate(text, "en", "pt")).text == text
        assert not server.asked
