"""The form of a task on its page: what it holds when it is opened, what was typed, and the files that came with it."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from api.pages import forms as answers
from api.pages.forms import Filled, Sheet
from api.pages.uploads import Posted
from api.pages.visitor import Visitor
from engine import definitions, documents
from engine.forms import FieldType
from engine.instances.masking import laid_over, unmasked
from engine.models import Agency, Instance, Task
from engine.tasks import TaskDetail

REVISION = "_revision"
_PLACE = re.compile(r"\[\d+\]")  # of an item in a list
_NOTHING = Filled((), {}, {})
Pairs = Sequence[tuple[str, str]]


def sheet_of(session: Session, found: TaskDetail, visitor: Visitor) -> Sheet | None:
    """Return the form of a task in the visitor's language; None: it has none."""
    task = found.task
    compiled = definitions.compiled(session, task.version_id)
    form = compiled.forms.get(task.form or "")
    if form is None:
        return None
    zone = session.get_one(Agency, session.get_one(Instance, task.instance_id).agency_id).time_zone

    def put_back(data: Mapping[str, Any]) -> Mapping[str, Any]:
        return unmasked(data, found.context, compiled.manifest, visitor.actor.roles)

    schema = compiled.form_schema(form.id, visitor.language) or form.schema
    return Sheet(form, schema, found.context, visitor.now.astimezone(ZoneInfo(zone)), put_back, found.data)


def held(sheet: Sheet | None, found: TaskDetail) -> Filled:
    """Return the form with what the case knows already and what was typed before."""
    return _NOTHING if sheet is None else answers.holding(sheet, laid_over(found.data, found.draft or {}))


def filled(sheet: Sheet | None, pairs: Pairs) -> Filled:
    """Return the form with what was sent, checked. A press on a list's button is no completion."""
    if sheet is None:
        return _NOTHING
    if not dict(pairs).get("step"):
        return answers.filled(sheet, pairs)
    found = typed(sheet, pairs)
    return Filled(found.shown, found.data, {}, more=True)


def typed(sheet: Sheet | None, pairs: Pairs) -> Filled:
    """Return the form with what was sent, unchecked: somebody is still typing."""
    if sheet is None:
        return _NOTHING
    found = answers.filled(sheet, answers.changed(pairs, dict(pairs).get("step", "")))
    return Filled(found.shown, found.data, {})


def with_files(
    session: Session, found: TaskDetail, sheet: Sheet | None, sent: Posted, visitor: Visitor
) -> list[tuple[str, str]]:
    """Keep the files for which the form asks with the case; return what was sent with their ids."""
    pairs = own_files(session, found, sheet, sent.pairs)
    asked = _pickers(sheet)
    for file in sent.files:
        if file.content and _PLACE.sub("[]", file.field) in asked:
            made = documents.attach(
                session,
                found.task.instance_id,
                file.name,
                file.content,
                actor=visitor.actor,
                now=visitor.now,
                task_id=found.task.id,
            )
            pairs.append((file.field, str(made.id)))
    return pairs


def own_files(session: Session, found: TaskDetail, sheet: Sheet | None, pairs: Pairs) -> list[tuple[str, str]]:
    """Return the pairs without files that the case does not have."""
    pickers = _pickers(sheet)
    known = {str(each) for each in documents.ids_of(session, found.task.instance_id)} if pickers else set()
    return [(name, value) for name, value in pairs if _PLACE.sub("[]", name) not in pickers or value in known]


def _pickers(sheet: Sheet | None) -> set[str]:
    if sheet is None:
        return set()
    return {path for path, field in sheet.form.fields() if field.type is FieldType.FILEPICKER}


def files_of(session: Session, task: Task, visitor: Visitor) -> dict[str, str]:
    """Return the names of a case's files by their ids."""
    return {str(each.id): each.name for each in documents.documents(session, task.instance_id, viewer=visitor.actor)}


def revision_of(pairs: Pairs) -> int | None:
    """Return the revision of the task that the page showed; None: it said none."""
    said = dict(pairs).get(REVISION, "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else None
