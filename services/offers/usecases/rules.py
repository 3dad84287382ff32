"""The rules of offers, as the generic write path calls them."""

from __future__ import annotations

from services.kit.records.rules import EntityRules, Rules
from services.offers.usecases.acceptance import accept_offer
from services.offers.usecases.offers import guard_offer, prepare_offer, settle_offer
from services.offers.usecases.pricing import prepare_charge, prepare_line, settle_revision
from services.offers.usecases.revisions import (
    delete_revision,
    freeze_revision,
    guard_part,
    guard_revision,
    prepare_revision,
    revise_revision,
)

RULES = Rules(
    entities={
        "offers.offer": EntityRules(prepare=prepare_offer, guard=guard_offer, settle=settle_offer),
        "offers.revision": EntityRules(
            prepare=prepare_revision, guard=guard_revision, delete=delete_revision, settle=settle_revision
        ),
        "offers.line": EntityRules(prepare=prepare_line, guard=guard_part),
        "offers.charge": EntityRules(prepare=prepare_charge, guard=guard_part),
    },
    commands={
        ("offers.revision", "freeze"): freeze_revision,
        ("offers.revision", "revise"): revise_revision,
        ("offers.offer", "accept"): accept_offer,
    },
)
