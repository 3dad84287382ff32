"""Identity's rules, as the generic write path calls them."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

import sqlalchemy as sa

from gateway.identity.domain import roles, users
from gateway.identity.storage.tables import user
from gateway.identity.usecases.expanding import may_give_rights, take_turns, update_accesses
from services.kit.database import Row, UnitOfWork
from services.kit.entities import default_values
from services.kit.errors import Forbidden, Invalid, Violation
from services.kit.records.rules import EntityRules, Rules

#: Fields from which grants are made; the others are a directory's.
_RIGHTS_OF_USERS = ("role_ids", "team_id", "territory_ids", "product_lines", "inactive")


def prepare_user(uow: UnitOfWork, row: Row) -> None:
    """Store the user name in one form and fill in defaults.

    Raises:
        Forbidden: RIGHTS_NOT_GRANTED.
        Invalid: INVALID_FIELDS with USER_NAME_TAKEN, INVALID_USER_NAME, INVALID_EMAIL.
    """
    _require_right_to_give(uow, row, _RIGHTS_OF_USERS)
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


def prepare_team(uow: UnitOfWork, row: Row) -> None:
    """Let only administrators change what lies below what.

    Raises:
        Forbidden: RIGHTS_NOT_GRANTED.
    """
    _require_right_to_give(uow, row, ("parent_team_id",))


def prepare_territory(uow: UnitOfWork, row: Row) -> None:
    """Let only administrators change what lies below what.

    Raises:
        Forbidden: RIGHTS_NOT_GRANTED.
    """
    _require_right_to_give(uow, row, ("parent_territory_id",))


def prepare_role(uow: UnitOfWork, row: Row) -> None:
    """Check the words of the grants.

    Raises:
        Invalid: INVALID_FIELDS.
    """
    violations = roles.violations_of(row.values["grants"])
    if violations:
        raise Invalid("INVALID_FIELDS", violations=violations)


def _require_right_to_give(uow: UnitOfWork, row: Row, fields: Iterable[str]) -> None:
    """Who may write the directory does not thereby give rights, least of all to himself."""
    before = row.stored if not row.is_new else default_values(row.entity)
    gives = any(row.values[field] != before[field] for field in fields)
    author = uow.actor.user_id
    if gives and author is not None and not may_give_rights(uow.connection, author):
        raise Forbidden("RIGHTS_NOT_GRANTED", params={"entity": row.entity.name})


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
        "identity.team": EntityRules(guard=take_turns, prepare=prepare_team, settle=update_accesses),
        "identity.territory": EntityRules(
            guard=take_turns, prepare=prepare_territory, settle=update_accesses
        ),
    }
)
