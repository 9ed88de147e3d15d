"""`make backup` and `make restore`: the claims database, the engine's store and the uploaded files together, while they
are in use too.

The engine's store is copied first, the database after it: so the database never knows less than the engine, and what
it knows more the sweeper tells the engine. The files come last: they never change, so those that it names are there.
With PostgreSQL the databases are saved by its own tools in that order (docs/backup.md); `restored` is then told to the
database afterwards.
"""

import argparse
import asyncio
import hashlib
import json
import shutil
import sqlite3
import sys
import tempfile
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

import settings as configuration
import storage.claims
import storage.labels
import storage.sweeping
from ops.home import Home
from ops.run import ROOT
from storage import migrate
from storage.database import Database

FILES = "evidence"  # the folder of uploaded files
PARTS = {"engine": "temporal.db", "database": "amends.db"}  # in the order in which they are saved
_MANIFEST = "manifest.json"
_RESERVE = 10_000  # numbers of labels that may have been given out between the backup and now


class BadBackup(Exception):
    """The backup is not whole, or not one of ours."""


def take(home: Path, to: Path) -> Path:
    """Save all into a new folder under `to`, named after the instant; answers that folder. Raises BadBackup."""
    folder = to / datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    folder.mkdir(mode=0o700, parents=True)
    for name in PARTS.values():
        if not (home / name).exists():
            raise BadBackup(f"there is no {name} in {home}")
        _copy(home / name, folder / name)
    digests = {name: _digest(folder / name) for name in PARTS.values()}
    files = _copy_files(home / FILES, folder / FILES)
    manifest = {"taken_at": datetime.now(UTC).isoformat(), "sha256": digests, FILES: files}
    (folder / _MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n")
    verify(folder)
    return folder


def verify(folder: Path) -> int:
    """Whether the files are the ones that were saved, sound, and every timeline is as it was sealed.

    Answers how many timelines there are. Raises BadBackup.
    """
    try:
        manifest = json.loads((folder / _MANIFEST).read_text())
        digests = manifest["sha256"]
    except (OSError, ValueError, KeyError) as error:
        raise BadBackup(f"{folder} holds no backup: no {_MANIFEST} that can be read") from error
    for name in PARTS.values():
        if not (folder / name).exists() or _digest(folder / name) != digests.get(name):
            raise BadBackup(f"{name} is not the file that was saved")
        _sound(folder / name)
    for name, digest in manifest.get(FILES, {}).items():  # backups of before there were files have none
        if not (folder / FILES / name).is_file() or _digest(folder / FILES / name) != digest:
            raise BadBackup(f"{FILES}/{name} is not the file that was saved")
    with tempfile.TemporaryDirectory() as aside:  # opening a database writes to its file
        copy = shutil.copy(folder / PARTS["database"], aside)
        count, broken = asyncio.run(_timelines(Path(copy)))
    if broken:
        raise BadBackup(f"timelines that are not as they were sealed: {', '.join(broken[:10])}")
    return count


def restore(folder: Path, home: Home, parts: list[str]) -> Path:
    """Put a backup in place of what is there, which is moved aside; answers where to. Nothing may be running."""
    verify(folder)
    aside = home.path / f"before-restore-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    aside.mkdir(mode=0o700)
    if FILES in parts and (folder / FILES).exists():
        if (home.path / FILES).exists():
            (home.path / FILES).rename(aside / FILES)
        _copy_files(folder / FILES, home.path / FILES)
    for part in (part for part in parts if part != FILES):
        for file in home.path.glob(f"{PARTS[part]}*"):  # with its -wal and -shm
            file.rename(aside / file.name)
        shutil.copyfile(folder / PARTS[part], home.path / PARTS[part])
        (home.path / PARTS[part]).chmod(0o600)
    migrate.upgrade(home.database_url)
    asyncio.run(restored(Database(home.database_url)))
    return aside


async def restored(database: Database) -> None:
    """Tell a database that it, or the engine beside it, was restored: the next sweep is thorough, and no number of
    a label that may have been printed since the backup is given out again."""
    try:
        async with database.writing() as session:
            await storage.sweeping.want_thorough(session)
            await storage.labels.next_serial(session, "parcels", _RESERVE)
    finally:
        await database.close()


def _copy(source: Path, target: Path) -> None:
    """A consistent copy of an SQLite file in use. In one step: both files are WAL, so no writer waits for a reader,
    and a copy in several steps would begin anew whenever somebody has written meanwhile."""
    target.touch(mode=0o600)
    with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)
        new.execute("PRAGMA journal_mode=DELETE")  # one file, complete in itself


def _copy_files(source: Path, target: Path) -> dict[str, str]:
    """Copy a folder of files that never change, while more may come and some may go; answers their digests."""
    digests = {}
    for file in sorted(source.rglob("*")):
        name = file.relative_to(source)
        (target / name.parent).mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileNotFoundError):  # it was deleted meanwhile
            if file.is_file() and "#" not in file.name:  # which marks one that is still being written
                shutil.copyfile(file, target / name)
                digests[str(name)] = _digest(target / name)
    return digests


def _sound(file: Path) -> None:
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        said = connection.execute("PRAGMA integrity_check").fetchone()[0]
    if said != "ok":
        raise BadBackup(f"{file.name} is damaged: {said[:100]}")


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


async def _timelines(file: Path) -> tuple[int, list[str]]:
    """How many claims there are in a database file, and those whose timeline is broken."""
    database = Database(f"sqlite:///{file}")
    try:
        async with database.reading() as session:
            ids = [claim_id async for claim_id in storage.sweeping.changed_since(session, None)]
        broken = []
        for claim_id in ids:
            async with database.reading() as session:
                if not await storage.claims.verify_chain(session, claim_id):
                    broken.append(claim_id)
    finally:
        await database.close()
    return len(ids), broken


def _taken(arguments: argparse.Namespace) -> str:
    folder = take(arguments.home, arguments.to or arguments.home / "backups")
    return f"saved into {folder}"


def _verified(arguments: argparse.Namespace) -> str:
    return f"sound; timelines verified: {verify(arguments.folder)}"


def _put_back(arguments: argparse.Namespace) -> str:
    home = Home(arguments.home)
    if not home.take():
        raise BadBackup("Amends is running here; stop it first")
    aside = restore(arguments.folder, home, [arguments.only] if arguments.only else [*PARTS, FILES])
    return f"restored; what was there is in {aside}. Start it: the first sweep compares all claims (GET /v1/sweeps)."


def _told(arguments: argparse.Namespace) -> str:
    asyncio.run(restored(Database(configuration.load().database_url)))
    return "noted; the next sweep compares all claims (GET /v1/sweeps)"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m ops.backup", description="Backup and restore of `make run`.")
    parser.add_argument("--home", type=Path, default=ROOT / "var", help="the folder of `make run` (default: var)")
    commands = parser.add_subparsers(required=True)
    taking = commands.add_parser("take", help="save all, also while they are in use")
    taking.add_argument("--to", type=Path, help="under this folder (default: var/backups)")
    taking.set_defaults(does=_taken)
    verifying = commands.add_parser("verify", help="whether a backup is whole and its timelines as they were sealed")
    verifying.add_argument("folder", type=Path)
    verifying.set_defaults(does=_verified)
    restoring = commands.add_parser("restore", help="put a backup in place; nothing may be running")
    restoring.add_argument("folder", type=Path)
    restoring.add_argument("--only", choices=sorted([*PARTS, FILES]), help="one of the three")
    restoring.set_defaults(does=_put_back)
    telling = commands.add_parser("restored", help="after a database was restored by its own tools")
    telling.set_defaults(does=_told)
    return parser.parse_args()


def main() -> int:
    arguments = _arguments()
    try:
        sys.stdout.write(f"{arguments.does(arguments)}\n")
    except ValidationError as error:
        sys.stderr.write(configuration.explain(error))
        return 2
    except (BadBackup, OSError, sqlite3.Error) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
