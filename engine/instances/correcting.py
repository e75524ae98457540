"""Correct single values of a case, as a supervisor sees them: each keeps its kind, and the start form's rules hold."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from engine import access, definitions, forms
from engine.access import Actor
from engine.bpmn.workflow import Workflow
from engine.definitions import Compiled
from engine.errors import Invalid
from engine.forms import Field, FieldError, FieldType
from engine.forms.values import put
from engine.instances.acts import set_variables
from engine.instances.lists import instance
from engine.instances.masking import MASK, hidden_paths, leaves, masked
from engine.instances.moving import Moved, check_running, lock, look
from engine.instances.own import OWN

# Fields that hold more than one value, or none that was entered.
_OTHERS = frozenset((FieldType.CHECKLIST, FieldType.TAGLIST, FieldType.FILEPICKER, FieldType.EXPRESSION))


@dataclass(frozen=True, slots=True)
class Correctable:
    """A value that may be corrected, by its dotted path. ``field`` is that of the start form; None: of no form."""

    path: str
    value: str | int | float | bool | None
    field: Field | None


def correctable(session: Session, instance_id: UUID, *, viewer: Actor) -> list[Correctable]:
    """Return the values of an instance that the viewer may read and correct: those of the start form in its order, then
    the others by path.

    Left out are lists, what Alur itself writes, and what is masked from the viewer. Raises NotFound, NotAllowed.
    """
    found = instance(session, instance_id, viewer=viewer)
    access.may_operate(session, viewer, found)
    compiled = definitions.compiled(session, found.version_id)
    return list(_correctable(compiled, look(session, instance_id, Workflow.variables), viewer.roles))


def correct(
    session: Session,
    instance_id: UUID,
    values: Mapping[str, Any],
    *,
    actor: Actor,
    now: datetime,
    reason: str,
    expected_revision: int | None = None,
) -> Moved:
    """Write single values, by path, as ``set_variables`` does; None empties one.

    Raises NotFound, NotAllowed, Stale, NotPossibleNow, and Invalid (facts: ``fields``) for a path that is not
    correctable, a value of another kind than before, or one that the start form refuses.
    """
    locked = lock(session, instance_id)
    access.may_operate(session, actor, locked)
    check_running(locked, expected_revision)
    compiled = definitions.compiled(session, locked.version_id)
    variables = look(session, instance_id, Workflow.variables)
    known = {each.path: each for each in _correctable(compiled, variables, actor.roles)}
    changed = dict(variables)
    for path, value in values.items():
        put(changed, tuple(path.split(".")), value)
    errors = [*_of_another_kind(known, values), *_refused(compiled, changed, values, now.astimezone(locked.zone))]
    if errors:
        fields = [error.as_dict() for error in errors]
        raise Invalid(f"Expected values that may stand in the case, found {len(fields)} faults", fields=fields)
    tops = {path.partition(".")[0] for path in values}
    return set_variables(session, instance_id, {top: changed[top] for top in tops}, actor=actor, now=now, reason=reason)


def _correctable(compiled: Compiled, variables: Mapping[str, Any], roles: Collection[str]) -> Iterator[Correctable]:
    hidden = hidden_paths(compiled.manifest, roles)
    shown = masked({key: value for key, value in variables.items() if key not in OWN}, compiled.manifest, roles)
    found = dict(leaves(shown))
    form = compiled.forms.get(compiled.manifest.start.form or "")
    fields = {} if form is None else dict(form.fields())
    for path, field in fields.items():
        if "[]" in path or field.type in _OTHERS or _is_hidden(path, hidden):
            continue
        value = found.pop(path, None)
        if _is_single(value):
            yield Correctable(path, value, field)
    for path, value in sorted(found.items()):
        if value is not None and value != MASK and _is_single(value) and path not in fields:
            yield Correctable(path, value, None)


def _is_hidden(path: str, hidden: Collection[str]) -> bool:
    return any(f"{path}.".startswith(f"{each}.") for each in hidden)


def _is_single(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float | bool)


def _of_another_kind(known: Mapping[str, Correctable], values: Mapping[str, Any]) -> Iterator[FieldError]:
    for path, value in values.items():
        if path not in known:
            texts = {"id": "Nilai ini tidak dapat dikoreksi.", "en": "This value cannot be corrected."}
            yield FieldError(path, "unknown", texts)
        elif value is not None and known[path].value is not None and _kind(value) is not _kind(known[path].value):
            texts = {"id": "Isinya harus sejenis dengan yang lama.", "en": "It must be of the same kind as before."}
            yield FieldError(path, "kind", texts)


def _kind(value: Any) -> type:
    return float if isinstance(value, int) and not isinstance(value, bool) else type(value)


def _refused(
    compiled: Compiled, variables: Mapping[str, Any], values: Mapping[str, Any], now: datetime
) -> Iterator[FieldError]:
    """Yield what the start form finds wrong with values that are new. Old faults are not the corrector's."""
    for error in faults_of_start(compiled, variables, now):
        if error.path in values:
            yield error


def faults_of_start(compiled: Compiled, variables: Mapping[str, Any], now: datetime) -> Sequence[FieldError]:
    """Return what the start form of a process finds wrong with the variables of a case."""
    form = compiled.forms.get(compiled.manifest.start.form or "")
    if form is None:
        return ()
    asked = {path.partition(".")[0].removesuffix("[]") for path, _field in form.fields()}
    entered = {name: value for name, value in variables.items() if name in asked}
    return forms.check(form, entered, context=variables, now=now).errors
