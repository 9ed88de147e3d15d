"""Postal item numbers (UPU S10) and logistic unit numbers (GS1 SSCC), with their check digits."""

import re

S10_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)
ISO_3166 = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW
    BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI
    FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN
    IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME
    MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF
    PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV
    SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE
    YT ZA ZM ZW
"""
COUNTRIES = frozenset(ISO_3166.split())


def s10(serial: int, country: str, service: str = "RR") -> str:
    """Give the 13 characters of a postal item number, as in `RR473124829GB`.

    serial: 0 to 99,999,999. country: ISO 3166-1 alpha-2 of the issuing post. service: two letters; RR is
    registered mail. Raises ValueError with a sentence. Source: UPU standard S10, whose check digit is 5 for two
    of the eleven remainders (0 and 6), so that it misses a wrong digit which turns the one into the other.
    """
    if not 0 <= serial <= 99_999_999:
        raise ValueError(f"An S10 serial number has at most 8 digits; {serial} does not fit.")
    if country not in COUNTRIES:
        raise ValueError(f"{country!r} is not an ISO 3166 country code of two capital letters.")
    if not re.fullmatch("[A-Z]{2}", service):
        raise ValueError(f"An S10 service indicator is two capital letters, not {service!r}.")
    digits = f"{serial:08d}"
    return f"{service}{digits}{_s10_check(digits)}{country}"


def is_s10(number: str) -> bool:
    """Tell whether the text is an S10 number without spaces: its shape, its check digit and its country."""
    if not re.fullmatch("[A-Z]{2}[0-9]{9}[A-Z]{2}", number):
        return False
    return number[10] == _s10_check(number[2:10]) and number[11:] in COUNTRIES


def sscc(serial: int, company_prefix: str, extension: int = 0) -> str:
    """Give the 18 digits of a serial shipping container code, without its `(00)`.

    serial: fills the 16 digits that the prefix leaves. company_prefix: 4 to 12 digits, as GS1 licensed it.
    extension: 0 to 9, free to use. Raises ValueError with a sentence. Source: GS1 General Specifications,
    AI 00; its check digit catches every single wrong digit.
    """
    if not re.fullmatch("[0-9]{4,12}", company_prefix):
        raise ValueError(f"A GS1 company prefix is 4 to 12 digits, not {company_prefix!r}.")
    if not 0 <= extension <= 9:
        raise ValueError(f"An SSCC extension is one digit, not {extension}.")
    room = 16 - len(company_prefix)
    if not 0 <= serial < 10**room:
        raise ValueError(f"After {company_prefix} an SSCC serial has at most {room} digits; {serial} does not fit.")
    digits = f"{extension}{company_prefix}{serial:0{room}d}"
    return digits + _gs1_check(digits)


def is_sscc(number: str) -> bool:
    """Tell whether the text is 18 digits whose last is the GS1 check digit."""
    return bool(re.fullmatch("[0-9]{18}", number)) and number[-1] == _gs1_check(number[:-1])


def _s10_check(digits: str) -> str:
    check = 11 - sum(weight * int(digit) for weight, digit in zip(S10_WEIGHTS, digits, strict=True)) % 11
    return {10: "0", 11: "5"}.get(check, str(check))


def _gs1_check(digits: str) -> str:
    weights = [3, 1] * (len(digits) // 2) + [3] * (len(digits) % 2)
    return str(-sum(weight * int(digit) for weight, digit in zip(weights, reversed(digits), strict=True)) % 10)
