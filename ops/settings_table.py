"""The README's table of settings, made from the settings themselves: `python -m ops.settings_table` writes it."""

import re
from pathlib import Path

from pydantic import SecretStr

from settings import Settings

README = Path(__file__).parent.parent / "README.md"
_PLACE = re.compile(r"(<!-- settings -->\n).*?(<!-- /settings -->)", re.DOTALL)


def table() -> str:
    """Every setting with its default and what it is for, as Markdown."""
    rows = [f"| `{name}` | {default} | {what} |" for name, default, what in _settings()]
    return "\n".join(["| variable | default | what it is |", "|---|---|---|", *rows]) + "\n"


def written(text: str) -> str:
    """The README with the table in its place."""
    return _PLACE.sub(lambda found: found[1] + table() + found[2], text)


def _settings() -> list[tuple[str, str, str]]:
    return [
        (f"AMENDS_{name.upper()}", _default(field.default), field.description or "")
        for name, field in Settings.model_fields.items()
    ]


def _default(value: object) -> str:
    shown = value.get_secret_value() if isinstance(value, SecretStr) else value
    return f"`{shown}`" if str(shown) else ""


if __name__ == "__main__":
    README.write_text(written(README.read_text()))
