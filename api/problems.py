"""Every fault as application/problem+json (RFC 9457). One table says which error of the engine has which status."""

import logging
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid4

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException

from engine.accounts import NotSignedIn
from engine.database import is_passing
from engine.errors import AlurError, Invalid, NotAllowed, NotFound, NotPossibleNow, Stale, TooLarge

log = logging.getLogger("alur.api")

MEDIA_TYPE = "application/problem+json"
TYPES = "https://alur.example/problems/"

# Code of the problem: status, title in English and Indonesian.
PROBLEMS: Mapping[str, tuple[int, str, str]] = {
    "invalid": (422, "What was sent breaks its rules", "Yang dikirim melanggar aturannya"),
    "malformed": (400, "The request cannot be read", "Permintaan tidak dapat dibaca"),
    "not-signed-in": (401, "Who is calling is not known", "Pemanggil tidak dikenal"),
    "not-allowed": (403, "The caller may not do this", "Pemanggil tidak berhak melakukan ini"),
    "not-found": (404, "There is no such thing", "Tidak ditemukan"),
    "method-not-allowed": (405, "This method is not for this address", "Metode ini tidak berlaku untuk alamat ini"),
    "not-possible-now": (409, "The state of the thing forbids this now", "Keadaannya tidak mengizinkan ini sekarang"),
    "stale": (412, "The thing was changed meanwhile", "Sudah diubah oleh pihak lain"),
    "too-large": (413, "What was sent is over a limit", "Yang dikirim melebihi batas"),
    "media-type": (415, "This media type is not read here", "Jenis media ini tidak dibaca di sini"),
    "precondition-required": (428, "A condition is needed", "Diperlukan syarat"),
    "too-many": (429, "Too many requests", "Terlalu banyak permintaan"),
    "busy": (503, "The database is busy", "Basis data sedang sibuk"),
    "internal": (500, "Alur failed", "Alur mengalami kesalahan"),
}
_OF_ERROR: tuple[tuple[type[AlurError], str], ...] = (
    (NotSignedIn, "not-signed-in"),
    (NotFound, "not-found"),
    (NotAllowed, "not-allowed"),
    (Stale, "stale"),
    (NotPossibleNow, "not-possible-now"),
    (TooLarge, "too-large"),
    (Invalid, "invalid"),
    (AlurError, "internal"),
)
_OF_STATUS = {400: "malformed", 401: "not-signed-in", 403: "not-allowed", 404: "not-found", 405: "method-not-allowed"}
_OF_STATUS |= {413: "too-large", 415: "media-type", 428: "precondition-required", 429: "too-many"}


class Problem(Exception):
    """A fault of the request itself, told by its code in PROBLEMS."""

    def __init__(self, code: str, detail: str, headers: Mapping[str, str] | None = None, **facts: Any) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.headers = headers
        self.facts = facts


def install(app: FastAPI) -> None:
    """Let the application answer every fault with a problem."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(AlurError, _engine_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(DBAPIError, _database_error)
    app.add_exception_handler(Exception, _unexpected)


def body_of(error: Exception, language: str) -> tuple[int, dict[str, Any]]:
    """Return status and body for an error of the engine or the request."""
    if isinstance(error, Problem):
        return body(error.code, error.detail, language, error.facts)
    for kind, code in _OF_ERROR:
        if isinstance(error, kind):
            facts = dict(error.facts)
            if isinstance(error, Invalid) and error.findings:
                facts["findings"] = [finding.as_dict() for finding in error.findings]
            return body(code, error.message, language, facts)
    return body("internal", "Alur failed to answer; the operator finds the reason in the log", language, {})


def body(code: str, detail: str, language: str, facts: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
    """Return status and problem document."""
    status, english, indonesian = PROBLEMS[code]
    document = {
        "type": f"{TYPES}{code}",
        "title": english if language == "en" else indonesian,
        "status": status,
        "detail": detail,
        "code": code,
    }
    return status, {**{key: _plain(value) for key, value in facts.items()}, **document}


def language_of(request: Request) -> str:
    """Return the language of titles: English if it is asked for before Indonesian, else Indonesian."""
    accepted = request.headers.get("accept-language", "").lower()
    english, indonesian = accepted.find("en"), accepted.find("id")
    return "en" if english >= 0 and (indonesian < 0 or english < indonesian) else "id"


def answer(request: Request, problem: Problem) -> JSONResponse:
    """Return the answer for a problem that was found before any route was asked."""
    return _problem(request, problem)


def _answer(request: Request, status: int, document: dict[str, Any], headers: Mapping[str, str] | None) -> JSONResponse:
    document["instance"] = request.url.path
    document["correlation_id"] = getattr(request.state, "correlation_id", None) or str(uuid4())
    return JSONResponse(document, status, dict(headers or {}), MEDIA_TYPE)


def _problem(request: Request, error: Exception) -> JSONResponse:
    status, document = body_of(error, language_of(request))
    return _answer(request, status, document, error.headers if isinstance(error, Problem) else None)


def _engine_error(request: Request, error: Exception) -> JSONResponse:
    status, document = body_of(error, language_of(request))
    headers = {"WWW-Authenticate": "Bearer"} if status == HTTPStatus.UNAUTHORIZED else None
    return _answer(request, status, document, headers)


def _validation_error(request: Request, error: Exception) -> JSONResponse:
    faults = error.errors() if isinstance(error, RequestValidationError) else []
    listed = [
        {"where": ".".join(str(part) for part in fault["loc"]), "expected": str(fault["msg"]), "code": fault["type"]}
        for fault in faults
    ]
    unreadable = any(fault["type"] == "json_invalid" for fault in faults)
    first = f"{listed[0]['where']}: {listed[0]['expected']}" if listed else "another request"
    code = "malformed" if unreadable else "invalid"
    status, document = body(code, f"Expected a request as the API describes it; {first}", language_of(request), {})
    document["errors"] = listed
    return _answer(request, status, document, None)


def _http_error(request: Request, error: Exception) -> JSONResponse:
    status = error.status_code if isinstance(error, HTTPException) else 500
    code = _OF_STATUS.get(status, "malformed" if status < 500 else "internal")
    detail = str(error.detail) if isinstance(error, HTTPException) else "Alur failed"
    _status, document = body(code, detail, language_of(request), {})
    document["status"] = status
    return _answer(request, status, document, error.headers if isinstance(error, HTTPException) else None)


def _database_error(request: Request, error: Exception) -> JSONResponse:
    if isinstance(error, DBAPIError) and is_passing(error):
        status, document = body("busy", "Expected a free moment of the database; try again", language_of(request), {})
        return _answer(request, status, document, {"Retry-After": "1"})
    return _unexpected(request, error)


def _unexpected(request: Request, error: Exception) -> JSONResponse:
    log.error("request.failed method=%s path=%s", request.method, request.url.path, exc_info=error)
    status, document = body_of(error, language_of(request))
    return _answer(request, status, document, None)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | UUID):
        return str(value) if isinstance(value, UUID) else value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(each) for each in value]
    return value
