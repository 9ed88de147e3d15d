from typing import Any


class Moderator:
    async def judge(self, text: str, language: str, role: str) -> tuple[Any, ...]:
        return ()

    async def close(self) -> None: ...


def own_rules() -> Moderator:
    return Moderator()


def moderator_of(settings: Any) -> Moderator:
    return Moderator()
