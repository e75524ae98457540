"""The numbers and secrets that applicants get when a case begins."""

import re
import secrets
from datetime import date
from hashlib import sha256
from uuid import UUID

from sqlalchemy import bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from engine.database import is_postgresql
from engine.models import ReceiptCounter

_PART = re.compile(r"\{(agency|year|month|number)(?::0(\d{1,2})d)?\}")


def next_receipt(session: Session, pattern: str, process_id: str, agency_id: UUID, code: str, today: date) -> str:
    """Return the next number of an agency (``code``) for a process. Numbers have no gaps and begin again each year.

    Others who start this process in this agency wait until this transaction ends: else a gap could arise.
    """
    number = _count(session, process_id, agency_id, today.year)
    values = {"agency": code, "year": str(today.year), "month": f"{today.month:02}", "number": str(number)}
    # Not str.format: the pattern comes from an upload, and that would let it read attributes.
    return _PART.sub(lambda part: values[part[1]].zfill(int(part[2] or 0)), pattern)


def new_secret() -> tuple[str, bytes]:
    """Return a secret for the applicant and its hash for the database. It is random: SHA-256 will do."""
    secret = secrets.token_urlsafe(12)
    return secret, secret_hash(secret)


def secret_hash(secret: str) -> bytes:
    """Return what is stored of a secret."""
    return sha256(secret.encode()).digest()


def _count(session: Session, process_id: str, agency_id: UUID, year: int) -> int:
    insert = _ON_POSTGRESQL if is_postgresql(session) else _ON_SQLITE
    row = {"process_id": process_id, "agency_id": agency_id, "year": year}
    return int(session.connection().execute(insert, row).scalar_one())


_FIRST = {
    "process_id": bindparam("process_id"),
    "agency_id": bindparam("agency_id"),
    "year": bindparam("year"),
    "last": 1,
}
_KEY = ["process_id", "agency_id", "year"]
_ON_POSTGRESQL = (
    postgresql.insert(ReceiptCounter)
    .values(_FIRST)
    .on_conflict_do_update(index_elements=_KEY, set_={"last": ReceiptCounter.last + 1})
    .returning(ReceiptCounter.last)
)
_ON_SQLITE = (
    sqlite.insert(ReceiptCounter)
    .values(_FIRST)
    .on_conflict_do_update(index_elements=_KEY, set_={"last": ReceiptCounter.last + 1})
    .returning(ReceiptCounter.last)
)
