"""Run made-up cases, one after the other, until the time or their number is over or one of them must not be."""

import argparse
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

HANG_SECONDS = 20


class Failure(Exception):
    """A case that must not be."""


class Case:
    """A case: how it is written so that it can be run again, and what runs it and returns how it ended."""

    def __init__(self, text: str, run: Callable[[], str]) -> None:
        self.text = text
        self.run = run


def campaign(make: Callable[[random.Random], Case], seed: int, *, seconds: float | None, cases: int | None) -> Any:
    """Run cases until the time or number is over; return how often each end came. Raises Failure with what failed."""
    random_ = random.Random(seed)
    ends: Counter[str] = Counter()
    stop = None if seconds is None else time.monotonic() + seconds
    signal.signal(signal.SIGALRM, _hang)
    while (stop is None or time.monotonic() < stop) and (cases is None or ends.total() < cases):
        case = make(random_)
        signal.alarm(HANG_SECONDS)
        try:
            ends[case.run()] += 1
        except Exception as error:
            raise Failure(f"case {ends.total() + 1}: {case.text}: {type(error).__name__}: {error}") from error
        finally:
            signal.alarm(0)
    return ends


def _hang(_signal: int, _frame: object) -> None:
    raise Failure(f"did not end within {HANG_SECONDS} s")


def run_from_shell(make: Callable[[random.Random], Case], description: str) -> int:
    """Take seconds, cases and seed from the command line, run, and print; return the exit status."""
    parser = argparse.ArgumentParser(description=description.split("\n", 1)[0])
    parser.add_argument("--seconds", type=float, help="how long to go on; 60 if neither is given")
    parser.add_argument("--cases", type=int, help="how many cases to run")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    seconds = 60.0 if options.seconds is None and options.cases is None else options.seconds
    start = time.monotonic()
    try:
        ends = campaign(make, options.seed, seconds=seconds, cases=options.cases)
    except Failure as failure:
        print(f"seed {options.seed}, {failure}")
        return 1
    print(f"seed {options.seed}: {ends.total()} cases in {time.monotonic() - start:.1f} s, no failure")
    for end, number in sorted(ends.items()):
        print(f"{number:9}  {end}")
    return 0
