"""What a label says: its two addresses, its numbers, and the exact text of each code."""

import re
from dataclasses import dataclass
from datetime import datetime

from activities.labels.numbers import is_s10, is_sscc

RETURN_ID = re.compile("[!-~]{1,48}")
GS1_ORDER = re.compile(r"""[!"%&'()*+,\-./0-9:;<=>?A-Z_a-z]{1,30}""")


@dataclass(frozen=True)
class Address:
    """A postal address in any script. country: ISO 3166-1 alpha-2. Empty parts are left out of the print."""

    name: str
    lines: tuple[str, ...]
    city: str
    region: str
    postal_code: str
    country: str


@dataclass(frozen=True)
class Label:
    """One return parcel's label.

    return_id: 1 to 48 printable ASCII characters. tracking_number: S10. sscc: 18 digits. ship_by: an aware
    time, printed in UTC. language: of the captions, `en`, `es` or `pt` (others print English). Raises
    ValueError with a sentence.
    """

    return_id: str
    tracking_number: str
    sscc: str
    order_id: str
    sender: Address
    receiver: Address
    ship_by: datetime
    language: str = "en"

    def __post_init__(self) -> None:
        if not RETURN_ID.fullmatch(self.return_id):
            raise ValueError(f"A label's return id is 1 to 48 printable ASCII characters, not {self.return_id!r}.")
        if not is_s10(self.tracking_number):
            raise ValueError(f"{self.tracking_number!r} is not an S10 number with a right check digit.")
        if not is_sscc(self.sscc):
            raise ValueError(f"{self.sscc!r} is not an SSCC of 18 digits with a right check digit.")
        if self.ship_by.utcoffset() is None:
            raise ValueError("The time to ship by must say its time zone.")


def elements(label: Label) -> tuple[tuple[str, str], ...]:
    """Give the GS1 element strings of the parcel as (application identifier, value).

    AI 400, the order number, holds up to 30 characters of GS1's set 82; an order id that does not fit is left
    out.
    """
    unit = (("00", label.sscc),)
    return (*unit, ("400", label.order_id)) if GS1_ORDER.fullmatch(label.order_id) else unit


def codes(label: Label) -> dict[str, str]:
    """Give the exact text each code holds, by `code128`, `gs1_128`, `datamatrix` and `qr`.

    GS1 texts have their application identifiers in parentheses, as on the label; the code itself has none.
    """
    return {
        "code128": label.tracking_number,
        "gs1_128": f"(00){label.sscc}",
        "datamatrix": "".join(f"({identifier}){value}" for identifier, value in elements(label)),
        "qr": label.return_id,
    }
