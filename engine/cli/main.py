"""Read the command and run it."""

import argparse
import importlib
import sys
from collections.abc import Sequence
from importlib.metadata import version

from sqlalchemy.exc import OperationalError

from engine.cli import accounts, calendars, checking, converting, migrating, running, templates
from engine.cli.printing import Output, spoken
from engine.errors import AlurError, Invalid

# The engine knows neither API nor worker; a command of theirs is handed to them by name.
_ELSEWHERE = {
    "serve": ("worker.app", "serve", "start everything in one command: API, worker, and Prefect's server"),
    "api": ("api.app", "main", "start the API alone"),
    "worker": ("worker.app", "main", "start a worker alone"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given and given[0] in _ELSEWHERE:
        module, function, _ = _ELSEWHERE[given[0]]
        code: int = getattr(importlib.import_module(module), function)(given[1:])
        return code
    options = _parser().parse_args(given)
    output = Output(options.language, as_json=getattr(options, "json", False))
    try:
        result: int = options.run(options, output)
    except Invalid as error:
        output.findings("", error.findings)
        return output.refuse(error.message)
    except AlurError as error:
        return output.refuse(error.message)
    except OperationalError as error:
        return output.refuse(f"Expected a database that answers, found: {error.orig}. Was it migrated (alur migrate)?")
    except OSError as error:
        return output.refuse(f"Expected to read and write files, found: {error}")
    return result


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="alur", description="Alur runs standardized government processes.")
    parser.add_argument("--language", choices=["id", "en"], default=spoken(), help="language of findings")
    parser.add_argument("--version", action="version", version=f"alur {version('alur')}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for group in (checking, converting, templates, running, migrating, calendars, accounts):
        group.add(commands)
    for name, (_, _, help_text) in _ELSEWHERE.items():
        commands.add_parser(name, help=help_text, add_help=False)
    return parser
