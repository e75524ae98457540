"""Read the command and run it."""

import argparse
from collections.abc import Mapping, Sequence
from importlib.metadata import version

from sqlalchemy.exc import OperationalError

from engine.cli import accounts, calendars, checking, converting, migrating, running, templates
from engine.cli.printing import Output, spoken
from engine.errors import AlurError, Invalid


def run(given: Sequence[str], elsewhere: Mapping[str, str]) -> int:
    """Run one command; return its exit code. ``elsewhere`` are commands that are only told of, with their help."""
    options = _parser(elsewhere).parse_args(given)
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


def _parser(elsewhere: Mapping[str, str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="alur", description="Alur runs standardized government processes.")
    parser.add_argument("--language", choices=["id", "en"], default=spoken(), help="language of findings")
    parser.add_argument("--version", action="version", version=f"alur {version('alur')}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for group in (checking, converting, templates, running, migrating, calendars, accounts):
        group.add(commands)
    for name, help_text in elsewhere.items():
        commands.add_parser(name, help=help_text, add_help=False)
    return parser
