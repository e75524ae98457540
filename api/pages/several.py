"""Several tasks at once: each is taken or given by itself, and what became of each is told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session

from api.dependencies import AllSessions
from api.pages.casefile import full_names
from api.pages.drawing import go, page
from api.pages.visitor import Pairs, SignedIn, Visitor
from api.tasks import numbers
from api.wishes import View, wish_of
from engine import definitions, tasks
from engine.database import Sessions, in_transaction, reading
from engine.definitions import Compiled
from engine.errors import AlurError, NotFound
from engine.models import Task

router = APIRouter(include_in_schema=False, prefix="/desk")
_MOST = 50


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one task. ``task`` None: there is none that the viewer may see.

    ``facts`` say why it was refused, as the engine's errors do; ``is_done``: it was not.
    """

    is_done: bool
    task: Task | None = None
    receipt: str = ""
    compiled: Compiled | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


@router.post("/claim")
def claim_tasks(request: Request, pairs: Pairs, visitor: SignedIn, sessions: AllSessions) -> Response:
    """Take several tasks: one that somebody else was faster to take hinders none of the others."""

    def claim(session: Session, task_id: UUID) -> None:
        tasks.claim(session, task_id, actor=visitor.actor, now=visitor.now)

    return _done(request, visitor, sessions, pairs, claim, "claimed")


@router.post("/assign")
def assign_tasks(request: Request, pairs: Pairs, visitor: SignedIn, sessions: AllSessions) -> Response:
    """Give several tasks to a colleague who could take each of them."""
    assignee = dict(pairs).get("assignee", "")
    if not assignee:
        return go(f"/desk?view={_view(pairs)}", done="nobody-chosen")

    def assign(session: Session, task_id: UUID) -> None:
        tasks.assign(session, task_id, assignee, actor=visitor.actor, now=visitor.now, only_takers=True)

    return _done(request, visitor, sessions, pairs, assign, "assigned", assignee=assignee)


def _view(pairs: Pairs) -> View:
    return wish_of(dict(pairs)).view


def _done(
    request: Request,
    visitor: Visitor,
    sessions: Sessions,
    pairs: Pairs,
    act: Callable[[Session, UUID], None],
    what: str,
    *,
    assignee: str = "",
) -> Response:
    """Do the act with every chosen task; lead back to the list if all were possible, else tell each."""
    back = f"/desk?view={_view(pairs)}"
    chosen = [value for name, value in pairs if name == "task"][:_MOST]
    if not chosen:
        return go(back, done="nothing-chosen")
    refused = {text: _refusal(sessions, act, text) for text in chosen}
    if not any(refused.values()):
        return go("/desk?view=mine" if what == "claimed" else back, done=f"{what}-all")
    with reading(sessions) as session:
        outcomes = [_outcome(session, visitor, text, error) for text, error in refused.items()]
        names = {str(name) for each in outcomes for name in (each.facts.get("assignee"), each.facts.get("by")) if name}
        people = full_names(session, names | {assignee})
        values: dict[str, Any] = {
            "outcomes": outcomes,
            "people": people,
            "what": what,
            "assignee": assignee,
            "back": back,
        }
        return page(request, visitor, "desk/several.html", status=409, **values)


def _refusal(sessions: Sessions, act: Callable[[Session, UUID], None], text: str) -> AlurError | None:
    """Do the act with one task in a transaction of its own; return why it was refused, or None."""
    try:
        task_id = UUID(text)
        in_transaction(sessions, lambda session: act(session, task_id))
    except AlurError as error:
        return error
    except ValueError:
        return NotFound(f"Expected the id of a task, found {text[:50]!r}")
    return None


def _outcome(session: Session, visitor: Visitor, text: str, error: AlurError | None) -> Outcome:
    try:
        task = tasks.task(session, UUID(text), viewer=visitor.actor)
    except (NotFound, ValueError):
        return Outcome(error is None)
    receipt, _key = numbers(session, [task])[task.instance_id]
    compiled = definitions.compiled(session, task.version_id)
    return Outcome(error is None, task, receipt, compiled, {} if error is None else error.facts)
