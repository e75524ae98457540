"""Tell systems of an agency what happened: journal entries as signed webhooks (Standard Webhooks, v1).

A delivery is at least once; ``webhook-id`` is the same for every try, so that the receiver can tell a repetition.
"""

import base64
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import accounts, calls, journal
from engine.calls import CallFailed, Connector
from engine.database import Page, Slice, uuid7
from engine.errors import Invalid, NotFound, NotPossibleNow
from engine.jobs import Claimed
from engine.models import JournalEntry, Webhook
from engine.settings import settings

TIMEOUT_SECONDS = 10.0
MOST = 20
_PREFIX = "whsec_"
_SECRET_BYTES = 32
_KIND = re.compile(r"[a-z_]+\.[a-z_]+")


@dataclass(frozen=True, slots=True)
class Delivery:
    """A journal entry on its way to a system. ``id`` names it for the receiver."""

    id: str
    url: str
    secret: bytes
    body: Mapping[str, Any]


def webhooks(session: Session, agency_id: UUID, page: Page) -> Slice[Webhook]:
    """Return the webhooks of an agency, oldest first."""
    query = select(Webhook).where(Webhook.agency_id == agency_id).order_by(Webhook.id).limit(page.limit + 1)
    if page.after is not None:
        query = query.where(Webhook.id > page.id)
    return Slice.cut(list(session.scalars(query)), page, lambda found: str(found.id))


def add_webhook(
    session: Session, agency_id: UUID, url: str, kinds: Collection[str], *, created_by: str, now: datetime
) -> tuple[Webhook, str]:
    """Let a system be told of an agency's journal entries of these kinds (none: of all).

    Return it with the secret of its signatures (``whsec_`` and Base64), which is shown only now. Raises Invalid for an
    address that is none of the web, NotPossibleNow if the agency has ``MOST`` already.
    """
    _need_address(url)
    if wrong := sorted(kind for kind in kinds if not _KIND.fullmatch(kind)):
        raise Invalid(f"Expected kinds of journal entries such as task.completed, found {', '.join(wrong)[:200]}")
    if len(webhooks(session, agency_id, Page(MOST)).items) >= MOST:
        raise NotPossibleNow(f"Expected at most {MOST} webhooks of an agency, found that many")
    text = _PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()
    made = Webhook(
        id=uuid7(now),
        agency_id=agency_id,
        url=url,
        secret=b"",
        kinds=sorted(set(kinds)),
        active=True,
        created_at=now,
        created_by=created_by,
    )
    made.secret = accounts.seal(text.encode(), _about(made))
    session.add(made)
    session.flush()
    facts = {"webhook": str(made.id), "url": url, "kinds": made.kinds}
    journal.note(session, "webhook.added", facts, actor=created_by, agency_id=agency_id, now=now)
    return made, text


def switch_webhook(
    session: Session, webhook_id: UUID, agency_id: UUID, *, active: bool, actor: str, now: datetime
) -> Webhook:
    """Let a webhook be told, or not. What happens meanwhile is not told later. Raises NotFound."""
    found = _webhook(session, webhook_id, agency_id)
    if found.active is not active:
        found.active = active
        facts = {"webhook": str(webhook_id), "url": found.url, "active": active}
        journal.note(session, "webhook.switched", facts, actor=actor, agency_id=agency_id, now=now)
    return found


def remove_webhook(session: Session, webhook_id: UUID, agency_id: UUID, *, actor: str, now: datetime) -> None:
    """Remove a webhook; what is on its way to it is dropped. Raises NotFound."""
    found = _webhook(session, webhook_id, agency_id)
    session.delete(found)
    facts = {"webhook": str(webhook_id), "url": found.url}
    journal.note(session, "webhook.removed", facts, actor=actor, agency_id=agency_id, now=now)


def delivery(session: Session, job: Claimed) -> Delivery | None:
    """Return what a job of kind ``delivery`` sends; None: nobody wants it any more, or its entry was destroyed."""
    hook = session.get(Webhook, UUID(job.payload["webhook"]))
    entry = session.get(JournalEntry, (job.instance_id, job.payload["sequence"]))
    if hook is None or not hook.active or entry is None:
        return None
    body = {
        "type": entry.kind,
        "timestamp": entry.at.isoformat(),
        "data": {
            "instance_id": str(entry.instance_id),
            "sequence": entry.sequence,
            "step": entry.step,
            "actor": entry.actor,
        },
    }
    return Delivery(f"{entry.instance_id}:{entry.sequence}", hook.url, _signing_key(hook), body)


def send(sent: Delivery, *, now: datetime, private: bool = False) -> None:
    """Send a delivery. Raises CallFailed unless the receiver answers 2xx.

    ``private`` allows receivers inside the own network; without it only public addresses are reached.
    """
    parts = urlsplit(sent.url)
    receiver = Connector(
        name=f"webhook {parts.hostname}",
        base_url=f"{parts.scheme}://{parts.netloc}",
        hosts=frozenset({(parts.hostname or "").lower()}),
        headers=signed_headers(sent, now=now),
        timeout=TIMEOUT_SECONDS,
        max_bytes=100_000,
        private=private,
    )
    # The address is the receiver's own text: nothing in it is a placeholder.
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    path = path.replace("{", "%7B").replace("}", "%7D")
    answer = calls.call(receiver, calls.Request("POST", path, sent.body, key=sent.id))
    if not 200 <= answer.status < 300:
        raise CallFailed(f"Expected {parts.hostname} to take the delivery (2xx), found {answer.status}")


def signed_headers(sent: Delivery, *, now: datetime) -> dict[str, str]:
    """Return the headers of Standard Webhooks: id, timestamp, and the signature over both and the body."""
    stamp = str(int(now.timestamp()))
    content = f"{sent.id}.{stamp}.{json.dumps(dict(sent.body), ensure_ascii=False)}".encode()
    signature = base64.b64encode(hmac.new(sent.secret, content, hashlib.sha256).digest()).decode()
    return {"webhook-id": sent.id, "webhook-timestamp": stamp, "webhook-signature": f"v1,{signature}"}


def _signing_key(hook: Webhook) -> bytes:
    """Return the key of signatures, which is kept sealed."""
    text = accounts.unseal(hook.secret, _about(hook)).decode()
    return base64.b64decode(text.removeprefix(_PREFIX))


def _about(hook: Webhook) -> str:
    return f"webhook\0{hook.id}"


def _webhook(session: Session, webhook_id: UUID, agency_id: UUID) -> Webhook:
    found = session.get(Webhook, webhook_id)
    if found is None or found.agency_id != agency_id:
        raise NotFound(f"Expected webhook {webhook_id}, but there is no such webhook")
    return found


def _need_address(url: str) -> None:
    """Refuse what is no plain address of the web. Where it leads is checked again with every delivery."""
    try:
        parts = urlsplit(url)
        is_whole = bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_whole = False
    schemes = ("https", "http") if settings().webhooks_private else ("https",)
    if not is_whole or parts.scheme not in schemes or parts.username is not None or parts.fragment:
        raise Invalid(f"Expected an address that begins with {schemes[-1]}:// and a host, found {url[:200]!r}")
