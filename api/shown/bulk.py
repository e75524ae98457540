"""How bulk starts are shown."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from api.shown.base import Shown
from engine.models import BulkStatus


class BulkStart(Shown):
    """A file whose lines are started, and how far it has come."""

    id: UUID
    process_id: str
    status: BulkStatus
    total: int = Field(description="Lines of the file")
    position: int = Field(description="Lines that are done with: started or refused")
    refused: int = Field(description="Lines of those that could not be started")
    requested_at: datetime
    requested_by: str
    ended_at: datetime | None = Field(description="null: still running")


class BulkRefusal(Shown):
    """A line that could not be started."""

    line: int = Field(description="1 is the first")
    message: str = Field(description="What was expected and found")
