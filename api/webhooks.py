"""Webhooks: which systems of an agency are told what happens in its cases."""

from uuid import UUID

from fastapi import APIRouter, Response

from api.admin import Looked, Managed
from api.bodies import Route
from api.dependencies import Caller, Now, Paging, Reading, Transaction
from api.idempotency import SurelyOnce
from api.sent import SwitchedWebhook, WantedWebhook
from api.shown.base import Listed, listed
from api.shown.people import MadeWebhook, Webhook
from engine import deliveries

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"], route_class=Route)


@router.get("", summary="List webhooks")
def list_webhooks(session: Reading, agency_id: Looked, page: Paging) -> Listed[Webhook]:
    """Return the webhooks of the agency, without their secrets."""
    return listed(deliveries.webhooks(session, agency_id, page), Webhook.model_validate)


@router.post("", status_code=201, response_model=MadeWebhook, summary="Add a webhook")
def add_webhook(
    sent: WantedWebhook, session: Transaction, caller: Caller, agency_id: Managed, now: Now, once: SurelyOnce
) -> Response:
    """Let a system be told of journal entries: what happened, when, to which case; nothing of what stands in it.

    The secret of the signatures is in this answer and nowhere else. A delivery comes at least once; its ``webhook-id``
    is the same each time. One that is not taken (2xx) is tried again, at growing intervals.
    """

    def act() -> MadeWebhook:
        made, secret = deliveries.add_webhook(session, agency_id, sent.url, sent.kinds, created_by=caller.name, now=now)
        return MadeWebhook(**Webhook.model_validate(made).model_dump(), secret=secret)

    return once.do(sent, act, status=201)


@router.patch("/{webhook_id}", summary="Switch a webhook on or off")
def switch_webhook(
    webhook_id: UUID, sent: SwitchedWebhook, session: Transaction, caller: Caller, agency_id: Managed, now: Now
) -> Webhook:
    """Let a webhook be told, or not. What happens while it is off is not told later."""
    switched = deliveries.switch_webhook(session, webhook_id, agency_id, active=sent.active, actor=caller.name, now=now)
    return Webhook.model_validate(switched)


@router.delete("/{webhook_id}", status_code=204, summary="Remove a webhook")
def remove_webhook(webhook_id: UUID, session: Transaction, caller: Caller, agency_id: Managed, now: Now) -> None:
    """Remove a webhook; what is on its way to it is dropped."""
    deliveries.remove_webhook(session, webhook_id, agency_id, actor=caller.name, now=now)
