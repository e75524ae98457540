"""Two versions side by side: what was added, removed, changed and moved, and what that means for running cases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from api.dependencies import Reading
from api.pages.drawing import page
from api.pages.model_words import FLOW, KINDS, SIGNS, TAGS, property_name
from api.pages.visitor import SignedIn
from api.pages.words import in_language
from api.pages.workshop import Number
from engine import definitions, drafts
from engine.bpmn.comparison import Change, ChangeKind
from engine.definitions import Compiled
from engine.drafts import Compared
from engine.instances import migration
from engine.instances.migration import Plan
from engine.packages import Package

router = APIRouter(include_in_schema=False, prefix="/workshop/{process_id}/{number}")


@dataclass(frozen=True, slots=True)
class Row:
    """What became of a step or flow, in words. ``element`` is its id in its diagram, ``marks`` its kinds of change."""

    step: str
    element: str
    name: str
    what: str
    marks: Sequence[tuple[str, str, str]]
    details: Sequence[str]


@router.get("/compare")
def show_comparison(
    request: Request,
    process_id: str,
    number: Number,
    visitor: SignedIn,
    session: Reading,
    to: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
) -> Response:
    """Show what differs between a version and another (None: the one before it, else the one after it)."""
    versions = drafts.visible_versions(session, visitor.actor, process_id)
    this = drafts.visible_version(session, visitor.actor, process_id, number)
    others = [each for each in versions if each.number != number]
    older = [each.number for each in others if each.number < number]
    chosen = to or (max(older) if older else others[-1].number if others else number)
    first, second = sorted((number, chosen))
    found = drafts.compared(session, visitor.actor, process_id, first, second)
    agency_id = visitor.actor.agency_id
    plan = Plan(found.old.id, found.new.id, {})
    standing = [] if agency_id is None or first == second else migration.standing(session, plan, agency_id)
    before, after = (definitions.compiled(session, each.id) for each in (found.old, found.new))
    names = {**before.names(visitor.language), **after.names(visitor.language)}
    return page(
        request,
        visitor,
        "workshop/compare.html",
        version=this,
        others=others,
        chosen=chosen,
        found=found,
        rows=_rows(found, names, visitor.language),
        names={"old": _by_element(before, visitor.language), "new": _by_element(after, visitor.language)},
        files=[(name, _mark(kind, visitor.language)) for name, kind in found.files.items()],
        sheets=_sheets(found, after, visitor.language),
        legend=[_mark(kind, visitor.language) for kind in ChangeKind],
        running=0 if agency_id is None else migration.count(session, plan, agency_id),
        standing=standing,
        step_names={each.step: before.step_name(each.step, visitor.language) for each in standing},
        became={each.step: each.became for each in found.changes if each.became is not None},
    )


def _rows(found: Compared, names: Mapping[str, str], language: str) -> list[Row]:
    """Return one row for each step or flow; steps first, in the order of the comparison."""
    by_step: dict[tuple[bool, str], list[Change]] = {}
    for change in found.changes:
        by_step.setdefault((change.is_flow, change.step), []).append(change)
    tags = _tags(found.packages)
    return [
        Row(
            step,
            step.rpartition(":")[2],
            names.get(step) or changes[0].name,
            in_language(FLOW if is_flow else TAGS.get(tags.get(step, ""), (tags.get(step, ""),) * 2), language),
            [_mark(each.kind, language) for each in changes],
            [_told(each, names, language) for each in changes],
        )
        for (is_flow, step), changes in by_step.items()
    ]


def _by_element(version: Compiled, language: str) -> dict[str, str]:
    """Return what a version calls its elements in a language, by their ids in the diagrams."""
    return {name.rpartition(":")[2]: text for name, text in version.names(language).items()}


def _mark(kind: ChangeKind, language: str) -> tuple[str, str, str]:
    """Return a kind of change, its sign and its word."""
    return kind.value, SIGNS[kind], in_language(KINDS[kind], language)


def _told(change: Change, names: Mapping[str, str], language: str) -> str:
    """Return what differs, in words; of what was added or removed, what it seems to be now."""
    if change.kind in (ChangeKind.ADDED, ChangeKind.REMOVED):
        ways = _ways(change, names) if change.is_flow else ""
        if change.became is None:
            return ways
        return in_language((f"tampaknya sekarang {change.became}", f"seems to be {change.became} now"), language)
    if change.is_flow and change.kind is ChangeKind.MOVED:
        return _ways(change, names)
    return ", ".join(in_language(property_name(each), language) for each in change.what)


def _ways(change: Change, names: Mapping[str, str]) -> str:
    """Return from which step to which a flow leads, by what people call them."""
    prefix = change.step.rpartition(":")[0]
    own = {name: text for name, text in names.items() if name.rpartition(":")[0] == prefix}
    return ", ".join(" → ".join(_called(step, prefix, own) for step in way.split(" → ")) for way in change.what)


def _called(step: str, prefix: str, own: Mapping[str, str]) -> str:
    return own.get(f"{prefix}:{step}" if prefix else step) or step


def _tags(packages: tuple[Package, Package]) -> Mapping[str, str]:
    """Return the tags of all steps by the names that changes give them."""
    return {
        name: node.tag
        for package in packages
        for process, node in package.nodes()
        for name in (node.id, f"{process.id}:{node.id}")
    }


def _sheets(found: Compared, after: Compiled, language: str) -> list[dict[str, Any]]:
    """Return each process that both or one of the versions has, with its files and the marks of its elements."""
    old, new = ({name: model for model in package.models for name in model.processes} for package in found.packages)
    main = found.old.process_id
    sheets = []
    for process in sorted({*old, *new}, key=lambda each: (each != main, each)):
        model = new.get(process) or old[process]
        prefix = "" if process == main else f"{process}:"
        own = [each for each in found.changes if (each.step.rpartition(":")[0] or main) == process]
        sheets.append(
            {
                "process": process,
                "name": after.names(language).get(process) or model.processes[process].name or process,
                "old": old[process].file if process in old else None,
                "new": new[process].file if process in new else None,
                "marks": [[each.step.removeprefix(prefix), each.kind.value] for each in own],
            }
        )
    return sheets
