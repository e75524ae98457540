"""Carry many running instances over to another version in the background, and see what came of each."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api import bodies
from api.dependencies import Caller, Now, Paging, Reading, Transaction
from api.idempotency import OnceIfWished
from api.processes import Number
from api.sent import Migrate
from api.shown.base import Listed, listed
from api.shown.migration import CarriedCase, CarryOver
from engine import carryovers

router = APIRouter(prefix="/v1", tags=["processes"], route_class=bodies.Route)


@router.post(
    "/processes/{process_id}/versions/{number}/carry-overs",
    status_code=202,
    response_model=CarryOver,
    summary="Carry running instances over in the background",
)
def request_carry_over(
    process_id: str, number: Number, sent: Migrate, session: Transaction, caller: Caller, now: Now, once: OnceIfWished
) -> Response:
    """Take on a plan for the agency's running instances of a version; the worker carries them over one by one.

    A plan that fits no instance is refused at once. Each instance goes over wholly or not at all; what stands in the
    way of one is listed and holds up no other. A dry run finds out the same and stores nothing else. If the worker
    dies, another goes on where it stopped.
    """

    def act() -> CarryOver:
        made = carryovers.request(
            session,
            process_id,
            number,
            sent.to,
            sent.steps,
            actor=caller,
            now=now,
            dry_run=sent.dry_run,
            among=sent.instances,
        )
        return CarryOver.model_validate(made)

    return once.do(sent, act, status=202)


@router.get("/carry-overs/{carry_over_id}", summary="A carry-over")
def read_carry_over(carry_over_id: UUID, session: Reading, caller: Caller) -> CarryOver:
    """Return how far a carry-over has come."""
    return CarryOver.model_validate(carryovers.carry_over(session, carry_over_id, viewer=caller))


@router.get("/carry-overs/{carry_over_id}/instances", summary="What came of each instance")
def list_carried(
    carry_over_id: UUID,
    session: Reading,
    caller: Caller,
    page: Paging,
    refused: Annotated[bool, Query(description="true: only those that stay as they are")] = False,
) -> Listed[CarriedCase]:
    """Return the instances that are done with, oldest first, and what stands in the way of those that stay."""
    found = carryovers.cases(session, carry_over_id, page, viewer=caller, refused=refused)
    return listed(found, CarriedCase.model_validate)


@router.post("/carry-overs/{carry_over_id}/cancel", response_model=CarryOver, summary="Carry no more over")
def cancel_carry_over(
    carry_over_id: UUID, session: Transaction, caller: Caller, now: Now, once: OnceIfWished
) -> Response:
    """Carry no more instances over. Those that went over stay there."""
    return once.do(
        None, lambda: CarryOver.model_validate(carryovers.cancel(session, carry_over_id, actor=caller, now=now))
    )
