from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.kit.errors import Invalid, NotAllowedNow
from services.kit.values import canonical, parse_decimal
from services.offers.domain.canonical import encode
from services.offers.domain.charges import Charge
from services.offers.domain.contents import (
    freeze_revision,
    missing_for_freezing,
    public_content,
    reprice,
)
from services.offers.domain.costing import Costs
from services.offers.domain.lines import Line
from services.offers.domain.revision import LockedFigure, Revision
from services.offers.domain.snapshot import digest, verify_chain
from services.offers.domain.spreading import spread
from tests.offers.unit.builders import line
from tests.offers.unit.strategies import RandomOffer, offers

REVISION = Revision(
    lines=(
        line("1000.00", id="a", description="Pressa è", lock="margin", margin="31.5"),
        line("12.345", "3", id="b", rate="10", discounts="40 + -5"),
        Line(kind="note", id="n", description="thank you"),
    ),
    header_discounts="2",
    charges=(Charge("80.00", id="freight", mode="spread"),),
    locked=LockedFigure("total", "1"),
    texts={"introduction": "Dear customer"},
)
UNLOCKED = replace(REVISION, lines=(replace(REVISION.lines[0], lock="", margin=""), *REVISION.lines[1:]))
SPREAD = replace(REVISION, spreads=(spread(UNLOCKED.totals(), "freight"),))
DOCUMENT = {"id": "0190", "offer_id": "0191", "valid_until": "2026-06-30"}


def test_a_frozen_revision_prices_to_the_same() -> None:
    snapshot = freeze_revision(SPREAD, DOCUMENT)
    assert reprice(snapshot).as_plain() == SPREAD.totals().as_plain()


def test_revisions_are_chained() -> None:
    first = freeze_revision(SPREAD, DOCUMENT)
    second = freeze_revision(SPREAD, {**DOCUMENT, "ordinal": 2}, previous_sha256=first.sha256)
    assert verify_chain([first, second]) == 2


def test_a_number_written_otherwise_gives_the_same_bytes() -> None:
    lines = tuple(
        replace(row, unit_price=canonical(parse_decimal(row.unit_price)), quantity=Decimal(str(row.quantity)))
        for row in SPREAD.lines
    )
    runs = tuple(
        replace(
            run,
            amount=run.amount.normalize(),
            allocations=tuple(
                replace(a, amount=a.amount.normalize(), weight=a.weight.normalize()) for a in run.allocations
            ),
        )
        for run in SPREAD.spreads
    )
    rewritten = replace(SPREAD, lines=lines, spreads=runs)
    assert freeze_revision(rewritten, DOCUMENT).public == freeze_revision(SPREAD, DOCUMENT).public


def test_who_sees_cost_freezes_to_the_same_hash_as_who_does_not() -> None:
    seller = replace(
        SPREAD, lines=(replace(SPREAD.lines[0], lock="", margin=""), *SPREAD.lines[1:]), locked=None
    )
    costs = Costs(units={"a": "700", "b": "3"})
    assert freeze_revision(seller, DOCUMENT).sha256 == freeze_revision(SPREAD, DOCUMENT, costs=costs).sha256


def test_no_cost_enters_the_public_part() -> None:
    by_cost = spread(UNLOCKED.totals(), "freight", "cost", costs={"a": "731.77", "b": "3.37"})
    frozen = freeze_revision(
        replace(REVISION, spreads=(by_cost,)), DOCUMENT, costs=Costs(units={"a": "731.77", "b": "3.37"})
    )
    for secret in (b"731.77", b"3.37", b"10.11", b"31.5", b"margin", b"lock"):
        assert secret not in frozen.public
    assert b"731.77" in frozen.internal


def test_a_stale_spread_or_a_waiting_charge_cannot_be_frozen() -> None:
    with pytest.raises(NotAllowedNow, match="SPREAD_STALE"):
        freeze_revision(REVISION, DOCUMENT)
    waiting = Revision(charges=(Charge("5.00", id="x"),))
    with pytest.raises(NotAllowedNow, match="CHARGE_WITHOUT_LINES"):
        freeze_revision(waiting, DOCUMENT)
    assert missing_for_freezing(SPREAD.totals(), SPREAD) == ()


def test_forged_figures_are_found_even_under_a_fitting_hash() -> None:
    snapshot = freeze_revision(SPREAD, DOCUMENT)
    content = json.loads(snapshot.public)
    for part, name in (("totals", "total"), ("printed", "total")):
        forged = {**content, part: {**content[part], name: "1.00"}}
        body = encode(forged)
        with pytest.raises(Invalid, match="SNAPSHOT_PRICES_DIFFER"):
            reprice(replace(snapshot, public=body, sha256=digest(body)))


@settings(max_examples=100, deadline=None)
@given(offers(), st.booleans())
def test_any_frozen_offer_prices_to_the_same(offer: RandomOffer, fold: bool) -> None:
    charges = tuple(replace(charge, mode="shown") for charge in offer.charges)
    revision = Revision(tuple(offer.lines), offer.header, charges)
    snapshot = freeze_revision(revision, DOCUMENT, fold_header=fold)
    assert reprice(snapshot).as_plain() == revision.totals().as_plain()


@pytest.mark.parametrize("document", [{"x": 1.5}, {"x": float("nan")}, {"x": "\ud800"}, {"x": b""}])
def test_a_document_without_one_text_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match="SNAPSHOT_VALUE"):
        freeze_revision(SPREAD, document)


def test_the_public_content_names_its_parts() -> None:
    assert list(public_content(SPREAD, DOCUMENT)) == [
        "document",
        "revision",
        "totals",
        "printed",
        "fold_header",
    ]
