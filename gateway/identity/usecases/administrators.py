"""The first administrator of an installation."""

from __future__ import annotations

from datetime import datetime

from uuid_utils.compat import uuid7

from gateway.identity.adapters.passwords import Passwords
from gateway.identity.domain import administration, users
from gateway.identity.storage import accounts
from gateway.identity.usecases.expanding import has_administrator, take_turns, update_accesses
from gateway.identity.usecases.setup import give_new_groups
from services.kit.actor import SYSTEM
from services.kit.database import Database
from services.kit.errors import Invalid, NotAllowedNow


def create_administrator(
    database: Database, passwords: Passwords, *, user_name: str, password: str, force: bool, now: datetime
) -> str:
    """Make a user who may administer users, and the role for it; return the user's id.

    Raises:
        NotAllowedNow: ADMINISTRATOR_EXISTS, unless `force`.
        Invalid: USER_NAME_TAKEN, INVALID_USER_NAME, or a password that is refused.
    """
    name = users.folded_user_name(user_name)
    users.check_new_password(password, user_name=name)
    if users.violations_of(user_name=name, email="", language="it"):
        raise Invalid("INVALID_USER_NAME", params={"user_name": name})
    password_hash = passwords.hash(password)
    with database.unit_of_work(SYSTEM, now=now) as uow:
        take_turns(uow)
        if has_administrator(uow.connection) and not force:
            raise NotAllowedNow("ADMINISTRATOR_EXISTS", "an administrator exists; --force makes another one")
        if accounts.by_user_name(uow.connection, name) is not None:
            raise Invalid("USER_NAME_TAKEN", params={"user_name": name})
        if uow.get("identity.role", administration.ROLE_ID) is None:
            role = {"id": administration.ROLE_ID, "name": administration.ROLE_NAME}
            uow.create("identity.role", role | {"grants": administration.GRANTS})
        give_new_groups(uow)
        user_id = uuid7()
        values = {"user_name": name, "display_name": name, "language": "it"}
        uow.create("identity.user", values | {"id": str(user_id), "role_ids": [administration.ROLE_ID]})
        update_accesses(uow)
        accounts.store_password(uow.connection, user_id, password_hash, now=now)
    return str(user_id)
