"""Hashes of passwords: slow on purpose, so only a few are computed at once and only a few more may wait."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from engine.errors import AlurError, Invalid

SHORTEST = 12
_AT_ONCE = 2
_WAITING = 16

# OWASP's minimum for Argon2id: 19 MiB each, and 0.05 s on one fast core to 0.2 s on a loaded one.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_turn = threading.BoundedSemaphore(_AT_ONCE)
_place = threading.BoundedSemaphore(_AT_ONCE + _WAITING)


class TooBusy(AlurError):
    """So many sign in at this moment that another one should try again in a second."""


def hash_password(password: str) -> str:
    """Return what is stored of a password. Raises Invalid for a short one, TooBusy."""
    if len(password) < SHORTEST:
        raise Invalid(f"Expected a password of at least {SHORTEST} characters, found {len(password)}")
    with _hashing():
        return _hasher.hash(password)


def is_password(hashed: str | None, password: str) -> bool:
    """Tell whether a password is the hashed one. None is nobody's, but takes as long. Raises TooBusy.

    It takes a fifth of a second: never call it while a transaction is open, which on SQLite lets everybody wait.
    """
    with _hashing():
        try:
            return _hasher.verify(hashed or _nobodys(), password) and hashed is not None
        except (VerificationError, InvalidHashError):
            return False


@contextmanager
def _hashing() -> Iterator[None]:
    # A flood of sign-ins must neither fill the memory nor take all threads of the API to wait here.
    if not _place.acquire(blocking=False):
        raise TooBusy("Expected fewer people who sign in at this moment; try again in a second")
    try:
        with _turn:
            yield
    finally:
        _place.release()


@cache
def _nobodys() -> str:
    return _hasher.hash("nobody has this password")
