"""Changes whose author saw an older version: three-way merge, conflicts, revival, aliases."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from services.kit import schema
from services.kit.actor import SYSTEM, Actor
from services.kit.entities import default_values, entity
from services.kit.records.merge import merge
from tests.support.owners import OwnerUnderTest, create, define_fields, delete, update


def party(crm: OwnerUnderTest, seller: Actor, **fields: Any) -> str:
    item = create("crm.party", name="Rossi", **fields)
    assert crm.one(seller, item).outcome == "applied"
    return str(item["record_id"])


def values(crm: OwnerUnderTest, party_id: str) -> dict[str, Any]:
    stored = crm.stored("crm.party", party_id)
    assert stored is not None
    return stored


def test_changes_of_different_fields_merge(crm: OwnerUnderTest, seller: Actor) -> None:
    party_id = party(crm, seller)
    crm.one(seller, update("crm.party", party_id, 1, website="rossi.it"))
    late = update("crm.party", party_id, 1, name="Rossi S.p.A.") | {"base": {"name": "Rossi"}}
    decision = crm.one(seller, late)

    assert (decision.outcome, decision.version) == ("merged", 3)
    assert (values(crm, party_id)["name"], values(crm, party_id)["website"]) == ("Rossi S.p.A.", "rossi.it")


def test_a_field_that_both_changed_is_a_conflict_and_the_clean_ones_are_applied(
    crm: OwnerUnderTest, seller: Actor
) -> None:
    party_id = party(crm, seller)
    crm.one(seller, update("crm.party", party_id, 1, name="Rossi S.r.l."))
    late = update("crm.party", party_id, 1, name="Rossi S.p.A.", website="rossi.it") | {
        "base": {"name": "Rossi", "website": ""}
    }
    decision = crm.one(seller, late)

    assert (decision.outcome, decision.changed) == ("conflict", True)
    assert decision.conflicts == {"name": "Rossi S.r.l."}
    assert (values(crm, party_id)["name"], values(crm, party_id)["website"]) == ("Rossi S.r.l.", "rossi.it")


def test_without_a_base_value_a_stale_change_is_a_conflict(crm: OwnerUnderTest, seller: Actor) -> None:
    party_id = party(crm, seller)
    crm.one(seller, update("crm.party", party_id, 1, website="rossi.it"))
    decision = crm.one(seller, update("crm.party", party_id, 1, name="Bianchi"))

    assert (decision.outcome, decision.changed) == ("conflict", False)
    assert values(crm, party_id)["version"] == 2


def test_both_wanting_the_same_is_no_conflict(crm: OwnerUnderTest, seller: Actor) -> None:
    party_id = party(crm, seller)
    crm.one(seller, update("crm.party", party_id, 1, name="Bianchi"))
    decision = crm.one(seller, update("crm.party", party_id, 1, name="Bianchi") | {"base": {"name": "Rossi"}})
    assert (decision.outcome, decision.changed, decision.version) == ("merged", False, 2)


def test_sets_and_custom_fields_merge_by_element_and_by_key(crm: OwnerUnderTest, seller: Actor) -> None:
    define_fields(crm, colour="text", size="number")
    party_id = party(crm, seller, roles=["prospect"], custom={"colour": '"red"'})
    one = update("crm.party", party_id, 1, roles={"add": ["dealer"]}, custom={"size": "3"})
    other = update("crm.party", party_id, 1, roles={"add": ["supplier"], "remove": ["prospect"]})
    other["fields"]["custom"] = {"colour": '"blue"'}
    other["base"] = {"custom": {"colour": '"red"'}}
    assert crm.one(seller, one).outcome == "applied"
    assert crm.one(seller, other).outcome == "merged"

    stored = values(crm, party_id)
    assert stored["roles"] == ["dealer", "supplier"]
    assert stored["custom"] == {"colour": '"blue"', "size": "3"}


def test_a_version_from_before_a_restore_is_merged_by_what_its_author_saw(
    crm: OwnerUnderTest, seller: Actor
) -> None:
    define_fields(crm, colour="text", size="number")
    party_id = party(crm, seller, custom={"colour": '"red"'})
    seen = update("crm.party", party_id, 7, name="Bianchi", custom={"size": "3"})
    seen["base"] = {"name": "Rossi", "custom": {}}
    assert crm.one(seller, seen).outcome == "merged"
    assert values(crm, party_id)["name"] == "Bianchi"
    assert values(crm, party_id)["custom"] == {"colour": '"red"', "size": "3"}
    other = update("crm.party", party_id, 7, name="Verdi")
    other["base"] = {"name": "Neri"}
    assert crm.one(seller, other).outcome == "conflict"
    assert values(crm, party_id)["name"] == "Bianchi"
    assert (
        crm.one(seller, {**update("crm.party", party_id, 9, name="X"), "strict": True}).outcome == "refused"
    )


def test_a_stale_delete_is_a_conflict_and_a_late_edit_revives(crm: OwnerUnderTest, seller: Actor) -> None:
    party_id = party(crm, seller)
    crm.one(seller, update("crm.party", party_id, 1, website="rossi.it"))
    assert crm.one(seller, delete("crm.party", party_id, 1)).outcome == "conflict"
    assert values(crm, party_id)["deleted"] is False
    assert crm.one(seller, delete("crm.party", party_id, 2)).outcome == "applied"

    late = update("crm.party", party_id, 2, name="Rossi e figli") | {"base": {"name": "Rossi"}}
    assert crm.one(seller, late).outcome == "merged"
    assert (values(crm, party_id)["deleted"], values(crm, party_id)["name"]) == (False, "Rossi e figli")


def test_a_late_change_of_a_merged_record_reaches_the_survivor(crm: OwnerUnderTest, seller: Actor) -> None:
    survivor, merged = party(crm, seller), party(crm, seller)
    with crm.owner.database.engine.begin() as connection:
        connection.execute(sa.insert(schema.record_alias).values(id=UUID(merged), survivor_id=UUID(survivor)))
    decision = crm.one(seller, update("crm.party", merged, website="rossi.it"))
    assert (decision.outcome, decision.record_id) == ("applied", survivor)
    child = create("crm.contact_point", party_id=merged, kind="email", value="a@rossi.it")
    assert crm.one(seller, child).outcome == "applied"
    stored = crm.stored("crm.contact_point", child["record_id"])
    assert stored is not None
    assert (values(crm, survivor)["website"], str(stored["party_id"])) == ("rossi.it", survivor)


def test_a_late_edit_does_not_bring_an_erased_record_back(crm: OwnerUnderTest, seller: Actor) -> None:
    party_id = party(crm, seller)
    with crm.owner.database.unit_of_work(SYSTEM) as uow:
        row = uow.require("crm.party", party_id)
        row.values.update(state="erased", deleted=True, name="-")
    late = update("crm.party", party_id, 1, name="Rossi") | {"base": {"name": "Rossi"}}
    decision = crm.one(seller, late)
    assert decision.error is not None
    assert decision.error.reason == "RECORD_ERASED"
    assert (values(crm, party_id)["deleted"], values(crm, party_id)["name"]) == (True, "-")


def test_a_strict_change_is_never_merged(crm: OwnerUnderTest, seller: Actor) -> None:
    party_id = party(crm, seller)
    crm.one(seller, update("crm.party", party_id, 1, website="rossi.it"))
    strict = [
        update("crm.party", party_id, 1, roles={"add": ["dealer"]}) | {"strict": True},
        delete("crm.party", party_id, 1) | {"strict": True},
    ]
    for item in strict:
        decision = crm.one(seller, item)
        assert decision.error is not None
        assert decision.error.reason == "STALE"
    assert (values(crm, party_id)["version"], values(crm, party_id)["roles"]) == (2, ["prospect"])


def test_an_immutable_field_keeps_its_first_value(crm: OwnerUnderTest, seller: Actor) -> None:
    party_id = party(crm, seller)
    decision = crm.one(seller, update("crm.party", party_id, id=party_id))
    assert decision.error is not None
    assert decision.error.violations[0].reason == "OUTPUT_ONLY"


_NAMES = st.sampled_from(["a", "b", "c"])


@given(base=_NAMES, mine=_NAMES, theirs=_NAMES, knows_base=st.booleans())
def test_merging_one_field_loses_nothing(base: str, mine: str, theirs: str, knows_base: bool) -> None:
    """Oracle: take the side that changed; same is fine; both changed, or not known: the other's value
    stays."""
    target = entity("crm.party")
    current = default_values(target) | {"name": theirs}
    result = merge(target, current, {"name": mine}, {"name": base} if knows_base else {}, stale=True)

    after = result.values.get("name", theirs)
    if mine == theirs or (knows_base and theirs == base):
        assert after == mine
        assert not result.conflicts
    else:
        assert after == theirs
        assert result.conflicts == {"name": theirs}


@given(
    before=st.sets(st.sampled_from(["prospect", "dealer", "supplier"])),
    add=st.sets(st.sampled_from(["customer", "dealer"])),
    remove=st.sets(st.sampled_from(["prospect", "supplier"])),
)
def test_merging_sets_never_conflicts(before: set[str], add: set[str], remove: set[str]) -> None:
    target = entity("crm.party")
    current = default_values(target) | {"roles": sorted(before)}
    wanted = {"roles": {"add": sorted(add), "remove": sorted(remove)}}
    result = merge(target, current, wanted, {}, stale=True)
    assert set(result.values["roles"]) == (before | add) - remove
    assert not result.conflicts


@pytest.mark.parametrize("decimals", [("1.50", "1.5"), ("10", "10.000")])
def test_the_same_number_written_otherwise_is_no_change(decimals: tuple[str, str]) -> None:
    target = entity("offers.line")
    current = default_values(target) | {"quantity": decimals[0]}
    assert merge(target, current, {"quantity": decimals[1]}, {}, stale=True).values == {}
