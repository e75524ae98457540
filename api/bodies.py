"""Bodies of requests: read only as far as they may be long, and only as what the route understands."""

import json
import math
import re
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

from fastapi import Request, Response

from api import plans
from api.problems import Problem

MOST_JSON_BYTES = 2_000_000
_DEEPEST = 100
_JSON = re.compile(r"application/(json|[\w.!#$&^+-]+\+json)")
# NUL and halves of surrogate pairs: neither database can store a text with one.
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_ESCAPED = re.compile(rb"\\u(0000|[dD][89a-fA-F])")


class Route(plans.Route):
    """A route whose JSON is strict: declared as JSON, not too long or deep, numbers finite, texts storable."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request."""
        answer = super().get_route_handler()

        async def strictly(request: Request) -> Response:
            if self.body_field is not None:
                _need_json(request)
            return await answer(_JsonRequest(request.scope, request.receive))

        return strictly


def is_unstorable(text: str) -> bool:
    """Tell whether neither database can store a text."""
    return _UNSTORABLE.search(text) is not None


async def read(request: Request, most: int) -> bytes:
    """Return the body, read only up to ``most`` bytes. Raises Problem for more."""
    return b"".join([part async for part in _bounded(request.headers.get("content-length"), request.stream(), most)])


def media_type(request: Request) -> str:
    """Return the declared media type without its parameters, in lower case; empty if there is none."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


class _JsonRequest(Request):
    """A request that reads its body as strict JSON."""

    async def body(self) -> bytes:
        if not hasattr(self, "_body"):
            self._body = await read(self, MOST_JSON_BYTES)
        return self._body

    async def json(self) -> Any:
        if not hasattr(self, "_json"):
            self._json = parsed(await self.body())
        return self._json


async def _bounded(declared: str | None, parts: AsyncIterator[bytes], most: int) -> AsyncIterator[bytes]:
    size = int(declared) if declared is not None and declared.isdigit() else 0
    if size > most:
        raise _too_long(most)
    size = 0
    async for part in parts:
        size += len(part)
        if size > most:
            raise _too_long(most)
        yield part


def _too_long(most: int) -> Problem:
    return Problem("too-large", f"Expected a body of at most {most} bytes, found a longer one")


def _need_json(request: Request) -> None:
    kind = media_type(request)
    if kind and not _JSON.fullmatch(kind):
        raise Problem("media-type", f"Expected a body of application/json, found {kind[:100]}")


def parsed(content: bytes) -> Any:
    """Return the value of strict JSON. Raises Problem malformed."""
    try:
        value = json.loads(content, parse_constant=_refuse, parse_float=_finite)
    except json.JSONDecodeError as error:
        raise _unreadable(f"{error.msg} at line {error.lineno}, column {error.colno}") from error
    except (ValueError, RecursionError) as error:
        raise _unreadable(str(error) or "too deep") from error
    _check(value, _ESCAPED.search(content) is not None)
    return value


def _refuse(word: str) -> float:
    raise ValueError(f"{word}, which is no JSON")


def _finite(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise ValueError(f"the number {digits[:40]}, which is too large")
    return value


def _check(value: Any, may_be_unstorable: bool, depth: int = 0) -> None:
    """Refuse what is too deep for those who walk it later, and texts that no database stores."""
    if depth > _DEEPEST:
        raise _unreadable(f"values more than {_DEEPEST} levels deep")
    if isinstance(value, dict):
        for key, each in value.items():
            _check(key, may_be_unstorable, depth)
            _check(each, may_be_unstorable, depth + 1)
    elif isinstance(value, list):
        for each in value:
            _check(each, may_be_unstorable, depth + 1)
    elif may_be_unstorable and isinstance(value, str) and is_unstorable(value):
        raise _unreadable("a text with NUL or half a surrogate pair")


def _unreadable(found: str) -> Problem:
    return Problem("malformed", f"Expected a body of JSON, found {found}")
