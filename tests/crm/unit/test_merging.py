"""Which value each field of a merged party has."""

from __future__ import annotations

from typing import Any

import pytest

from services.crm.domain.merging import TAKEABLE, differences, merged_values
from services.kit.entities import default_values, entity


def party(**values: Any) -> dict[str, Any]:
    return default_values(entity("crm.party")) | {"state": "prospect", "kind": "company"} | values


def test_mine_stays_and_gaps_are_filled() -> None:
    merged = merged_values(party(name="Rossi", pec="a@b.it"), party(name="Rosi", pec="c@d.it", website="w"))
    assert (merged["name"], merged["pec"], merged["website"]) == ("Rossi", "a@b.it", "w")


@pytest.mark.parametrize("name", sorted(TAKEABLE))
def test_what_is_to_be_taken_is_theirs(name: str) -> None:
    assert merged_values(party(**{name: "mine"}), party(**{name: "theirs"}), [name])[name] == "theirs"


def test_roles_and_shares_are_united_and_a_customer_is_no_prospect() -> None:
    merged = merged_values(
        party(roles=["prospect", "dealer"], shared_with=["b"]), party(roles=["customer"], shared_with=["a"])
    )
    assert (merged["roles"], merged["shared_with"]) == (["customer", "dealer"], ["a", "b"])


def test_the_further_state_counts() -> None:
    assert merged_values(party(state="prospect"), party(state="customer"))["state"] == "customer"
    assert merged_values(party(state="qualified"), party(state="inactive"))["state"] == "qualified"


def test_code_credit_and_terms_stay_with_the_party_that_the_erp_knows() -> None:
    theirs = party(erp_code="C1", credit_state="blocked", payment_terms="30")
    merged = merged_values(party(credit_state="open", payment_terms="60"), theirs)
    assert (merged["erp_code"], merged["credit_state"], merged["payment_terms"]) == ("C1", "blocked", "30")


def test_no_note_is_lost_and_none_is_doubled() -> None:
    assert merged_values(party(notes="one"), party(notes="two"))["notes"] == "one\n\ntwo"
    assert merged_values(party(notes="one"), party(notes="one"))["notes"] == "one"
    custom = merged_values(party(custom={"a": "1"}), party(custom={"a": "2", "b": "3"}))["custom"]
    assert custom == {"a": "1", "b": "3"}


def test_a_preview_names_what_differs() -> None:
    found = list(differences(party(name="Rossi", city=""), party(name="Rosi")))
    assert [(each.name, each.mine, each.theirs, each.merged) for each in found] == [
        ("name", "Rossi", "Rosi", "Rossi")
    ]
