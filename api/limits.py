"""Limits on how much and how often. Counts are kept in this process: with several, each allows that many."""

import asyncio
import threading
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta

from fastapi import Request

from api.problems import Problem

_MOST_CALLERS = 10_000


class Limiter:
    """Allows an address ``most`` tries for a name in a ``period``, and ``most_at_all`` for all names together.

    It forgets those who have been quiet longest. Behind a proxy the address is that which uvicorn takes from it
    (``FORWARDED_ALLOW_IPS``), else all callers would share one.
    """

    def __init__(self, *, most: int, most_at_all: int, period: timedelta) -> None:
        self.most = most
        self.most_at_all = most_at_all
        self.seconds = period.total_seconds()
        self._tries: OrderedDict[tuple[str, str | None], list[float]] = OrderedDict()
        self._lock = threading.Lock()

    def check(self, request: Request, name: str) -> None:
        """Count a try of this address for this name. Raises Problem too-many."""
        address = request.client.host if request.client else ""
        with self._lock:
            self._count((address, None), self.most_at_all)
            self._count((address, name), self.most)
            while len(self._tries) > _MOST_CALLERS:
                self._tries.popitem(last=False)

    def _count(self, key: tuple[str, str | None], most: int) -> None:
        now = time.monotonic()
        recent = [at for at in self._tries.pop(key, []) if now - at < self.seconds]
        if len(recent) >= most:
            self._tries[key] = recent
            wait = int(self.seconds - (now - recent[0])) + 1
            raise Problem(
                "too-many",
                f"Expected at most {most} tries in {self.seconds:.0f} s, found more; wait {wait} s",
                {"Retry-After": str(wait)},
            )
        self._tries[key] = [*recent, now]


class Places:
    """Lets only so many requests into the database at once; the others wait before they hold anything.

    A request holds its connection while it waits for a thread. If all threads could wait for a connection at that
    moment, none would ever go on: with 100 readers at once the API stood still.
    """

    def __init__(self, places: int, longest_wait: timedelta) -> None:
        self._free = asyncio.Semaphore(places)
        self._seconds = longest_wait.total_seconds()

    @asynccontextmanager
    async def taken(self) -> AsyncIterator[None]:
        """Take a place. Raises Problem busy if none gets free in time."""
        try:
            async with asyncio.timeout(self._seconds):
                await self._free.acquire()
        except TimeoutError as error:
            raise Problem("busy", "Expected fewer requests at this moment; try again", {"Retry-After": "1"}) from error
        try:
            yield
        finally:
            self._free.release()


class Turns:
    """Lets ``at_once`` threads work on something costly, ``waiting`` more wait for it, and sends the others away."""

    def __init__(self, *, at_once: int, waiting: int) -> None:
        self._turn = threading.BoundedSemaphore(at_once)
        self._place = threading.BoundedSemaphore(at_once + waiting)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn. Raises Problem busy if too many wait already."""
        if not self._place.acquire(blocking=False):
            raise Problem(
                "busy", "Expected fewer files to be examined at this moment; try again", {"Retry-After": "10"}
            )
        try:
            with self._turn:
                yield
        finally:
            self._place.release()
