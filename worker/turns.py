"""Who runs the pumps of this process: a Prefect run for a minute each, or, while none comes, the worker itself.

Prefect schedules and shows the work, but the work must go on while Prefect's server is away: the worker then holds the
turn, and gives it up as soon as a run asks for it.
"""

import asyncio
import time
from collections.abc import Callable, Sequence

from worker.pumps import Pump


class Turns:
    """One turn at a time. All methods belong to one event loop."""

    def __init__(self, pumps: Sequence[Pump]) -> None:
        self.pumps = pumps
        self.stopping = False
        self._turn = asyncio.Lock()
        self._asking = 0
        self.is_lent = False  # a run holds the turn, not the worker itself

    async def take(self, seconds: float) -> int:
        """Run the pumps for ``seconds``, as soon as it is this caller's turn; return how many jobs were done."""
        self._asking += 1
        self._wake()
        async with self._turn:
            self._asking -= 1
            end = time.monotonic() + seconds
            self.is_lent = True
            return await self._pump(lambda: time.monotonic() >= end)

    async def stand_in(self) -> None:
        """Run the pumps whenever nobody asks for the turn, until the worker stops."""
        while not self.stopping:
            async with self._turn:
                self.is_lent = False
                await self._pump(lambda: self._asking > 0)

    def stop(self) -> None:
        """End the turns. Jobs that were taken are finished by ``close``."""
        self.stopping = True
        self._wake()

    def _wake(self) -> None:
        for pump in self.pumps:
            pump.wake.set()

    async def _pump(self, over: Callable[[], bool]) -> int:
        def stop() -> bool:
            return self.stopping or over()

        done = await asyncio.gather(*(asyncio.to_thread(pump.run, stop) for pump in self.pumps))
        return sum(done)
