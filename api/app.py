"""Build the application; start it with ``alur-api``."""

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from importlib.metadata import version

import uvicorn
from fastapi import FastAPI

from api import (
    admin,
    administration,
    bulk,
    carryovers,
    demo,
    document,
    drafts,
    health,
    insight,
    instances,
    migration,
    problems,
    processes,
    records,
    services,
    sessions,
    statistics,
    tasks,
    tracking,
    views,
    webhooks,
    work,
)
from api.figures import Kept
from api.guard import Guard
from api.limits import Limiter, Places
from api.metrics import Metrics
from api.pages import (
    account,
    applying,
    caseacts,
    cases,
    comparing,
    desk,
    editors,
    faults,
    moving,
    operations,
    packages,
    papers,
    playing,
    several,
    signing,
    workshop,
)
from api.pages import insight as insight_pages
from api.pages import records as record_pages
from api.pages import services as window
from api.pages import statistics as figure_pages
from api.pages import tasks as task_pages
from api.pages import tracking as following
from api.pages import views as view_pages
from api.pages.files import Compressed, Files
from engine.cli.printing import refused
from engine.database import Sessions, connect
from engine.errors import Invalid
from engine.settings import Settings, settings

_MINUTE = timedelta(minutes=1)
# SQLite has one writer, and its readers share 15 connections with the checks of who is calling.
_PLACES_ON_SQLITE = 8
_MOST_PLACES = 38  # of the 40 threads that Starlette has


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
        description=document.DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url="/v1/openapi.json",
        lifespan=lifespan,
        generate_unique_id_function=document.operation_id,
    )
    app.state.sessions = sessions_of or connect(using.url, using=using)
    app.state.demo = using.demo
    app.state.metrics = Metrics()
    app.state.statistics = Kept()
    app.state.places = Places(_places(app.state.sessions, using), using.lock_timeout)
    app.state.sign_ins = Limiter(most=20, most_at_all=200, period=_MINUTE)
    app.state.trackings = Limiter(most=30, most_at_all=300, period=_MINUTE)
    app.state.applications = Limiter(most=10, most_at_all=60, period=_MINUTE)
    app.state.fault_page = faults.fault
    problems.install(app)
    app.add_middleware(Guard)
    app.add_middleware(Compressed)
    parts = (
        *(tasks, work, instances, records, bulk, sessions, services, processes, drafts, migration, carryovers),
        *(tracking, statistics, insight, health, admin, administration, webhooks, views),
    )
    for part in parts:  # those asked most come first: routes are tried one after the other
        app.include_router(part.router)
    rooms = (
        *(window, applying, following, figure_pages, signing, account, desk, several, view_pages, task_pages),
        *(
            cases,
            caseacts,
            record_pages,
            papers,
            packages,
            workshop,
            comparing,
            moving,
            playing,
            editors,
            operations,
            insight_pages,
        ),
    )
    for room in rooms:
        app.include_router(room.router)
    app.mount("/static", Files())
    document.describe(app)
    return app


def _places(sessions_of: Sessions, using: Settings) -> int:
    """Return how many requests may be in the database at once: fewer than there are connections and threads."""
    if sessions_of.kw["bind"].dialect.name == "sqlite":
        return _PLACES_ON_SQLITE
    return max(1, min(using.database_connections - 2, _MOST_PLACES))


def main(_arguments: Sequence[str] | None = None) -> int:
    """Serve the API; return 0, or 2 for settings that are wrong.

    ALUR_API_HOST, ALUR_API_PORT and ALUR_API_PROCESSES say where and how often.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        using = settings()
    except Invalid as error:
        return refused(error)
    uvicorn.run(
        "api.app:create_app",
        factory=True,
        host=using.api_host,
        port=using.api_port,
        workers=using.api_processes,
        access_log=False,
        log_level="warning",
        server_header=False,
    )
    return 0


if __name__ == "__main__":
    main()
