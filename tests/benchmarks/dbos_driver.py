"""Acts of DBOS in a process of its own: python dbos_driver.py URL CONNECTIONS, then the requests of Driver.java.

A script is a step, a user task a message that the workflow waits for; what waits is told by an event. An act is over
when the workflow has come to its next event or its end, so that a client knows what is open, as elsewhere.
"""

import json
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from dbos import DBOS, WorkflowHandle

_LONG = 600.0  # seconds


@DBOS.step()
def add(number: int) -> int:
    """Do what the scripts of the drawings do."""
    return number + 1


@DBOS.workflow()
def bench_start_end(variables: dict[str, Any]) -> dict[str, Any]:
    """Do nothing, durably."""
    return variables


@DBOS.workflow()
def bench_3_automatic_tasks(variables: dict[str, Any]) -> dict[str, Any]:
    """Take three steps."""
    for _ in range(3):
        variables["n"] = add(variables["n"])
    return variables


@DBOS.workflow()
def with_tasks(variables: dict[str, Any], count: int) -> dict[str, Any]:
    """Wait for so many messages, one after the other."""
    for number in range(count):
        DBOS.set_event(f"open {number}", number)
        variables |= DBOS.recv(f"complete {number}", timeout_seconds=_LONG)
    return variables


WITHOUT_TASKS = {each.__name__: each for each in (bench_start_end, bench_3_automatic_tasks)}


@dataclass
class Request:
    """What is asked for: each client runs instances until the seconds are over or there were enough of them."""

    process: str
    tasks: int
    clients: int
    seconds: float
    instances: int
    data: dict[str, Any]

    @staticmethod
    def of(line: str) -> "Request":
        """Read a line. See Driver.java."""
        _model, process, tasks, clients, seconds, instances, *variables = line.rstrip("\n").split("\t")
        kinds = {"number": int, "text": str, "boolean": lambda text: text == "true"}
        triples = zip(variables[::3], variables[1::3], variables[2::3], strict=True)
        data = {name: kinds[kind](text) for name, kind, text in triples}
        return Request(process, int(tasks), int(clients), float(seconds), int(instances), data)


@dataclass
class Client:
    """One client, which acts in a thread."""

    request: Request
    durations: list[float] = field(default_factory=list)
    instances: int = 0
    error: BaseException | None = None

    def acts(self) -> Iterator[None]:
        """Do an act at each ``next``; say by ``instances`` how many instances are over."""
        while True:
            if self.request.tasks == 0:
                WITHOUT_TASKS[self.request.process](dict(self.request.data))
                self.instances += 1
                yield
                continue
            handle = DBOS.start_workflow(with_tasks, self.request.data, self.request.tasks)
            _see_open(handle, 0)
            yield
            for number in range(self.request.tasks):
                DBOS.send(handle.workflow_id, {"n": 1}, f"complete {number}")
                if number + 1 < self.request.tasks:
                    _see_open(handle, number + 1)
                else:
                    handle.get_result()
                    self.instances += 1
                yield

    def work(self, ready: threading.Barrier) -> None:
        """Run an instance that is not measured, wait for the others, and run until enough is done."""
        try:
            acts = self.acts()
            while self.instances == 0:
                next(acts)
            self.instances = 0
            ready.wait()
            begin = time.perf_counter()
            end = begin + self.request.seconds
            while begin < end and self.instances < self.request.instances:
                next(acts)
                now = time.perf_counter()
                self.durations.append(now - begin)
                begin = now
        except BaseException as error:
            self.error = error
            ready.abort()


def measured(request: Request) -> dict[str, Any]:
    """Return what a request measured."""
    clients = [Client(request) for _ in range(request.clients)]
    ready = threading.Barrier(request.clients + 1)
    threads = [threading.Thread(target=client.work, args=(ready,)) for client in clients]
    for thread in threads:
        thread.start()
    try:
        ready.wait()
    except threading.BrokenBarrierError:
        raise next(client.error for client in clients if client.error) from None
    begun, cpu = time.perf_counter(), time.process_time()
    for thread in threads:
        thread.join()
    for client in clients:
        if client.error:
            raise client.error
    return {
        "seconds": time.perf_counter() - begun,
        "cpu_s": time.process_time() - cpu,
        "instances": sum(client.instances for client in clients),
        "durations": [each for client in clients for each in client.durations],
    }


def main(url: str, connections: str) -> None:
    """Answer each line of standard input."""
    answers, sys.stdout = sys.stdout, sys.stderr
    DBOS(
        config={
            "name": "bench",
            "system_database_url": url,
            "sys_db_pool_size": int(connections),
            "run_admin_server": False,
            "log_level": "ERROR",
        }
    )
    DBOS.launch()
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in sys.stdin:
        print(json.dumps(measured(Request.of(line))), file=answers, flush=True)
    DBOS.destroy()


def _see_open(handle: WorkflowHandle[Any], number: int) -> None:
    if DBOS.get_event(handle.workflow_id, f"open {number}", timeout_seconds=_LONG) != number:
        raise RuntimeError(f"Expected task {number} of workflow {handle.workflow_id} to open")


if __name__ == "__main__":
    main(*sys.argv[1:])
