"""Which translator the settings ask for."""

from typing import Protocol

from pydantic import SecretStr

from activities.translation.embedded import Embedded
from activities.translation.off import Off
from activities.translation.port import Translator


class Wanted(Protocol):
    """What of the settings concerns us."""

    @property
    def translator(self) -> str: ...
    @property
    def translator_url(self) -> str: ...
    @property
    def translator_key(self) -> SecretStr: ...
    @property
    def translation_timeout_seconds(self) -> float: ...


def translator_of(settings: Wanted) -> Translator:
    """One for each process; engines are started when first needed. Close it at the end."""
    match settings.translator:
        case "embedded":
            return Embedded(settings.translation_timeout_seconds)
        case _:
            return Off()
