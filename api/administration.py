"""The journal of administrators: who changed people, roles, keys, webhooks, calendars, versions and agencies."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from api.admin import Of
from api.bodies import Route
from api.dependencies import Caller, Paging, Reading
from api.shown.base import Listed, listed
from api.shown.cases import JournalEntry, Proof
from engine import accounts, journal

router = APIRouter(prefix="/v1/administration", tags=["administration"], route_class=Route)
National = Annotated[bool, Query(description="What was changed for the whole nation, for the platform")]


def audited(session: Reading, caller: Caller, of: Of = None, national: National = False) -> UUID | None:
    """Return the agency whose administration is read; None: the nation."""
    return accounts.audited_agency(session, caller, of, national=national)


Audited = Annotated[UUID | None, Depends(audited, scope="function")]


@router.get("/journal", summary="Journal of administrators")
def read_administration(session: Reading, agency_id: Audited, page: Paging) -> Listed[JournalEntry]:
    """Return what administrators changed, the latest first.

    No entry holds a secret, an e-mail address or a person's full name. Each entry's hash covers the one before: the
    order can be proved.
    """
    found = journal.latest_first(session, agency_id or journal.NATION, page)
    return listed(found, lambda entry: JournalEntry.of(entry, entry.data))


@router.get("/journal/proof", summary="Check the journal of administrators")
def verify_administration(session: Reading, agency_id: Audited) -> Proof:
    """Compute the chain of hashes again and tell whether every entry is there as it was written."""
    fault = journal.verify_administration(session, agency_id)
    return Proof(complete=fault is None, fault=None if fault is None else fault.message)
