"""Bringing a database to the schema of this version. Migrations only go forward."""

from pathlib import Path

from alembic import command
from alembic.config import Config

_HERE = Path(__file__).parent / "migrations"


def config(url: str) -> Config:
    """Alembic's settings for this database; `url` as in AMENDS_DATABASE_URL."""
    settings = Config()
    settings.set_main_option("script_location", str(_HERE))
    settings.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return settings


def upgrade(url: str) -> None:
    """Run the migrations that the database has not seen yet. Must not be called inside an event loop."""
    command.upgrade(config(url), "head")


def check(url: str) -> None:
    """Raise when models and migrations disagree."""
    command.check(config(url))
