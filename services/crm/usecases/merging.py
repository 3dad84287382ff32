"""One party of two, what it would come to, and taking it back.

The other party's id becomes an alias of the survivor, for ever: reads, writes and placement of every service
follow it, so a device that changes the other party a week later changes the survivor.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from services.crm.domain.merging import TAKEABLE, differences, merged_values
from services.crm.domain.relationships import Relation, collision
from services.crm.domain.states import PARTY, target_of
from services.crm.storage import merges
from services.crm.storage.merges import Merge
from services.crm.storage.relationships import hold_relationships
from services.crm.storage.tables import relationship, timeline_entry
from services.crm.usecases.passages import note_passages
from services.crm.usecases.primaries import MARKS
from services.crm.usecases.relationships import check_hierarchy, check_kind, relation_of
from services.crm.usecases.timeline import tell_again_of_party
from services.kit.database import Row, UnitOfWork
from services.kit.errors import Forbidden, Invalid, NotAllowedNow, NotFound, Violation
from services.kit.permissions import Access, matches
from services.kit.records.places import chain_of
from services.kit.records.rules import CommandCall

#: What hangs under a party here. Other services' records follow by the alias.
CHILDREN: Final = (
    "crm.address",
    "crm.contact_point",
    "crm.relationship",
    "crm.activity",
    "crm.opportunity",
    "crm.custom_record",
)
#: Children of which two alike are one.
_SAME: Final = {
    "crm.contact_point": ("kind", "value"),
    "crm.address": ("kind", "street", "postal_code", "city"),
}
_LONGEST_NOTES: Final = 10_000


def merge_party(uow: UnitOfWork, row: Row, call: CommandCall) -> None:
    """Take the other party's values, records and id over.

    Raises:
        Invalid: SAME_PARTY, INVALID_FIELDS (a field of `take` that cannot be chosen).
        NotFound: RECORD_NOT_FOUND, also for who may not see the other party.
        Forbidden: NOT_GRANTED, the other party may not be changed.
        NotAllowedNow: WRONG_STATE, PARTIES_BOTH_IN_ERP, MERGED_NOTES_TOO_LONG, TWO_PARENTS, HIERARCHY_CIRCLE,
            RELATIONSHIPS_DO_NOT_FIT.
    """
    other = _other(uow, row, call)
    take = _take(call)
    before = {name: dict(each.values) for name, each in (("survivor", row), ("other", other))}
    values = merged_values(row.values, other.values, take)
    _check(row, other, values)
    _move_state(uow, row, values.pop("state"))
    row.values.update(values)
    note_passages(uow, [row])
    hold_relationships(uow.connection)
    moved, dropped = _move_children(uow, other, row)
    pointed, closed = _move_relationships(uow, other, row, moved)
    demoted = _demote(uow, row, moved)
    dropped += closed
    aliases = [other.id, *merges.aliases_of(uow.connection, other.id)]
    uow.move(other, target_of(PARTY, "merge", other.values["state"]), command="merge")
    other.values["deleted"] = True
    _point(uow, aliases, row.id)
    check_hierarchy(uow, [row.id])
    check_kind(uow, row.id, row.values["kind"])
    touched = [row, other, *moved, *dropped, *pointed]
    merges.store(
        uow.connection,
        survivor_id=row.id,
        other_id=other.id,
        by=uow.actor.user_id,
        now=uow.now,
        what=Merge(
            id=0,
            survivor=before["survivor"],
            other=before["other"],
            moved=[_key(each) for each in moved],
            dropped=[_key(each) for each in dropped],
            aliases=aliases[1:],
            versions={_key(each): each.values["version"] for each in touched},
            pointed=[_key(each) for each in pointed],
            demoted=[_key(each) for each in demoted],
        ),
    )
    _move_timeline(uow, other.id, row.id)


def unmerge_party(uow: UnitOfWork, row: Row, call: CommandCall) -> None:
    """Make two parties of one again, as they were before the merge.

    Raises:
        NotFound: MERGE_NOT_FOUND.
        NotAllowedNow: MERGED_CHANGED_SINCE, somebody has changed what the merge touched.
    """
    other_id = call.request["other_id"]
    merge = merges.last(uow.connection, survivor_id=row.id, other_id=other_id) if other_id else None
    if merge is None:
        raise NotFound("MERGE_NOT_FOUND", params={"id": row.id, "other_id": other_id})
    rows = {key: _locked(uow, key) for key in sorted(merge.versions)}
    changed = sorted(key for key, version in merge.versions.items() if rows[key].values["version"] != version)
    if changed:
        raise NotAllowedNow("MERGED_CHANGED_SINCE", params={"records": ", ".join(changed[:5])})
    other = rows[f"crm.party/{other_id}"]
    uow.move(other, merge.other["state"], command="unmerge")
    if row.values["state"] != merge.survivor["state"]:
        uow.move(row, merge.survivor["state"], command="unmerge")
    row.values.update(_own(merge.survivor))
    note_passages(uow, [row])
    other.values.update(_own(merge.other) | {"merged_into_id": "", "deleted": False})
    for key in merge.moved:
        _hang(rows[key], other_id, instead_of=row.id)
    for key in merge.pointed:
        rows[key].values["other_id"] = other_id
    for key in merge.dropped:
        rows[key].values["deleted"] = False
    for key in merge.demoted:
        rows[key].values[MARKS[rows[key].entity.name]] = True
    other.alias_of = ""
    merges.unpoint(uow.connection, other_id)
    _point(uow, merge.aliases, other_id)
    merges.mark_undone(uow.connection, merge.id, now=uow.now)
    tell_again_of_party(uow, other_id)


def preview(
    mine: Row, theirs: Row, facets: Iterable[str], hidden: Mapping[str, str] = MappingProxyType({})
) -> list[dict[str, Any]]:
    """Return the fields in which two parties differ, without those of facets that the reader does not see.

    `hidden` maps keys of custom fields to their facets.
    """
    seen = {"base", *facets}
    unseen = {key for key, facet in hidden.items() if facet not in seen}
    one, other = (_without_keys(each.values, unseen) for each in (mine, theirs))
    return [
        {"name": each.name, "mine": each.mine, "theirs": each.theirs, "merged": each.merged}
        for each in differences(one, other)
        if mine.entity.fields[each.name].facet in seen
    ]


def pointed_at(uow: UnitOfWork, mine: Row, theirs: Row) -> int:
    """Return how many relationships of third parties name the other party."""
    pointing = uow.find("crm.relationship", relationship.c.other_id == UUID(theirs.id))
    return sum(each.values["party_id"] not in (mine.id, theirs.id) for each in pointing)


def _without_keys(values: dict[str, Any], keys: Collection[str]) -> dict[str, Any]:
    return values | {"custom": {key: text for key, text in values["custom"].items() if key not in keys}}


def visible_party(uow: UnitOfWork, access: Access, party_id: str) -> Row:
    """Return a party that the user may see.

    Raises:
        NotFound: RECORD_NOT_FOUND.
    """
    found = uow.get("crm.party", party_id)
    if found is None or found.values["deleted"] or not matches(access, "crm", "read", chain_of(uow, found)):
        raise NotFound("RECORD_NOT_FOUND", params={"entity": "crm.party", "id": party_id})
    return found


def _other(uow: UnitOfWork, row: Row, call: CommandCall) -> Row:
    other_id = call.request["other_id"]
    if other_id == row.id:
        raise Invalid("SAME_PARTY")
    if not other_id:
        raise NotFound("RECORD_NOT_FOUND", params={"entity": "crm.party", "id": ""})
    uow.get("crm.party", other_id, lock=True)
    other = visible_party(uow, call.access, other_id)
    if not matches(call.access, "crm", "write", chain_of(uow, other)):
        raise Forbidden("NOT_GRANTED", params={"entity": "crm.party", "action": "write"})
    return other


def _take(call: CommandCall) -> set[str]:
    take = set(call.request["take"])
    unknown = sorted(take - TAKEABLE)
    if unknown:
        raise Invalid(
            "INVALID_FIELDS",
            violations=[
                Violation("request.take", "UNKNOWN_VALUE", f"{name} cannot be chosen") for name in unknown
            ],
        )
    return take


def _check(row: Row, other: Row, values: dict[str, Any]) -> None:
    if row.values["erp_code"] and other.values["erp_code"]:
        codes = {"mine": row.values["erp_code"], "theirs": other.values["erp_code"]}
        raise NotAllowedNow("PARTIES_BOTH_IN_ERP", params=codes)
    if max(len(values["notes"]), len(values["private_notes"])) > _LONGEST_NOTES:
        raise NotAllowedNow("MERGED_NOTES_TOO_LONG", params={"limit": str(_LONGEST_NOTES)})
    target_of(PARTY, "merge", row.values["state"])


def _move_state(uow: UnitOfWork, row: Row, state: str) -> None:
    if row.values["state"] != state:
        uow.move(row, state, command="merge")


def _move_children(uow: UnitOfWork, other: Row, row: Row) -> tuple[list[Row], list[Row]]:
    """Move what hangs under the other party; what the survivor has alike is dropped."""
    moved, dropped = [], []
    for name in CHILDREN:
        same = _SAME.get(name, ())
        present = {tuple(each.values[field] for field in same) for each in uow.children(name, row.id)}
        for child in uow.children(name, other.id):
            if same and tuple(child.values[field] for field in same) in present:
                child.values["deleted"] = True
                dropped.append(child)
            else:
                _hang(child, row.id, instead_of=other.id)
                moved.append(child)
    return moved, dropped


def _hang(child: Row, party_id: str, *, instead_of: str) -> None:
    """Put a record under a party; one of an own type may stand under the party or under something of it."""
    child.values[child.entity.parent_field] = party_id
    if child.values.get("parent_id") == instead_of:
        child.values["parent_id"] = party_id


def _move_relationships(
    uow: UnitOfWork, other: Row, row: Row, moved: Sequence[Row]
) -> tuple[list[Row], list[Row]]:
    """Let relationships name the party that stays. Those between the two, and those said twice, are dropped.

    Raises:
        NotAllowedNow: TWO_PARENTS.
    """
    here = UUID(other.id)
    pointed = uow.find("crm.relationship", relationship.c.other_id == here, lock=True)
    for each in pointed:
        each.values["other_id"] = row.id
    dropped = []
    for party_id in sorted({row.id, *(each.values["party_id"] for each in pointed)}):
        kept: list[Relation] = []
        of_party = uow.children("crm.relationship", party_id)
        for each in sorted(of_party, key=lambda each: (each in moved or each in pointed, each.id)):
            reason = collision(relation_of(each), kept)
            if reason == "TWO_PARENTS":
                raise NotAllowedNow("TWO_PARENTS")
            if reason or each.values["other_id"] == party_id:
                each.values["deleted"] = True
                dropped.append(each)
            else:
                kept.append(relation_of(each))
    return pointed, dropped


def _demote(uow: UnitOfWork, row: Row, moved: Sequence[Row]) -> list[Row]:
    """Let the survivor's own records stay the primary ones of their kind; return those that are so no
    longer.
    """
    demoted = []
    for name, mark in MARKS.items():
        own = [each for each in uow.children(name, row.id) if each not in moved]
        kinds = {each.values["kind"] for each in own}
        for each in moved:
            if each.entity.name == name and each.values[mark] and each.values["kind"] in kinds:
                each.values[mark] = False
                demoted.append(each)
    return demoted


def _move_timeline(uow: UnitOfWork, old_id: str, new_id: str) -> None:
    for entry in uow.find("crm.timeline_entry", timeline_entry.c.party_id == old_id):
        entry.values["party_id"] = new_id
        if entry.values["root_id"]:
            entry.values["root_id"] = new_id


def _point(uow: UnitOfWork, ids: list[str], survivor_id: str) -> None:
    """Let merged ids stand for a party, and tell every service so: an alias names the last survivor."""
    merges.point(uow.connection, ids, survivor_id)
    for row in uow.get_many("crm.party", ids, lock=True).values():
        row.values["merged_into_id"] = survivor_id
        row.alias_of = survivor_id


def _locked(uow: UnitOfWork, key: str) -> Row:
    name, _, record_id = key.partition("/")
    found = uow.get(name, record_id, lock=True)
    if found is None:
        raise LookupError(f"{key} was part of a merge and is gone")
    return found


def _own(values: dict[str, Any]) -> dict[str, Any]:
    """Return what a merge may have changed of a party; the state is moved, not set."""
    kept = {"id", "version", "state", "created_at", "created_by", "updated_at", "updated_by"}
    return {name: value for name, value in values.items() if name not in kept}


def _key(row: Row) -> str:
    return f"{row.entity.name}/{row.id}"
