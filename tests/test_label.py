"""The return label: every code is read back from the print, its numbers check, its text stays in place."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from io import BytesIO

import pypdfium2  # type: ignore[import-untyped]
import pytest
import zxingcpp
from biip.sscc import Sscc
from hypothesis import example, given, settings
from hypothesis import strategies as some
from PIL import Image, ImageChops
from zebrafy.zebrafy_zpl import ZebrafyZPL

from activities.labels.arabic import in_printing_order, joined
from activities.labels.drawing import Address, Label, codes, draw
from activities.labels.formats import png, zpl
from activities.labels.numbers import COUNTRIES, S10_WEIGHTS, is_s10, is_sscc, s10, sscc

SENDER = Address("Łukasz Żółć", ("ul. Świętokrzyska 12 m. 4",), "Warszawa", "", "00-044", "PL")
RECEIVER = Address("Ateliê São João", ("Rua Água Verde, 1.204",), "Curitiba", "PR", "80240-000", "BR")
LABEL = Label(
    return_id="ret_01J8ZQ4KX2M7C3T9VBN5WYD6RF",
    tracking_number="RR473124829BR",
    sscc="078912340000123459",
    order_id="ord_01J8ZQ4KX2M7C3T9VBN5WYD6RF",
    sender=SENDER,
    receiver=RECEIVER,
    ship_by=datetime(2026, 12, 1, 23, 59, tzinfo=UTC),
)
WORLD = Address(
    "محمد عبد الله 🎁 李小龙",
    ("東京都千代田区1-1", "Ñandú 👨‍👩‍👧 \x00\u202e{nb}"),
    "Москва",
    "שלום",
    "ไทย",
    "JP",
)
OVERLONG = Address(
    "Ñandú " * 400,
    ("Wolfeschlegelsteinhausenbergerdorff" * 9,) * 40,
    "Llanfair" * 40,
    "R" * 90,
    "80240-000",
    "BR",
)
FORMATS = {
    (zxingcpp.BarcodeFormat.Code128, False): "code128",
    (zxingcpp.BarcodeFormat.Code128, True): "gs1_128",
    (zxingcpp.BarcodeFormat.DataMatrix, True): "datamatrix",
    (zxingcpp.BarcodeFormat.QRCode, False): "qr",
}


# As a carrier's scanner is set up: in the modules of a label's own QR code a Micro QR code can be seen by chance.
READ = (zxingcpp.BarcodeFormat.Code128, zxingcpp.BarcodeFormat.DataMatrix, zxingcpp.BarcodeFormat.QRCodeModel2)


def scanned(picture: Image.Image) -> dict[str, str]:
    found = zxingcpp.read_barcodes(picture, formats=READ, text_mode=zxingcpp.TextMode.HRI)
    gs1 = zxingcpp.ContentType.GS1
    texts = {FORMATS[code.format, code.content_type == gs1]: code.text for code in found}
    assert len(texts) == len(found)
    return texts


def printed(pdf: bytes, degrees: float = 0) -> Image.Image:
    """The page at 203 dpi as a one-bit picture, turned a little as a hand holds it."""
    page: Image.Image = pypdfium2.PdfDocument(pdf)[0].render(scale=203 / 72, grayscale=True).to_pil()
    turned = page.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
    return turned.point(lambda grey: 255 if grey > 127 else 0, mode="1").convert("L")


def text_of(pdf: bytes) -> str:
    return " ".join(pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_bounded().split())


@pytest.mark.parametrize("degrees", [-1, 0, 1])
@pytest.mark.parametrize("language", ["en", "es", "pt"])
def test_every_code_reads_from_a_tilted_print(language: str, degrees: int) -> None:
    label = replace(LABEL, language=language)
    assert scanned(printed(draw(label), degrees)) == codes(label)


def test_codes_say_the_numbers_of_the_label() -> None:
    assert codes(LABEL) == {
        "code128": "RR473124829BR",
        "gs1_128": "(00)078912340000123459",
        "datamatrix": "(00)078912340000123459(400)ord_01J8ZQ4KX2M7C3T9VBN5WYD6RF",
        "qr": "ret_01J8ZQ4KX2M7C3T9VBN5WYD6RF",
    }


def test_the_png_reads_and_has_a_dot_for_each_printer_dot() -> None:
    picture = Image.open(BytesIO(png(draw(LABEL))))
    assert picture.size == (812, 1218)
    assert scanned(picture) == codes(LABEL)
    assert Image.open(BytesIO(png(draw(LABEL), dpi=300))).size == (1200, 1800)


def test_the_zpl_is_a_whole_label_that_reads_when_decoded() -> None:
    text = zpl(draw(LABEL))
    assert text.startswith("^XA\n^PW812\n^LL1218\n^FO0,0^GFA,")
    assert text.endswith("^FS\n^XZ\n")
    (picture,) = ZebrafyZPL(text).to_images()
    assert picture.size == (816, 1218)  # ZPL rows are whole bytes
    assert scanned(picture.convert("L")) == codes(LABEL)


def test_the_page_is_four_by_six_inches() -> None:
    document = pypdfium2.PdfDocument(draw(LABEL))
    assert len(document) == 1
    assert document[0].get_size() == pytest.approx((288, 432), abs=0.01)


def test_the_same_label_is_the_same_file_whatever_its_time_zone_is_called() -> None:
    elsewhere = replace(LABEL, ship_by=LABEL.ship_by.astimezone(timezone(timedelta(hours=-3))))
    assert draw(LABEL) == draw(elsewhere)
    assert draw(LABEL) != draw(replace(LABEL, language="es"))
    assert b"/CreationDate (D:20261201235900Z" in draw(LABEL)


def test_the_text_of_the_pdf_holds_addresses_captions_and_numbers() -> None:
    text = text_of(draw(replace(LABEL, language="pt-BR")))
    for part in (
        "DEVOLUÇÃO",
        "REMETENTE Łukasz Żółć ul. Świętokrzyska 12 m. 4 Warszawa 00-044 POLÔNIA",
        "DESTINATÁRIO Ateliê São João Rua Água Verde, 1.204 Curitiba, PR 80240-000 BRASIL",
        "ENVIAR ATÉ (23:59 UTC) 1 DEZ. 2026",
        "RR 473 124 829 BR",
        "(00) 078912340000123459",
    ):
        assert part in text


def test_letters_the_font_lacks_are_seen_to_be_missing() -> None:
    label = replace(LABEL, receiver=WORLD)
    pdf = draw(label)
    text = text_of(pdf)
    assert "���1-1" in text
    assert "Ñandú ��� {nb}" in text
    assert "Москва" in text
    assert scanned(printed(pdf, 1)) == codes(label)


def test_an_overlong_address_changes_no_dot_outside_its_own_box() -> None:
    pdf = draw(replace(LABEL, receiver=OVERLONG))
    plain, crowded = printed(draw(LABEL)), printed(pdf)
    left, top, right, bottom = ImageChops.difference(plain, crowded).getbbox() or (0, 0, 0, 0)
    assert (left >= 24, top >= 340, right <= 520, bottom <= 576) == (True,) * 4
    assert scanned(crowded) == codes(LABEL)
    assert "80240-000 BRAZIL" in text_of(pdf)


ANY_ADDRESS = some.builds(
    Address, some.text(), some.lists(some.text(), max_size=4).map(tuple), *[some.text(max_size=40)] * 4
)


PERMITTED_IDS = some.from_regex("[!-~]{1,48}", fullmatch=True), some.from_regex(r"[!%&'()*+,./:;<=>?A-z-]{1,30}")


@settings(max_examples=5, deadline=None)
@given(ANY_ADDRESS, ANY_ADDRESS, some.text(max_size=35))
def test_no_text_breaks_a_label_or_its_codes(sender: Address, receiver: Address, order_id: str) -> None:
    reads_back(replace(LABEL, sender=sender, receiver=receiver, order_id=order_id), 0)


@settings(max_examples=5, deadline=None)
@given(*PERMITTED_IDS)
@example("@N", ":")
def test_every_permitted_id_reads_back(return_id: str, order_id: str) -> None:
    reads_back(replace(LABEL, return_id=return_id, order_id=order_id), 1)


@pytest.mark.long
@settings(max_examples=300, deadline=None)
@given(ANY_ADDRESS, ANY_ADDRESS, PERMITTED_IDS[0], some.one_of(PERMITTED_IDS[1], some.text(max_size=35)))
def test_no_text_and_no_id_breaks_a_label(sender: Address, receiver: Address, return_id: str, order_id: str) -> None:
    reads_back(replace(LABEL, sender=sender, receiver=receiver, return_id=return_id, order_id=order_id), 1)


def reads_back(label: Label, degrees: float) -> None:
    assert scanned(printed(draw(label), degrees)) == codes(label)


@pytest.mark.parametrize("order_id", ["", "pedido ñ 1", "x" * 31, "with space", "[400]x"])
def test_an_order_id_gs1_cannot_hold_is_left_out_of_the_datamatrix(order_id: str) -> None:
    assert codes(replace(LABEL, order_id=order_id))["datamatrix"] == "(00)078912340000123459"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"return_id": "ret 1"}, "return id"),
        ({"tracking_number": "RR473124820BR"}, "not an S10 number"),
        ({"sscc": "078912340000123450"}, "not an SSCC"),
        ({"ship_by": datetime(2026, 12, 1)}, "time zone"),  # noqa: DTZ001
    ],
)
def test_a_label_with_a_wrong_number_cannot_be_made(change: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        replace(LABEL, **change)  # type: ignore[arg-type]


def test_arabic_letters_join_and_run_from_right_to_left() -> None:
    assert joined("سلام") == "\ufeb3\ufefc\ufee1"  # seen initial, lam-alef final, meem isolated
    assert in_printing_order("אב 12 ab") == "ab 12 בא"
    assert in_printing_order("São 12") == "São 12"


@pytest.mark.parametrize("number", ["RR473124829GB", "RA123456785CN", "EE123456785US", "CP000000005BR"])
def test_known_s10_numbers(number: str) -> None:
    assert is_s10(number)
    assert s10(int(number[2:10]), number[11:], number[:2]) == number


@given(
    some.integers(0, 99_999_999),
    some.sampled_from(sorted(COUNTRIES)),
    some.integers(0, 8),
    some.integers(1, 9),
)
def test_a_wrong_s10_digit_passes_only_where_the_standard_is_blind(
    serial: int, country: str, place: int, shift: int
) -> None:
    number = s10(serial, country)
    at = place + 2
    wrong = number[:at] + str((int(number[at]) + shift) % 10) + number[at + 1 :]
    blind = {_remainder(number), _remainder(wrong)} == {0, 6}  # UPU gives both the check digit 5
    assert is_s10(number)
    assert is_s10(wrong) == blind


def _remainder(number: str) -> int:
    return sum(weight * int(digit) for weight, digit in zip(S10_WEIGHTS, number[2:10], strict=True)) % 11


@given(some.integers(0, 999), some.from_regex("[0-9]{4,12}", fullmatch=True), some.integers(0, 9))
def test_an_sscc_is_one_to_gs1_and_any_wrong_digit_shows(serial: int, prefix: str, extension: int) -> None:
    number = sscc(serial, prefix, extension)
    assert is_sscc(number)
    assert Sscc.parse(number).value == number
    assert number.startswith(f"{extension}{prefix}")
    wrong = [number[:at] + str((int(number[at]) + 3) % 10) + number[at + 1 :] for at in range(18)]
    assert not any(map(is_sscc, wrong))


def test_numbers_that_cannot_be_are_refused_with_a_sentence() -> None:
    impossible: tuple[Callable[[], str], ...] = (
        lambda: s10(100_000_000, "BR"),
        lambda: s10(-1, "BR"),
        lambda: s10(1, "ZZ"),
        lambda: s10(1, "BR", "R"),
        lambda: sscc(10**9, "7891234"),
        lambda: sscc(1, "123"),
        lambda: sscc(1, "7891234", 10),
    )
    for make in impossible:
        with pytest.raises(ValueError, match=re.compile(r"^.*\S\.$")):
            make()
    assert not is_s10("RR47312482٩GB")
    assert not is_sscc("07891234000012345")
