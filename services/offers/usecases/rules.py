"""The rules of offers, as the generic write path calls them."""

from __future__ import annotations

from services.kit.records.lists import check_texts
from services.kit.records.rules import EntityRules, Rules
from services.offers.reports.prints import REVISION
from services.offers.usecases import outcomes
from services.offers.usecases.acceptance import accept_offer
from services.offers.usecases.adjusting import adjust_revision
from services.offers.usecases.catalogue import check_price
from services.offers.usecases.companies import check_logo
from services.offers.usecases.number_blocks import prepare_number_block, settle_number_block
from services.offers.usecases.offers import guard_offer, prepare_offer, settle_offer
from services.offers.usecases.pricing import prepare_charge, prepare_line, settle_revision
from services.offers.usecases.revisions import (
    delete_revision,
    freeze_revision,
    guard_part,
    guard_revision,
    prepare_revision,
    revise_revision,
    withdraw_revision,
)
from services.offers.usecases.sending import send_revision
from services.offers.usecases.spreading import spread_charge, unspread_charge

RULES = Rules(
    entities={
        "offers.price": EntityRules(prepare=check_price),
        "offers.company": EntityRules(prepare=check_logo),
        "offers.number_block": EntityRules(prepare=prepare_number_block, settle=settle_number_block),
        "offers.reason": EntityRules(prepare=check_texts),
        "offers.offer_status": EntityRules(prepare=check_texts),
        "offers.offer": EntityRules(prepare=prepare_offer, guard=guard_offer, settle=settle_offer),
        "offers.revision": EntityRules(
            prepare=prepare_revision, guard=guard_revision, delete=delete_revision, settle=settle_revision
        ),
        "offers.line": EntityRules(prepare=prepare_line, guard=guard_part),
        "offers.charge": EntityRules(prepare=prepare_charge, guard=guard_part),
    },
    prints={"offers.revision": REVISION},
    commands={
        ("offers.charge", "spread"): spread_charge,
        ("offers.charge", "unspread"): unspread_charge,
        ("offers.revision", "freeze"): freeze_revision,
        ("offers.revision", "revise"): revise_revision,
        ("offers.revision", "send"): send_revision,
        ("offers.revision", "adjust"): adjust_revision,
        ("offers.revision", "withdraw"): withdraw_revision,
        ("offers.offer", "accept"): accept_offer,
        ("offers.offer", "start"): outcomes.start_offer,
        ("offers.offer", "negotiate"): outcomes.negotiate_offer,
        ("offers.offer", "lose"): outcomes.lose_offer,
        ("offers.offer", "cancel"): outcomes.cancel_offer,
        ("offers.offer", "expire"): outcomes.expire_offer,
        ("offers.offer", "suspend"): outcomes.suspend_offer,
        ("offers.offer", "resume"): outcomes.resume_offer,
        ("offers.offer", "reopen"): outcomes.reopen_offer,
        ("offers.offer", "explain"): outcomes.explain_offer,
    },
)
