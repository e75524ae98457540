"""What many tests need: both databases, a moved clock, and small packages made from strings."""

import itertools
import json
import os
import re
import shutil
import sys
import sysconfig
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
import yaml
from postgres import running
from sqlalchemy import make_url, select

from engine import definitions, instances, jobs, journal, tasks, timers
from engine.access import SYSTEM, Actor, ActorKind, OwnRole, Scope
from engine.archives import write_zip
from engine.database import Sessions, connect, uuid7
from engine.instances import Moved
from engine.jobs import Claimed
from engine.migrations import migrate
from engine.models import Agency, JobKind, JournalEntry, Task, TaskStatus, Version
from engine.packages import Package, read_package

DATABASES = ("sqlite", "postgresql")

ROOT = Path(__file__).parents[1]
_ENGINE = f"{ROOT / 'engine'}{os.sep}"
_SPIFF = f"{os.sep}SpiffWorkflow{os.sep}"
_LIBRARY = ("<", *{os.path.realpath(sysconfig.get_path(name)) for name in ("stdlib", "purelib", "platlib")})
# These make code of declarations, never of values: importing, dataclasses, annotations, SQLAlchemy, pydantic.
_MACHINERY = re.compile(
    r"^<frozen |/(dataclasses|typing|enum)\.py$|/collections/__init__\.py$|/(sqlalchemy|pydantic|_pytest)/"
)
_MAY_PARSE = f"{ROOT / 'engine' / 'feel' / 'python.py'}"
_MAY_START = f"{ROOT / 'engine' / 'examination.py'}"
_WATCHED = frozenset(("compile", "exec", "os.system", "subprocess.Popen", "pickle.find_class"))
# What engine or SpiffWorkflow did in this process, or in a worker of xdist, that could run what an upload holds.
_RECORDED: set[str] = set()


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    """Record code made from text, and processes started, by engine or SpiffWorkflow."""
    if event not in _WATCHED:
        return
    frame = caller = sys._getframe(1)
    while frame is not None and not _is_ours(frame.f_code.co_filename):
        if not frame.f_code.co_filename.startswith(_LIBRARY):
            return  # a test, or another part that no upload reaches
        frame = frame.f_back
    if frame is None or _is_allowed(event, arguments, caller.f_code.co_filename, frame.f_code.co_filename):
        return
    _RECORDED.add(f"{event} {arguments[0]!r:.80} by {frame.f_code.co_filename}:{frame.f_lineno}")


def _is_ours(file: str) -> bool:
    return file.startswith(_ENGINE) or _SPIFF in file


def _is_allowed(event: str, arguments: tuple[Any, ...], caller: str, ours: str) -> bool:
    if event in ("compile", "exec") and _MACHINERY.search(caller):
        return True
    if event == "compile":  # ``ast.parse`` makes a tree and no code
        return ours == _MAY_PARSE and caller.endswith("/ast.py") and arguments[1] == "<unknown>"
    return event == "subprocess.Popen" and ours == _MAY_START


sys.addaudithook(_watch)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what a worker of xdist recorded."""
    _RECORDED.update(getattr(node, "workeroutput", {}).get("recorded", ()))


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run if anything was recorded. A worker's own exit status says nothing: its controller fails."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["recorded"] = sorted(_RECORDED)
    elif _RECORDED:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for line in sorted(_RECORDED):
        terminalreporter.write_line(f"Expected no code to be made of text and no process to be started, found {line}")


@pytest.fixture(scope="session")
def postgresql_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a PostgreSQL server whose user may create databases: ALUR_TEST_POSTGRES, else one started for this run."""
    given = os.environ.get("ALUR_TEST_POSTGRES")
    if given:
        yield given
        return
    with running() as server:
        yield server.url


@pytest.fixture(scope="session")
def postgresql_template(postgresql_url: str) -> str:
    """Name of a migrated database on the server, to be copied."""
    name = f"alur_template_{uuid4().hex[:12]}"
    _administer(postgresql_url, f'CREATE DATABASE "{name}"')
    migrate(_named(postgresql_url, name))
    return name


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied."""
    file = tmp_path_factory.mktemp("sqlite") / "template.db"
    migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a migrated, empty database of the test's own; the test runs once on each kind."""
    kind = request.param
    if kind == "sqlite":
        file = shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "alur.db")
        yield f"sqlite:///{file}"
        return
    server, template = request.getfixturevalue("postgresql_url"), request.getfixturevalue("postgresql_template")
    name = f"alur_{uuid4().hex[:12]}"
    _administer(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')
    try:
        yield _named(server, name)
    finally:
        _administer(server, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def sessions(database_url: str) -> Iterator[Sessions]:
    """Sessions on a database of the test's own."""
    made = connect(database_url)
    yield made
    made.kw["bind"].dispose()


@pytest.fixture
def now() -> datetime:
    """A Monday morning in Jakarta."""
    return datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


def _administer(server: str, statement: str) -> None:
    url = make_url(server).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


def _named(server: str, name: str) -> str:
    return make_url(server).set(database=name).render_as_string(hide_password=False)


ZEEBE = "http://camunda.org/schema/zeebe/1.0"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"


@dataclass(frozen=True)
class World:
    """A database with an agency and people, and short words for what tests do in it.

    ``siti`` and ``budi`` are officers, ``heni`` is their head and an operator, ``worker`` is a key for outside jobs.
    ``now`` is a Monday morning in Jakarta.
    """

    sessions: Sessions
    agency: UUID
    other_agency: UUID
    now: datetime
    siti: Actor
    budi: Actor
    heni: Actor
    worker: Actor
    stranger: Actor

    def package(
        self,
        *steps: str,
        process_id: str = "permit",
        declared: str = "",
        files: Mapping[str, bytes] | None = None,
        **manifest: Any,
    ) -> Package:
        """Return a package with a process of ``steps``: elements in BPMN (without prefix), see ``bpmn_of``."""
        return package_of(bpmn_of(process_id, steps, declared), process_id, files or {}, **manifest)

    def deploy(self, *steps: str, agency_id: UUID | None = None, **more: Any) -> Version:
        """Deploy and approve a ``package``."""
        package = self.package(*steps, **more)
        with self.sessions.begin() as session:
            version = definitions.deploy(session, package, actor=SYSTEM, now=self.now, agency_id=agency_id)
            return definitions.approve(session, version.id, actor=SYSTEM, now=self.now)

    def start(self, variables: Mapping[str, Any] | None = None, *, process_id: str = "permit", **more: Any) -> Moved:
        """Start an instance as siti."""
        options = {"agency_id": self.agency, "actor": self.siti, "now": self.now, **more}
        with self.sessions.begin() as session:
            return instances.start(session, process_id, variables or {}, **options)

    def complete(self, task_id: UUID, data: Mapping[str, Any] | None = None, **more: Any) -> Moved:
        """Complete a task as budi."""
        options = {"actor": self.budi, "now": self.now, **more}
        with self.sessions.begin() as session:
            return tasks.complete(session, task_id, data or {}, **options)

    def open_steps(self, instance_id: UUID) -> list[str]:
        """Return the steps whose tasks are open, in their order."""
        with self.sessions() as session:
            query = select(Task.step).where(Task.instance_id == instance_id, Task.status == TaskStatus.OPEN)
            return list(session.scalars(query.order_by(Task.id)))

    def variables(self, instance_id: UUID) -> dict[str, Any]:
        """Return the variables of an instance."""
        with self.sessions() as session:
            return instances.look(session, instance_id, lambda workflow: workflow.variables())

    def journal(self, instance_id: UUID) -> list[str]:
        """Return the kinds of an instance's journal entries; fail if its chain is broken."""
        with self.sessions() as session:
            assert journal.verify(session, instance_id) is None
            query = select(JournalEntry.kind).where(JournalEntry.instance_id == instance_id)
            return list(session.scalars(query.order_by(JournalEntry.sequence)))

    def claim(self, kind: JobKind, **more: Any) -> list[Claimed]:
        """Take due jobs of a kind for a minute."""
        options = {"owner": "w1", "limit": 10, "lease": timedelta(minutes=1), "now": self.now, **more}
        with self.sessions.begin() as session:
            return jobs.claim(session, [kind], **options)

    def fire_timers(self, at: datetime) -> list[Moved | None]:
        """Let all timers of instances fire that are due at ``at``; return what each did."""
        fired = []
        for job in self.claim(JobKind.TIMER, now=at):
            with self.sessions.begin() as session:
                fired.append(timers.fire(session, job, now=at))
        return fired


@pytest.fixture
def world(sessions: Sessions, now: datetime) -> World:
    """An agency with its people, on both databases."""
    agency, other = uuid7(now), uuid7(now)
    with sessions.begin() as session:
        for agency_id, code in ((agency, "DKI"), (other, "JABAR")):
            session.add(
                Agency(
                    id=agency_id,
                    code=code,
                    name=code,
                    parent_id=None,
                    time_zone="Asia/Jakarta",
                    active=True,
                    created_at=now,
                )
            )

    def person(name: str, *roles: str, agency_id: UUID = agency) -> Actor:
        return Actor(name, ActorKind.USER, agency_id, frozenset(roles))

    return World(
        sessions=sessions,
        agency=agency,
        other_agency=other,
        now=now,
        siti=person("siti", "officer"),
        budi=person("budi", "officer"),
        heni=person("heni", "head", OwnRole.HEAD, OwnRole.OPERATOR),
        worker=Actor("key:worker", ActorKind.KEY, agency, scopes=frozenset({Scope.JOBS_WORK, Scope.MESSAGES_PUBLISH})),
        stranger=person("joko", "officer", OwnRole.HEAD, OwnRole.OPERATOR, agency_id=other),
    )


def bpmn_of(process_id: str, steps: Sequence[str], declared: str = "") -> bytes:
    """Return a BPMN file with one process.

    ``steps`` are elements without prefix. Those that are flow nodes are joined in their order by sequence flows; an
    element that begins with ``+`` is put in as it is (boundary events, flows and what lies behind them).
    """
    chain = [step for step in steps if not step.startswith("+")]
    ids = [re.search(r'id="(\w+)"', step)[1] for step in chain]
    flows = [f'<sequenceFlow id="{a}_to_{b}" sourceRef="{a}" targetRef="{b}"/>' for a, b in itertools.pairwise(ids)]
    body = "\n".join([*(step.removeprefix("+") for step in steps), *flows])
    body = re.sub(r"<(conditionExpression|time\w+)>", r'<\1 xsi:type="tFormalExpression">', body)
    return (
        f'<definitions xmlns="{BPMN}" xmlns:zeebe="{ZEEBE}" xmlns:xsi="{XSI}" id="d" targetNamespace="urn:test">'
        f'{declared}<process id="{process_id}" isExecutable="true">{body}</process></definitions>'
    ).encode()


def package_of(model: bytes, process_id: str, files: Mapping[str, bytes], **manifest: Any) -> Package:
    """Return a package with one model and a manifest of the least that a process needs."""
    text = {"id": "x", "en": "x"}
    law = {"basis": "law", "article": "1", "status": "confirmed"}
    base = {
        "id": process_id,
        "title": text,
        "authority": text,
        "in_force_from": "2026-01-01",
        "languages": ["id"],
        "legal_basis": {"law": {"cite": "UU 1/2000", "title": text}},
        "roles": {"officer": {"title": text, "kind": "office"}},
        "start": {"by": ["officer"]},
        "retention": {"period": "P5Y", "law": law},
    }
    own = {"process.yaml": yaml.safe_dump({**base, **manifest}).encode(), f"{process_id}.bpmn": model}
    return read_package(write_zip({**own, **files}))


@pytest.fixture
def user_task() -> Callable[..., str]:
    """Writes a user task for a group."""

    def write(step: str, group: str = "officer", inside: str = "") -> str:
        return (
            f'<userTask id="{step}" name="{step.title()}"><extensionElements><zeebe:userTask/>'
            f'<zeebe:assignmentDefinition candidateGroups="{group}"/></extensionElements>{inside}</userTask>'
        )

    return write


@pytest.fixture
def service_task() -> Callable[..., str]:
    """Writes a service task of a job type."""

    def write(step: str, job_type: str = "registry.lookup", inside: str = "") -> str:
        return (
            f'<serviceTask id="{step}"><extensionElements><zeebe:taskDefinition type="{job_type}"/>{inside}'
            "</extensionElements></serviceTask>"
        )

    return write


@pytest.fixture
def boundary() -> Callable[..., str]:
    """Writes a boundary event with a timer, and the end that it leads to."""

    def write(event: str, host: str, duration: str, *, interrupting: bool = True) -> str:
        return (
            f'+<boundaryEvent id="{event}" attachedToRef="{host}" cancelActivity="{str(interrupting).lower()}">'
            f"<timerEventDefinition><timeDuration>{duration}</timeDuration></timerEventDefinition></boundaryEvent>"
            f'<sequenceFlow id="{event}_flow" sourceRef="{event}" targetRef="{event}_end"/>'
            f'<endEvent id="{event}_end"/>'
        )

    return write


@pytest.fixture
def form_file() -> Callable[..., Mapping[str, bytes]]:
    """Makes the file of a form with text fields that must be filled in."""

    def make(form: str, *fields: str) -> Mapping[str, bytes]:
        components = [
            {"type": "textfield", "key": field, "label": field, "id": field, "validate": {"required": True}}
            for field in fields
        ]
        schema = {"id": form, "type": "default", "schemaVersion": 16, "components": components}
        return {f"forms/{form}.json": json.dumps(schema).encode()}

    return make
