"""The workshop: processes and their versions, from draft to force. The editors of their files are in ``editors``."""

from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from api.dependencies import AllSessions, Reading, Transaction
from api.pages.drawing import go, page
from api.pages.visitor import Fields, SignedIn, Visitor
from engine import definitions, drafts
from engine.access import OwnRole
from engine.archives import read_files
from engine.database import reading
from engine.errors import Invalid
from engine.models import Version, VersionStatus

router = APIRouter(include_in_schema=False, prefix="/workshop")
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
_EDITORS = {"bpmn": "model", "dmn": "table", "json": "form"}


@dataclass(frozen=True, slots=True)
class Shelf:
    """A process with its versions, newest first. ``in_force``: the one that is started now; None: none."""

    process_id: str
    versions: list[Version]
    in_force: Version | None

    @property
    def newest(self) -> Version:
        """The newest version."""
        return self.versions[0]


@dataclass(frozen=True, slots=True)
class Part:
    """A file of a package, and which editor opens it."""

    name: str
    editor: str
    size: int


@router.get("")
def show_catalogue(request: Request, visitor: SignedIn, session: Reading) -> Response:
    """Show every process that the visitor's agency may use, and what waits for approval."""
    found = drafts.visible_versions(session, visitor.actor)
    waiting = [each for each in found if each.status is VersionStatus.DRAFT and each.submitted_at is not None]
    shelves = _shelves(found, visitor)
    return page(
        request,
        visitor,
        "workshop/catalogue.html",
        shelves=shelves,
        waiting=waiting,
        can_edit=visitor.actor.has(OwnRole.DESIGNER, OwnRole.PLATFORM),
    )


@router.get("/{process_id}/{number}")
def show_version(
    request: Request, process_id: str, number: Number, visitor: SignedIn, sessions: AllSessions
) -> Response:
    """Show a version: what it is, its files, what the linter said, and what may be done with it."""
    return _version_page(request, visitor, sessions, process_id, number, None)


@router.get("/{process_id}/{number}/package.zip")
def download(process_id: str, number: Number, visitor: SignedIn, session: Reading) -> Response:
    """Return the package of a version, for another tool."""
    found = drafts.visible_version(session, visitor.actor, process_id, number)
    disposition = f'attachment; filename="{process_id}-{number}.zip"'
    return Response(found.package, media_type="application/zip", headers={"Content-Disposition": disposition})


@router.post("/{process_id}/{number}/submit")
def submit(process_id: str, number: Number, _fields: Fields, visitor: SignedIn, session: Transaction) -> Response:
    """Hand in a draft."""
    found = drafts.visible_version(session, visitor.actor, process_id, number)
    drafts.submit(session, found.id, actor=visitor.actor, now=visitor.now)
    return go(_path(found), done="submitted")


@router.post("/{process_id}/{number}/approve")
def approve(
    request: Request, process_id: str, number: Number, fields: Fields, visitor: SignedIn, sessions: AllSessions
) -> Response:
    """Approve a draft, with the day from which it is used."""
    try:
        day = date.fromisoformat(fields.get("in_force_from", ""))
        with sessions.begin() as session:
            found = drafts.visible_version(session, visitor.actor, process_id, number)
            definitions.approve(session, found.id, actor=visitor.actor, now=visitor.now, in_force_from=day)
    except (ValueError, Invalid):
        return _version_page(request, visitor, sessions, process_id, number, "in_force_from")
    return go(f"/workshop/{process_id}/{number}", done="approved")


@router.post("/{process_id}/{number}/retire")
def retire(process_id: str, number: Number, _fields: Fields, visitor: SignedIn, session: Transaction) -> Response:
    """Let no further case be started under a version."""
    found = drafts.visible_version(session, visitor.actor, process_id, number)
    definitions.retire(session, found.id, actor=visitor.actor, now=visitor.now)
    return go(_path(found), done="retired")


def _version_page(
    request: Request, visitor: Visitor, sessions: AllSessions, process_id: str, number: int, wrong: str | None
) -> Response:
    """``wrong``: the field that was refused; None: none was."""
    with reading(sessions) as session:
        found = drafts.visible_version(session, visitor.actor, process_id, number)
        versions = drafts.visible_versions(session, visitor.actor, process_id)
        return page(
            request,
            visitor,
            "workshop/version.html",
            status=200 if wrong is None else 422,
            version=found,
            shelf=_shelves(versions, visitor)[0],
            files=_parts(found),
            can_edit=visitor.actor.has(OwnRole.DESIGNER, OwnRole.PLATFORM),
            can_approve=visitor.actor.has(OwnRole.APPROVER, OwnRole.PLATFORM)
            and (found.agency_id is not None or visitor.actor.has(OwnRole.PLATFORM)),
            can_play=visitor.actor.has(OwnRole.DESIGNER, OwnRole.APPROVER, OwnRole.PLATFORM),
            can_move=len(versions) > 1 and visitor.actor.has(OwnRole.OPERATOR, OwnRole.HEAD),
            is_own=found.deployed_by == visitor.actor.name,
            wrong=wrong,
        )


def _shelves(versions: list[Version], visitor: Visitor) -> list[Shelf]:
    shelves = []
    for process_id, group in groupby(versions, key=lambda each: each.process_id):
        listed = list(group)
        used = (
            each for each in listed if each.status is VersionStatus.APPROVED and each.in_force_from <= visitor.today
        )
        shelves.append(Shelf(process_id, listed, next(used, None)))
    return shelves


def _parts(version: Version) -> list[Part]:
    files = read_files(version.package)
    return [Part(name, _EDITORS.get(name.rpartition(".")[2], "text"), len(files[name])) for name in sorted(files)]


def _path(version: Version) -> str:
    return f"/workshop/{version.process_id}/{version.number}"
