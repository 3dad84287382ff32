from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings

from services.kit.errors import Invalid
from services.offers.domain.charges import Charge
from services.offers.domain.costing import Costs
from services.offers.domain.difference import difference
from services.offers.domain.revision import Revision, copied, revised, ticked
from services.offers.domain.whatif import Edit, edited, what_if
from tests.offers.unit.builders import line
from tests.offers.unit.strategies import RandomOffer, offers

BEFORE = Revision(
    lines=(
        line("1000.00", id="a", code="PR-1", description="Press"),
        line("200.00", "2", id="b", code="RB-2"),
        line("50.00", id="c", code="GD-3", rate="10"),
    ),
    charges=(Charge("80.00", id="freight"),),
    texts={"introduction": "Dear customer"},
    configuration={"a": {"colour": "RAL 5010", "voltage": "400"}},
)


def test_equal_revisions_do_not_differ() -> None:
    same = difference(BEFORE, BEFORE)
    assert not same
    assert same.effect == 0


def test_a_number_written_otherwise_is_no_difference() -> None:
    again = replace(
        BEFORE, lines=(replace(BEFORE.lines[0], unit_price="1000", quantity="1.000"), *BEFORE.lines[1:])
    )
    assert not difference(BEFORE, again)


def test_what_was_added_removed_and_changed_is_listed_with_its_price_effect() -> None:
    after = replace(
        BEFORE,
        lines=(
            replace(BEFORE.lines[0], id="a2", origin="a", discounts="10"),
            BEFORE.lines[2],
            line("300.00", id="d", code="NEW"),
        ),
        charges=(replace(BEFORE.charges[0], amount="90.00"),),
        header_discounts="1",
    )
    found = difference(BEFORE, after)
    assert [(item.key, item.kind, str(item.effect)) for item in found.lines] == [
        ("a", "changed", "-109.00"),
        ("c", "changed", "-0.50"),
        ("d", "added", "297.00"),
        ("b", "removed", "-400.00"),
    ]
    assert [(c.field, c.before, c.after) for c in found.lines[0].changes] == [("discounts", "", "10")]
    assert [(item.key, str(item.effect)) for item in found.charges] == [("freight", "10.00")]
    assert found.effect == sum(item.effect for item in (*found.lines, *found.charges))
    money = {change.field: (change.before, change.after) for change in found.money}
    assert money["header_discounts"] == ("", "1")
    assert money["taxable"] == ("1530.00", "1327.50")
    assert "payable" in money and "vat 22" in money and "vat 10 taxable" in money


def test_texts_and_configuration_are_compared() -> None:
    after = replace(
        BEFORE,
        texts={"introduction": "Dear Anna", "payment": "30 days"},
        configuration={"a": {"colour": "RAL 7035", "voltage": "400"}},
    )
    found = difference(BEFORE, after)
    assert [(c.field, c.before, c.after) for c in found.texts] == [
        ("introduction", "Dear customer", "Dear Anna"),
        ("payment", "", "30 days"),
    ]
    assert [(c.field, c.after) for c in found.configuration] == [("a/colour", "RAL 7035")]
    assert found.effect == 0


def test_a_line_that_was_dragged_is_named_alone() -> None:
    rows = [line("1.00", id=name) for name in "abcdef"]
    dragged = [rows[i] for i in (5, 0, 1, 2, 3, 4)]
    assert difference(Revision(tuple(rows)), Revision(tuple(dragged))).moved == ("f",)


def test_a_locked_margin_is_nobodys_difference() -> None:
    after = replace(BEFORE, lines=(replace(BEFORE.lines[0], lock="margin", margin="30"), *BEFORE.lines[1:]))
    assert [c.field for c in difference(BEFORE, after).lines[0].changes] == ["lock"]


@settings(max_examples=80, deadline=None)
@given(offers(), offers())
def test_effects_add_up_for_any_two_revisions(one: RandomOffer, two: RandomOffer) -> None:
    before = Revision(tuple(one.lines), one.header, tuple(one.charges))
    after = Revision(tuple(two.lines), two.header, tuple(two.charges))
    found = difference(before, after)
    effects = [item.effect for item in (*found.lines, *found.charges)]
    assert sum(effects, Decimal(0)) == found.effect == after.totals().taxable - before.totals().taxable


def test_lines_keep_their_origin_through_revisions_and_lose_it_in_a_copy() -> None:
    second = revised(BEFORE)
    renamed = tuple(replace(row, id=f"{row.id}-2") for row in second.lines)
    third = revised(replace(second, lines=renamed))
    assert [row.origin for row in third.lines] == ["a", "b", "c"]
    assert not difference(BEFORE, third).lines
    assert {row.origin for row in copied(third).lines} == {""}


def test_what_was_ticked_can_be_stored() -> None:
    chosen = line("1.00", id="o", presence="option", selected=True)
    assert ticked(
        replace(BEFORE, lines=(*BEFORE.lines, chosen, replace(chosen, id="p", selected=False)))
    ) == ("o",)


# ---- what if


def edit(kind: str, target: str, id: str = "", **fields: Any) -> Edit:
    return Edit(kind, target, id, fields)


def test_what_if_changes_a_copy() -> None:
    found = what_if(
        BEFORE,
        [
            edit("set", "line", "a", discounts="10"),
            edit("add", "line", "d", unit_price="10", vat_rate="22"),
            edit("remove", "line", "c"),
            edit("remove", "charge", "freight"),
            edit("set", "revision", header_discounts="2"),
        ],
        Costs(units={"a": "500", "b": "100", "c": "10", "d": "5"}),
    )
    assert [row.id for row in found.revision.lines] == ["a", "b", "d"]
    assert found.after.taxable == Decimal("1283.80")
    assert found.difference.effect == found.after.taxable - found.before.taxable
    assert found.margins_before and found.margins_after
    assert BEFORE.totals().taxable == found.before.taxable == Decimal("1530.00")


def test_what_if_without_cost_has_no_margins() -> None:
    assert what_if(BEFORE, []).margins_after is None


@pytest.mark.parametrize(
    ("wrong", "reason", "field"),
    [
        (edit("set", "line", "zz", quantity="1"), "ITEM_UNKNOWN", "edits[0].id"),
        (edit("set", "line", "", quantity="1"), "ITEM_UNKNOWN", "edits[0].id"),
        (edit("set", "line", "a", qty="1"), "FIELD_UNKNOWN", "edits[0].qty"),
        (edit("set", "line", "a", selected="yes"), "FIELD_TYPE", "edits[0].selected"),
        (edit("set", "line", "a", quantity=1.5), "FIELD_TYPE", "edits[0].quantity"),
        (edit("swap", "line", "a"), "WORD_UNKNOWN", "edits[0].kind"),
        (edit("set", "party", "a"), "WORD_UNKNOWN", "edits[0].target"),
        (edit("remove", "revision"), "WORD_UNKNOWN", "edits[0].target"),
        (edit("set", "revision", lines=[]), "FIELD_UNKNOWN", "edits[0].lines"),
    ],
)
def test_a_wrong_edit_is_refused_at_its_place(wrong: Edit, reason: str, field: str) -> None:
    with pytest.raises(Invalid) as caught:
        edited(BEFORE, [wrong])
    assert (caught.value.reason, caught.value.params["field"]) == (reason, field)
