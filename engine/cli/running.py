"""Commands for who runs Alur: migrate, deploy, verify, settings, version."""

import argparse
import getpass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from engine import accounts, calendars, definitions, journal
from engine.access import Actor, OwnRole
from engine.cli.checking import packages_at
from engine.cli.printing import Output
from engine.database import connect, reading
from engine.errors import Invalid
from engine.findings import Severity, errors_of
from engine.migrations import migrate
from engine.packages import in_order
from engine.settings import described, settings


def add(commands: Any) -> None:
    """Add the commands."""
    migrating = commands.add_parser("migrate", help="bring the database to the newest form of its tables")
    migrating.set_defaults(run=_migrate)
    deploy = commands.add_parser("deploy", help="store packages as new versions")
    deploy.add_argument("path", nargs="+", type=Path, help="a package (folder or zip), or a folder of packages")
    deploy.add_argument("--agency", metavar="CODE", help="the only agency that may use it; without: all")
    deploy.add_argument("--by", default=getpass.getuser(), metavar="NAME", help="who deploys")
    deploy.add_argument("--approve-by", metavar="NAME", help="also approve, in the name of another person")
    deploy.set_defaults(run=_deploy)
    verify = commands.add_parser("verify", help="prove that all journals are complete and unchanged")
    verify.set_defaults(run=_verify)
    show = commands.add_parser("settings", help="list all settings with their meaning")
    show.set_defaults(run=_settings)
    tell = commands.add_parser("version", help="tell which Alur this is")
    tell.set_defaults(run=_version)


def _migrate(options: argparse.Namespace, output: Output) -> int:
    url = settings().url
    migrate(url)
    now = datetime.now(UTC)
    with connect(url).begin() as session:
        seeded = calendars.seed(session, range(now.year - 1, now.year + 3), actor="system", now=now)
    output.say("The database has the newest form of its tables.")
    if seeded:
        output.say(f"National calendars were made for {', '.join(map(str, seeded))}: see alur calendar show.")
    return 0


def _deploy(options: argparse.Namespace, output: Output) -> int:
    packages = []
    for path, package in packages_at(options.path):
        output.findings(str(path), (each for each in package.findings if each.severity is not Severity.HINT))
        if isinstance(package, Invalid) or errors_of(package.findings):
            return output.refuse(f"Expected packages without errors, found {output.counts(package.findings)} in {path}")
        packages.append(package)
    actor = Actor(options.by, roles=frozenset({OwnRole.DESIGNER, OwnRole.PLATFORM}))
    now = datetime.now(UTC)
    with connect(settings().url).begin() as session:
        agency_id = accounts.agency(session, options.agency).id if options.agency else None
        for package in in_order(packages):
            stored = definitions.deploy(session, package, actor=actor, now=now, agency_id=agency_id)
            if options.approve_by and stored.approved_at is None:
                approver = Actor(options.approve_by, roles=frozenset({OwnRole.APPROVER, OwnRole.PLATFORM}))
                stored = definitions.approve(session, stored.id, actor=approver, now=now)
            output.say(f"{stored.process_id} version {stored.number}: {stored.status}")
    return 0


def _verify(options: argparse.Namespace, output: Output) -> int:
    found = 0
    with reading(connect(settings().url)) as session:
        for fault in journal.verify_all(session):
            found += 1
            output.say(f"journal {fault.instance_id}, entry {fault.sequence}: {fault.message}")
    output.say("Every journal is complete and as it was written." if found == 0 else f"{found} journals are not whole.")
    return 1 if found else 0


def _settings(options: argparse.Namespace, output: Output) -> int:
    for variable in described():
        output.say(f"{variable.name}={variable.default}")
        output.say(f"    {variable.meaning}")
    return 0


def _version(options: argparse.Namespace, output: Output) -> int:
    output.say(f"alur {version('alur')}")
    return 0
