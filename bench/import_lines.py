"""`python -m bench.import_lines`: speed and peak memory of the import at 10,000 and 100,000 lines."""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from storage.migrate import upgrade

_HEADER = (
    "order_id,line_id,buyer_id,seller_id,product,category,quantity,unit_price,freight,currency,site,"
    "purchased_at,promised_at,delivered_at,buyer_name,buyer_language,buyer_city,buyer_country,seller_name"
)
_CHILD = """
import sys
from ops.import_orders import main
try:
    main(sys.argv[1:])
finally:
    print(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1], file=sys.stderr)
"""


@dataclass(frozen=True)
class Measured:
    """One import in a process of its own: seconds on the clock, all in, and KiB at the peak."""

    lines: int
    seconds: float
    peak: int
    summary: str


def write_orders(path: Path, lines: int) -> None:
    """A file of orders with one or two lines each, and a thousand sellers."""
    with path.open("w", encoding="utf-8") as file:
        print(_HEADER, file=file)
        for number in range(lines):
            print(_line(number), file=file)


def measure(folder: Path, lines: int) -> Measured:
    """Generate so many lines and import them into a fresh SQLite database in `folder`. Linux only."""
    file, url = folder / f"{lines}.csv", f"sqlite:///{folder}/{lines}.db"
    write_orders(file, lines)
    upgrade(url)
    started = time.monotonic()
    done = subprocess.run(  # noqa: S603 our own command
        [sys.executable, "-c", _CHILD, str(file), "--database-url", url],
        capture_output=True, text=True, check=True, cwd=Path(__file__).parent.parent,
        env=os.environ | {"AMENDS_MODE": "production"},
    )  # fmt: skip
    return Measured(lines, time.monotonic() - started, int(done.stderr.split()[-1]), done.stdout)


def _line(number: int) -> str:
    order, place = divmod(number * 2, 3)
    day, buyer, seller = 1 + order % 28, order % 50_000, number * 7 % 1000
    return (
        f"{order:032x},{place + 1},b{buyer},s{seller},Product {number % 977},toys,{1 + number % 3},"
        f"{number % 9000 + 1}.{number % 100:02d},{number % 40}.90,BRL,MLB,2025-11-{day:02d}T10:00:00-03:00,"
        f"2025-12-{day:02d}T10:00:00-03:00,{'' if number % 5 else f'2025-12-{day:02d}T09:00:00-03:00'},"
        f"Buyer {buyer},pt,São Paulo,BR,Seller {seller}"
    )


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        small, large = measure(Path(folder), 10_000), measure(Path(folder), 100_000)
    for one in (small, large):
        print(f"{one.lines:>7,} lines: {one.lines / one.seconds:,.0f} a second, peak {one.peak / 1024:.1f} MiB")
    print(f"peak at 100,000 lines over that at 10,000: {large.peak / small.peak:.2f}")


if __name__ == "__main__":
    main()
