"""Keys with which systems of an agency act."""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import journal
from engine.access import Scope
from engine.accounts.secrets import keyed
from engine.database import Page, Slice, uuid7
from engine.errors import Invalid, NotFound
from engine.models import ApiKey

PREFIX = "alur"
_SECRET_BYTES = 32


def keys(session: Session, agency_id: UUID, page: Page) -> Slice[ApiKey]:
    """Return the keys of an agency, oldest first."""
    query = select(ApiKey).where(ApiKey.agency_id == agency_id).order_by(ApiKey.id).limit(page.limit + 1)
    if page.after is not None:
        query = query.where(ApiKey.id > page.id)
    return Slice.cut(list(session.scalars(query)), page, lambda found: str(found.id))


def create_key(
    session: Session,
    name: str,
    agency_id: UUID,
    scopes: Iterable[str],
    *,
    roles: Iterable[str] = (),
    created_by: str,
    now: datetime,
    life: timedelta | None = None,
    known: tuple[UUID, str] | None = None,
) -> tuple[ApiKey, str]:
    """Add a key for a system of an agency; return it with its text, which is shown only now.

    ``life`` None: valid until revoked. ``known`` gives id and secret of a demonstration key. Raises Invalid.
    """
    wanted, scopes_known = list(scopes), {scope.value for scope in Scope}
    if unknown := sorted(set(wanted) - scopes_known):
        raise Invalid(f"Expected scopes of {', '.join(sorted(scopes_known))}, found {', '.join(unknown)}")
    key_id, made = known or (uuid7(now), secrets.token_urlsafe(_SECRET_BYTES))
    key = ApiKey(
        id=key_id,
        agency_id=agency_id,
        name=name,
        secret_hash=keyed(made),
        scopes=sorted(set(wanted)),
        roles=sorted(set(roles)),
        created_at=now,
        created_by=created_by,
        expires_at=now + life if life is not None else None,
        revoked_at=None,
        last_used_at=None,
    )
    session.add(key)
    session.flush()
    facts = {"key": str(key.id), "name": name, "scopes": key.scopes, "roles": key.roles}
    journal.note(session, "key.added", facts, actor=created_by, agency_id=agency_id, now=now)
    return key, f"{PREFIX}_{key.id.hex}_{made}"


def revoke_key(session: Session, key_id: UUID, agency_id: UUID, *, actor: str, now: datetime) -> ApiKey:
    """End a key. Ending it twice changes nothing. Raises NotFound."""
    key = session.get(ApiKey, key_id)
    if key is None or key.agency_id != agency_id:
        raise NotFound(f"Expected key {key_id}, but there is no such key")
    if key.revoked_at is None:
        key.revoked_at = now
        facts = {"key": str(key.id), "name": key.name}
        journal.note(session, "key.revoked", facts, actor=actor, agency_id=agency_id, now=now)
    return key


def split(text: str) -> tuple[UUID, str] | None:
    """Return id and secret of a key's text; None: it is no such text."""
    prefix, _bar, rest = text.partition("_")
    identifier, _bar, secret = rest.partition("_")
    is_hex = len(identifier) == 32 and all(digit in "0123456789abcdef" for digit in identifier)
    return (UUID(identifier), secret) if prefix == PREFIX and is_hex else None
