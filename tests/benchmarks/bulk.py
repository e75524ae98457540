"""How many instances a second are started from one file: sent to the API, carried out by the worker.

./run bench bulk [--count N] [--databases sqlite postgresql] [--shape NAME] [--prefect] [--json FILE]

API and worker run as they do in production (``alur api``, ``alur worker``), with ``--prefect`` under Prefect's server
too, where the file is one run with its progress. The rate is the lines divided by the time from the answer to the
request to the end of the last line; ``taken`` is how long the API took to read, check and store the file.
"""

import argparse
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from durable import opened
from measuring import cpu_of, machine
from shapes import SHAPES, process_id
from subjects import Database, OverHttp


def main(arguments: list[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--databases", nargs="+", choices=("sqlite", "postgresql"), default=["sqlite", "postgresql"])
    parser.add_argument("--shape", choices=list(SHAPES), default="1 user task")
    parser.add_argument("--prefect", action="store_true")
    parser.add_argument("--port", type=int, default=18500)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args(arguments)
    about, results = machine(), list[dict[str, Any]]()
    print(f"{about['processor']}, Python {about['python']}, commit {about['commit']}, load {about['load']}")
    for kind in chosen.databases:
        with opened(kind, 20) as (database, _server), tempfile.TemporaryDirectory() as folder, ExitStack() as running:
            served = OverHttp(database, chosen.port)
            running.enter_context(served.serving())
            own = {"ALUR_DATABASE_URL": database.url, "ALUR_DATA": folder}
            if chosen.prefect:
                own |= running.enter_context(prefect(folder, chosen.port + 1))
            worker = running.enter_context(process(["-m", "worker.app"], own))
            if chosen.prefect:
                _wait_for(lambda: _get(chosen.port + 1, "/api/deployments/filter", {}), 120)
            time.sleep(5)  # until the worker has begun: what it loads is no part of the rate
            result = {"database": kind, "shape": chosen.shape, "count": chosen.count, "machine": about}
            result |= measure(served, database, worker.pid, chosen.shape, chosen.count)
            if chosen.prefect:
                result["prefect"] = seen_in_prefect(chosen.port + 1)
            print(
                f"{kind}: taken in {result['taken_s']:.1f} s, {result['per_second']:.0f} instances a second, "
                f"{result['cpu_us']:.0f} µs of the worker's processor time each {result.get('prefect', '')}"
            )
            results.append(result)
    if chosen.json:
        chosen.json.write_text(json.dumps(results, indent=1))
    return 0


@contextmanager
def process(arguments: list[str], own: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a Python program beside this one."""
    running = subprocess.Popen([sys.executable, *arguments], env=os.environ | own, stderr=subprocess.DEVNULL)
    try:
        yield running
    finally:
        running.terminate()
        running.wait(60)


@contextmanager
def prefect(folder: str, port: int) -> Iterator[dict[str, str]]:
    """Run Prefect's server; yield what the worker must know."""
    own = {"PREFECT_HOME": folder, "DO_NOT_TRACK": "1", "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}
    with process(["-m", "prefect", "server", "start", "--port", str(port), "--log-level", "WARNING"], own):
        _wait_for(lambda: _get(port, "/api/health") is True, 120)
        yield own | {"PREFECT_API_URL": f"http://127.0.0.1:{port}/api"}


def measure(served: OverHttp, database: Database, worker: int, shape: str, count: int) -> dict[str, float]:
    """Send a file and wait until all its lines are started."""
    variables = SHAPES[shape].data
    lines = (json.dumps({"variables": variables, "business_key": f"file-{number}"}) for number in range(count))
    content = "\n".join(lines).encode()
    path = f"/v1/processes/{process_id(shape)}/bulk-starts"
    before, began = cpu_of(worker), time.perf_counter()
    made = _asked(served, "POST", path, content, {"Content-Type": "application/x-ndjson", "Idempotency-Key": "file"})
    taken = time.perf_counter()
    while made["status"] == "running":
        time.sleep(0.2)
        made = _asked(served, "GET", f"/v1/bulk-starts/{made['id']}", None, {})
    seconds = time.perf_counter() - taken
    if made["position"] != count or made["refused"]:
        raise RuntimeError(f"Expected {count} lines to be started, found {made}")
    return {
        "taken_s": taken - began,
        "per_second": count / seconds,
        "cpu_us": (cpu_of(worker) - before) / count * 1e6,
    }


def seen_in_prefect(port: int) -> str:
    """Return what Prefect shows of the run."""
    time.sleep(3)
    runs = _get(port, "/api/flow_runs/filter", {"flows": {"name": {"any_": ["bulk start"]}}})
    artifacts = _get(port, "/api/artifacts/filter", {"artifacts": {"type": {"any_": ["progress"]}}})
    return f"Prefect: runs {[run['state_type'] for run in runs]}, progress {[each['data'] for each in artifacts]}"


def _asked(served: OverHttp, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=120)
    connection.request(method, path, body, served.person | headers)
    answer = connection.getresponse()
    content = answer.read()
    if answer.status >= 300:
        raise RuntimeError(f"Expected an answer to {path}, found {answer.status}: {content[:300]!r}")
    return json.loads(content)


def _get(port: int, path: str, body: Any = None) -> Any:
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        sent = None if body is None else json.dumps(body)
        connection.request("GET" if body is None else "POST", path, sent, {"Content-Type": "application/json"})
        return json.loads(connection.getresponse().read())
    except OSError:
        return None


def _wait_for(done: Any, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            raise TimeoutError(f"Expected Prefect's server to answer within {seconds} s")
        time.sleep(0.5)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
