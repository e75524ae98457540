"""Variables live in scopes: the rules of Camunda 8 for seeing, writing and mapping them.

Every token may hold variables of its own. A step sees its own and those of all enclosing scopes up to its process;
a write goes to the nearest scope that has the variable, else to the process. A called process sees nothing outside.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from engine.bpmn.tokens import Failed

if TYPE_CHECKING:
    from engine.bpmn.tokens import Token

DEEPEST: Final = 200


def visible_values(token: "Token", names: Iterable[str]) -> dict[str, Any]:
    """Return those of ``names`` that ``token`` sees, with their values."""
    values: dict[str, Any] = {}
    for name in names:
        holder = holder_of(token, name)
        if holder is not None:
            values[name] = holder.data[name]
    return values


def visible(token: "Token") -> dict[str, Any]:
    """Return all variables that ``token`` sees; inner ones hide outer ones of the same name."""
    values: dict[str, Any] = {}
    for layer in reversed(list(_layers(token))):
        values.update(layer.data)
    return values


def holder_of(token: "Token", name: str) -> "Token | None":
    """Return the nearest token that holds the variable ``name``, seen from ``token``."""
    at: Token | None = token
    while at is not None:
        if name in at.data:
            return at
        at = None if at.task_spec.isolates else at.parent
    return None


def process_of(token: "Token") -> "Token":
    """Return the token of the process, called or not, that ``token`` belongs to."""
    at = token
    while not at.task_spec.isolates:
        at = at.scope
    return at


def assign(token: "Token", name: str, value: Any) -> None:
    """Write a variable as seen from ``token``."""
    holder = holder_of(token, name) or process_of(token)
    holder.data[name] = copied(value)
    token.workflow.data_changed = True


def assign_path(token: "Token", path: tuple[str, ...], value: Any) -> None:
    """Write ``value`` under a dotted path: into a variable, or into the object that the variable holds."""
    if len(path) == 1:
        assign(token, path[0], value)
        return
    holder = holder_of(token, path[0])
    assign(token, path[0], merged(holder.data[path[0]] if holder else None, path[1:], value))


def merged(base: Any, path: tuple[str, ...], value: Any) -> Any:
    """Return ``base`` with ``value`` under ``path``; what is in the way and no object is replaced by one."""
    if not path:
        return value
    fields = dict(base) if isinstance(base, dict) else {}
    fields[path[0]] = merged(fields.get(path[0]), path[1:], value)
    return fields


def copied(value: Any, depth: int = 0) -> Any:
    """Return a JSON value whose lists and objects are shared with nobody. Raises Failed if it is nested too deep."""
    if isinstance(value, dict):
        _check_depth(depth)
        return {key: copied(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        _check_depth(depth)
        return [copied(item, depth + 1) for item in value]
    return value


def copied_all(variables: Mapping[str, Any]) -> dict[str, Any]:
    """Return variables whose values are shared with nobody. Raises Failed if a value is nested too deep."""
    return {name: copied(value) for name, value in variables.items()}


def _check_depth(depth: int) -> None:
    if depth > DEEPEST:
        raise Failed("limit", f"Expected data nested at most {DEEPEST} deep, found more")


def _layers(token: "Token") -> "Iterable[Token]":
    at: Token | None = token
    while at is not None:
        if at.data:
            yield at
        at = None if at.task_spec.isolates else at.parent
