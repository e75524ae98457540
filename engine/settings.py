"""Every setting of Alur, read once from the environment. Each variable begins with ALUR_ and has a default that works.

``described()`` lists them all with their meaning: README and ``alur settings`` are made from it.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Any, get_type_hints
from zoneinfo import ZoneInfo

from engine.errors import Invalid


@dataclass(frozen=True, slots=True)
class Variable:
    """Where a setting comes from: its variable, its default as one would write it there, and what it means."""

    name: str
    default: str
    parse: Callable[[str], Any]
    meaning: str


def _seconds(text: str) -> timedelta:
    return timedelta(seconds=float(text))


def _flag(text: str) -> bool:
    return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False, "": False}[text.lower()]


def _optional_path(text: str) -> Path | None:
    return Path(text) if text else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of one process of Alur. Sizes are in bytes, times are timedeltas."""

    data: Annotated[
        Path, Variable("ALUR_DATA", "data", Path, "Folder for everything that Alur keeps in files, SQLite included.")
    ]
    database_url: Annotated[
        str,
        Variable(
            "ALUR_DATABASE_URL",
            "",
            str,
            "SQLAlchemy URL of the database: sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/NAME. "
            "Empty: a SQLite file alur.db in ALUR_DATA.",
        ),
    ] = field(repr=False)
    database_connections: Annotated[
        int,
        Variable("ALUR_DATABASE_CONNECTIONS", "20", int, "Most connections that one process opens to the database."),
    ]
    lock_timeout: Annotated[
        timedelta,
        Variable(
            "ALUR_LOCK_TIMEOUT",
            "10",
            _seconds,
            "Seconds that a transaction waits for another's lock before it gives up.",
        ),
    ]
    statement_timeout: Annotated[
        timedelta,
        Variable("ALUR_STATEMENT_TIMEOUT", "30", _seconds, "Seconds that one statement may take (PostgreSQL)."),
    ]
    time_zone: Annotated[
        ZoneInfo,
        Variable(
            "ALUR_TIME_ZONE",
            "Asia/Jakarta",
            ZoneInfo,
            "Time zone of agencies that state none; law counts in local days.",
        ),
    ]
    job_lease: Annotated[
        timedelta,
        Variable("ALUR_JOB_LEASE", "60", _seconds, "Seconds that a worker has for a job before another may take it."),
    ]
    job_attempts: Annotated[
        int,
        Variable(
            "ALUR_JOB_ATTEMPTS",
            "5",
            int,
            "How often a job is tried before it becomes an incident, unless its step says.",
        ),
    ]
    job_backoff: Annotated[
        timedelta,
        Variable(
            "ALUR_JOB_BACKOFF", "2", _seconds, "Seconds before the second try of a job; doubled for each further one."
        ),
    ]
    job_backoff_most: Annotated[
        timedelta, Variable("ALUR_JOB_BACKOFF_MOST", "3600", _seconds, "Most seconds between two tries of a job.")
    ]
    message_life: Annotated[
        timedelta,
        Variable(
            "ALUR_MESSAGE_LIFE",
            "3600",
            _seconds,
            "Seconds that a message waits for a receiver, unless its sender says.",
        ),
    ]
    connectors: Annotated[
        Path | None,
        Variable(
            "ALUR_CONNECTORS",
            "",
            _optional_path,
            "File (YAML or JSON) with the connectors for service steps: base URL, allowed hosts, headers, limits. "
            "Empty: no service step is called from here.",
        ),
    ]
    webhooks_private: Annotated[
        bool,
        Variable(
            "ALUR_WEBHOOKS_PRIVATE",
            "0",
            _flag,
            "1 lets webhooks reach addresses inside the own network, also without TLS. 0: public addresses only.",
        ),
    ]
    package_bytes: Annotated[int, Variable("ALUR_PACKAGE_BYTES", "20000000", int, "Largest process package accepted.")]
    document_bytes: Annotated[int, Variable("ALUR_DOCUMENT_BYTES", "25000000", int, "Largest attachment accepted.")]
    definitions_cached: Annotated[
        int, Variable("ALUR_DEFINITIONS_CACHED", "200", int, "How many compiled versions one process keeps in memory.")
    ]
    secret: Annotated[
        str,
        Variable(
            "ALUR_SECRET",
            "",
            str,
            "Key for the hashes of API keys and sessions. Empty: a random one kept in ALUR_DATA/secret.",
        ),
    ] = field(repr=False)
    api_host: Annotated[str, Variable("ALUR_API_HOST", "127.0.0.1", str, "Address that the API listens on.")]
    api_port: Annotated[int, Variable("ALUR_API_PORT", "8000", int, "Port that the API listens on.")]
    api_processes: Annotated[int, Variable("ALUR_API_PROCESSES", "1", int, "How many processes serve the API.")]
    one_person_publishes: Annotated[
        bool,
        Variable(
            "ALUR_ONE_PERSON_PUBLISHES",
            "0",
            _flag,
            "1 puts an uploaded package in force at once. 0: a second person must approve it.",
        ),
    ]
    demo: Annotated[
        bool,
        Variable(
            "ALUR_DEMO", "0", _flag, "1 creates agencies, users and keys with known passwords. For trying out only."
        ),
    ]

    @property
    def url(self) -> str:
        """The database's URL, with the default filled in."""
        return self.database_url or f"sqlite:///{(self.data / 'alur.db').absolute()}"


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Return the settings that ``environment`` gives. Raises Invalid for a value that cannot be read."""
    return Settings(**{field: _read(environment, variable) for field, variable in _variables().items()})


@cache
def settings() -> Settings:
    """Return the settings of this process, read from its environment the first time."""
    return read_settings(os.environ)


def described() -> list[Variable]:
    """Return every setting with its default and meaning, in the order of their declaration."""
    return list(_variables().values())


def _variables() -> dict[str, Variable]:
    hints = get_type_hints(Settings, include_extras=True)
    return {name: hint.__metadata__[0] for name, hint in hints.items()}


def _read(environment: Mapping[str, str], variable: Variable) -> Any:
    text = environment.get(variable.name, variable.default)
    try:
        return variable.parse(text)
    except (ValueError, KeyError) as error:
        expected = f"Expected {variable.name} to be a value such as {variable.default!r}, found {text!r}"
        raise Invalid(expected) from error
