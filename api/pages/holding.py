"""The case that a citizen has open: receipt number and secret, sealed in a cookie for an hour, never in an address."""

import base64
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from cryptography.exceptions import InvalidTag
from fastapi import Depends, Request, Response
from sqlalchemy.orm import Session

from api.dependencies import Now
from api.problems import Problem
from engine import accounts, instances
from engine.errors import NotFound
from engine.models import Instance

COOKIE = "alur_case"
LIFE = timedelta(hours=1)
_ABOUT = "case of a citizen"
_PATH = "/tracking"


@dataclass(frozen=True, slots=True)
class Held:
    """Number and secret of a case, as the citizen gave them."""

    receipt: str
    secret: str

    def case(self, session: Session) -> Instance:
        """Return the case. Raises Problem if there is no such case any more."""
        try:
            return instances.track(session, self.receipt, self.secret)
        except NotFound as error:
            raise _closed() from error


def hold(request: Request, response: Response, held: Held, now: datetime) -> None:
    """Let the browser keep a case open. Scripts cannot read it, other sites cannot send it."""
    content = json.dumps([held.receipt, held.secret, (now + LIFE).timestamp()]).encode()
    sealed = base64.urlsafe_b64encode(accounts.seal(content, _ABOUT)).decode()
    response.set_cookie(
        COOKIE,
        sealed,
        max_age=int(LIFE.total_seconds()),
        path=_PATH,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )


def let_go(response: Response) -> None:
    """Close the case in this browser."""
    response.delete_cookie(COOKIE, path=_PATH)


def held(request: Request, now: Now) -> Held | None:
    """Return the case that is open in this browser; None: none is, or its hour is over."""
    sealed = request.cookies.get(COOKIE, "")
    try:
        receipt, secret, until = json.loads(accounts.unseal(base64.urlsafe_b64decode(sealed), _ABOUT))
    except (ValueError, InvalidTag):
        return None
    return Held(receipt, secret) if now.timestamp() < until else None


def surely_held(found: Annotated[Held | None, Depends(held)]) -> Held:
    """Return the case that is open in this browser. Raises Problem: the answer leads to the page for opening one."""
    if found is None:
        raise _closed()
    return found


PerhapsHeld = Annotated[Held | None, Depends(held)]
Holding = Annotated[Held, Depends(surely_held)]


def _closed() -> Problem:
    return Problem("not-signed-in", "Expected an open case, found none: enter its number and secret")
