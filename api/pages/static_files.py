"""Style sheets, scripts and signs, kept by browsers for ever under an address that changes with their content."""

from typing import Any

from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from api.pages.render import STATIC


class Kept(StaticFiles):
    def __init__(self) -> None:
        super().__init__(directory=STATIC)

    def file_response(self, *given: Any, **more: Any) -> Response:
        answer = super().file_response(*given, **more)
        answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        answer.headers["X-Content-Type-Options"] = "nosniff"
        return answer
