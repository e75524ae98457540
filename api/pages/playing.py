"""Scenarios of a version played: each path step by step on the diagram, and what none of them passes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response

from api.dependencies import AllSessions, Reading
from api.pages.drawing import page
from api.pages.history import act
from api.pages.visitor import Fields, SignedIn, Visitor
from api.pages.workshop import Number
from api.processes import PACKAGES
from engine import access, definitions, drafts
from engine.access import OwnRole
from engine.database import reading
from engine.definitions import Compiled
from engine.errors import Invalid, NotFound
from engine.models import Version
from engine.packages import read_package
from engine.rehearsals import rehearse_safely
from engine.stories import Story

router = APIRouter(include_in_schema=False, prefix="/workshop/{process_id}/{number}/play")
_PLAYERS = (OwnRole.DESIGNER, OwnRole.APPROVER, OwnRole.PLATFORM)


@dataclass(frozen=True, slots=True)
class Passage:
    """An act of a scenario in words, and the ids that the diagram needs. ``steps`` are the names that were reached."""

    at: datetime
    told: str
    actor: str
    steps: tuple[str, ...]
    flows: tuple[str, ...]
    entered: tuple[str, ...]
    left: tuple[str, ...]


@router.get("")
def show_scenarios(request: Request, process_id: str, number: Number, visitor: SignedIn, session: Reading) -> Response:
    """List the scenarios of a version."""
    access.need_role(visitor.actor, *_PLAYERS)
    found = drafts.visible_version(session, visitor.actor, process_id, number)
    return _page(request, visitor, found, _stories(found))


@router.post("")
def play(
    request: Request, process_id: str, number: Number, fields: Fields, visitor: SignedIn, sessions: AllSessions
) -> Response:
    """Play all scenarios, or one, in a process of its own; nothing is stored."""
    access.need_role(visitor.actor, *_PLAYERS)
    with reading(sessions) as session:
        found = drafts.visible_version(session, visitor.actor, process_id, number)
        stories = _stories(found)
    only = fields.get("only", "")
    if only and only not in stories:
        raise NotFound(f"Expected a scenario of the package, found none called {only[:100]!r}")
    # With the other scenarios taken out, the one is all that is played and counted.
    others = {name: None for name in stories if only and name != only}
    try:
        with PACKAGES.turn():
            told = rehearse_safely(drafts.changed(found, others))
    except Invalid as refusal:
        refused = [finding.as_dict() for finding in refusal.findings]
        return _page(request, visitor, found, stories, status=422, refused=refused)
    with reading(sessions) as session:
        compiled = definitions.compiled(session, found.id)
    return _page(request, visitor, found, stories, only=only, **_results(told, compiled, visitor.language))


def _stories(version: Version) -> dict[str, Story]:
    return {story.file: story for story in read_package(version.package, checked=True).stories}


def _results(told: Mapping[str, Any], compiled: Compiled, language: str) -> dict[str, Any]:
    """Return what the page shows of what was played."""
    main = compiled.process_id
    names = {name.rpartition(":")[2]: text for name, text in compiled.names(language).items()}
    return {
        "played": [
            {**one, "path": [_passage(each, compiled, language) for each in one["path"]]} for one in told["scenarios"]
        ],
        "coverage": told["coverage"],
        "total": told["all"],
        "sheets": [
            {
                "process": covered["process"],
                "name": compiled.step_name(covered["process"], language),
                "file": compiled.diagrams[covered["process"]],
                "missed": sorted({each for kind in ("flows", "ends", "timers") for each in covered[kind]["missed"]}),
            }
            for covered in told["coverage"]
        ],
        "main": main,
        "names": names,
        "name_of": lambda process, element: compiled.step_name(
            element if process == main else f"{process}:{element}", language
        ),
    }


def _passage(told: Mapping[str, Any], compiled: Compiled, language: str) -> Passage:
    step = told["step"]
    reached = [each for each in told["entered"] if each in compiled.steps and each != compiled.process_id]
    named = [(each.rpartition(":")[2], compiled.step_name(each, language)) for each in dict.fromkeys(reached)]
    return Passage(
        at=datetime.fromisoformat(told["at"]),
        told=act(told["kind"], compiled.step_name(step, language) if step else "", language),
        actor=told["actor"],
        steps=tuple(name for element, name in named if name != element),
        flows=tuple(told["flows"]),
        entered=tuple(told["entered"]),
        left=tuple(told["left"]),
    )


def _page(
    request: Request,
    visitor: Visitor,
    version: Version,
    stories: Mapping[str, Story],
    *,
    status: int = 200,
    **results: Any,
) -> Response:
    """Without ``results`` nothing was played yet."""
    nothing: dict[str, Any] = {"played": None, "refused": None, "only": ""}
    return page(
        request,
        visitor,
        "workshop/play.html",
        status=status,
        version=version,
        stories=stories,
        **{**nothing, **results},
    )
