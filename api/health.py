"""For operators: alive, ready, metrics; and the kinds of problems that there are."""

from importlib.metadata import version

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy import inspect, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from api.dependencies import AllSessions, Caller, Now, Reading
from api.problems import PROBLEMS, TYPES
from api.shown.base import Whole
from api.shown.people import Health, KnownProblem, Readiness
from engine.access import may_measure
from engine.database import reading
from engine.migrations import newest

router = APIRouter(prefix="/v1", tags=["operation"])
_WARNING = "Demonstration mode: everybody knows its passwords and keys. Never use it for real data."


@router.get("/health", summary="Is the process alive")
async def health(request: Request) -> Health:
    """Answer without asking anything. ``demo`` warns of passwords that everybody knows."""
    demo: bool = request.app.state.demo
    return Health(status="ok", version=version("alur"), demo=demo, warning=_WARNING if demo else None)


@router.get(
    "/readiness",
    summary="Can it serve",
    responses={503: {"model": Readiness, "description": "The database is away or has not the tables of this version"}},
)
def readiness(sessions: AllSessions, response: Response) -> Readiness:
    """Tell whether the database answers and has the tables of this version; 503 if not."""
    try:
        with reading(sessions) as session:
            found = Readiness(status="waiting", database="ok", migrated=_migration(session) == newest())
    except SQLAlchemyError:
        found = Readiness(status="waiting", database="away", migrated=False)
    if not found.migrated:
        response.status_code = 503
        return found
    return found.model_copy(update={"status": "ready"})


@router.get(
    "/metrics",
    summary="Prometheus metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}, "description": "Figures as Prometheus reads them"}},
)
def metrics(request: Request, session: Reading, caller: Caller, now: Now) -> Response:
    """Return figures of this process and of the whole installation.

    For the platform, and for keys with the scope metrics:read, which only the platform gives. Every process counts its
    own requests: let Prometheus ask each.
    """
    may_measure(caller)
    return Response(request.app.state.metrics.text(session, now), media_type=CONTENT_TYPE_LATEST)


@router.get("/problems", summary="Kinds of problems")
async def list_problems() -> Whole[KnownProblem]:
    """Return every ``code`` that a problem may have, with its status and titles. Codes and types never change."""
    return Whole[KnownProblem](
        items=[
            KnownProblem(code=code, type=f"{TYPES}{code}", status=status, title={"id": indonesian, "en": english})
            for code, (status, english, indonesian) in PROBLEMS.items()
        ]
    )


def _migration(session: Session) -> str | None:
    """Return the migration that the database is at; None: it has none."""
    if not inspect(session.connection()).has_table("alembic_version"):
        return None
    found: str | None = session.scalar(text("SELECT version_num FROM alembic_version"))
    return found
