"""Faults as pages: what went wrong, in words for people, and where to go on."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from api.pages.drawing import HEADERS, page
from api.pages.visitor import Visitor
from engine.access import PUBLIC
from engine.settings import settings


def fault(request: Request, status: int, document: Mapping[str, Any], language: str) -> Response:
    """Return the page for a problem document; who is not known is led to where people say who they are."""
    if document["code"] == "not-signed-in" and request.url.path.startswith("/tracking"):
        return RedirectResponse("/tracking?" + urlencode({"done": "case-closed"}), 303, HEADERS)
    if document["code"] == "not-signed-in":
        wanted = request.url.path if request.method == "GET" else "/desk"
        return RedirectResponse("/signin?" + urlencode({"next": wanted}), 303, HEADERS)
    unknown = Visitor(PUBLIC, language, settings().time_zone, datetime.now(UTC))
    visitor = getattr(request.state, "visitor", unknown)
    return page(request, visitor, "fault.html", status=status, problem=document)
