"""The CRM's rules, as the generic write path calls them."""

from __future__ import annotations

from services.crm.usecases import appointments, opportunities
from services.crm.usecases.activities import (
    cancel_activity,
    complete_activity,
    delete_activity,
    prepare_activity,
    start_activity,
)
from services.crm.usecases.appointments import delete_appointment, prepare_appointment
from services.crm.usecases.expenses import prepare_expense
from services.crm.usecases.feeds import delete_feed, prepare_feed, revoke_feed, rotate_feed
from services.crm.usecases.handovers import cancel_handover, prepare_handover, start_handover
from services.crm.usecases.merging import merge_party, unmerge_party
from services.crm.usecases.opportunity_lists import prepare_loss_reason, prepare_stage
from services.crm.usecases.outcomes import prepare_outcome
from services.crm.usecases.parties import (
    guard_party,
    prepare_address,
    prepare_contact_point,
    prepare_party,
)
from services.crm.usecases.party_states import deactivate_party, qualify_party, reactivate_party
from services.crm.usecases.relationships import prepare_relationship, refuse_named_party
from services.crm.usecases.reminders import dismiss_reminder, prepare_reminder, snooze_reminder
from services.crm.usecases.selling_rates import prepare_selling_rate
from services.crm.usecases.settling import settle_parties
from services.crm.usecases.timeline import prepare_visit
from services.kit.records.rules import EntityRules, Rules

RULES = Rules(
    entities={
        "crm.party": EntityRules(
            prepare=prepare_party, guard=guard_party, delete=refuse_named_party, settle_all=settle_parties
        ),
        "crm.relationship": EntityRules(prepare=prepare_relationship),
        "crm.handover": EntityRules(prepare=prepare_handover),
        "crm.address": EntityRules(prepare=prepare_address),
        "crm.contact_point": EntityRules(prepare=prepare_contact_point),
        "crm.activity": EntityRules(prepare=prepare_activity, delete=delete_activity),
        "crm.expense": EntityRules(prepare=prepare_expense),
        "crm.outcome": EntityRules(prepare=prepare_outcome),
        "crm.appointment": EntityRules(prepare=prepare_appointment, delete=delete_appointment),
        "crm.reminder": EntityRules(prepare=prepare_reminder),
        "crm.calendar_feed": EntityRules(prepare=prepare_feed, delete=delete_feed),
        "crm.opportunity": EntityRules(
            prepare=opportunities.prepare_opportunity, settle=opportunities.settle_opportunity
        ),
        "crm.opportunity_stage": EntityRules(prepare=prepare_stage),
        "crm.loss_reason": EntityRules(prepare=prepare_loss_reason),
        "crm.selling_rate": EntityRules(prepare=prepare_selling_rate),
        "crm.timeline_visit": EntityRules(prepare=prepare_visit),
    },
    commands={
        ("crm.activity", "start"): start_activity,
        ("crm.activity", "complete"): complete_activity,
        ("crm.activity", "cancel"): cancel_activity,
        ("crm.activity", "detach"): appointments.detach,
        ("crm.activity", "split"): appointments.split,
        ("crm.appointment", "detach"): appointments.detach,
        ("crm.appointment", "split"): appointments.split,
        ("crm.reminder", "dismiss"): dismiss_reminder,
        ("crm.reminder", "snooze"): snooze_reminder,
        ("crm.calendar_feed", "rotate"): rotate_feed,
        ("crm.calendar_feed", "revoke"): revoke_feed,
        ("crm.opportunity", "move"): opportunities.move_opportunity,
        ("crm.opportunity", "quote"): opportunities.quote_opportunity,
        ("crm.opportunity", "win"): opportunities.win_opportunity,
        ("crm.opportunity", "lose"): opportunities.lose_opportunity,
        ("crm.opportunity", "drop"): opportunities.drop_opportunity,
        ("crm.opportunity", "reopen"): opportunities.reopen_opportunity,
        ("crm.party", "qualify"): qualify_party,
        ("crm.party", "deactivate"): deactivate_party,
        ("crm.party", "reactivate"): reactivate_party,
        ("crm.party", "merge"): merge_party,
        ("crm.party", "unmerge"): unmerge_party,
        ("crm.handover", "start"): start_handover,
        ("crm.handover", "cancel"): cancel_handover,
    },
)
