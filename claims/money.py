"""Money: integer minor units and an ISO 4217 code. Nothing here is ever a float."""

from decimal import Context, Decimal

# ISO 4217 (2024): the currencies whose minor unit is not a hundredth.
_DIGITS = dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0)
_DIGITS |= dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3) | {"CLF": 4, "UYW": 4}

_CODES = frozenset(
    (
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF "
        "CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD "
        "HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD "
        "LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK "
        "PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SYP SZL THB TJS TMT "
        "TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG "
    ).split()
)

_LONGEST = 15  # digits before the decimal point
_LONGEST_TEXT = 60
_EXACT = Context(prec=100)


def digits(currency: str) -> int:
    """How many decimals the currency is written with."""
    return _DIGITS.get(currency, 2)


def known(currency: str) -> bool:
    """Whether this is a code of ISO 4217 in use (2024)."""
    return currency in _CODES


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
    if len(text) > _LONGEST_TEXT:
        raise ValueError(f"'{text[:40]}...' is too long for an amount")
    try:
        value = Decimal(text)
    except ArithmeticError as error:
        raise ValueError(f"'{text}' is not an amount") from error
    if not value.is_finite() or value < 0:
        raise ValueError(f"'{text}' is not an amount of money, 0 or more")
    if value.adjusted() >= _LONGEST:
        raise ValueError(f"'{text[:40]}' is more money than there is")
    minor = value.scaleb(digits(currency), _EXACT)
    if minor != minor.to_integral_value(context=_EXACT):
        raise ValueError(f"'{text}' has more than the {digits(currency)} decimals of {currency}")
    return int(minor)
