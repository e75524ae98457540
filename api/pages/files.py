"""The files of the browser's part: their names change with their content, so browsers keep them."""

from typing import Any

from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from api.dependencies import PAGE_HEADER
from api.pages.drawing import STATIC

_PAGE_HEADER = PAGE_HEADER.lower().encode()
_YEAR = "public, max-age=31536000, immutable"


class Files(StaticFiles):
    """Serves what Vite built."""

    def __init__(self) -> None:
        super().__init__(directory=STATIC)

    def file_response(self, *arguments: Any, **more: Any) -> Response:
        """Return a file that browsers may keep for a year."""
        found = super().file_response(*arguments, **more)
        found.headers["Cache-Control"] = _YEAR
        return found


class Compressed:
    """Compresses pages, files, and what pages read of the API. Its answers to systems near the server, which ask for
    speed, go out as they are."""

    def __init__(self, app: ASGIApp) -> None:
        self._plain = app
        self._compressed = GZipMiddleware(app, minimum_size=1000, compresslevel=6)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_plain = scope["type"] != "http" or (scope["path"].startswith("/v1/") and not _is_of_a_page(scope))
        await (self._plain if is_plain else self._compressed)(scope, receive, send)


def _is_of_a_page(scope: Scope) -> bool:
    return any(name == _PAGE_HEADER for name, _value in scope["headers"])
