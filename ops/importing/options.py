"""What was written on the command line, to what it means. Each function raises Unusable."""

from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from ops.importing.decoding import Unusable

_TABS = ("tab", "\\t")


def pairs(option: str, texts: Sequence[str] | None) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in texts or ():
        name, _, value = (part.strip() for part in text.partition("="))
        if not (name and value):
            raise Unusable(f"{option} {text}: it takes NAME=VALUE.")
        if name in pairs:
            raise Unusable(f"{option} names '{name}' twice.")
        pairs[name] = value
    return pairs


def readable(file: Path) -> Path:
    if not file.is_file():
        raise Unusable(f"There is no file {file}.")
    return file


def beside(file: Path, rejects: Path | None) -> Path:
    path = rejects or file.with_name(f"{file.name}.rejects.csv")
    if path.resolve() == file.resolve():
        raise Unusable("--rejects names the file that is to be imported.")
    return path


def decimal(sign: str) -> str:
    if sign not in (".", ","):
        raise Unusable("--decimal is . or ,")
    return sign


def zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError) as error:
        raise Unusable(f"--zone {name}: there is no such time zone; they look like America/Sao_Paulo.") from error


def delimiter(text: str) -> str:
    sign = "\t" if text.lower() in _TABS else text
    if len(sign) > 1 or sign in ('"', "\r", "\n", " "):
        raise Unusable("--delimiter is one character, or 'tab'.")
    return sign
