"""Steps that tests of offers share: make, freeze, accept; read what is stored."""

from __future__ import annotations

from typing import Any

from services.kit.actor import Actor
from services.kit.records.claims import Decision
from tests.offers.storage.conftest import OfferItems, command
from tests.support.owners import OwnerUnderTest


def reason(decision: Decision) -> str:
    """Why an item was refused, "" if it was not; of wrong fields the first one's reason."""
    if decision.error is None:
        return ""
    violations = decision.error.violations
    return violations[0].reason if violations else decision.error.reason


def done(offers: OwnerUnderTest, actor: Actor, item: dict[str, Any]) -> Decision:
    """Apply one item that must succeed."""
    decision = offers.one(actor, item)
    assert decision.outcome in ("applied", "merged"), decision.error
    return decision


def made(offers: OwnerUnderTest, actor: Actor, items: OfferItems) -> OfferItems:
    """Create an offer with its parts."""
    decisions = offers.apply(actor, *items.items())
    assert {d.outcome for d in decisions} == {"applied"}, [d.error for d in decisions]
    return items


def frozen(offers: OwnerUnderTest, actor: Actor, items: OfferItems | None = None) -> OfferItems:
    """Create an offer and freeze its revision."""
    items = made(offers, actor, items or OfferItems().line())
    done(offers, actor, command("offers.revision", items.revision_id, "freeze"))
    return items


def accepted(offers: OwnerUnderTest, actor: Actor, items: OfferItems | None = None) -> str:
    """Create, freeze and accept an offer; return the id of its order."""
    items = frozen(offers, actor, items)
    done(offers, actor, command("offers.offer", items.offer_id, "accept"))
    return str(stored(offers, "offers.offer", items.offer_id)["order_id"])


def stored(offers: OwnerUnderTest, entity: str, record_id: str) -> dict[str, Any]:
    """The stored columns of a record that must be there."""
    found = offers.stored(entity, record_id)
    assert found is not None
    return found


def told(offers: OwnerUnderTest, event: str) -> list[dict[str, Any]]:
    """Data of the domain events of one kind, in order."""
    return [e["data"] for e in offers.events() if e["type"] == f"offers.{event}.v1"]
