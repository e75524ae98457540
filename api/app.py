"""Build the application; start it with ``alur-api``."""

import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from importlib.metadata import version
from uuid import uuid4

import uvicorn
from fastapi import FastAPI, Request, Response

from api import admin, demo, health, instances, problems, processes, sessions, tasks, tracking, work
from api.limits import Limiter
from engine.database import Sessions, connect
from engine.settings import Settings, settings

log = logging.getLogger("alur.api")

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
# JSON bodies; packages and documents have limits of their own, kept where they are read.
MOST_JSON_BYTES = 2_000_000


def create_app(sessions_of: Sessions | None = None, *, using: Settings | None = None) -> FastAPI:
    """Return the application over a database: the given one, else that of the settings."""
    using = using or settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if using.demo:
            demo.fill(app.state.sessions)
        else:
            demo.refuse_leftovers(app.state.sessions)
        yield

    app = FastAPI(
        title="Alur",
        version=version("alur"),
        summary="Workflow engine for standardized government processes",
        docs_url=None,
        redoc_url=None,
        openapi_url="/v1/openapi.json",
        lifespan=lifespan,
        responses={"4XX": {"description": "A fault of the request", "content": {problems.MEDIA_TYPE: {}}}},
    )
    app.state.sessions = sessions_of or connect(using.url, using=using)
    app.state.requests = 0
    app.state.sign_ins = Limiter(most=20, period=timedelta(minutes=1))
    app.state.trackings = Limiter(most=30, period=timedelta(minutes=1))
    problems.install(app)
    app.middleware("http")(_guard)
    for part in (health, sessions, processes, instances, tasks, work, tracking, admin):
        app.include_router(part.router)
    return app


async def _guard(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Bound the body, give every request an id, and every answer its security headers."""
    request.state.correlation_id = request.headers.get("x-correlation-id", "")[:100] or str(uuid4())
    request.app.state.requests += 1
    length = request.headers.get("content-length", "0")
    is_json = request.headers.get("content-type", "application/json").startswith("application/json")
    if is_json and length.isdigit() and int(length) > MOST_JSON_BYTES:
        response: Response = problems.answer(
            request, problems.Problem("too-large", f"Expected at most {MOST_JSON_BYTES} bytes of JSON, found {length}")
        )
    else:
        response = await call_next(request)
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["X-Correlation-ID"] = request.state.correlation_id
    return response


def main(_arguments: Sequence[str] | None = None) -> int:
    """Serve the API; return 0. ALUR_API_HOST, ALUR_API_PORT and ALUR_API_PROCESSES say where and how often."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    uvicorn.run(
        "api.app:create_app",
        factory=True,
        host=os.environ.get("ALUR_API_HOST", "127.0.0.1"),
        port=int(os.environ.get("ALUR_API_PORT", "8000")),
        workers=int(os.environ.get("ALUR_API_PROCESSES", "1")),
        access_log=False,
        log_level="warning",
        server_header=False,
    )
    return 0


if __name__ == "__main__":
    main()
