"""What all answers share."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from api.cursors import sealed
from engine.database import Slice

Item = TypeVar("Item", bound=BaseModel)
Row = TypeVar("Row")
Texts = dict[str, str]
Facts = dict[str, Any]


class Shown(BaseModel):
    """An answer, or a part of one, made from a row or a value of the engine by the names of its fields."""

    model_config = ConfigDict(from_attributes=True)


class Listed(Shown, Generic[Item]):
    """A part of a list."""

    items: list[Item]
    next: str | None = Field(description="Cursor of the part that follows; null: the list ends here")


class Whole(Shown, Generic[Item]):
    """A whole list: it is never long."""

    items: list[Item]


def listed(found: Slice[Row], show: Callable[[Row], Item]) -> Listed[Item]:
    """Return a part of a list as its answer."""
    return Listed[Item](items=[show(item) for item in found.items], next=sealed(found.next))
