"""Which translator the settings ask for."""

from typing import Protocol

from pydantic import SecretStr

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
    """One for each process; engines are started when first needed, and only what is wanted is loaded."""
    seconds, key = settings.translation_timeout_seconds, settings.translator_key.get_secret_value()
    match settings.translator:
        case "embedded":
            from activities.translation.embedded import Embedded

            return Embedded(seconds)
        case "deepl":
            from activities.translation.deepl import DeepL

            return DeepL(key, settings.translator_url, seconds)
        case "libretranslate":
            from activities.translation.libre import LibreTranslate

            return LibreTranslate(settings.translator_url, key, seconds)
        case _:
            return Off()
