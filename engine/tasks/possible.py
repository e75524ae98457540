"""What a person may do with a task now: what its page offers. Whether an act is lawful is checked again when done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from engine import access, definitions
from engine.access import Actor, OwnRole
from engine.errors import NotAllowed, NotFound
from engine.instances.opening import EVERYBODY, USER
from engine.models import Task, TaskStatus, User, UserRole


@dataclass(frozen=True, slots=True)
class Possible:
    """The acts that are open to a person. ``fill`` is to enter data, save and complete; ``assign`` also hands over.

    ``refused_step`` names the step that the person did in this case, for which it may not do the task; None: it did
    none such.
    """

    claim: bool = False
    fill: bool = False
    release: bool = False
    assign: bool = False
    refused_step: str | None = None


def possible(session: Session, task: Task, actor: Actor) -> Possible:
    """Return what the actor may do with a task that it sees."""
    if task.status is not TaskStatus.OPEN:
        return Possible()
    manifest = definitions.compiled(session, task.version_id).manifest
    may_assign = task.agency_id == actor.agency_id and (actor.has(OwnRole.HEAD) or task.assignee == actor.name)
    try:
        access.may_complete(session, actor, task, manifest)
    except (NotAllowed, NotFound) as error:
        step = error.facts.get("step") if error.facts.get("because") == "not_same_as" else None
        return Possible(assign=may_assign, refused_step=step)
    at_counter = access.is_applicants(task, manifest)
    return Possible(
        claim=task.assignee is None and not at_counter,
        fill=task.assignee == actor.name or at_counter,
        release=task.assignee is not None and (task.assignee == actor.name or actor.has(OwnRole.HEAD)),
        assign=may_assign and not at_counter,
    )


def takers(session: Session, tasks: Sequence[Task], *, now: datetime) -> Sequence[User]:
    """Return the people who could take at least one of some tasks of one agency, by their full names."""
    if not tasks:
        return []
    keys = {key for task in tasks for key in task.candidates}
    roles = [key for key in keys if not key.startswith(USER)]
    named = [key.removeprefix(USER) for key in keys if key.startswith(USER)]
    in_role = UserRole.role.not_like("alur:%") if EVERYBODY in roles else UserRole.role.in_(roles)
    query = (
        select(User)
        .join(UserRole, UserRole.user_id == User.id)
        .where(
            UserRole.agency_id == tasks[0].agency_id,
            UserRole.since <= now,
            or_(UserRole.until.is_(None), UserRole.until > now),
            User.active,
            or_(in_role, User.name.in_(named)),
        )
    )
    return session.scalars(query.distinct().order_by(User.full_name, User.name)).all()
