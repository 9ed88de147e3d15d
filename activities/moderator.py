from typing import Any

from claims.moderation import Reason, moderate


class Moderator:
    async def judge(self, text: str, language: str, role: str) -> tuple[Reason, ...]:
        return moderate(text, role)

    async def close(self) -> None: ...


def own_rules() -> Moderator:
    return Moderator()


def moderator_of(settings: Any) -> Moderator:
    return Moderator()
