"""Who acts, and what they may see and do. Every check of rights in Alur is here; the edges only ask who is calling.

An actor acts for one agency at a time. What belongs to another agency is not there for it (NotFound), unless the case
was handed over. What is there but not its business is NotAllowed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from sqlalchemy import ColumnElement, exists, false, or_, select, true, union
from sqlalchemy.orm import Session

from engine.errors import Invalid, NotAllowed, NotFound
from engine.manifest import Manifest, RoleKind
from engine.models import Handover, Instance, Job, JobKind, Task, TaskStatus


class ActorKind(StrEnum):
    """What kind of caller it is. ``public`` is anybody, before a case exists; ``applicant`` has a case's secret."""

    USER = "user"
    KEY = "key"
    APPLICANT = "applicant"
    PUBLIC = "public"
    SYSTEM = "system"


class OwnRole(StrEnum):
    """Roles that Alur itself knows. All others are the roles of processes."""

    ADMIN = "alur:admin"  # users, roles, keys and calendars of the agency
    HEAD = "alur:head"  # sees all tasks of the agency and assigns them
    OPERATOR = "alur:operator"  # incidents; cancels, corrects and hands over cases
    AUDITOR = "alur:auditor"  # reads everything of the agency
    DESIGNER = "alur:designer"  # uploads packages
    APPROVER = "alur:approver"  # approves what another uploaded
    PLATFORM = "alur:platform"  # agencies, and processes for all of them


# Who runs the installation or makes processes has no business with what stands in citizens' cases.
_WITHOUT_CASES = frozenset((OwnRole.ADMIN, OwnRole.DESIGNER, OwnRole.APPROVER, OwnRole.PLATFORM))


class Scope(StrEnum):
    """What an API key may do."""

    PROCESSES_READ = "processes:read"
    PROCESSES_DEPLOY = "processes:deploy"
    INSTANCES_START = "instances:start"
    INSTANCES_READ = "instances:read"
    INSTANCES_OPERATE = "instances:operate"
    TASKS_READ = "tasks:read"
    TASKS_WORK = "tasks:work"
    JOBS_WORK = "jobs:work"
    MESSAGES_PUBLISH = "messages:publish"
    METRICS_READ = "metrics:read"  # figures of the whole installation: only the platform gives it


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. ``name`` is what journal and tasks keep; ``roles`` are those in the agency ``agency_id``.

    ``scopes`` limit a key, and are empty for everybody else. ``instance_id`` is the only case of an applicant.
    """

    name: str
    kind: ActorKind = ActorKind.USER
    agency_id: UUID | None = None
    roles: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()
    instance_id: UUID | None = None

    def has(self, *roles: OwnRole) -> bool:
        """Tell whether the actor has one of Alur's own roles, or is Alur itself."""
        return self.kind is ActorKind.SYSTEM or any(role.value in self.roles for role in roles)

    def can(self, scope: Scope) -> bool:
        """Tell whether a key has the scope; who is no key needs none."""
        return self.kind is not ActorKind.KEY or scope.value in self.scopes


SYSTEM = Actor("system", ActorKind.SYSTEM)
PUBLIC = Actor("public", ActorKind.PUBLIC)


class Owned(Protocol):
    """Something of an agency, such as an instance or a task."""

    @property
    def agency_id(self) -> UUID: ...


def visible_instances(viewer: Actor) -> ColumnElement[bool]:
    """Return the condition on Instance that holds for what the viewer may see."""
    if viewer.kind is ActorKind.SYSTEM:
        return true()
    if viewer.kind is ActorKind.APPLICANT:
        return Instance.id == viewer.instance_id
    if not _reads_cases(viewer):
        return false()
    handed = exists().where(
        Handover.instance_id == Instance.id,
        or_(Handover.from_agency_id == viewer.agency_id, Handover.to_agency_id == viewer.agency_id),
    )
    return or_(Instance.agency_id == viewer.agency_id, handed)


def visible_piles(viewer: Actor) -> list[ColumnElement[bool]]:
    """Return conditions on Instance of which one or more hold for what the viewer may see: an index serves each."""
    if viewer.kind not in (ActorKind.USER, ActorKind.KEY) or not _reads_cases(viewer):
        return [visible_instances(viewer)]
    sides = (Handover.from_agency_id, Handover.to_agency_id)
    handed = union(*(select(Handover.instance_id).where(side == viewer.agency_id) for side in sides))
    return [Instance.agency_id == viewer.agency_id, Instance.id.in_(handed)]


def visible_tasks(viewer: Actor) -> ColumnElement[bool]:
    """Return the condition on Task that holds for what the viewer may look at, by id or in a case."""
    if viewer.kind is ActorKind.SYSTEM:
        return true()
    if viewer.kind is ActorKind.APPLICANT:
        return Task.instance_id == viewer.instance_id
    if viewer.agency_id is None or not viewer.can(Scope.TASKS_READ) or not _works_on_cases(viewer):
        return false()
    return Task.agency_id == viewer.agency_id


def sees_cases(viewer: Actor) -> bool:
    """Tell whether the viewer is a person who has to do with the cases of an agency."""
    return viewer.kind is ActorKind.USER and viewer.agency_id is not None and _works_on_cases(viewer)


def works_at_desk(viewer: Actor) -> bool:
    """Tell whether tasks can come to the viewer: it has a role in processes, or reads the whole agency's tasks."""
    has_role = any(not role.startswith("alur:") for role in viewer.roles)
    return sees_cases(viewer) and (has_role or viewer.has(OwnRole.HEAD, OwnRole.AUDITOR))


def candidates(viewer: Actor) -> list[str]:
    """Return what stands in the candidates of tasks that the viewer may take: its roles, and its name."""
    return [*sorted(viewer.roles), f"user:{viewer.name}"]


def may_start(actor: Actor, manifest: Manifest, agency_id: UUID) -> None:
    """Check that the actor may start a process in an agency. Raises NotAllowed."""
    if actor.kind is ActorKind.SYSTEM:
        return
    allowed = manifest.start.by
    if actor.kind is ActorKind.PUBLIC:
        kinds = {manifest.roles[role].kind for role in allowed if role in manifest.roles}
        if allowed and RoleKind.APPLICANT not in kinds:
            raise NotAllowed(f"Expected {manifest.id} to be started by {_list(allowed)}, found the public")
        return
    if actor.agency_id != agency_id:
        raise NotAllowed(f"Expected to start {manifest.id} for the own agency, found {agency_id}")
    if actor.kind is ActorKind.KEY:
        need_scope(actor, Scope.INSTANCES_START)
    elif allowed and not actor.roles.intersection(allowed):
        raise NotAllowed(f"Expected one of the roles {_list(allowed)} to start {manifest.id}, found {_roles(actor)}")


def may_operate(session: Session, actor: Actor, owned: Owned) -> None:
    """Check that the actor may cancel, correct, retry and hand over a case. Raises NotFound, NotAllowed."""
    _need_own(actor, owned, "instance")
    need_operator(actor)


def operates(actor: Actor, owned: Owned) -> bool:
    """Tell whether a person may cancel, correct, retry and hand over a case: of its own agency, as operator or head."""
    return owned.agency_id == actor.agency_id and actor.has(OwnRole.OPERATOR, OwnRole.HEAD)


def need_operator(actor: Actor) -> None:
    """Check that the actor may operate cases, those of its agency. Raises NotAllowed."""
    if actor.kind is ActorKind.KEY:
        need_scope(actor, Scope.INSTANCES_OPERATE)
    elif not actor.has(OwnRole.OPERATOR, OwnRole.HEAD):
        raise NotAllowed(f"Expected the role {OwnRole.OPERATOR} or {OwnRole.HEAD}, found {_roles(actor)}")


def may_complete(session: Session, actor: Actor, task: Task, manifest: Manifest) -> None:
    """Check that the actor may take and complete a task: agency, role, and separation of duties in the case.

    Raises NotFound for a task of another agency or case, NotAllowed otherwise.
    """
    if actor.kind is ActorKind.APPLICANT:
        _may_answer(actor, task, manifest)
        return
    _need_own(actor, task, "task")
    need_scope(actor, Scope.TASKS_WORK)
    may_take = task.assignee == actor.name or set(task.candidates).intersection(candidates(actor))
    # A step of the applicant is answered at the counter by whoever may start the process for an applicant.
    if not (may_take or actor.kind is ActorKind.SYSTEM or _at_counter(actor, task, manifest)):
        raise NotAllowed(f"Expected one of {_list(task.candidates)} for task {task.id}, found {_roles(actor)}")
    _need_separation(session, actor, task, manifest)


def may_work_job(session: Session, actor: Actor, job_id: UUID) -> None:
    """Check that the actor may answer, fail or prolong an external job. Raises NotFound, NotAllowed.

    A job that is done is not there either: its row is gone.
    """
    if actor.kind is ActorKind.KEY:
        need_scope(actor, Scope.JOBS_WORK)
    else:
        need_role(actor, OwnRole.OPERATOR)
    owner = session.execute(select(Job.agency_id, Job.kind).where(Job.id == job_id)).one_or_none()
    if owner is None or owner.kind is not JobKind.EXTERNAL or owner.agency_id != actor.agency_id:
        raise NotFound(f"Expected job {job_id}, but there is no such job, or it is done")


def may_attach(actor: Actor, owned: Owned) -> None:
    """Check that the actor may add a file to a case that it sees: of its agency, or the applicant's own."""
    if actor.kind is not ActorKind.APPLICANT:
        _need_own(actor, owned, "instance")
    need_scope(actor, Scope.TASKS_WORK)


def may_hold(session: Session, name: str, task: Task, manifest: Manifest) -> None:
    """Check that a person did nothing in the case that keeps it from doing a task. Raises NotAllowed."""
    _need_separation(session, Actor(name), task, manifest)


def may_assign(actor: Actor, task: Task) -> None:
    """Check that the actor may give a task to somebody: a head any task, everybody the own. Raises NotFound,
    NotAllowed."""
    _need_own(actor, task, "task")
    if actor.kind is ActorKind.KEY or not (actor.has(OwnRole.HEAD) or task.assignee == actor.name):
        raise NotAllowed(f"Expected the role {OwnRole.HEAD} to assign task {task.id}, found {_roles(actor)}")


def may_deploy(actor: Actor, agency_id: UUID | None) -> None:
    """Check that the actor may upload a package, for its agency or (None) for all. Raises NotAllowed."""
    if actor.kind is ActorKind.KEY:
        need_scope(actor, Scope.PROCESSES_DEPLOY)
    elif not actor.has(OwnRole.DESIGNER, OwnRole.PLATFORM):
        raise NotAllowed(f"Expected the role {OwnRole.DESIGNER}, found {_roles(actor)}")
    _need_reach(actor, agency_id)


def may_approve(actor: Actor, agency_id: UUID | None) -> None:
    """Check that the actor may approve and retire versions, of its agency or (None) for all. Raises NotAllowed."""
    if actor.kind is ActorKind.KEY or not actor.has(OwnRole.APPROVER, OwnRole.PLATFORM):
        raise NotAllowed(f"Expected the role {OwnRole.APPROVER}, found {_roles(actor)}")
    _need_reach(actor, agency_id)


def may_manage(actor: Actor, agency_id: UUID) -> None:
    """Check that the actor may manage users, keys and calendars of an agency. Raises NotFound, NotAllowed."""
    if actor.has(OwnRole.PLATFORM):
        return
    if actor.agency_id != agency_id:
        raise NotFound(f"Expected agency {agency_id}, but there is no such agency")
    if actor.kind is ActorKind.KEY or not actor.has(OwnRole.ADMIN):
        raise NotAllowed(f"Expected the role {OwnRole.ADMIN}, found {_roles(actor)}")


def may_audit(actor: Actor, agency_id: UUID | None) -> None:
    """Check that the actor may read what administrators of an agency, or of the nation (None), changed.

    Raises NotFound, NotAllowed.
    """
    if actor.has(OwnRole.PLATFORM):
        return
    if agency_id is None or actor.agency_id != agency_id:
        raise NotFound(f"Expected the agency of {actor.name}, found {agency_id or 'the nation'}")
    need_role(actor, OwnRole.ADMIN, OwnRole.AUDITOR)


def may_grant(actor: Actor, roles: Iterable[str], scopes: Iterable[str] = ()) -> None:
    """Check that a manager may give these roles to somebody, and these scopes to a key. Raises NotAllowed, Invalid.

    An agency's administrator makes nobody of the platform.
    """
    own = {role for role in roles if role.startswith("alur:")}
    if unknown := sorted(own - {role.value for role in OwnRole}):
        raise Invalid(f"Expected one of Alur's roles {_list(OwnRole)}, found {_list(unknown)}")
    if OwnRole.PLATFORM in own or Scope.METRICS_READ in scopes:
        need_role(actor, OwnRole.PLATFORM)


def may_measure(actor: Actor) -> None:
    """Check that the actor may read figures of the whole installation. Raises NotAllowed."""
    if actor.kind is ActorKind.KEY:
        need_scope(actor, Scope.METRICS_READ)
    else:
        need_role(actor, OwnRole.PLATFORM)


def need_casework(actor: Actor) -> None:
    """Check that a person has a role in cases, not only one that runs the installation. Raises NotAllowed."""
    if not _works_on_cases(actor):
        raise NotAllowed(f"Expected a role in the cases of the agency, found {_roles(actor)}")


def need_scope(actor: Actor, scope: Scope) -> None:
    """Check that a key has the scope; who is no key needs none. Raises NotAllowed."""
    if not actor.can(scope):
        raise NotAllowed(f"Expected the scope {scope} on key {actor.name}, found {_list(sorted(actor.scopes))}")


def need_role(actor: Actor, *roles: OwnRole) -> None:
    """Check that the actor is a person with one of Alur's own roles. Raises NotAllowed."""
    if actor.kind is ActorKind.KEY or not actor.has(*roles):
        raise NotAllowed(f"Expected one of the roles {_list(roles)}, found {_roles(actor)}")


def need_agency(actor: Actor) -> UUID:
    """Return the agency that the actor acts for. Raises NotAllowed if it acts for none."""
    if actor.agency_id is None:
        raise NotAllowed(f"Expected {actor.name} to act for an agency, found none chosen")
    return actor.agency_id


def _reads_cases(viewer: Actor) -> bool:
    return viewer.agency_id is not None and viewer.can(Scope.INSTANCES_READ) and _works_on_cases(viewer)


def _works_on_cases(viewer: Actor) -> bool:
    return viewer.kind is not ActorKind.USER or bool(viewer.roles - _WITHOUT_CASES)


def _may_answer(actor: Actor, task: Task, manifest: Manifest) -> None:
    if task.instance_id != actor.instance_id:
        raise NotFound(f"Expected task {task.id}, but there is no such task")
    if not is_applicants(task, manifest):
        raise NotAllowed(f"Expected task {task.id} to be the applicant's, but the agency does it")


def is_applicants(task: Task, manifest: Manifest) -> bool:
    """Tell whether a task is for the applicant to do."""
    wanted = {task.role, *task.candidates}
    return any(key in wanted and role.kind is RoleKind.APPLICANT for key, role in manifest.roles.items())


def _at_counter(actor: Actor, task: Task, manifest: Manifest) -> bool:
    return is_applicants(task, manifest) and bool(actor.roles.intersection(manifest.start.by))


def _need_separation(session: Session, actor: Actor, task: Task, manifest: Manifest) -> None:
    """Refuse who did, in the same case, a task of a role that must be somebody else's."""
    others = _separated(task.role, manifest)
    if not others:
        return
    done = session.execute(
        select(Task.step, Task.role)
        .where(
            Task.instance_id == task.instance_id,
            Task.status == TaskStatus.COMPLETED,
            Task.ended_by == actor.name,
            Task.role.in_(others),
        )
        .limit(1)
    ).one_or_none()
    if done is not None:
        raise NotAllowed(
            f"Expected another person than {actor.name} for task {task.id}: who did {done.step} as {done.role} "
            f"may not act as {task.role} in the same case",
            because="not_same_as",
            step=done.step,
        )


def _separated(role: str | None, manifest: Manifest) -> set[str]:
    """Return the roles that may not be the same person's as ``role``, whichever of the two says so."""
    own = manifest.roles.get(role or "")
    named = set(own.not_same_as) if own is not None else set()
    return named | {key for key, other in manifest.roles.items() if role in other.not_same_as}


def _need_own(actor: Actor, owned: Owned, noun: str) -> None:
    if actor.kind is not ActorKind.SYSTEM and (actor.agency_id is None or owned.agency_id != actor.agency_id):
        raise NotFound(f"Expected this {noun}, but there is no such {noun}")


def _need_reach(actor: Actor, agency_id: UUID | None) -> None:
    """Refuse what is for all agencies, or for another one, to who is not of the platform."""
    if actor.has(OwnRole.PLATFORM) or (agency_id is not None and agency_id == actor.agency_id):
        return
    whom = "all agencies" if agency_id is None else "another agency"
    raise NotAllowed(f"Expected the role {OwnRole.PLATFORM} to act for {whom}, found {_roles(actor)}")


def _roles(actor: Actor) -> str:
    return _list(sorted(actor.roles)) if actor.kind is ActorKind.USER else actor.kind.value


def _list(names: Iterable[str]) -> str:
    return ", ".join(str(name) for name in names) or "none"
