"""``alur-worker`` does the background work."""

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy.engine import make_url

from engine.calls import Connector
from engine.cli.printing import refused
from engine.connectors import read_connectors
from engine.database import connect
from engine.errors import Invalid
from engine.settings import Settings, settings
from worker import bulk, carrying
from worker.handlers import Handlers
from worker.pumps import CALLING, MOVING, Limits, Pump, listen
from worker.rounds import Rounds
from worker.serving import PREFECT_DEFAULTS, log_plainly
from worker.turns import Turns

log = logging.getLogger("alur.worker")

MOVING_THREADS = 4
CALLING_THREADS = 16
# PostgreSQL tells the pumps of new jobs; SQLite cannot, so there the longest pause is the latest that a job starts.
PAUSE_ON_POSTGRESQL = timedelta(seconds=5)
PAUSE_ON_SQLITE = timedelta(milliseconds=200)
PREFECT_RETRY_SECONDS = 5.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Do the background work until SIGTERM or SIGINT; return 0, or 2 for settings or connectors that are wrong."""
    parser = argparse.ArgumentParser(prog="alur-worker", description=main.__doc__)
    parser.parse_args(arguments)
    log_plainly()
    try:
        using = settings()
        pumps = make_pumps(using)
    except Invalid as error:
        return refused(error)
    asyncio.run(work(using, pumps))
    return 0


async def work(using: Settings, pumps: Sequence[Pump]) -> None:
    """Run the pumps, under Prefect where its server is there, else by themselves."""
    turns = Turns(pumps)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, turns.stop)
    database = make_url(using.url)
    listening = None
    if database.get_backend_name() == "postgresql":
        url = database.set(drivername="postgresql").render_as_string(hide_password=False)
        listening = asyncio.create_task(asyncio.to_thread(listen, url, pumps, lambda: turns.stopping))
    rounds = Rounds(pumps[0].handlers.sessions, pumps, pumps[0].handlers.clock, lambda: turns.is_lent)
    going_round = asyncio.create_task(asyncio.to_thread(rounds.run))
    prefect = asyncio.create_task(_under_prefect(turns))
    log.info("worker.started database=%s", database.get_backend_name())
    await turns.stand_in()
    prefect.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await prefect
    rounds.stop()
    await going_round
    for pump in pumps:
        await asyncio.to_thread(pump.close)
    if listening is not None:
        await listening
    log.info("worker.stopped jobs=%s", sum(pump.done for pump in pumps))


def make_pumps(using: Settings, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> list[Pump]:
    """Return the pumps over the database of the settings: one that moves instances, one that calls other systems."""
    sessions, connectors = connect(using.url, using=using), connectors_of(using)
    is_postgresql = make_url(using.url).get_backend_name() == "postgresql"
    pause = PAUSE_ON_POSTGRESQL if is_postgresql else PAUSE_ON_SQLITE
    return [
        Pump(Handlers(sessions, connectors, clock), MOVING, Limits(MOVING_THREADS, using.job_lease, pause)),
        Pump(Handlers(sessions, connectors, clock), CALLING, Limits(CALLING_THREADS, using.job_lease, pause)),
    ]


def connectors_of(using: Settings) -> dict[str, Connector]:
    """Return the connectors of the operator's file; none without a file."""
    return read_connectors(using.connectors, os.environ) if using.connectors is not None else {}


async def _under_prefect(turns: Turns) -> None:
    """Register with Prefect's server and run what it schedules, trying again while it cannot be reached."""
    if not os.environ.get("PREFECT_API_URL"):
        log.info("prefect.off reason=PREFECT_API_URL is not set; the worker runs its pumps by itself")
        return
    for name, value in PREFECT_DEFAULTS.items():
        os.environ.setdefault(name, value)
    # Importing Prefect takes a second and reads its settings: only now, and only where it is used.
    from worker import flows
    from worker.prefect_worker import InProcessWorker, register

    flows.use(turns)
    while not turns.stopping:
        try:
            await register(flows.SCHEDULE)
            log.info("prefect.on url=%s", os.environ["PREFECT_API_URL"])
            bulk.shown_by(flows.show_bulk_start)
            carrying.shown_by(flows.show_carry_over)
            await InProcessWorker(flows.SCHEDULE, name=f"{socket.gethostname()}-{os.getpid()}").start(
                printer=lambda *_said: None
            )
        except asyncio.CancelledError:
            raise
        except Exception as error:
            log.warning("prefect.away reason=%s: %s", type(error).__name__, str(error)[:200])
        await asyncio.sleep(PREFECT_RETRY_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
