"""Texts before delivery: what is found, what is left alone, how sure the rules are, and that they take linear time."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claims.moderation import CODES, Reason, moderate
from tests.moderation.__main__ import score
from tests.moderation.lines import lines, may_be_tuned_on

# Per cent on sets that no rule is tuned on: (precision, recall). docs/moderation.md says what they are worth.
FLOORS = {"held_out": (97, 95), "later": (90, 80)}


def codes(text: str, role: str = "buyer", own_hosts: tuple[str, ...] = ()) -> set[str]:
    return {reason.code for reason in moderate(text, role, own_hosts)}


@pytest.mark.parametrize("name", FLOORS)
def test_the_rules_hold_their_floors_on_lines_they_were_not_tuned_on(name: str) -> None:
    right, wrong, due = score(name, "any")
    precision, recall = FLOORS[name]
    assert 100 * right >= precision * (right + wrong)
    assert 100 * right >= recall * due


@pytest.mark.parametrize("code", CODES)
def test_each_code_holds_its_floors(code: str) -> None:
    right, wrong, due = score("held_out", code)
    assert due >= 15
    assert 100 * right >= 90 * (right + wrong)
    assert 100 * right >= 90 * due


def test_no_line_chooses_its_own_set() -> None:
    assert all(may_be_tuned_on(line.text) for line in lines("dev"))
    assert not any(may_be_tuned_on(line.text) for name in FLOORS for line in lines(name))
    assert len({line.text for name in ("dev", *FLOORS) for line in lines(name)}) >= 800


@pytest.mark.parametrize(
    "text",
    [
        "seu idiota", "seu 1d1ota", "seu IDIOTAAAA", "seu i.d.i.o.t.a", "seu i d i o t a", "seu ídíótá",
        "seu ｉｄｉｏｔａ",
        "seu id\u200bio\u00adta", "seu іdіоtа", "seu id*ota", "SEU\nIDIOTA!!!",
    ],
)  # fmt: skip
def test_a_disguise_is_taken_off(text: str) -> None:
    assert codes(text) == {"insult"}


@pytest.mark.parametrize(
    "text",
    [
        "rastreio LX123456789BR", "CEP 01310-100", "CPF 123.456.789-09", "12/10/2023 14:30",
        "nota fiscal 000.123.456",
        "A52s 5G", "R$ 1.299,90", "pedido 11987654321", "11987654321", "comprei na americanas.com",
        "vi na lannister.com",
        "celular com imei 356938035643809", "tamanhos 1 2 3 4 5 6 7 8 9", "tem de 34 36 38 40 42 44",
        "foto.jpg e manual.pdf",
        "chegou.me devolvam", "liguei no 0800 123 4567",
    ],
)  # fmt: skip
def test_ids_amounts_dates_and_names_of_shops_are_left_alone(text: str) -> None:
    assert codes(text) == set()


def test_only_a_seller_can_press_against_a_claim() -> None:
    text = "feche a reclamação e eu devolvo"
    assert codes(text, "seller") == {"claim_discouraged"}
    assert codes(text, "buyer") == codes(text, "mediator") == set()


def test_what_is_told_of_another_or_denied_is_not_held_against_its_author() -> None:
    assert codes("me faz um pix por fora") == {"payment_outside"}
    assert codes("o vendedor pediu pra eu fazer um pix por fora") == set()
    assert codes("nunca pague por fora", "seller") == set()


@pytest.mark.parametrize("link", ["https://shop.example/p/1", "http://www.shop.example", "help.shop.example.com/x"])
def test_the_marketplaces_own_links_are_allowed(link: str) -> None:
    assert codes(f"veja {link}") == {"link"}
    assert codes(f"veja {link}", own_hosts=("shop.example", "shop.example.com")) == set()


@pytest.mark.parametrize(
    "link",
    ["https://shop.example@evil.com/", "https://shop.example.evil.com/", "https://evilshop.example/",
     "https://ѕhop.example/", "https://evil.com/shop.example", "https://evil.com\\@shop.example"],
)  # fmt: skip
def test_what_only_looks_like_an_own_link_is_not_allowed(link: str) -> None:
    assert codes(link, own_hosts=("shop.example",)) & {"link", "contact_data"}


def test_the_author_is_told_what_was_found_and_how_to_mend_it() -> None:
    (reason,) = moderate("Olá, seu IDIÓTA, responde", "buyer")
    assert reason == Reason("insult", "seu IDIÓTA")
    assert "“seu IDIÓTA”" in reason.sentence("pt")
    assert reason.sentence("pt").endswith("Edite e envie de novo.")
    assert reason.sentence("xx") == reason.sentence("en") != reason.sentence("es")
    (long,) = moderate("https://evil.com/" + "x" * 200, "buyer")
    assert len(long.found) == 60


def test_every_code_has_its_own_sentence_in_each_language() -> None:
    sentences = {Reason(code).sentence(language) for code in (*CODES, "spam") for language in ("en", "es", "pt")}
    assert len(sentences) == 3 * (len(CODES) + 1)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=80) | st.text("aeio1. @$*/:-()+9", max_size=80), st.sampled_from(["buyer", "seller"]))
def test_no_text_breaks_it_and_every_piece_stands_in_the_text(text: str, role: str) -> None:
    for reason in moderate(text, role):
        assert reason.code in CODES
        assert reason.found.removesuffix("…") in text


ADVERSARIAL = [
    "a", "1", "1 ", "a.", "@", "a@", "a@a.", "1-", "(1", "a*", "a b ", "a'", ", ", "www.", "a.com/", "http://", "at ",
    "seu ", "voce e um ", "nao abra a ", "se voce abrir ", "pix faz um ", "bando de ", "you are so very ", "pay me on ",
    "a ponto com ", "onze ", "tel 1 ", "\ufdfa", "ａ１", "aaaaaaaa ", "no ~ nao ",
]  # fmt: skip


def spent(text: str) -> float:
    """Processor seconds, the lesser of two."""
    times = []
    for _ in range(2):
        began = time.process_time()
        moderate(text, "seller")
        times.append(time.process_time() - began)
    return min(times)


@pytest.mark.long
@pytest.mark.parametrize("seed", ADVERSARIAL)
def test_eight_times_the_text_takes_about_eight_times_as_long(seed: str) -> None:
    """Quadratic would be 64 times. What takes under 20 ms is below what can be measured on a busy machine."""
    short, long = (seed * 1_750)[:1_750], (seed * 14_000)[:14_000]
    assert spent(long) < max(24 * spent(short), 0.02)
