"""Commands for agencies, people, keys and webhooks."""

import argparse
import getpass
import sys
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine import accounts, deliveries
from engine.access import OwnRole, Scope
from engine.cli.printing import Output
from engine.database import connect, reading
from engine.errors import Invalid, NotFound
from engine.models import Agency, ApiKey, User, UserRole, Webhook
from engine.settings import settings


def add(commands: Any) -> None:
    """Add the commands."""
    _add_agency(commands)
    _add_user(commands)
    _add_key(commands)
    _add_webhook(commands)


def _add_agency(commands: Any) -> None:
    acts = commands.add_parser("agency", help="agencies").add_subparsers(metavar="ACT", required=True)
    new = acts.add_parser("add", help="add an agency")
    new.add_argument("code", help="short name, part of receipt numbers")
    new.add_argument("name")
    new.add_argument("--time-zone", default="Asia/Jakarta", help="Asia/Jakarta, Asia/Makassar or Asia/Jayapura")
    new.add_argument("--parent", metavar="CODE", help="the agency above it")
    new.set_defaults(run=_create_agency)
    acts.add_parser("list", help="list agencies").set_defaults(run=_list_agencies)


def _add_user(commands: Any) -> None:
    own = ", ".join(OwnRole)
    acts = commands.add_parser("user", help="people who sign in").add_subparsers(metavar="ACT", required=True)
    new = acts.add_parser("add", help="add a person, or give roles to one")
    new.add_argument("name", help="the name to sign in with")
    new.add_argument("--full-name", help="needed for a new person")
    new.add_argument("--email")
    new.add_argument("--agency", required=True, metavar="CODE")
    new.add_argument("--role", action="append", default=[], metavar="ROLE", help=f"a role of a process, or {own}")
    new.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    new.set_defaults(run=_create_user)
    acts.add_parser("list", help="list people with their roles").set_defaults(run=_list_users)


def _add_key(commands: Any) -> None:
    scopes = ", ".join(Scope)
    acts = commands.add_parser("key", help="keys for systems").add_subparsers(metavar="ACT", required=True)
    new = acts.add_parser("add", help="add a key; it is shown once")
    new.add_argument("name", help="what the key is for")
    new.add_argument("--agency", required=True, metavar="CODE")
    new.add_argument("--scope", action="append", required=True, choices=[*Scope], metavar="SCOPE", help=scopes)
    new.add_argument("--role", action="append", default=[], metavar="ROLE", help="a role whose tasks it may do")
    new.add_argument("--days", type=int, help="how long it is valid; without: until it is revoked")
    new.set_defaults(run=_create_key)
    acts.add_parser("list", help="list keys").set_defaults(run=_list_keys)


def _add_webhook(commands: Any) -> None:
    acts = commands.add_parser("webhook", help="systems that are told what happens").add_subparsers(
        metavar="ACT", required=True
    )
    new = acts.add_parser("add", help="add a webhook; its secret is shown once")
    new.add_argument("url", help="where journal entries are sent")
    new.add_argument("--agency", required=True, metavar="CODE")
    new.add_argument("--kind", action="append", default=[], metavar="KIND", help="such as task.completed; none: all")
    new.set_defaults(run=_create_webhook)
    acts.add_parser("list", help="list webhooks").set_defaults(run=_list_webhooks)
    old = acts.add_parser("remove", help="remove a webhook")
    old.add_argument("id", type=UUID)
    old.set_defaults(run=_remove_webhook)


def _create_agency(options: argparse.Namespace, output: Output) -> int:
    with connect(settings().url).begin() as session:
        parent = accounts.agency(session, options.parent).id if options.parent else None
        accounts.create_agency(
            session,
            options.code,
            options.name,
            time_zone=options.time_zone,
            parent_id=parent,
            actor=getpass.getuser(),
            now=datetime.now(UTC),
        )
    output.say(f"Agency {options.code} was added.")
    return 0


def _list_agencies(options: argparse.Namespace, output: Output) -> int:
    with reading(connect(settings().url)) as session:
        for agency in session.scalars(select(Agency).order_by(Agency.code)):
            output.say(f"{agency.code}: {agency.name} ({agency.time_zone}{'' if agency.active else ', inactive'})")
    return 0


def _create_user(options: argparse.Namespace, output: Output) -> int:
    now, by = datetime.now(UTC), getpass.getuser()
    with connect(settings().url).begin() as session:
        agency = accounts.agency(session, options.agency)
        is_new = session.scalar(select(User.id).where(User.name == options.name)) is None
        if is_new:
            if not options.full_name:
                raise Invalid(f"Expected --full-name for the new user {options.name}, found none")
            password = _password(options)
            accounts.create_user(
                session,
                options.name,
                options.full_name,
                password,
                agency_id=agency.id,
                actor=by,
                email=options.email,
                now=now,
            )
        accounts.grant(session, options.name, agency.id, options.role, actor=by, now=now)
    roles = ", ".join(options.role) or "no role"
    output.say(f"{options.name} {'was added' if is_new else 'was known'} and has {roles} in {options.agency}.")
    return 0


def _password(options: argparse.Namespace) -> str:
    if options.password_stdin:
        return sys.stdin.readline().rstrip("\n")
    first, second = getpass.getpass("Password: "), getpass.getpass("Again: ")
    if first != second:
        raise Invalid("Expected the same password twice, found two")
    return first


def _list_users(options: argparse.Namespace, output: Output) -> int:
    query = (
        select(User.name, User.full_name, Agency.code, UserRole.role)
        .join(UserRole, UserRole.user_id == User.id, isouter=True)
        .join(Agency, Agency.id == UserRole.agency_id, isouter=True)
    )
    with reading(connect(settings().url)) as session:
        for row in session.execute(query.order_by(User.name, Agency.code, UserRole.role)):
            output.say(f"{row.name} ({row.full_name}): {row.role or 'no role'}{f' in {row.code}' if row.code else ''}")
    return 0


def _create_key(options: argparse.Namespace, output: Output) -> int:
    life = timedelta(days=options.days) if options.days else None
    with connect(settings().url).begin() as session:
        _, text = accounts.create_key(
            session,
            options.name,
            accounts.agency(session, options.agency).id,
            options.scope,
            roles=options.role,
            created_by=getpass.getuser(),
            now=datetime.now(UTC),
            life=life,
        )
    output.say(f"The key, shown only now: {text}")
    return 0


def _list_keys(options: argparse.Namespace, output: Output) -> int:
    query = select(ApiKey, Agency.code).join(Agency, Agency.id == ApiKey.agency_id).order_by(Agency.code, ApiKey.name)
    with reading(connect(settings().url)) as session:
        for key, code in session.execute(query):
            state = "revoked" if key.revoked_at else f"until {key.expires_at:%Y-%m-%d}" if key.expires_at else "valid"
            output.say(f"{code} {key.name}: {', '.join(key.scopes)} ({state})")
    return 0


def _create_webhook(options: argparse.Namespace, output: Output) -> int:
    with connect(settings().url).begin() as session:
        made, secret = deliveries.add_webhook(
            session,
            accounts.agency(session, options.agency).id,
            options.url,
            options.kind,
            created_by=getpass.getuser(),
            now=datetime.now(UTC),
        )
    output.say(f"Webhook {made.id} was added. The secret of its signatures, shown only now: {secret}")
    return 0


def _list_webhooks(options: argparse.Namespace, output: Output) -> int:
    query = select(Webhook, Agency.code).join(Agency, Agency.id == Webhook.agency_id).order_by(Agency.code, Webhook.id)
    with reading(connect(settings().url)) as session:
        for hook, code in session.execute(query):
            output.say(
                f"{code} {hook.id}: {hook.url} ({', '.join(hook.kinds) or 'all'}{'' if hook.active else ', off'})"
            )
    return 0


def _remove_webhook(options: argparse.Namespace, output: Output) -> int:
    with connect(settings().url).begin() as session:
        owner = session.scalar(select(Webhook.agency_id).where(Webhook.id == options.id))
        if owner is None:
            raise NotFound(f"Expected webhook {options.id}, but there is no such webhook")
        deliveries.remove_webhook(session, options.id, owner, actor=getpass.getuser(), now=datetime.now(UTC))
    output.say(f"Webhook {options.id} was removed.")
    return 0
