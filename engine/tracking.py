"""What applicants see of their cases, and what they may do there: answer, attach, send, rate.

Who an applicant is, is proved by receipt number and secret (engine.instances.track); no account is needed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import access, accounts, definitions, documents, forms, instances, tasks
from engine.access import Actor
from engine.bpmn.workflow import Workflow
from engine.definitions import Compiled
from engine.errors import Invalid, NotFound, NotPossibleNow
from engine.forms import Form
from engine.forms.values import laid_into
from engine.instances import Moved
from engine.instances.masking import masked
from engine.manifest import TermRule, is_step
from engine.models import (
    IS_OPEN_TASK,
    Agency,
    Document,
    Instance,
    InstanceStatus,
    Rating,
    Subscription,
    SubscriptionKind,
    Task,
    Term,
    TermStatus,
)
from engine.tasks import TaskDetail

# The scale of the surveys of public satisfaction (PermenPANRB 14/2017): bad, poor, good, very good.
SCORES = (1, 2, 3, 4)
LONGEST_COMMENT = 2000
_INSTANT = timedelta(microseconds=1)

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Asked:
    """A task of the applicant. ``title`` is its name by language."""

    task: Task
    title: Texts


@dataclass(frozen=True, slots=True)
class Offer:
    """A message that the applicant may send now. ``form`` None: it carries nothing."""

    name: str
    title: Texts
    form: Form | None


@dataclass(frozen=True, slots=True)
class TrackedTerm:
    """A legal term as the applicant sees it. ``due_on`` is its last day where the agency is; None: the clock stands.

    ``waits_for`` is the open step that lets the clock stand, by language; empty: it runs, or is over.
    """

    name: str
    title: Texts
    status: TermStatus
    due_at: datetime | None
    due_on: date | None
    waits_for: Texts


@dataclass(frozen=True, slots=True)
class Tracked:
    """Where a case stands, in the words of the process for citizens. ``documents`` are those that the applicant sent.

    ``rating`` None: the applicant has not rated the case; it may be rated once it is over.
    """

    instance: Instance
    agency: Agency
    process: Texts
    status: Texts
    terms: Sequence[TrackedTerm]
    asked: Sequence[Asked]
    offers: Sequence[Offer]
    documents: Sequence[Document]
    rating: Rating | None


def follow(session: Session, found: Instance) -> Tracked:
    """Return everything that the applicant of a case may see."""
    compiled = definitions.compiled(session, found.version_id)
    agency = session.get_one(Agency, found.agency_id)
    actor = applicant(found)
    sent = [each for each in documents.documents(session, found.id, viewer=actor) if each.actor == actor.name]
    return Tracked(
        instance=found,
        agency=agency,
        process=compiled.manifest.title,
        status=compiled.manifest.citizen_status.get(found.citizen_step or "", {}),
        terms=_terms(session, found, compiled, ZoneInfo(agency.time_zone)),
        asked=_asked(session, found, compiled),
        offers=_offers(session, found, compiled),
        documents=sent,
        rating=session.get(Rating, found.id),
    )


def applicant(found: Instance) -> Actor:
    """Return the actor who the applicant of a case is."""
    return accounts.applicant_actor(found.receipt, found.id)


def asked(session: Session, found: Instance, task_id: UUID) -> TaskDetail:
    """Return a task of the applicant with its form and what it shows: confidential data only if it is the applicant's.

    Raises NotFound, NotAllowed for the agency's.
    """
    actor, compiled = applicant(found), _compiled(session, found)
    detail = tasks.detail(session, task_id, viewer=actor)
    access.may_complete(session, actor, detail.task, compiled.manifest)
    shown = masked(detail.context, compiled.manifest, actor.roles, own=_own_paths(session, found, compiled))
    return replace(detail, data=shown)


def _own_paths(session: Session, found: Instance, compiled: Compiled) -> set[str]:
    """Return the paths of what applicants write: in the start form, and in what this one has answered and sent."""
    manifest = compiled.manifest
    answered = session.scalars(
        select(Task.form).where(Task.instance_id == found.id, Task.ended_by == applicant(found).name)
    )
    sent = (rule.form for rule in manifest.messages.values() if not manifest.applicant_roles.isdisjoint(rule.by))
    names = {*answered, *sent}
    if not manifest.applicant_roles.isdisjoint(manifest.start.by):
        names.add(manifest.start.form)
    written = (compiled.forms[name].fields() for name in names if name in compiled.forms)
    return {path for each in written for path, field in each if not field.disabled and field.computed is None}


def answer(session: Session, found: Instance, task_id: UUID, data: Mapping[str, Any], *, now: datetime) -> Moved:
    """Complete a task of the applicant. Raises as ``tasks.complete``."""
    return tasks.complete(session, task_id, data, actor=applicant(found), now=now)


def attach(
    session: Session, found: Instance, name: str, content: bytes, *, now: datetime, task_id: UUID | None = None
) -> Document:
    """Add a file to the case, or to what is asked (``task_id``).

    Raises NotPossibleNow for a case that is over, NotAllowed for a task of the agency, and as ``documents.attach``.
    """
    if found.status is not InstanceStatus.RUNNING:
        raise NotPossibleNow(f"Expected a running case to add a file to, but {found.receipt} is {found.status}")
    if task_id is not None:
        asked(session, found, task_id)
    return documents.attach(session, found.id, name, content, actor=applicant(found), now=now, task_id=task_id)


def send(session: Session, found: Instance, name: str, data: Mapping[str, Any], *, now: datetime) -> Moved:
    """Send a message that the process offers the applicant, such as an objection, with what was entered in its form.

    Raises NotFound for a message that applicants do not send, NotPossibleNow while the case does not wait for it,
    Invalid for data that the form refuses (facts: ``fields``).
    """
    compiled = _compiled(session, found)
    rule = compiled.manifest.messages.get(name)
    if rule is None or compiled.manifest.applicant_roles.isdisjoint(rule.by):
        raise NotFound(f"Expected a message that applicants of {compiled.process_id} send, found {name[:100]}")
    locked = instances.lock(session, found.id)
    instances.check_running(locked)
    waits = _waiting(session, found).get(name)
    if waits is None or waits.token is None:
        raise NotPossibleNow(f"Expected case {found.receipt} to wait for the message {name}, but it does not")
    token, form = waits.token, compiled.forms.get(rule.form or "")
    carried = _carried(form, data, now.astimezone(locked.zone))

    def act(workflow: Workflow) -> None:
        laid = carried if form is None else laid_into(form.components, workflow.seen(token) or {}, carried)
        workflow.deliver_message(token, laid, now=now)

    facts = {"name": name, "from": applicant(found).name, "data": carried}
    return instances.move_locked(
        session, locked, act, kind="message.received", actor=applicant(found), now=now, step=waits.step, facts=facts
    )


def rate(session: Session, found: Instance, score: int, comment: str | None, *, now: datetime) -> Rating:
    """Note what the applicant thought of how the case was handled, once, when it is over.

    Raises Invalid for a score that is none of ``SCORES``, NotPossibleNow before the end, or a second time (``at``).
    """
    if score not in SCORES or len(comment or "") > LONGEST_COMMENT:
        raise Invalid(f"Expected a score from 1 to 4 and at most {LONGEST_COMMENT} letters, found {score}")
    locked = instances.lock(session, found.id)
    if locked.ended_at is None:
        raise NotPossibleNow(f"Expected a case that is over to be rated, but {found.receipt} is running")
    known = session.get(Rating, found.id, populate_existing=True)
    if known is not None:
        raise NotPossibleNow(f"Expected {found.receipt} to be rated once, but it was rated at {known.at}", at=known.at)
    made = Rating(instance_id=found.id, score=score, comment=comment or None, at=now)
    session.add(made)
    session.flush()
    instances.note(
        session,
        locked,
        lambda situation: situation.record("instance.rated", None, {"score": score}),
        actor=applicant(found),
        now=now,
    )
    return made


def _compiled(session: Session, found: Instance) -> Compiled:
    return definitions.compiled(session, found.version_id)


def _asked(session: Session, found: Instance, compiled: Compiled) -> list[Asked]:
    query = select(Task).where(Task.instance_id == found.id, IS_OPEN_TASK).order_by(Task.id)
    mine = (each for each in session.scalars(query) if access.is_applicants(each, compiled.manifest))
    return [Asked(each, compiled.step_names(each.step)) for each in mine]


def _offers(session: Session, found: Instance, compiled: Compiled) -> list[Offer]:
    waiting = _waiting(session, found)
    own = compiled.manifest.applicant_roles
    return [
        Offer(name, rule.title, compiled.forms.get(rule.form or ""))
        for name, rule in compiled.manifest.messages.items()
        if name in waiting and not own.isdisjoint(rule.by)
    ]


def _waiting(session: Session, found: Instance) -> dict[str, Subscription]:
    """Return the messages that the case waits for, each with the step that has waited longest."""
    query = select(Subscription).where(
        Subscription.instance_id == found.id, Subscription.kind == SubscriptionKind.MESSAGE
    )
    first: dict[str, Subscription] = {}
    for each in session.scalars(query.order_by(Subscription.id)):
        first.setdefault(each.name, each)
    return first


def _carried(form: Form | None, data: Mapping[str, Any], local_now: datetime) -> dict[str, Any]:
    if form is not None:
        return forms.accepted(form, data, context={}, now=local_now)
    if data:
        raise Invalid("Expected no data, because the message has no form, found some")
    return {}


def _terms(session: Session, found: Instance, compiled: Compiled, zone: ZoneInfo) -> list[TrackedTerm]:
    rules = compiled.manifest.terms
    query = select(Term).where(Term.instance_id == found.id).order_by(Term.started_at, Term.id)
    steps = session.scalars(select(Task.step).where(Task.instance_id == found.id, IS_OPEN_TASK)).all()
    return [
        TrackedTerm(
            name=row.name,
            title=rules[row.name].title if row.name in rules else {},
            status=row.status,
            due_at=row.due_at,
            # A term of days is passed from the midnight after its last day.
            due_on=None if row.due_at is None else (row.due_at - _INSTANT).astimezone(zone).date(),
            waits_for=_waits_for(row, rules.get(row.name), steps, compiled),
        )
        for row in session.scalars(query)
    ]


def _waits_for(row: Term, rule: TermRule | None, steps: Sequence[str], compiled: Compiled) -> Texts:
    if row.status is not TermStatus.STOPPED or rule is None:
        return {}
    standing = (step for step in steps for named in rule.stops if is_step(named, step))
    step = next(standing, None)
    return {} if step is None else compiled.step_names(step)
