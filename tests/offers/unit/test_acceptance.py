from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.kit.errors import Invalid
from services.offers.domain.acceptance import expired, judged_at, missing_for_acceptance

ROME = ZoneInfo("Europe/Rome")
ARRIVAL = datetime(2026, 3, 10, 12, tzinfo=UTC)


def test_the_claimed_instant_counts_between_last_contact_and_arrival() -> None:
    contact = ARRIVAL - timedelta(days=2)
    for claimed, judged in [
        (ARRIVAL - timedelta(days=1), ARRIVAL - timedelta(days=1)),
        (ARRIVAL + timedelta(days=1), ARRIVAL),
        (ARRIVAL - timedelta(days=9), contact),
    ]:
        assert judged_at(claimed, last_contact=contact, arrival=ARRIVAL) == judged
    assert judged_at(ARRIVAL, last_contact=None, arrival=ARRIVAL) == ARRIVAL


def test_an_instant_without_zone_is_refused() -> None:
    with pytest.raises(Invalid, match="TIME_WITHOUT_ZONE"):
        judged_at(datetime(2026, 1, 1), last_contact=None, arrival=ARRIVAL)


def test_the_last_day_is_included_in_the_companys_zone() -> None:
    last = date(2026, 3, 31)
    assert not expired(last, datetime(2026, 3, 31, 21, 59, 59, tzinfo=UTC), ROME)
    assert expired(last, datetime(2026, 3, 31, 22, 0, 0, tzinfo=UTC), ROME)
    assert not expired(None, ARRIVAL, ROME)


def test_what_stands_against_acceptance_is_listed_in_order() -> None:
    def missing(state: str, **facts: bool) -> tuple[str, ...]:
        told = {"current": True, "signature_required": False, "signed": False, "expired": False} | facts
        return missing_for_acceptance(revision_state=state, **told)

    assert missing("frozen") == ()
    assert missing("sent", signature_required=True, signed=True) == ()
    assert missing("draft", current=False, signature_required=True, expired=True) == (
        "REVISION_NOT_FROZEN",
        "REVISION_NOT_CURRENT",
        "REVISION_NOT_SIGNED",
        "OFFER_EXPIRED",
    )
