"""A form that could not be taken: its texts are shown again, to be sent once it is possible."""

from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from starlette.datastructures import FormData

from api.pages import render
from api.pages.visitor import stranger


def signed_out(request: Request, given: FormData) -> HTMLResponse:
    """The session had ended: the same form once more, with a way to sign in beside it."""
    return render.page(request, stranger(request), "signed_out.html", 401, **held(given))


def held(given: FormData) -> dict[str, Any]:
    """What is sent again. Files are to be chosen again."""
    fields = [(name, value) for name, value in given.multi_items() if isinstance(value, str)]
    files = any(not isinstance(value, str) and value.filename for _, value in given.multi_items())
    return {"fields": fields, "files": files}
