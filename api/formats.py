"""How each language writes money: one way for sentences and pages."""

from decimal import Decimal

from babel.numbers import format_decimal, get_currency_symbol

from claims.money import digits

LOCALES = {"en": "en_US", "es": "es_419", "pt": "pt_BR"}


def amount(minor: int, currency: str, language: str) -> str:
    """Minor units of a currency as people read them, such as "R$ 38,97", with a blank that does not break."""
    places, locale = digits(currency), LOCALES[language]
    symbol = get_currency_symbol(currency, locale=locale)
    pattern = "#,##0" + ("." + "0" * places if places else "")
    blank = "" if language == "en" and not symbol[-1].isalpha() else "\xa0"
    return f"{symbol}{blank}{format_decimal(Decimal(minor).scaleb(-places), pattern, locale)}"
