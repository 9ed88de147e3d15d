"""Style sheets, scripts and signs, kept by browsers for ever under an address that changes with their content."""

from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, Response
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


async def sign(_: Request) -> Response:
    """What a browser asks for by itself beside a picture or a PDF file, which name no sign of their own."""
    return FileResponse(STATIC / "icon.svg", headers={"Cache-Control": "public, max-age=86400"})
