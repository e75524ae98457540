"""``alur-worker`` does the background work; ``alur serve`` starts API, worker and Prefect's server in one command."""

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy.engine import make_url

from engine.calls import Connector
from engine.cli.printing import refused
from engine.connectors import read_connectors
from engine.database import connect
from engine.errors import Invalid
from engine.settings import Settings, settings
from worker import bulk
from worker.handlers import Handlers
from worker.pumps import CALLING, MOVING, Limits, Pump, listen
from worker.supervisor import Child, program, supervise
from worker.turns import Turns

log = logging.getLogger("alur.worker")

MOVING_THREADS = 4
CALLING_THREADS = 16
# PostgreSQL tells the pumps of new jobs; SQLite cannot, so there the longest pause is the latest that a job starts.
PAUSE_ON_POSTGRESQL = timedelta(seconds=5)
PAUSE_ON_SQLITE = timedelta(milliseconds=200)
PREFECT_RETRY_SECONDS = 5.0

# Prefect's own behaviour, unless the operator has set it: no telemetry, quiet, and a look for runs every few seconds.
PREFECT_DEFAULTS = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_LOGGING_LEVEL": "WARNING",
    "PREFECT_LOGGING_SERVER_LEVEL": "WARNING",
    "PREFECT_WORKER_QUERY_SECONDS": "5",
    "PREFECT_CLIENT_CSRF_SUPPORT_ENABLED": "false",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Do the background work until SIGTERM or SIGINT; return 0, or 2 for settings or connectors that are wrong."""
    parser = argparse.ArgumentParser(prog="alur-worker", description=main.__doc__)
    parser.parse_args(arguments)
    _log()
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
    prefect = asyncio.create_task(_under_prefect(turns))
    log.info("worker.started database=%s", database.get_backend_name())
    await turns.stand_in()
    prefect.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await prefect
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
            await InProcessWorker(flows.SCHEDULE, name=f"{socket.gethostname()}-{os.getpid()}").start(
                printer=lambda *_said: None
            )
        except asyncio.CancelledError:
            raise
        except Exception as error:
            log.warning("prefect.away reason=%s: %s", type(error).__name__, str(error)[:200])
        await asyncio.sleep(PREFECT_RETRY_SECONDS)


def serve(arguments: Sequence[str] | None = None) -> int:
    """Start everything in one command, and keep it running until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="alur serve", description=serve.__doc__)
    parser.add_argument("--demo", action="store_true", help="demonstration data with known passwords")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--prefect-port", type=int, default=4200)
    parser.add_argument("--no-prefect", action="store_true", help="let the worker run its pumps by itself")
    options = parser.parse_args(arguments)
    _log()
    environment = {**PREFECT_DEFAULTS, **os.environ, "ALUR_API_HOST": options.host, "ALUR_API_PORT": str(options.port)}
    data = Path(os.environ.get("ALUR_DATA", "data")).absolute()
    environment["ALUR_DATA"] = str(data)
    children = [
        Child("api", [program("alur-api")], environment),
        Child("worker", [program("alur-worker")], environment),
    ]
    if not options.no_prefect:
        url = f"http://127.0.0.1:{options.prefect_port}/api"
        environment |= {"PREFECT_API_URL": url, "PREFECT_HOME": environment.get("PREFECT_HOME", str(data / "prefect"))}
        command = [program("prefect"), "server", "start", "--host", "127.0.0.1", "--port", str(options.prefect_port)]
        children.append(Child("prefect", [*command, "--log-level", "WARNING"], environment))
    if options.demo:
        _prepare_demo(environment, data, children, options.port)
    # In a process of its own: what it loads would stay in the supervisor, which runs for months.
    for command in (["migrate"], ["deploy", str(_processes()), "--by", "alur", "--approve-by", "publisher"]):
        if subprocess.run([program("alur"), *command], env=environment).returncode != 0:  # noqa: S603 - our own
            return 1
    _announce(options)
    return supervise(children)


def _prepare_demo(environment: dict[str, str], data: Path, children: list[Child], port: int) -> None:
    """Let the demonstration have other systems to call: a stand-in for registry, billing and signatures."""
    data.mkdir(parents=True, exist_ok=True)
    standin = port + 1
    connectors = data / "demo-connectors.yaml"
    lines = [
        f"{name}: {{base_url: 'http://127.0.0.1:{standin}', private: true}}"
        for name in ("population_registry", "billing", "esign")
    ]
    connectors.write_text("\n".join(lines) + "\n", "utf-8")
    environment["ALUR_DEMO"] = "1"
    environment.setdefault("ALUR_CONNECTORS", str(connectors))
    children.insert(0, Child("standin", [sys.executable, "-m", "worker.standin", str(standin)], environment))


def _processes() -> Path:
    """Return the folder of the national processes."""
    import processes

    return Path(processes.__file__).parent


def _announce(options: argparse.Namespace) -> None:
    print(f"Alur is starting on http://{options.host}:{options.port}  (API: /v1/openapi.json)", flush=True)
    if not options.no_prefect:
        print(f"Prefect shows the background work on http://127.0.0.1:{options.prefect_port}", flush=True)
    if options.demo:
        print("Demonstration mode: known passwords and keys. Never use it for real data.", flush=True)


def _log() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # Prefect's client asks every few seconds


if __name__ == "__main__":
    sys.exit(main())
