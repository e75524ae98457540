"""The page of a case: everything of one instance that its reader may see, and where its open tasks are."""

from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy import select

from api.dependencies import Reading
from api.pages.casefile import IMAGES, SHOWN, case_file
from api.pages.drawing import page
from api.pages.visitor import SignedIn
from api.pages.words import incident_words
from engine import access, incidents
from engine.database import Page
from engine.models import IS_OPEN_TASK, Task

router = APIRouter(include_in_schema=False, prefix="/cases")


@router.get("/{instance_id}")
def show_case(instance_id: UUID, request: Request, visitor: SignedIn, session: Reading) -> Response:
    """Show a case: what it is about, its open tasks, terms, files, history, and its place in the diagram."""
    file = case_file(session, instance_id, visitor)
    open_tasks = session.scalars(
        select(Task)
        .where(IS_OPEN_TASK, Task.instance_id == instance_id, access.visible_tasks(visitor.actor))
        .order_by(Task.order_at, Task.id)
    ).all()
    standing = incidents.incidents(session, visitor.actor, Page(), instance_id=instance_id).items
    return page(
        request,
        visitor,
        "case/page.html",
        file=file,
        tasks=open_tasks,
        incidents=standing,
        may_retry=incidents.may_retry(visitor.actor),
        words=incident_words,
        images=IMAGES,
        shown=SHOWN,
    )
