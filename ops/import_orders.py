"""`python -m ops.import_orders FILE`: orders from a marketplace's CSV file into the database."""

import re
import secrets
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from alembic.util import CommandError
from asyncpg import PostgresError  # type: ignore[import-untyped]
from pydantic import SecretStr, ValidationError
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from ops.importing import options
from ops.importing.checking import Rules
from ops.importing.columns import Wishes
from ops.importing.decoding import Unusable
from ops.importing.running import Bar, Wanted, run
from ops.importing.shifting import shift, utc_now
from ops.importing.source import Progress, Source
from settings import Settings
from storage.database import DatabaseAway
from storage.migrate import upgrade

_OFFSET = re.compile(r"now|[+-]?\d+d|\d{4}-\d\d-\d\d.*")

File = Annotated[Path, typer.Argument(help="a CSV file; its first line names the columns", metavar="FILE")]
Maps = Annotated[
    list[str] | None, typer.Option("--map", help="our column is one of the file's: price=unit_price; repeatable")
]
Sets = Annotated[list[str] | None, typer.Option("--set", help="on every line: currency=BRL; repeatable")]
Defaults = Annotated[
    list[str] | None, typer.Option("--default", help="where a cell is empty: buyer_id=buyer-{order_id}; repeatable")
]
Zone = Annotated[str, typer.Option(help="of dates that name none: America/Sao_Paulo")]
ShiftDates = Annotated[
    str,
    typer.Option(
        help="embedded mode only: move all dates by whole days, so that the newest is just before now; or by =+3000d, "
        "or to =2026-01-31. A file imported before keeps its offset, unless =now"
    ),
]
Decimal = Annotated[str, typer.Option(help="the decimal sign of amounts, . or ,")]
Delimiter = Annotated[str, typer.Option(help="between cells; found out among , ; | and tab")]
Encoding = Annotated[str, typer.Option(help="of the file, unless it begins with a byte order mark")]
RejectsFile = Annotated[Path | None, typer.Option("--rejects", help="rejected lines, explained [FILE.rejects.csv]")]
DatabaseUrl = Annotated[str, typer.Option(help="instead of AMENDS_DATABASE_URL")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="check everything, store nothing")]

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def import_orders(
    file: File,
    maps: Maps = None,
    sets: Sets = None,
    defaults: Defaults = None,
    zone: Zone = "",
    shift_dates: ShiftDates = "",
    decimal: Decimal = ".",
    delimiter: Delimiter = "",
    encoding: Encoding = "utf-8",
    rejects: RejectsFile = None,
    database_url: DatabaseUrl = "",
    dry_run: DryRun = False,
) -> None:
    """Import orders. Ends with 0 when every line went in, 1 when some were rejected, 2 when nothing could be read."""
    with _explained():
        settings = _settings(database_url)
        now = utc_now()
        rules = Rules(options.decimal(decimal), options.zone(zone))
        wishes = Wishes(
            options.pairs("--map", maps), options.pairs("--set", sets), options.pairs("--default", defaults)
        )
        wanted = Wanted(
            source=Source(options.readable(file), wishes, encoding, options.delimiter(delimiter)),
            rules=rules,
            rejects=options.beside(file, rejects),
            database_url=settings.database_url,
            now=now,
            shift=shift(_allowed(shift_dates, settings), now, rules.zone) if shift_dates else None,
            dry=dry_run,
        )
        if settings.embedded and not dry_run:
            _make_database(settings.database_url)
        report = run(wanted, _bar(file.stat().st_size))
        typer.echo(report.text(wanted.rejects))
    raise typer.Exit(report.exit_code)


def main(arguments: Sequence[str]) -> None:
    """The command. `--shift-dates` may stand without a value."""
    app(args=list(_with_offset(list(arguments))))


def _with_offset(rest: list[str]) -> Iterator[str]:
    while rest:
        argument = rest.pop(0)
        if argument == "--shift-dates":
            argument += "=" + (rest.pop(0) if rest and _OFFSET.fullmatch(rest[0]) else "again")
        yield argument


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except Unusable as error:
        _stop(str(error))
    except (SQLAlchemyError, PostgresError, CommandError, DatabaseAway) as error:
        cause = str(getattr(error, "orig", None) or error.__cause__ or error).splitlines()[0]
        _stop(f"The database refused: {cause}. Was it migrated? What was stored so far stays; import again to go on.")
    except OSError as error:
        _stop(f"{error.filename}: {error.strerror}." if error.filename else f"{error}.")
    except KeyboardInterrupt:
        _stop("Stopped. What was stored so far stays; import again to go on.", 130)


def _stop(sentence: str, code: int = 2) -> None:
    typer.echo(sentence, err=True)
    raise typer.Exit(code)


def _settings(database_url: str) -> Settings:
    """Tokens are neither made nor read here: any secret will do."""
    try:
        settings = Settings(token_secret=SecretStr(secrets.token_urlsafe(48)))
    except ValidationError as error:
        wrong = ", ".join(f"AMENDS_{str(e['loc'][0]).upper()}" for e in error.errors() if e["loc"])
        raise Unusable(f"These settings are wrong: {wrong}.") from error
    return settings.model_copy(update={"database_url": database_url}) if database_url else settings


def _allowed(shift_dates: str, settings: Settings) -> str:
    if not settings.embedded:
        raise Unusable("--shift-dates is for trials: it needs the embedded mode (AMENDS_MODE=embedded).")
    return shift_dates


def _make_database(database_url: str) -> None:
    """In embedded mode the database is made when it is not there; elsewhere that is a step of its own."""
    url = make_url(database_url)
    if url.drivername.startswith("sqlite") and url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    upgrade(database_url)


def _bar(size: int) -> Bar:
    @contextmanager
    def silent(title: str) -> Iterator[Progress]:
        yield lambda done: None

    return _drawn(size) if sys.stderr.isatty() else silent


def _drawn(size: int) -> Bar:
    from rich.console import Console
    from rich.progress import Progress as Drawing

    @contextmanager
    def bar(title: str) -> Iterator[Callable[[int], None]]:
        with Drawing(console=Console(stderr=True), transient=True) as drawing:
            task = drawing.add_task(title, total=size)
            yield lambda done: drawing.update(task, completed=done) if done != drawing.tasks[0].completed else None

    return bar


if __name__ == "__main__":
    main(sys.argv[1:])
