"""Files that belong to an instance: kept with their hash, and with the media type that the content itself shows."""

import io
import zipfile
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import PurePosixPath
from uuid import UUID

import puremagic
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import access, instances
from engine.access import Actor
from engine.database import uuid7
from engine.errors import Invalid, NotFound, NotPossibleNow, TooLarge
from engine.models import Document, DocumentContent, Task
from engine.settings import settings

LONGEST_NAME = 200
# Files of one case: more than any process asks for, so that nobody can fill the database through one.
MOST = 200
_LONGEST_SUFFIX = 10
_TEXT = "text/plain"
_UNKNOWN = "application/octet-stream"
_ZIP = "application/zip"
_OFFICE = {
    "word": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ppt": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
# Formats that may be text from end to end.
_WRITTEN = (b"%PDF-", b"{\\rtf")
# What a browser could run is kept, but given out as bytes without a meaning.
_ACTIVE = frozenset(("text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", "application/xml"))


@dataclass(frozen=True, slots=True)
class File:
    """A document with its content."""

    document: Document
    content: bytes


def attach(
    session: Session,
    instance_id: UUID,
    name: str,
    content: bytes,
    *,
    actor: Actor,
    now: datetime,
    task_id: UUID | None = None,
    document_id: UUID | None = None,
) -> Document:
    """Store a file with an instance of the actor's agency, or of the applicant. ``document_id`` None: a new one.

    Raises NotFound, NotAllowed, Invalid for an empty one, TooLarge, NotPossibleNow if the case holds ``MOST`` files.
    """
    # Before the document's row: that would take a weaker lock on the instance, and two could wait for each other.
    locked = instances.lock(session, instance_id)
    access.may_attach(actor, instances.instance(session, instance_id, viewer=actor))
    _need_task_of(session, task_id, instance_id)
    _need_size(content)
    if (session.scalar(select(func.count()).where(Document.instance_id == instance_id)) or 0) >= MOST:
        raise NotPossibleNow(f"Expected at most {MOST} files in instance {instance_id}, found that many")
    document = Document(
        id=document_id or uuid7(now),
        instance_id=instance_id,
        task_id=task_id,
        agency_id=locked.agency_id,
        name=clean_name(name),
        media_type=media_type(content),
        size_bytes=len(content),
        sha256=sha256(content).hexdigest(),
        at=now,
        actor=actor.name,
    )
    session.add(document)
    session.flush()
    session.add(DocumentContent(document_id=document.id, content=content))
    session.flush()
    facts = {"document": str(document.id), "name": document.name, "sha256": document.sha256}
    instances.note(
        session,
        locked,
        lambda situation: situation.record("document.attached", None, facts),
        actor=actor,
        now=now,
    )
    return document


def documents(session: Session, instance_id: UUID, *, viewer: Actor) -> list[Document]:
    """Return the documents of an instance, oldest first. Raises NotFound."""
    instances.instance(session, instance_id, viewer=viewer)
    query = select(Document).where(Document.instance_id == instance_id).order_by(Document.id)
    return list(session.scalars(query))


def ids_of(session: Session, instance_id: UUID) -> list[UUID]:
    """Return the ids of the documents of an instance, for who may see it already."""
    return list(session.scalars(select(Document.id).where(Document.instance_id == instance_id)))


def file(session: Session, document_id: UUID, *, viewer: Actor) -> File:
    """Return a document with its content. Raises NotFound, also for one of another agency."""
    document = session.get(Document, document_id)
    if document is None:
        raise NotFound(f"Expected document {document_id}, but there is no such document")
    instances.instance(session, document.instance_id, viewer=viewer)
    content = session.get_one(DocumentContent, document_id).content
    return File(document, content)


def _need_task_of(session: Session, task_id: UUID | None, instance_id: UUID) -> None:
    if task_id is not None and session.scalar(select(Task.instance_id).where(Task.id == task_id)) != instance_id:
        raise NotFound(f"Expected task {task_id} in instance {instance_id}, but there is no such task")


def _need_size(content: bytes) -> None:
    if len(content) > settings().document_bytes:
        raise TooLarge(f"Expected at most {settings().document_bytes} bytes, found {len(content)}")
    if not content:
        raise Invalid("Expected a file with content, found an empty one")


def clean_name(name: str) -> str:
    """Return a file name without folders and control characters, at most 200 characters long; its ending is kept."""
    last = PurePosixPath(name.replace("\\", "/")).name
    kept = "".join(letter for letter in last if letter.isprintable() and letter not in '"<>|:*?').strip(". ")
    suffix = PurePosixPath(kept).suffix
    if len(kept) > LONGEST_NAME and len(suffix) <= _LONGEST_SUFFIX:
        kept = kept[: LONGEST_NAME - len(suffix)] + suffix
    return kept[:LONGEST_NAME] or "document"


def media_type(content: bytes) -> str:
    """Return the media type that the content shows. Active types and unknown content are plain bytes."""
    # Signatures of two letters are found in words too ("BM…" is no picture), and every zip looks like a Word file.
    if not content.startswith(_WRITTEN) and _is_text(content):
        return _TEXT
    if content.startswith(b"PK\x03\x04"):
        return _archive_type(content)
    try:
        found = puremagic.from_string(content, mime=True)
    except (puremagic.PureError, ValueError):
        found = _UNKNOWN
    return _UNKNOWN if not found or found in _ACTIVE else found


def _archive_type(content: bytes) -> str:
    """Return what a zip is: an office document says so by what is in it."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            tops = {name.partition("/")[0] for name in archive.namelist()}
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return _UNKNOWN
    return next((kind for top, kind in _OFFICE.items() if top in tops), _ZIP)


def _is_text(content: bytes) -> bool:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return "\0" not in text and not text.lstrip().startswith("<")
