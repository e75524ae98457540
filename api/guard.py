"""What holds for every request: an id to find it by, headers for browsers, an answer even when Alur fails."""

import logging
import re
import time
from uuid import uuid4

from fastapi import FastAPI, Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import Problem, refused, unexpected

log = logging.getLogger("alur.api")

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
# What a caller may choose as id of its request: it stands in logs.
_ID = re.compile(r"[A-Za-z0-9._-]{1,100}")


_NUL = Problem("malformed", "Expected an address without NUL, found one with it")


class Guard:
    """Goes around the routes. It sees an error that nobody expected before Starlette does, which would answer in
    plain text, without headers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        answer = _Answer(scope, send)
        try:
            if "\0" in scope["path"] or b"%00" in scope["query_string"]:
                # No database stores it, and nobody writes it on purpose.
                await refused(Request(scope), _NUL)(scope, receive, answer.send)
                return
            await self.app(scope, receive, answer.send)
        except Exception as error:
            if answer.status is not None:
                raise
            await unexpected(Request(scope), error)(scope, receive, answer.send)
        finally:
            answer.count()


class _Answer:
    """One answer on its way out."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope = scope
        self._send = send
        self._begun = time.perf_counter()
        self.status: int | None = None
        wished = Request(scope).headers.get("x-correlation-id", "")
        self._id = wished if _ID.fullmatch(wished) else str(uuid4())
        scope.setdefault("state", {})["correlation_id"] = self._id

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            headers["X-Correlation-ID"] = self._id
        await self._send(message)

    def count(self) -> None:
        app: FastAPI = self._scope["app"]
        route = getattr(self._scope.get("route"), "path", "none")
        app.state.metrics.count(self._scope["method"], route, self.status or 0, time.perf_counter() - self._begun)
