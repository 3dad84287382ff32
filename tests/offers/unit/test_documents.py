"""Records of the service as the kernel's values, and figures back."""

from __future__ import annotations

from typing import Any

import pytest

from services.kit.entities import entity
from services.kit.entities.canonical import default_values
from services.kit.errors import NotAllowedNow
from services.offers.domain.contents import reprice
from services.offers.domain.documents import (
    document_label,
    figures_of,
    freeze_records,
    is_ordered,
    revision_of,
    spread_fields,
    unspread_fields,
)


def record(name: str, **values: Any) -> dict[str, Any]:
    """A record in which nothing else is set, as a device holds one that it made itself."""
    return {**default_values(entity(name)), **values}


REVISION = record("offers.revision", id="r", currency="EUR", language="it", ordinal=1)
OFFER = record("offers.offer", id="o", party_id="p", number="OFF-2026-00123", title="Pressa")
LINES = [
    record(
        "offers.line", id="b", position=2, quantity="1", unit_price="30000", vat_rate="22", weight_kg="3000"
    ),
    record(
        "offers.line", id="a", position=1, quantity="1", unit_price="90000", vat_rate="22", weight_kg="5000"
    ),
    record("offers.line", id="n", position=3, kind="note", description="Nota"),
]
CHARGE = record("offers.charge", id="c", amount="1500.00", description="Trasporto")


def test_what_is_unspecified_means_the_usual() -> None:
    totals = revision_of(REVISION, LINES, [CHARGE]).totals()
    assert str(totals.taxable) == "121500.00"
    assert totals.charges[0].mode == "shown"


def test_figures_come_back_in_the_order_of_the_document() -> None:
    inputs = revision_of(REVISION, LINES, [CHARGE])
    figures = figures_of(inputs, inputs.totals())
    assert [line["amount"] for line in figures.lines] == ["90000.00", "30000.00", "0.00"]
    assert figures.charges == [{"net": "1500.00"}]
    assert figures.revision["balance"] == figures.revision["total"]


def test_spreading_twice_gives_the_same_fields_and_undoing_the_former_record() -> None:
    fields = spread_fields(REVISION, LINES, [CHARGE], "c", "weight")
    assert [share["amount"] for share in fields["spread_shares"]] == ["937.50", "562.50"]
    assert spread_fields(REVISION, list(reversed(LINES)), [{**CHARGE, **fields}], "c", "weight") == fields
    shown = {**CHARGE, "mode": "shown"}
    assert {**shown, **fields, **unspread_fields()} == shown


def test_a_stored_run_counts_until_a_line_changes() -> None:
    charge = {**CHARGE, **spread_fields(REVISION, LINES, [CHARGE], "c", "weight")}
    snapshot = freeze_records(REVISION, OFFER, LINES, [charge])
    assert str(reprice(snapshot).taxable) == "121500.00"
    assert b"Trasporto" in snapshot.public

    heavier = [{**LINES[0], "weight_kg": "3001"}, *LINES[1:]]
    inputs = revision_of(REVISION, heavier, [charge])
    assert figures_of(inputs, inputs.totals()).revision["stale_charge_ids"] == ["c"]
    with pytest.raises(NotAllowedNow, match="SPREAD_STALE"):
        freeze_records(REVISION, OFFER, heavier, [charge])


@pytest.mark.parametrize(
    ("fields", "ordered"),
    [
        ({}, True),
        ({"kind": "free"}, True),
        ({"kind": "note"}, False),
        ({"kind": "trade_in"}, False),
        ({"presence": "option"}, False),
        ({"presence": "option", "selected": True}, True),
        ({"presence": "alternative", "selected": True}, True),
    ],
)
def test_what_counts_is_ordered(fields: dict[str, Any], ordered: bool) -> None:
    assert is_ordered({**LINES[0], **fields}) == ordered


def test_a_document_is_called_by_number_alternative_and_revision() -> None:
    assert document_label(OFFER, REVISION) == "OFF-2026-00123 rev. 1"
    assert document_label(OFFER, {**REVISION, "alternative": "B", "ordinal": 2}) == "OFF-2026-00123/B rev. 2"
    assert document_label({**OFFER, "number": ""}, REVISION) == "rev. 1"
