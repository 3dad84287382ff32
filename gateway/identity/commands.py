"""Commands for the machine's administrator: they work on the database, without a session.

    python -m gateway.identity create-administrator NAME [--force]
    python -m gateway.identity set-password NAME
    python -m gateway.identity end-sessions NAME
    python -m gateway.identity revoke-device ID
    python -m gateway.identity rotate-key

Passwords are asked for, or read from the first line of standard input; never an argument, which every user of
the machine could read in the list of processes.
"""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Callable, Sequence
from uuid import UUID

from gateway.identity.adapters.keys import KeyRing
from gateway.identity.adapters.passwords import Passwords
from gateway.identity.domain.reasons import REASONS
from gateway.identity.usecases import accounts, administrators
from gateway.identity.usecases.demonstration import seed_demonstration
from gateway.identity.usecases.signing_in import utc_now
from services.kit.config import settings
from services.kit.database import Database
from services.kit.errors import SalesError


def run(arguments: Sequence[str]) -> None:
    """Do what the command line says, or leave with what is wrong about it."""
    parsed = _parser().parse_args(arguments)
    commands: dict[str, Callable[[argparse.Namespace], str]] = {
        "create-administrator": _create_administrator,
        "set-password": _set_password,
        "end-sessions": _end_sessions,
        "revoke-device": _revoke_device,
        "rotate-key": _rotate_key,
    }
    try:
        print(commands[parsed.command](parsed))  # noqa: T201
    except SalesError as error:
        reason = REASONS.get(error.reason)
        sys.exit(reason.en.format_map(error.params) if reason else str(error))


def seed() -> None:
    """Make the demonstration's users, if this is a demonstration."""
    if settings().demo:
        seed_demonstration(_database(), Passwords(), password=settings().demo_password, now=utc_now())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m gateway.identity")
    commands = parser.add_subparsers(dest="command", required=True)
    create = commands.add_parser("create-administrator", help="make the first administrator")
    create.add_argument("name")
    create.add_argument("--force", action="store_true", help="although there is one already")
    commands.add_parser("set-password", help="give a user a new password").add_argument("name")
    commands.add_parser("end-sessions", help="end all sessions of a user").add_argument("name")
    commands.add_parser("revoke-device", help="lock a device out for good").add_argument("id", type=UUID)
    commands.add_parser("rotate-key", help="sign access tokens with a new key")
    return parser


def _create_administrator(parsed: argparse.Namespace) -> str:
    administrators.create_administrator(
        _database(),
        Passwords(),
        user_name=parsed.name,
        password=_new_password(),
        force=parsed.force,
        now=utc_now(),
    )
    return f"{parsed.name} may sign in and administer users."


def _set_password(parsed: argparse.Namespace) -> str:
    accounts.set_password(
        _database(), Passwords(), user_name=parsed.name, password=_new_password(), now=utc_now()
    )
    return f"{parsed.name} has a new password; open sessions have ended."


def _end_sessions(parsed: argparse.Namespace) -> str:
    ended = accounts.end_sessions(_database(), user_name=parsed.name, now=utc_now())
    return f"Sessions ended: {ended}."


def _revoke_device(parsed: argparse.Namespace) -> str:
    if accounts.revoke_device(_database(), device_id=parsed.id, now=utc_now()):
        return "The device is revoked."
    return "There is no such device, or it was revoked before."


def _rotate_key(parsed: argparse.Namespace) -> str:
    key = KeyRing(settings().secrets_dir, clock=utc_now).rotate()
    return f"Key {key} signs in a minute."


def _new_password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("New password: ")
    if getpass.getpass("Once more: ") != password:
        sys.exit("The two passwords differ.")
    return password


def _database() -> Database:
    return Database("identity", settings().database_url, pool_size=1)
