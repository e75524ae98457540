"""Every fault as application/problem+json (RFC 9457). One table says which error of the engine has which status."""

import logging
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID, uuid4

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from starlette.exceptions import HTTPException

from engine.accounts import NotSignedIn, TooBusy
from engine.database import is_passing
from engine.errors import AlurError, Invalid, NotAllowed, NotFound, NotPossibleNow, Stale, TooLarge

log = logging.getLogger("alur.api")

MEDIA_TYPE = "application/problem+json"
TYPES = "urn:alur:problem:"
_MOST_ERRORS = 100
LANGUAGES = ("id", "en")
LANGUAGE_COOKIE = "alur_language"

# Code of the problem: status, title in English and Indonesian.
PROBLEMS: Mapping[str, tuple[int, str, str]] = {
    "invalid": (422, "What was sent breaks its rules", "Yang dikirim melanggar aturannya"),
    "malformed": (400, "The request cannot be read", "Permintaan tidak dapat dibaca"),
    "idempotency-key-needed": (400, "An Idempotency-Key is needed", "Diperlukan Idempotency-Key"),
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
    "busy": (503, "Alur is busy", "Alur sedang sibuk"),
    "unavailable": (503, "The database is away", "Basis data tidak dapat dihubungi"),
    "internal": (500, "Alur failed", "Alur mengalami kesalahan"),
}
_OF_ERROR: tuple[tuple[type[AlurError], str], ...] = (
    (NotSignedIn, "not-signed-in"),
    (NotFound, "not-found"),
    (NotAllowed, "not-allowed"),
    (Stale, "stale"),
    (NotPossibleNow, "not-possible-now"),
    (TooLarge, "too-large"),
    (TooBusy, "busy"),
    (Invalid, "invalid"),
    (AlurError, "internal"),
)
_OF_STATUS = {400: "malformed", 401: "not-signed-in", 403: "not-allowed", 404: "not-found", 405: "method-not-allowed"}
_OF_STATUS |= {413: "too-large", 415: "media-type", 428: "precondition-required", 429: "too-many"}


# What a missing header means, where a route cannot do without it.
_OF_HEADER = {"if-match": "precondition-required", "idempotency-key": "idempotency-key-needed"}


class Problem(HTTPException):
    """A fault of the request itself, told by its code in PROBLEMS. Starlette's error, so that FastAPI lets it pass."""

    def __init__(self, code: str, detail: str, headers: Mapping[str, str] | None = None, **facts: Any) -> None:
        super().__init__(PROBLEMS[code][0], detail, headers)
        self.code = code
        self.facts = facts


def install(app: FastAPI) -> None:
    """Let the application answer every fault with a problem."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(AlurError, _engine_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(DBAPIError, _database_error)
    app.add_exception_handler(NoConnection, _no_connection)


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
    # ``status`` is HTTP's here: that of a task or instance is told as ``state``.
    told = {"state" if key == "status" else key: _plain(value) for key, value in facts.items()}
    return status, {**told, **document}


def language_of(request: Request) -> str:
    """Return the language of titles and sentences: the one chosen on a page, else ``en`` if it is preferred to
    Indonesian, else ``id``."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen in LANGUAGES:
        return chosen
    weights = dict.fromkeys(LANGUAGES, 0.0)
    for part in request.headers.get("accept-language", "").lower().split(","):
        name, _, weight = part.strip().partition(";")
        language = name.strip().partition("-")[0]
        if language in weights:
            weights[language] = max(weights[language], _weight(weight))
    return "en" if weights["en"] > weights["id"] else "id"


def refused(request: Request, error: Exception) -> Response:
    """Return the answer for a problem."""
    status, document = body_of(error, language_of(request))
    return _answer(request, status, document, error.headers if isinstance(error, Problem) else None)


def unexpected(request: Request, error: Exception) -> Response:
    """Log an error that nobody expected, and return an answer that says nothing of it."""
    log.error(
        "request.failed method=%s path=%s correlation_id=%s",
        request.method,
        request.url.path,
        _correlation_id(request),
        exc_info=error,
    )
    status, document = body_of(error, language_of(request))
    return _answer(request, status, document, None)


def _weight(parameter: str) -> float:
    try:
        return float(parameter.strip().removeprefix("q=")) if parameter else 1.0
    except ValueError:
        return 0.0


def _correlation_id(request: Request) -> str:
    return getattr(request.state, "correlation_id", None) or str(uuid4())


def _answer(request: Request, status: int, document: dict[str, Any], headers: Mapping[str, str] | None) -> Response:
    document["instance"] = request.url.path
    document["correlation_id"] = _correlation_id(request)
    if is_page(request):
        return request.app.state.fault_page(request, status, document, language_of(request))  # type: ignore[no-any-return]
    return JSONResponse(document, status, dict(headers or {}), MEDIA_TYPE)


def is_page(request: Request) -> bool:
    """Tell whether a person asked for a page; else a program asked the API."""
    return not request.url.path.startswith("/v1/")


async def _problem(request: Request, error: Exception) -> Response:
    return refused(request, error)


async def _engine_error(request: Request, error: Exception) -> Response:
    status, document = body_of(error, language_of(request))
    headers = {401: {"WWW-Authenticate": "Bearer"}, 503: {"Retry-After": "1"}}.get(status)
    return _answer(request, status, document, headers)


async def _validation_error(request: Request, error: Exception) -> Response:
    faults = error.errors() if isinstance(error, RequestValidationError) else []
    listed = [
        {"where": ".".join(str(part) for part in fault["loc"]), "expected": str(fault["msg"]), "code": fault["type"]}
        for fault in faults[:_MOST_ERRORS]
    ]
    first = f"{listed[0]['where']}: {listed[0]['expected']}" if listed else "another request"
    detail = f"Expected a request as the API describes it; {first}"
    status, document = body(_code_of(faults), detail, language_of(request), {})
    document["errors"] = listed
    return _answer(request, status, document, None)


def _code_of(faults: Sequence[Any]) -> str:
    """Return the code of a request that is not as described: a missing header that must be there says more."""
    missing = {str(fault["loc"][-1]).lower() for fault in faults if fault["type"] == "missing"}
    if len(faults) == len(missing) == 1:
        return _OF_HEADER.get(missing.pop(), "invalid")
    return "invalid"


async def _http_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    code = _OF_STATUS.get(status, "malformed" if status < 500 else "internal")
    detail = f"Expected a path and method of this API, found {request.method} {request.url.path[:200]}"
    if isinstance(error, HTTPException) and status not in (404, 405):
        detail = str(error.detail)
    _status, document = body(code, detail, language_of(request), {})
    document["status"] = status
    return _answer(request, status, document, error.headers if isinstance(error, HTTPException) else None)


async def _database_error(request: Request, error: Exception) -> Response:
    if isinstance(error, DBAPIError) and is_passing(error):
        return await _no_connection(request, error)
    if isinstance(error, DBAPIError) and (error.connection_invalidated or _is_away(error)):
        log.error("database.away correlation_id=%s", _correlation_id(request), exc_info=error)
        status, document = body("unavailable", "Expected the database to answer", language_of(request), {})
        return _answer(request, status, document, {"Retry-After": "5"})
    return unexpected(request, error)


async def _no_connection(request: Request, error: Exception) -> Response:
    status, document = body("busy", "Expected a free moment of the database; try again", language_of(request), {})
    return _answer(request, status, document, {"Retry-After": "1"})


def _is_away(error: DBAPIError) -> bool:
    """Tell whether the database could not be reached or could not write: SQLite's disk, PostgreSQL's connection."""
    if isinstance(error.orig, sqlite3.OperationalError):
        return any(word in str(error.orig) for word in ("unable to open", "disk", "readonly"))
    return isinstance(error, OperationalError) and getattr(error.orig, "sqlstate", None) is None


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
