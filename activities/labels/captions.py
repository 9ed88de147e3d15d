"""The words printed on a label, in the languages it speaks."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Captions:
    title: str
    sender: str
    receiver: str
    ship_by: str
    tracking: str
    unit: str
    order: str


ENGLISH = Captions("RETURN", "FROM", "TO", "SHIP BY", "TRACKING NO.", "SHIPPING UNIT (SSCC)", "ORDER")
BY_LANGUAGE = {
    "en": ENGLISH,
    "es": Captions(
        "DEVOLUCIÓN",
        "REMITENTE",
        "DESTINATARIO",
        "ENVIAR HASTA",
        "N.º DE SEGUIMIENTO",
        "BULTO (SSCC)",
        "PEDIDO",
    ),
    "pt": Captions(
        "DEVOLUÇÃO",
        "REMETENTE",
        "DESTINATÁRIO",
        "ENVIAR ATÉ",
        "CÓDIGO DE RASTREIO",
        "VOLUME (SSCC)",
        "PEDIDO",
    ),
}


def known(language: str) -> str:
    """Give the label's language for a tag such as `pt-BR`: `en`, `es` or `pt`; English for all others."""
    primary = language.replace("_", "-").split("-")[0].lower()
    return primary if primary in BY_LANGUAGE else "en"
