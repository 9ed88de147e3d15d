"""A form that came when the session had ended: its texts are shown again, to be sent after signing in."""

from fastapi import Request
from fastapi.responses import HTMLResponse
from starlette.datastructures import FormData

from api.pages.render import page
from api.pages.visitor import stranger


def signed_out(request: Request, given: FormData) -> HTMLResponse:
    """The same form once more, with a way to sign in beside it. Files are to be chosen again."""
    fields = [(name, value) for name, value in given.multi_items() if isinstance(value, str)]
    files = any(not isinstance(value, str) and value.filename for _, value in given.multi_items())
    return page(request, stranger(request), "signed_out.html", 401, fields=fields, files=files)
