"""Tell systems of an agency what happened: journal entries as signed webhooks (Standard Webhooks, v1).

A delivery is at least once; ``webhook-id`` is the same for every try, so that the receiver can tell a repetition.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy.orm import Session

from engine import calls
from engine.calls import CallFailed, Connector
from engine.errors import NotFound
from engine.jobs import Claimed
from engine.models import JournalEntry, Webhook

TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Delivery:
    """A journal entry on its way to a system. ``id`` names it for the receiver."""

    id: str
    url: str
    secret: bytes
    body: Mapping[str, Any]


def delivery(session: Session, job: Claimed) -> Delivery:
    """Return what a job of kind ``delivery`` sends. Raises NotFound if the webhook or the entry is gone."""
    hook = session.get(Webhook, UUID(job.payload["webhook"]))
    entry = session.get(JournalEntry, (job.instance_id, job.payload["sequence"]))
    if hook is None or not hook.active or entry is None:
        raise NotFound(f"Expected an active webhook and its journal entry for job {job.id}, but one is gone")
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
    return Delivery(f"{entry.instance_id}:{entry.sequence}", hook.url, _signing_key(hook.secret), body)


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


def _signing_key(secret: str) -> bytes:
    """Return the key of signatures: ``whsec_`` begins one in Base64, as Standard Webhooks writes it."""
    if secret.startswith("whsec_"):
        return base64.b64decode(secret.removeprefix("whsec_"))
    return secret.encode()
