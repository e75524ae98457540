"""Limits on how much and how often. Counts are kept in this process: with several, each allows that many."""

import threading
import time
from collections import OrderedDict
from datetime import timedelta

from fastapi import Request

from api.problems import Problem

_MOST_CALLERS = 10_000


class Limiter:
    """Allows a caller ``most`` tries in a ``period``; forgets those who have been quiet longest."""

    def __init__(self, *, most: int, period: timedelta) -> None:
        self.most = most
        self.seconds = period.total_seconds()
        self._tries: OrderedDict[str, list[float]] = OrderedDict()
        self._lock = threading.Lock()

    def check(self, request: Request, name: str) -> None:
        """Count a try of this address for this name. Raises Problem too-many."""
        key = f"{request.client.host if request.client else ''}\0{name}"
        now = time.monotonic()
        with self._lock:
            recent = [at for at in self._tries.pop(key, []) if now - at < self.seconds]
            if len(recent) >= self.most:
                self._tries[key] = recent
                wait = int(self.seconds - (now - recent[0])) + 1
                raise Problem(
                    "too-many",
                    f"Expected at most {self.most} tries in {self.seconds:.0f} s, found more; wait {wait} s",
                    {"Retry-After": str(wait)},
                )
            self._tries[key] = [*recent, now]
            while len(self._tries) > _MOST_CALLERS:
                self._tries.popitem(last=False)
