"""Systems of an agency: keys with which they act, and webhooks by which they are told."""

from datetime import timedelta
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from api import cursors
from api.dependencies import Reading, Transaction
from api.pages.drawing import go
from api.pages.operations.room import PATH, Changed, Looked, Managed, checked, drawn, office_roles
from api.pages.visitor import Fields, Pairs, SignedIn, Visitor
from api.pages.words import SCOPES, in_language
from api.problems import Problem
from api.sent import WantedKey, WantedWebhook
from engine import accounts, deliveries
from engine.access import OwnRole, Scope
from engine.database import Page
from engine.errors import Invalid

router = APIRouter(include_in_schema=False, prefix=PATH)
_ROWS = 50


@router.get("/keys")
def show_keys(request: Request, visitor: SignedIn, session: Reading, managed: Looked, cursor: str = "") -> Response:
    """Show the keys of the agency, and the form for a new one."""
    return _keys(request, visitor, session, managed, cursor, frozenset())


@router.post("/keys")
def add_key(request: Request, sent: Pairs, visitor: SignedIn, session: Transaction, managed: Changed) -> Response:
    """Add a key, and show its text this once."""
    fields = dict(sent)
    values = {
        "name": fields.get("name", "").strip(),
        "scopes": [value for name, value in sent if name == "scope"],
        "roles": [value for name, value in sent if name == "role"],
        "life_days": fields.get("life_days", "").strip() or None,
    }
    wanted: WantedKey | None
    wanted, refused = checked(WantedKey, values)
    if wanted is None:
        return _keys(request, visitor, session, managed, "", refused)
    key, text = accounts.add_key(
        session,
        wanted.name,
        wanted.scopes,
        wanted.roles,
        agency_id=managed.agency.id,
        manager=visitor.actor,
        now=visitor.now,
        life=None if wanted.life_days is None else timedelta(days=wanted.life_days),
    )
    return drawn(request, visitor, "keys", "key.html", managed=managed, name=key.name, secret=text, header="X-API-Key")


@router.post("/keys/revoke")
def revoke_key(fields: Fields, visitor: SignedIn, session: Transaction, managed: Changed) -> Response:
    """End a key at once."""
    key_id = _id(fields.get("key"))
    accounts.revoke_key(session, key_id, managed.agency.id, actor=visitor.actor.name, now=visitor.now)
    return go(managed.at("keys"), done="key-revoked")


@router.get("/webhooks")
def show_webhooks(request: Request, visitor: SignedIn, session: Reading, managed: Looked, cursor: str = "") -> Response:
    """Show the webhooks of the agency, and the form for a new one."""
    return _webhooks(request, visitor, session, managed, cursor, refused=False)


@router.post("/webhooks")
def add_webhook(
    request: Request, fields: Fields, visitor: SignedIn, session: Transaction, managed: Changed
) -> Response:
    """Add a webhook, and show the secret of its signatures this once."""
    try:
        wanted = WantedWebhook(url=fields.get("url", "").strip(), kinds=fields.get("kinds", "").split())
        made, secret = deliveries.add_webhook(
            session, managed.agency.id, wanted.url, wanted.kinds, created_by=visitor.actor.name, now=visitor.now
        )
    except (ValidationError, Invalid):
        return _webhooks(request, visitor, session, managed, "", refused=True)
    return drawn(request, visitor, "webhooks", "key.html", managed=managed, name=made.url, secret=secret, header="")


@router.post("/webhooks/switch")
def switch_webhook(fields: Fields, visitor: SignedIn, session: Transaction, managed: Changed) -> Response:
    """Let a webhook be told, or not."""
    active = fields.get("active") == "yes"
    hook_id, by = _id(fields.get("webhook")), visitor.actor.name
    deliveries.switch_webhook(session, hook_id, managed.agency.id, active=active, actor=by, now=visitor.now)
    return go(managed.at("webhooks"), done="changed")


@router.post("/webhooks/remove")
def remove_webhook(fields: Fields, visitor: SignedIn, session: Transaction, managed: Changed) -> Response:
    """Remove a webhook."""
    hook_id, by = _id(fields.get("webhook")), visitor.actor.name
    deliveries.remove_webhook(session, hook_id, managed.agency.id, actor=by, now=visitor.now)
    return go(managed.at("webhooks"), done="webhook-removed")


def _keys(
    request: Request, visitor: Visitor, session: Reading, managed: Managed, cursor: str, refused: frozenset[str]
) -> Response:
    """``refused``: fields that were wrong."""
    found = accounts.keys(session, managed.agency.id, Page(_ROWS, cursors.opened(cursor) if cursor else None))
    scopes = [scope for scope in Scope if scope is not Scope.METRICS_READ or visitor.actor.has(OwnRole.PLATFORM)]
    answer = drawn(
        request,
        visitor,
        "keys",
        "keys.html",
        managed=managed,
        keys=found.items,
        next=cursors.sealed(found.next),
        scopes=[(scope.value, in_language(SCOPES[scope], visitor.language)) for scope in scopes],
        scope_names={scope.value: in_language(words, visitor.language) for scope, words in SCOPES.items()},
        roles=office_roles(session, managed, visitor.language),
        refused=sorted(refused),
    )
    answer.status_code = 422 if refused else 200
    return answer


def _webhooks(
    request: Request, visitor: Visitor, session: Reading, managed: Managed, cursor: str, *, refused: bool
) -> Response:
    found = deliveries.webhooks(session, managed.agency.id, Page(_ROWS, cursors.opened(cursor) if cursor else None))
    answer = drawn(
        request,
        visitor,
        "webhooks",
        "webhooks.html",
        managed=managed,
        webhooks=found.items,
        next=cursors.sealed(found.next),
        refused=refused,
    )
    answer.status_code = 422 if refused else 200
    return answer


def _id(text: str | None) -> UUID:
    """Return the id that a form sent. Raises Problem for another text."""
    try:
        return UUID(text)
    except (TypeError, ValueError) as error:
        raise Problem("malformed", "Expected an id from the page, found another text") from error
