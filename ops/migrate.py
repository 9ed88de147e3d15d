"""`python -m ops.migrate`: bring the database of the settings to the schema of this version."""

import sys

from pydantic import ValidationError
from sqlalchemy.engine import make_url

import settings as configuration
from storage.migrate import upgrade


def main() -> int:
    try:
        url = configuration.load().database_url
    except ValidationError as error:
        sys.stderr.write(configuration.explain(error))
        return 2
    upgrade(url)
    sys.stdout.write(f"{make_url(url).render_as_string(hide_password=True)} is up to date\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
