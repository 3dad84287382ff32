"""The demonstration company's users, made where they are missing."""

from __future__ import annotations

from datetime import datetime

from gateway.identity.adapters.passwords import Passwords
from gateway.identity.domain.demonstration import USER_NAMES, seeds
from gateway.identity.storage import accounts
from gateway.identity.usecases.expanding import take_turns, update_accesses
from gateway.identity.usecases.setup import give_new_groups
from services.kit.actor import SYSTEM
from services.kit.database import Database, UnitOfWork
from services.kit.errors import Invalid


def seed_demonstration(database: Database, passwords: Passwords, *, password: str, now: datetime) -> None:
    """Make the users of the demonstration, what they refer to, and give them all this password.

    A record that exists is left as it is, changed or not; done twice, nothing changes.

    Raises:
        Invalid: DEMO_PASSWORD_MISSING.
    """
    if not password:
        raise Invalid("DEMO_PASSWORD_MISSING", "set SALES_DEMO_PASSWORD")
    with database.unit_of_work(SYSTEM, now=now) as uow:
        take_turns(uow)
        for entity, values in seeds():
            if uow.get(entity, values["id"]) is None:
                uow.create(entity, values)
        give_new_groups(uow)
        update_accesses(uow)
        for user_name in USER_NAMES:
            _give_password(uow, passwords, user_name, password)


def _give_password(uow: UnitOfWork, passwords: Passwords, user_name: str, password: str) -> None:
    account = accounts.by_user_name(uow.connection, user_name)
    if account is not None and not passwords.matches(account.password_hash, password):
        accounts.store_password(uow.connection, account.user_id, passwords.hash(password), now=uow.now)
