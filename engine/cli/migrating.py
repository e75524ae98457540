"""Commands for a new version of a process: compare it with an old one, and carry running instances over."""

import argparse
import getpass
from datetime import UTC, datetime
from typing import Any

from engine import accounts, definitions
from engine.access import Actor, ActorKind
from engine.bpmn.comparison import Change, compare
from engine.cli.printing import Output
from engine.database import Page, connect, reading
from engine.instances import migration
from engine.packages import read_package
from engine.settings import settings

_BATCH = 200


def add(commands: Any) -> None:
    """Add the commands."""
    comparing = commands.add_parser("compare", help="tell what differs between two versions of a process")
    _versions(comparing)
    comparing.add_argument("--json", action="store_true", help="give the differences as JSON")
    comparing.set_defaults(run=_compare)
    carrying = commands.add_parser("carry-over", help="carry running instances over to another version")
    _versions(carrying)
    carrying.add_argument(
        "--step", action="append", default=[], metavar="OLD=NEW", help="a step that has another id in the new version"
    )
    carrying.add_argument("--agency", metavar="CODE", help="only instances of this agency; without: of all")
    carrying.add_argument("--dry-run", action="store_true", help="find out what would happen, and store nothing")
    carrying.add_argument("--by", default=getpass.getuser(), metavar="NAME", help="who does it, for the journal")
    carrying.set_defaults(run=_carry)


def _versions(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("process", help="id of the process")
    parser.add_argument("old", type=int, help="number of the old version")
    parser.add_argument("new", type=int, help="number of the new version")


def _compare(options: argparse.Namespace, output: Output) -> int:
    with reading(connect(settings().url)) as session:
        versions = [definitions.version(session, options.process, number) for number in (options.old, options.new)]
        before, after = (read_package(each.package, checked=True).models for each in versions)
    changes = compare(options.process, before, after)
    for change in changes:
        output.say(_line(change))
    output.say(f"{len(changes)} differences")
    if output.as_json:
        output.give([_as_json(change) for change in changes])
    return 0


def _line(change: Change) -> str:
    what = "flow" if change.is_flow else "step"
    became = f", seems to be {change.became} now" if change.became else ""
    name = f" ({change.name})" if change.name else ""
    return f"{change.kind:<8} {what} {change.step}{name}: {', '.join(change.what)}{became}"


def _as_json(change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind.value,
        "step": change.step,
        "name": change.name,
        "what": list(change.what),
        "became": change.became,
        "is_flow": change.is_flow,
    }


def _carry(options: argparse.Namespace, output: Output) -> int:
    steps = dict(each.partition("=")[::2] for each in options.step)
    if not all(steps.values()):
        return output.refuse(f"Expected --step OLD=NEW, found {' '.join(options.step)}")
    sessions = connect(settings().url)
    with reading(sessions) as session:
        agency_id = accounts.agency(session, options.agency).id if options.agency else None
        plan = migration.plan(session, options.process, options.old, options.new, steps)
    actor, after, done, refused = Actor(options.by, ActorKind.SYSTEM), None, 0, 0
    while True:
        with reading(sessions) as session:
            batch = migration.migratable(session, plan, agency_id, Page(_BATCH, after))
        for instance_id in batch.items:
            now = datetime.now(UTC)
            tried = migration.attempt(sessions, instance_id, plan, actor=actor, now=now, dry_run=options.dry_run)
            done += tried.why is None
            refused += tried.why is not None
            for obstacle in tried.why or ():
                output.say(f"{instance_id}: {obstacle.step}: {obstacle.message[output.language]}")
        after = batch.next
        if after is None:
            break
    output.say(f"{done} instances {'would go' if options.dry_run else 'went'} over, {refused} stay as they are.")
    return 1 if refused else 0
