"""Cursors of lists: the place where a part of a list ended, signed, so that only those that a list gave are taken."""

import base64
import binascii
import hashlib
import hmac

from api.problems import Problem
from engine import accounts

_SIGNATURE_BYTES = 12


def sealed(place: str | None) -> str | None:
    """Return a place in a list as a cursor; None stays None."""
    if place is None:
        return None
    return base64.urlsafe_b64encode(_signature(place) + place.encode()).decode().rstrip("=")


def opened(cursor: str) -> str:
    """Return the place that a cursor names. Raises Problem for a text that no list gave."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        signature, place = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:].decode()
    except (binascii.Error, ValueError) as error:
        raise _wrong() from error
    if not hmac.compare_digest(signature, _signature(place)):
        raise _wrong()
    return place


def _signature(place: str) -> bytes:
    return hmac.new(accounts.pepper(), b"cursor\0" + place.encode(), hashlib.sha256).digest()[:_SIGNATURE_BYTES]


def _wrong() -> Problem:
    return Problem("malformed", "Expected a cursor that a list gave as its next, found another text")
