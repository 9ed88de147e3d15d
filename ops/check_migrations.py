"""`python -m ops.check_migrations`: fails when the migrations do not lead to the tables that the code knows."""

import tempfile
from pathlib import Path

from storage import migrate


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'amends.db'}"
        migrate.upgrade(url)
        migrate.check(url)


if __name__ == "__main__":
    main()
