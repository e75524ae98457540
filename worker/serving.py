"""``alur serve`` starts API, worker and Prefect's server in one command.

It stays for months as the parent of them all, so it imports nothing of the engine: 10 MB instead of 78.
"""

import argparse
import logging
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from worker.supervisor import Child, program, supervise

# Prefect's own behaviour, unless the operator has set it: no telemetry, quiet, and a look for runs every few seconds.
PREFECT_DEFAULTS = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_LOGGING_LEVEL": "WARNING",
    "PREFECT_LOGGING_SERVER_LEVEL": "WARNING",
    "PREFECT_WORKER_QUERY_SECONDS": "5",
    "PREFECT_CLIENT_CSRF_SUPPORT_ENABLED": "false",
    # What its server looks for every few seconds is nothing that we use: at rest 1.0 % of a core instead of 1.6.
    "PREFECT_SERVER_SERVICES_CLEANUP_RECONCILER_LOOP_SECONDS": "60",
    "PREFECT_SERVER_SERVICES_FOREMAN_LOOP_SECONDS": "60",
    "PREFECT_SERVER_SERVICES_LATE_RUNS_LOOP_SECONDS": "30",
    "PREFECT_SERVER_SERVICES_PAUSE_EXPIRATIONS_LOOP_SECONDS": "60",
    "PREFECT_SERVER_SERVICES_REPOSSESSOR_LOOP_SECONDS": "60",
}


def serve(arguments: Sequence[str] | None = None) -> int:
    """Start everything in one command, and keep it running until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="alur serve", description=serve.__doc__)
    parser.add_argument("--demo", action="store_true", help="demonstration data with known passwords")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--prefect-port", type=int, default=4200)
    parser.add_argument("--no-prefect", action="store_true", help="let the worker run its pumps by itself")
    options = parser.parse_args(arguments)
    log_plainly()
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


def log_plainly() -> None:
    """Let the log of this process go to its standard error, without what Prefect's client asks every few seconds."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
