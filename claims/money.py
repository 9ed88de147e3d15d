"""Money: integer minor units and an ISO 4217 code. Nothing here is ever a float."""

from decimal import Decimal

# ISO 4217 (2024): the currencies whose minor unit is not a hundredth.
_DIGITS = dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0)
_DIGITS |= dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3) | {"CLF": 4, "UYW": 4}


def digits(currency: str) -> int:
    """How many decimals the currency is written with."""
    return _DIGITS.get(currency, 2)


def share(amount: int, part: int, whole: int) -> int:
    """amount * part / whole in minor units, rounded half up, once."""
    return (2 * amount * part + whole) // (2 * whole)


def percent_of(amount: int, percent: int) -> int:
    """So many per cent of an amount of minor units, rounded half up, once."""
    return share(amount, percent, 100)


def show(amount: int, currency: str) -> str:
    """The amount as a person reads it in a sentence: 'BRL 58.90', 'JPY 100'."""
    return f"{currency} {Decimal(amount).scaleb(-digits(currency)):,f}"


def parse(text: str, currency: str) -> int:
    """Minor units of a plain decimal like '58.90'. ValueError when it is none, negative or too finely cut."""
    try:
        value = Decimal(text)
    except ArithmeticError as error:
        raise ValueError(f"'{text}' is not an amount") from error
    if not value.is_finite() or value < 0:
        raise ValueError(f"'{text}' is not an amount of money, 0 or more")
    minor = value.scaleb(digits(currency))
    if minor != minor.to_integral_value():
        raise ValueError(f"'{text}' has more than the {digits(currency)} decimals of {currency}")
    return int(minor)
