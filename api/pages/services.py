"""The public's start page, and the catalogue of services: what each is, needs and costs, who may, and by when."""

from collections.abc import Sequence
from datetime import datetime

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session

from api.dependencies import Reading
from api.pages.drawing import go, page
from api.pages.visitor import Anybody
from api.plans import Route
from engine import services
from engine.access import PUBLIC
from engine.database import Page
from engine.models import Agency
from engine.services import Service

router = APIRouter(route_class=Route, include_in_schema=False)
_MOST = 200


@router.get("/")
def show_start(request: Request, visitor: Anybody, session: Reading) -> Response:
    """Show the public what it can do here; who is signed in goes to the desk."""
    if visitor.actor is not PUBLIC:
        return go("/desk")
    return page(request, visitor, "window/start.html", services=all_services(session, visitor.now))


@router.get("/services")
def show_services(request: Request, visitor: Anybody, session: Reading) -> Response:
    """Show all services."""
    return page(request, visitor, "window/services.html", services=all_services(session, visitor.now))


@router.get("/services/{process_id}")
def show_service(process_id: str, request: Request, visitor: Anybody, session: Reading) -> Response:
    """Show a service as its standard says."""
    found = services.service(session, process_id, now=visitor.now)
    offices = all_agencies(session, process_id, visitor.now)
    return page(request, visitor, "window/service.html", service=found, manifest=found.manifest, agencies=offices)


def all_services(session: Session, now: datetime) -> Sequence[Service]:
    """Return every service in force, by the id of its process."""
    found = services.catalogue(session, Page(_MOST), now=now)
    shown = list(found.items)
    while found.next is not None:
        found = services.catalogue(session, Page(_MOST, found.next), now=now)
        shown += found.items
    return shown


def all_agencies(session: Session, process_id: str, now: datetime) -> Sequence[Agency]:
    """Return every agency that offers a service, by name. Raises NotFound for an unknown service."""
    found = services.agencies(session, process_id, Page(_MOST), now=now)
    shown = list(found.items)
    while found.next is not None:
        found = services.agencies(session, process_id, Page(_MOST, found.next), now=now)
        shown += found.items
    return sorted(shown, key=lambda agency: agency.name)
