"""Who looks at a page: the session in a cookie, and the check that a form was sent from one of our own pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

from fastapi import Depends, Request, Response
from sqlalchemy import select

from api import bodies
from api.dependencies import SESSION_COOKIE, AllSessions, Language, Now
from api.plans import instant
from api.problems import Problem
from engine import accounts
from engine.access import PUBLIC, Actor
from engine.accounts import NotSignedIn
from engine.database import Sessions, in_transaction, reading
from engine.models import Agency, User
from engine.settings import settings

MOST_FORM_BYTES = 2_000_000
MOST_FIELDS = 2_000
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who looks, in which language, and how times are written for them.

    ``actor`` is PUBLIC for who did not sign in; then there is no agency and ``zone`` is that of the settings.
    """

    actor: Actor
    language: str
    zone: ZoneInfo
    now: datetime
    full_name: str = ""
    agency_name: str = ""
    agency_code: str = ""

    @property
    def today(self) -> date:
        """The local day of the visitor."""
        return self.now.astimezone(self.zone).date()


def anybody(request: Request, sessions: AllSessions, now: Now, language: Language) -> Visitor:
    """Return who looks at a page; the public, if the cookie is missing or its session is over."""
    token = request.cookies.get(SESSION_COOKIE)
    unknown = Visitor(PUBLIC, language, settings().time_zone, now)
    found = _known(sessions, token, language, now) if token else None
    request.state.visitor = found or unknown  # for the page of a fault, which no route makes
    return found or unknown


def _known(sessions: Sessions, token: str, language: str, now: datetime) -> Visitor | None:
    with reading(sessions) as session:
        try:
            found = accounts.recognize_token(session, token, now=now)
        except NotSignedIn:
            return None
        agency = None if found.actor.agency_id is None else session.get(Agency, found.actor.agency_id)
        full_name = session.scalar(select(User.full_name).where(User.name == found.actor.name))
    if found.is_due:
        in_transaction(sessions, lambda session: accounts.note_use(session, found, now=now))
    if agency is None:
        return Visitor(found.actor, language, settings().time_zone, now, full_name or found.actor.name)
    zone = ZoneInfo(agency.time_zone)
    return Visitor(found.actor, language, zone, now, full_name or found.actor.name, agency.name, agency.code)


Anybody = Annotated[Visitor, Depends(anybody)]


def somebody(visitor: Anybody) -> Visitor:
    """Return who looks at a page. Raises NotSignedIn for the public: the answer leads to the page for signing in."""
    if visitor.actor is PUBLIC:
        raise NotSignedIn("Expected a person who is signed in, found an unknown or expired session")
    return visitor


SignedIn = Annotated[Visitor, Depends(somebody)]


@instant
async def own_page(request: Request) -> None:
    """Refuse what a page of another site sends in the visitor's name. Raises Problem.

    Browsers say where a request comes from (Fetch Metadata); older ones name the origin alone.
    """
    came_from = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if came_from in ("same-origin", "none"):
        return
    if came_from is None and origin is not None and urlsplit(origin).netloc == request.headers.get("host"):
        return
    raise Problem("not-allowed", f"Expected a form of this site, found one of {origin or 'an unknown site'}")


async def sent_form(request: Request, _own: Annotated[None, Depends(own_page)]) -> Mapping[str, str]:
    """Return the fields of a form; of a field that came several times, the last. Raises Problem."""
    fields = await sent_pairs(request, None)
    return dict(fields)


async def sent_pairs(request: Request, _own: Annotated[None, Depends(own_page)]) -> list[tuple[str, str]]:
    """Return the fields of a form in their order, also those that come several times. Raises Problem."""
    kind = bodies.media_type(request)
    if kind != FORM:
        raise Problem("media-type", f"Expected a form as {FORM}, found {kind[:100] or 'no content type'}")
    return pairs_of(await bodies.read(request, MOST_FORM_BYTES))


def pairs_of(body: bytes) -> list[tuple[str, str]]:
    """Return the fields of a form's body in their order. Raises Problem."""
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError as error:
        raise Problem("malformed", "Expected the fields of a form in UTF-8, found another body") from error
    if any(bodies.is_unstorable(text) for pair in pairs for text in pair):
        raise Problem("malformed", "Expected texts that can be stored, found NUL or half a surrogate pair")
    return pairs


Fields = Annotated[Mapping[str, str], Depends(sent_form)]
Pairs = Annotated[list[tuple[str, str]], Depends(sent_pairs)]
OwnPage = Annotated[None, Depends(own_page)]


def keep_session(request: Request, response: Response, token: str) -> None:
    """Give the browser the session; scripts cannot read it and other sites cannot send it with their forms."""
    life = int(accounts.SESSION_LIFE.total_seconds())
    response.set_cookie(
        SESSION_COOKIE, token, max_age=life, httponly=True, samesite="lax", secure=request.url.scheme == "https"
    )


def safe_path(path: str | None, otherwise: str) -> str:
    """Return where to go on; ``otherwise`` for what leads to another site."""
    if path and path.startswith("/") and not path.startswith(("//", "/\\")) and "\n" not in path and "\r" not in path:
        return path
    return otherwise
