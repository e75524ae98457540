"""Compare two versions of a process: which steps and flows were added, removed, changed or moved."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum
from typing import Any

from engine.bpmn.model import Flow, Model, Node, Scope
from engine.findings import Place
from engine.gate import Element

# Of a node: where it stands, rather than what it does.
_POSITION = frozenset(("incoming", "outgoing", "lane"))
_APART = frozenset(("id", "place", "inside", "default", *_POSITION))


class ChangeKind(StrEnum):
    """``moved``: the same step, in another sub-process, lane, or between other steps. It may be changed as well."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. ``step`` is named as waits name it: ``process:element`` in a process beside the main one.

    ``what`` are the properties that differ, as the model calls them (``work.form``, ``events``, ``lane``, ``after``);
    of an added or removed step, its tag. ``became`` is the id that a removed step seems to have now: it has the same
    kind and name. ``is_flow``: it is a sequence flow.
    """

    kind: ChangeKind
    step: str
    name: str
    what: tuple[str, ...]
    became: str | None = None
    is_flow: bool = False


@dataclass(frozen=True, slots=True)
class _Placed:
    """A node with where it stands: the element that holds it, and the steps before and after it."""

    node: Node
    holder: str
    before: frozenset[str]
    after: frozenset[str]


def compare(process_id: str, old: Sequence[Model], new: Sequence[Model]) -> list[Change]:
    """Return what differs between the models of two versions, in the order of the models: steps, then flows."""
    before, after = dict(_steps(process_id, old)), dict(_steps(process_id, new))
    added = {name: placed for name, placed in after.items() if name not in before}
    changes = [_removed(name, placed, added) for name, placed in before.items() if name not in after]
    changes += [Change(ChangeKind.ADDED, name, placed.node.name, (placed.node.tag,)) for name, placed in added.items()]
    for name, placed in after.items():
        if name in before:
            changes += _differences(name, before[name], placed)
    return [*changes, *_flow_changes(dict(_flows(process_id, old)), dict(_flows(process_id, new)))]


def _removed(name: str, placed: _Placed, added: Mapping[str, _Placed]) -> Change:
    node = placed.node
    alike = [
        other
        for other, each in added.items()
        if each.node.tag == node.tag and each.node.name == node.name and (node.name or each.before == placed.before)
    ]
    return Change(ChangeKind.REMOVED, name, node.name, (node.tag,), became=alike[0] if len(alike) == 1 else None)


def _differences(name: str, old: _Placed, new: _Placed) -> Iterator[Change]:
    changed = tuple(_unlike(old.node, new.node))
    if changed:
        yield Change(ChangeKind.CHANGED, name, new.node.name, changed)
    where = {
        "in": old.holder == new.holder,
        "lane": old.node.lane == new.node.lane,
        "after": old.before == new.before,
        "before": old.after == new.after,
    }
    moved = tuple(what for what, same in where.items() if not same)
    if moved:
        yield Change(ChangeKind.MOVED, name, new.node.name, moved)


def _unlike(old: Any, new: Any, path: str = "") -> Iterator[str]:
    """Yield the properties in which two nodes differ, those of their work one by one."""
    for each in fields(old):
        if not path and each.name in _APART:
            continue
        before, after = getattr(old, each.name), getattr(new, each.name)
        if each.name == "work":
            yield from _unlike(before, after, "work.")
        elif _meaning(before) != _meaning(after):
            yield path + each.name


def _meaning(value: Any) -> Any:
    """Return a piece of a model without the places where it was written."""
    if isinstance(value, Place | Element):
        return None
    if is_dataclass(value) and not isinstance(value, type):
        return [_meaning(getattr(value, each.name)) for each in fields(value) if each.compare]
    if isinstance(value, tuple):
        return [_meaning(each) for each in value]
    if isinstance(value, Mapping):
        return {key: _meaning(each) for key, each in value.items()}
    return value


def _steps(process_id: str, models: Sequence[Model]) -> Iterator[tuple[str, _Placed]]:
    for model in models:
        for process in model.processes.values():
            prefix = "" if process.id == process_id else f"{process.id}:"
            yield from _placed(process.scope, process.id, prefix)


def _placed(scope: Scope, holder: str, prefix: str) -> Iterator[tuple[str, _Placed]]:
    for node in scope.nodes.values():
        before = frozenset(scope.flows[flow].source for flow in node.incoming)
        after = frozenset(scope.flows[flow].target for flow in node.outgoing)
        yield f"{prefix}{node.id}", _Placed(node, holder, before, after)
        if node.inside is not None:
            yield from _placed(node.inside, node.id, prefix)


def _flows(process_id: str, models: Sequence[Model]) -> Iterator[tuple[str, tuple[Flow, bool]]]:
    """Yield the sequence flows by name, each with whether it is the default."""
    for model in models:
        for process in model.processes.values():
            prefix = "" if process.id == process_id else f"{process.id}:"
            scopes = [process.scope, *(node.inside for _scope, node in process.scope.everything() if node.inside)]
            for scope in scopes:
                defaults = {node.default for node in scope.nodes.values()}
                for flow in scope.flows.values():
                    yield f"{prefix}{flow.id}", (flow, flow.id in defaults)


def _flow_changes(old: Mapping[str, tuple[Flow, bool]], new: Mapping[str, tuple[Flow, bool]]) -> Iterator[Change]:
    for name, (flow, _default) in old.items():
        if name not in new:
            yield Change(ChangeKind.REMOVED, name, flow.name, (f"{flow.source} → {flow.target}",), is_flow=True)
    for name, (flow, is_default) in new.items():
        if name not in old:
            yield Change(ChangeKind.ADDED, name, flow.name, (f"{flow.source} → {flow.target}",), is_flow=True)
            continue
        before, was_default = old[name]
        if (before.source, before.target) != (flow.source, flow.target):
            yield Change(ChangeKind.MOVED, name, flow.name, (f"{flow.source} → {flow.target}",), is_flow=True)
        same = {
            "name": before.name == flow.name,
            "condition": _meaning(before.condition) == _meaning(flow.condition),
            "default": was_default == is_default,
        }
        changed = tuple(what for what, is_same in same.items() if not is_same)
        if changed:
            yield Change(ChangeKind.CHANGED, name, flow.name, changed, is_flow=True)
