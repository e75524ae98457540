"""Where the operations room begins: at the first section that somebody has business in."""

from fastapi import APIRouter, Response

from api.pages.drawing import go
from api.pages.operations.room import PATH, sections_of
from api.pages.visitor import SignedIn
from api.problems import Problem

router = APIRouter(include_in_schema=False)


@router.get(PATH)
def show_operations(visitor: SignedIn) -> Response:
    """Lead to the first section."""
    mine = sections_of(visitor.actor)
    if not mine:
        raise Problem("not-allowed", "Expected a role with business in operations, found none")
    return go(f"{PATH}/{mine[0].name}")
