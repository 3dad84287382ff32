"""Relationships between parties: what is checked when one is written, how each party reads them, groups of
companies.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import sqlalchemy as sa

from services.crm.domain.relationships import KINDS, SUBSIDIARY, Kind, Period, Reading, Relation, collision
from services.crm.storage import relationships as store
from services.crm.storage.aliases import survivors_of
from services.crm.storage.relationships import Member
from services.crm.storage.tables import party, relationship
from services.kit.database import Database, Row, UnitOfWork
from services.kit.entities import entity
from services.kit.errors import Invalid, NotAllowedNow, Violation
from services.kit.permissions import Access, condition

RELATIONSHIP: Final = "crm.relationship"
_MOST_RELATED: Final = 500
_MOST_MEMBERS: Final = 1000


def prepare_relationship(uow: UnitOfWork, row: Row) -> None:
    """Check what the two parties may be to each other; who becomes a dealer or an end user has that role.

    Raises:
        Invalid: INVALID_FIELDS with RELATIONSHIP_WITH_ITSELF, ENDS_BEFORE_START, PARTY_KIND_DOES_NOT_FIT,
            RELATIONSHIP_TWICE, TWO_PARENTS.
    """
    values = row.values
    kind = KINDS.get(values["kind"])
    if kind is None or not values["party_id"] or not values["other_id"]:
        return  # told as fields that must be given
    if row.is_new:
        store.share_relationships(uow.connection)
        survivors = survivors_of(uow.connection, [values["other_id"]])
        values["other_id"] = survivors.get(values["other_id"], values["other_id"])
    violations = [*_of_itself(row), *_of_parties(uow, row, kind)] or [*_beside_others(uow, row)]
    if violations:
        raise Invalid("INVALID_FIELDS", violations=violations)
    first = uow.require("crm.party", values["party_id"])
    if kind.role and kind.role not in first.values["roles"]:
        first.values["roles"] = sorted({*first.values["roles"], kind.role})


def relation_of(row: Row) -> Relation:
    """Return a relationship as the rules see it."""
    values = row.values
    return Relation(values["kind"], values["other_id"], Period.of(values["since"], values["until"]))


def _of_itself(row: Row) -> Iterator[Violation]:
    if row.values["party_id"] == row.values["other_id"]:
        yield Violation("other_id", "RELATIONSHIP_WITH_ITSELF")
    if relation_of(row).period.is_backwards:
        yield Violation("until", "ENDS_BEFORE_START")


def _of_parties(uow: UnitOfWork, row: Row, kind: Kind) -> Iterator[Violation]:
    for name, allowed in (("party_id", kind.party), ("other_id", kind.other)):
        found = uow.get("crm.party", row.values[name])
        if found is not None and found.values["kind"] not in allowed:
            yield Violation(name, "PARTY_KIND_DOES_NOT_FIT")


def _beside_others(uow: UnitOfWork, row: Row) -> Iterator[Violation]:
    siblings = uow.children(RELATIONSHIP, row.values["party_id"])
    reason = collision(relation_of(row), [relation_of(each) for each in siblings if each is not row])
    if reason:
        yield Violation("other_id", reason)


def check_hierarchy(uow: UnitOfWork, party_ids: Collection[str]) -> None:
    """Refuse groups of companies that go round in a circle; the companies' relationships have been written
    here.

    Raises:
        NotAllowedNow: HIERARCHY_CIRCLE.
    """
    store.hold_hierarchy(uow.connection)
    uow.flush()
    if store.is_circular(uow.connection, party_ids):
        raise NotAllowedNow("HIERARCHY_CIRCLE")


def check_kind(uow: UnitOfWork, party_id: str, kind: str) -> None:
    """Refuse to make a company of a person, or the reverse, where a relationship holds only for what it was.

    Raises:
        NotAllowedNow: RELATIONSHIPS_DO_NOT_FIT.
    """
    narrow = {
        side: [name for name, each in KINDS.items() if kind not in getattr(each, side)]
        for side in ("party", "other")
    }
    table = relationship.c
    query = sa.select(table.id).where(
        table.deleted.is_(False),
        sa.or_(
            sa.and_(table.party_id == sa.cast(party_id, sa.Uuid), table.kind.in_(narrow["party"])),
            sa.and_(table.other_id == sa.cast(party_id, sa.Uuid), table.kind.in_(narrow["other"])),
        ),
    )
    if uow.connection.execute(query.limit(1)).first() is not None:
        raise NotAllowedNow("RELATIONSHIPS_DO_NOT_FIT", params={"kind": kind})


def refuse_named_party(uow: UnitOfWork, row: Row) -> None:
    """Refuse to delete a party that others' relationships name.

    Raises:
        NotAllowedNow: PARTY_IS_NAMED.
    """
    pointing = sa.select(relationship.c.id).where(
        relationship.c.other_id == sa.cast(row.id, sa.Uuid), relationship.c.deleted.is_(False)
    )
    if uow.connection.execute(pointing.limit(1)).first() is not None:
        raise NotAllowedNow("PARTY_IS_NAMED")


# Reading


@dataclass(frozen=True, slots=True)
class Related:
    """A relationship as one of its parties reads it."""

    relationship_id: str
    party_id: str
    name: str
    party_kind: str
    kind: str
    forward: bool
    function: str
    since: str
    until: str
    standing: bool
    reading: Reading


def related(database: Database, access: Access, party_id: str, *, day: date) -> list[Related]:
    """Return a party's relationships, those of today first; only with parties that the reader may see."""
    ends = (
        (True, relationship.c.party_id, relationship.c.other_id),
        (False, relationship.c.other_id, relationship.c.party_id),
    )
    parts = [
        sa.select(
            relationship.c.id,
            sa.literal(forward).label("forward"),
            party.c.id.label("there"),
            party.c.name,
            party.c.kind.label("party_kind"),
            *(relationship.c[name] for name in ("kind", "function", "since", "until")),
        )
        .join(party, party.c.id == there)
        .where(
            here == sa.cast(party_id, sa.Uuid),
            relationship.c.deleted.is_(False),
            party.c.deleted.is_(False),
            condition(access, entity("crm.party"), "read", database.tables),
            condition(access, entity(RELATIONSHIP), "read", database.tables),
        )
        .limit(_MOST_RELATED)
        for forward, here, there in ends
    ]
    with database.read() as connection:
        rows = [row for part in parts for row in connection.execute(part)]
    found = [_related(row, day) for row in rows if row.kind in KINDS]
    found.sort(key=lambda each: (not each.standing, each.kind, each.name.casefold(), each.relationship_id))
    return found[:_MOST_RELATED]


def _related(row: Any, day: date) -> Related:
    kind = KINDS[row.kind]
    return Related(
        relationship_id=str(row.id),
        party_id=str(row.there),
        name=row.name,
        party_kind=row.party_kind,
        kind=row.kind,
        forward=row.forward,
        function=row.function,
        since=row.since.isoformat() if row.since else "",
        until=row.until.isoformat() if row.until else "",
        standing=Period(row.since, row.until).holds_on(day),
        reading=kind.forward if row.forward else kind.backward,
    )


@dataclass(frozen=True, slots=True)
class GroupMember:
    """A company of a group, as far as the reader sees the group."""

    party_id: str
    name: str
    parent_id: str
    depth: int


def hierarchy(database: Database, access: Access, party_id: str, *, day: date) -> list[GroupMember]:
    """Return the group of a party, each company before its subsidiaries, these by name.

    A company that the reader may not see is left out; what is below it stands below the next one that is
    seen.
    """
    with database.read() as connection:
        members = store.group_of(connection, party_id, day=day, most=_MOST_MEMBERS)
        query = sa.select(party.c.id, party.c.name).where(
            party.c.id == sa.any_(sa.cast([each.party_id for each in members], sa.ARRAY(sa.Uuid))),
            party.c.deleted.is_(False),
            condition(access, entity("crm.party"), "read", database.tables),
        )
        names = {str(row.id): row.name for row in connection.execute(query)}
    return list(_tree(members, names))


def _tree(members: Sequence[Member], names: dict[str, str]) -> Iterator[GroupMember]:
    below: dict[str, list[str]] = {}
    for member in members:
        below.setdefault(member.parent_id, []).append(member.party_id)

    def by_name(ids: Iterable[str]) -> list[str]:
        return sorted(ids, key=lambda each: (names.get(each, "").casefold(), each))

    waiting = [(each, "", 0) for each in reversed(by_name(below.get("", ())))]
    while waiting:
        party_id, parent_id, depth = waiting.pop()
        seen = party_id in names
        if seen:
            yield GroupMember(party_id, names[party_id], parent_id, depth)
        here = (party_id, depth + 1) if seen else (parent_id, depth)
        waiting += [(each, *here) for each in reversed(by_name(below.get(party_id, ())))]


def is_subsidiary(row: Row) -> bool:
    """True for a relationship that is part of a group of companies."""
    return row.entity.name == RELATIONSHIP and row.values["kind"] == SUBSIDIARY
