"""Files that belong to an instance: kept with their hash, and with the media type that the content itself shows."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import PurePosixPath
from uuid import UUID

import puremagic
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import access, instances
from engine.access import Actor, Scope
from engine.database import uuid7
from engine.errors import Invalid, NotFound, TooLarge
from engine.models import Document, DocumentContent, Task
from engine.settings import settings

LONGEST_NAME = 200
_TEXT = "text/plain"
_UNKNOWN = "application/octet-stream"
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
) -> Document:
    """Store a file with an instance that the actor may see. Raises NotFound, Invalid, TooLarge."""
    found = instances.instance(session, instance_id, viewer=actor)
    access.need_scope(actor, Scope.TASKS_WORK)
    if task_id is not None:
        task = session.get(Task, task_id)
        if task is None or task.instance_id != instance_id:
            raise NotFound(f"Expected task {task_id} in instance {instance_id}, but there is no such task")
    if len(content) > settings().document_bytes:
        raise TooLarge(f"Expected at most {settings().document_bytes} bytes, found {len(content)}")
    if not content:
        raise Invalid("Expected a file with content, found an empty one")
    document = Document(
        id=uuid7(now),
        instance_id=instance_id,
        task_id=task_id,
        agency_id=found.agency_id,
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
    locked = instances.lock(session, instance_id)
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


def file(session: Session, document_id: UUID, *, viewer: Actor) -> File:
    """Return a document with its content. Raises NotFound, also for one of another agency."""
    document = session.get(Document, document_id)
    if document is None:
        raise NotFound(f"Expected document {document_id}, but there is no such document")
    instances.instance(session, document.instance_id, viewer=viewer)
    content = session.get_one(DocumentContent, document_id).content
    return File(document, content)


def clean_name(name: str) -> str:
    """Return a file name without folders and control characters, at most 200 characters long."""
    last = PurePosixPath(name.replace("\\", "/")).name
    kept = "".join(letter for letter in last if letter.isprintable() and letter not in '"<>|:*?').strip(". ")
    return kept[:LONGEST_NAME] or "document"


def media_type(content: bytes) -> str:
    """Return the media type that the content shows. Active types and unknown content are plain bytes."""
    try:
        found = puremagic.from_string(content, mime=True)
    except (puremagic.PureError, ValueError):
        found = _TEXT if _is_text(content) else _UNKNOWN
    return _UNKNOWN if not found or found in _ACTIVE else found


def _is_text(content: bytes) -> bool:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return "\0" not in text and not text.lstrip().startswith("<")
