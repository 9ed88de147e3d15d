"""No translation, by choice: everybody reads what was written."""

from activities.translation.port import NotAvailable, Translated


class Off:
    name = "off"

    async def translate(self, text: str, source: str, target: str) -> Translated:
        raise NotAvailable("translation is switched off")

    async def close(self) -> None:
        pass
