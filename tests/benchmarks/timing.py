"""How long one call takes: the median of several rounds in processor time, so that other programs hardly disturb it."""

import statistics
import time
from collections.abc import Callable
from typing import Any

ROUNDS = 15
# A round repeats the call until it has taken so long; a call that takes longer than SLOW is timed three times.
ROUND_SECONDS = 0.002
SLOW_SECONDS = 0.3


def seconds_of(call: Callable[[], Any]) -> float:
    """Return the seconds of processor time of one call."""
    count = 1
    while (passed := _passed(call, count)) < ROUND_SECONDS:
        count *= 2
    rounds = ROUNDS if passed < SLOW_SECONDS else 3
    return statistics.median(_passed(call, count) for _ in range(rounds)) / count


def _passed(call: Callable[[], Any], count: int) -> float:
    start = time.process_time()
    for _ in range(count):
        call()
    return time.process_time() - start
