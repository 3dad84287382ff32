"""What every release finds or makes."""

from __future__ import annotations

import sqlalchemy as sa

from gateway.identity.domain import administration
from gateway.identity.storage.tables import given_group
from gateway.identity.usecases.expanding import expand_everybody, take_turns
from services.kit.database import UnitOfWork


def provide(uow: UnitOfWork) -> None:
    """Let everybody have what everybody may do, and administrators what came with this release."""
    take_turns(uow)
    give_new_groups(uow)
    expand_everybody(uow)


def give_new_groups(uow: UnitOfWork) -> None:
    """Give the role of administrators the groups that it was never given: it may be older than they are.

    Each is given once, so that what a company takes away stays away.
    """
    role = uow.get("identity.role", administration.ROLE_ID, lock=True)
    if role is None or role.values["deleted"]:
        return
    given = set(uow.connection.execute(sa.select(given_group.c.name)).scalars())
    new = [grant for grant in administration.GRANTS if grant["group"] not in given]
    if not new:
        return
    held = {grant["group"] for grant in role.values["grants"]}
    missing = [grant for grant in new if grant["group"] not in held]
    if missing:
        role.values["grants"] = [*role.values["grants"], *missing]
        uow.flush()
    uow.connection.execute(sa.insert(given_group), [{"name": grant["group"]} for grant in new])
