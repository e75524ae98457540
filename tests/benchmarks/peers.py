"""Others on the same work: plain SpiffWorkflow with its own serializer, and npm's bpmn-engine (drivers.py has more).

SpiffWorkflow's state is one row of the same database, read before each act and written after it, with the same driver
and the same durability. bpmn-engine has no store of its own: its state goes to a file with fsync. Both are spared what
Alur writes besides: task rows and lists, journal, jobs, rights, checks.
"""

import itertools
import json
import re
import shutil
import sqlite3
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
from lxml import etree
from measuring import Acts, Run
from shapes import SHAPES, drawer, process_id
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState
from sqlalchemy import make_url
from subjects import Database, clients

# The others hold what Camunda 8's properties say, which the plain library does not read.
SHAPES_OF_SPIFF = (
    "user step",
    "start-end",
    "3 automatic tasks",
    "1 user task",
    "3 user tasks",
    "fork and join of 3",
    "gateway",
    "10 variables",
)
SHAPES_OF_BPMN_ENGINE = ("start-end", "1 user task", "3 user tasks", "10 variables")
BPMN_ENGINE = "bpmn-engine@25.0.1"
MODULES = Path(__file__).resolve().parents[2] / ".tools" / "bpmn-engine"
_SCRIPT = re.compile(
    r'<extensionElements><zeebe:script expression="=([^"]*)" resultVariable="(\w+)"/></extensionElements>'
)


class PlainSpiff:
    """SpiffWorkflow as its documentation shows it: parsed once, restored before each act, serialized after it."""

    name = "spiffworkflow"
    mode = "embedded"
    shapes = SHAPES_OF_SPIFF
    cpu = staticmethod(time.process_time)

    def __init__(self, database: Database) -> None:
        self.database = database
        self.turn = threading.Lock()
        self._numbers = itertools.count()
        with database.sessions.begin() as session:
            session.connection().exec_driver_sql("DROP TABLE IF EXISTS spiff")
            session.connection().exec_driver_sql("CREATE TABLE spiff (id INTEGER PRIMARY KEY, state TEXT NOT NULL)")

    def client(self, _number: int, shape: str) -> Acts:
        """Run instances of a shape."""
        return clients(SHAPES[shape], _Spiff(self, shape))

    def next_number(self) -> int:
        """Return the number of a new instance."""
        return next(self._numbers)


class BpmnEngine:
    """bpmn-engine in a process of Node, with one client; installed into .tools where npm is at hand."""

    name = "bpmn-engine"
    mode = "embedded"
    shapes = SHAPES_OF_BPMN_ENGINE

    @staticmethod
    def is_there() -> bool:
        """Tell whether it can be measured."""
        return shutil.which("npm") is not None and shutil.which("node") is not None

    def __init__(self) -> None:
        if not (MODULES / "node_modules" / "bpmn-engine").exists():
            MODULES.mkdir(parents=True, exist_ok=True)
            subprocess.run(["npm", "install", "--silent", "--prefix", str(MODULES), BPMN_ENGINE], check=True)

    def run(self, shape: str, _clients: int, seconds: float, _database_cpu: Callable[[], float]) -> Run:
        """Measure a shape."""
        with tempfile.TemporaryDirectory() as folder:
            model = Path(folder) / "model.bpmn"
            model.write_text(drawer()(f"process {process_id(shape)}\n{SHAPES[shape].drawing}"))
            script = str(Path(__file__).with_name("bpmn_engine.js"))
            given = [str(MODULES / "node_modules"), str(model), json.dumps(SHAPES[shape].data), str(seconds)]
            command = ["node", script, *given, str(Path(folder) / "state")]
            said = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        return Run(said["seconds"], said["durations"], said["instances"], said["cpu_s"], 0.0)


class _Spiff:
    """The acts of a client."""

    def __init__(self, peer: PlainSpiff, shape: str) -> None:
        self._peer, self._data = peer, SHAPES[shape].data
        self._serializer = BpmnWorkflowSerializer()
        parser = BpmnParser()
        text = drawer()(f"process {process_id(shape)}\n{SHAPES[shape].drawing}")
        text = re.sub(r"(<conditionExpression[^>]*>)=", r"\1", text)
        parser.add_bpmn_xml(etree.fromstring(_SCRIPT.sub(r"<script>\2 = \1</script>", text).encode()))
        self._spec = parser.get_spec(process_id(shape))
        self._rows = _rows(peer.database, peer.turn)

    def start(self) -> list[Any]:
        workflow = BpmnWorkflow(self._spec)
        workflow.set_data(**self._data)
        workflow.task_tree.set_data(**self._data)
        workflow.do_engine_steps()
        number = self._peer.next_number()
        self._rows.insert(number, self._serializer.serialize_json(workflow))
        return self._waiting(number, workflow)

    def complete(self, task: Any) -> list[Any]:
        number, wanted = task
        workflow = self._serializer.deserialize_json(self._rows.select(number))
        found = workflow.get_task_from_id(wanted)
        found.set_data(n=1)
        found.run()
        workflow.do_engine_steps()
        self._rows.update(number, self._serializer.serialize_json(workflow))
        return self._waiting(number, workflow)[:1]

    def _waiting(self, number: int, workflow: Any) -> list[Any]:
        return [(number, task.id) for task in workflow.get_tasks(state=TaskState.READY, manual=True)]


class _SqliteRows:
    def __init__(self, file: str, turn: threading.Lock) -> None:
        self._connection = sqlite3.connect(file, timeout=30, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            self._connection.execute(f"PRAGMA {pragma}").close()
        self._turn = turn

    def insert(self, number: int, state: str) -> None:
        with self._turn:
            self._connection.execute("INSERT INTO spiff VALUES (?, ?)", (number, state))

    def select(self, number: int) -> str:
        return str(self._connection.execute("SELECT state FROM spiff WHERE id = ?", (number,)).fetchone()[0])

    def update(self, number: int, state: str) -> None:
        with self._turn:
            self._connection.execute("UPDATE spiff SET state = ? WHERE id = ?", (state, number))


class _PostgresqlRows:
    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True, prepare_threshold=0)

    def insert(self, number: int, state: str) -> None:
        self._connection.execute("INSERT INTO spiff VALUES (%s, %s)", (number, state))

    def select(self, number: int) -> str:
        return str(self._connection.execute("SELECT state FROM spiff WHERE id = %s", (number,)).fetchone()[0])

    def update(self, number: int, state: str) -> None:
        self._connection.execute("UPDATE spiff SET state = %s WHERE id = %s", (state, number))


def _rows(database: Database, turn: threading.Lock) -> Any:
    url = make_url(database.url)
    if database.kind == "sqlite":
        return _SqliteRows(url.database or "", turn)
    return _PostgresqlRows(url.set(drivername="postgresql").render_as_string(hide_password=False))
