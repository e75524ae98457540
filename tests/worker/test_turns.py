"""The pumps of a worker run in turns: for a Prefect run while one asks, else by themselves."""

import asyncio
import time
from collections.abc import Callable
from threading import Event

from worker.turns import Turns


class CountingPump:
    """Counts how often it runs, and runs until it is told to stop."""

    def __init__(self) -> None:
        self.wake = Event()
        self.runs = 0

    def run(self, stop: Callable[[], bool]) -> int:
        self.runs += 1
        while not stop():
            time.sleep(0.005)
        return 1


def test_a_run_takes_the_turn_from_the_worker_and_gives_it_back() -> None:
    pump = CountingPump()
    turns = Turns([pump])  # type: ignore[list-item]

    async def play() -> int:
        standing_in = asyncio.create_task(turns.stand_in())
        await asyncio.sleep(0.05)
        done = await turns.take(0.05)
        await asyncio.sleep(0.05)
        turns.stop()
        await standing_in
        return done

    done = asyncio.run(play())

    assert done == 1
    assert pump.runs == 3


def test_two_runs_follow_each_other_without_a_gap() -> None:
    pump = CountingPump()
    turns = Turns([pump])  # type: ignore[list-item]

    async def play() -> list[int]:
        return list(await asyncio.gather(turns.take(0.05), turns.take(0.05)))

    assert asyncio.run(play()) == [1, 1]
    assert pump.runs == 2
