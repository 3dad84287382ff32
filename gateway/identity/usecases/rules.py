"""Identity's rules, as the generic write path calls them."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from gateway.identity.domain import roles, users
from gateway.identity.storage.tables import user
from gateway.identity.usecases.expanding import take_turns, update_accesses
from services.kit.database import Row, UnitOfWork
from services.kit.errors import Invalid, Violation
from services.kit.records.rules import EntityRules, Rules


def prepare_user(uow: UnitOfWork, row: Row) -> None:
    """Store the user name in one form and fill in defaults.

    Raises:
        Invalid: INVALID_FIELDS with USER_NAME_TAKEN, INVALID_USER_NAME, INVALID_EMAIL.
    """
    values = row.values
    if row.is_new:
        values["user_name"] = users.folded_user_name(values["user_name"])
        values["display_name"] = values["display_name"] or values["user_name"]
        values["language"] = values["language"] or users.LANGUAGES[0]
    violations = users.violations_of(
        user_name=values["user_name"], email=values["email"], language=values["language"]
    )
    if row.is_new and not violations and _is_taken(uow, row):
        violations = [Violation("user_name", "USER_NAME_TAKEN", "another user has this name")]
    if violations:
        raise Invalid("INVALID_FIELDS", violations=violations)


def prepare_role(uow: UnitOfWork, row: Row) -> None:
    """Check the words of the grants.

    Raises:
        Invalid: INVALID_FIELDS.
    """
    violations = roles.violations_of(row.values["grants"])
    if violations:
        raise Invalid("INVALID_FIELDS", violations=violations)


def _is_taken(uow: UnitOfWork, row: Row) -> bool:
    name = row.values["user_name"]
    in_hand = any(
        other.values["user_name"] == name and other.id != row.id
        for other in uow.rows()
        if other.entity.name == row.entity.name
    )
    query = sa.select(user.c.id).where(user.c.user_name == name, user.c.id != UUID(row.id))
    return in_hand or uow.connection.scalar(query) is not None


RULES = Rules(
    entities={
        "identity.user": EntityRules(guard=take_turns, prepare=prepare_user, settle=update_accesses),
        "identity.role": EntityRules(guard=take_turns, prepare=prepare_role, settle=update_accesses),
        "identity.team": EntityRules(guard=take_turns, settle=update_accesses),
        "identity.territory": EntityRules(guard=take_turns, settle=update_accesses),
    }
)
