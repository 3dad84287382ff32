"""The records of every service that are told on the timeline.

A service that is new to it adds its entities here, and its subscription to `protos/subscriptions.json`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from services.crm.domain.timeline import Above, Line, Source, Values


def _words(*names: str) -> Callable[[Values], str]:
    return lambda values: " ".join(str(values[name]) for name in names if values.get(name))


def _revision(values: Values) -> str:
    alternative = f"/{values['alternative']}" if values.get("alternative") else ""
    return f"rev. {values['ordinal']}{alternative}"


def _mail(values: Values) -> str:
    """Return direction and state; automatic answers are nobody's word and have no line."""
    return f"{values['direction']} {values['state']}" if values["kind"] == "ordinary" else ""


_OFFER: Final = Above("offer_id", "offers.offer")

SOURCES: Final[Mapping[str, Source]] = {
    "crm.party": Source(
        _words("name"),
        {"customer": Line("party_became_customer"), "inactive": Line("party_became_inactive")},
        party="id",
    ),
    "crm.activity": Source(
        _words("subject"),
        {
            "planned": Line("activity_planned", at=("created_at",)),
            "done": Line("activity_done", at=("ends_at", "starts_at"), detail="outcome"),
            "cancelled": Line("activity_cancelled", detail="outcome"),
        },
    ),
    "crm.opportunity": Source(
        _words("title"),
        {
            "open": Line("opportunity_opened"),
            "quoting": Line("opportunity_quoting"),
            "won": Line("opportunity_won", at=("closed_at",), detail="outcome_note"),
            "lost": Line("opportunity_lost", detail="outcome_note"),
            "dropped": Line("opportunity_dropped", at=("closed_at",), detail="outcome_note"),
        },
    ),
    "offers.offer": Source(
        _words("number", "title"),
        {
            "draft": Line("offer_created", at=("offer_date",)),
            "negotiation": Line("offer_in_negotiation"),
            "accepted": Line("offer_accepted"),
            "lost": Line("offer_lost", detail="outcome_note"),
            "expired": Line("offer_expired", detail="outcome_note"),
            "suspended": Line("offer_suspended", detail="outcome_note"),
            "cancelled": Line("offer_cancelled", detail="outcome_note"),
        },
    ),
    "offers.revision": Source(
        _revision,
        {
            "frozen": Line("revision_frozen", at=("frozen_at",)),
            "sent": Line("revision_sent", at=("sent_at",), detail="sent_to"),
        },
        party="",
        above=_OFFER,
    ),
    "offers.order": Source(
        _words("number"),
        {
            "sent": Line("order_requested", at=("requested_at",)),
            "registered": Line("order_registered", at=("registered_at",)),
            "refused": Line("order_refused", detail="refusal"),
            "changed": Line("order_changed"),
            "cancelled": Line("order_cancelled"),
        },
        {"delivered_at": Line("order_delivered", at=("delivered_at",))},
        party="",
        above=_OFFER,
    ),
    "aftersales.installed_product": Source(
        _words("description", "serial_number"),
        {
            "delivered": Line("product_delivered", at=("delivered_on", "sold_on")),
            "retired": Line("product_retired", at=("retired_on",)),
        },
        {"commissioned_on": Line("product_commissioned", at=("commissioned_on",))},
    ),
    "aftersales.request": Source(
        _words("number", "title"),
        {
            "new": Line("request_opened", at=("reported_at",)),
            "resolved": Line("request_resolved", at=("resolved_at",), detail="resolution"),
            "closed": Line("request_closed", at=("closed_at",)),
            "reopened": Line("request_reopened"),
        },
    ),
    "aftersales.task": Source(
        _words("title"),
        {"done": Line("task_done", at=("completed_at",), detail="outcome")},
        party="",
        above=Above("request_id", "aftersales.request"),
    ),
    # Has no lines: it says who may see its messages.
    "mail.mailbox": Source(state=lambda values: "", party=""),
    "mail.message": Source(
        _words("subject"),
        {
            "incoming filed": Line("mail_received", at=("received_at", "dated_at")),
            "outgoing sent": Line("mail_sent", at=("sent_at",)),
            "outgoing not_sent": Line("mail_not_sent", detail="server_reply"),
            "outgoing bounced": Line("mail_bounced", detail="server_reply"),
        },
        state=_mail,
        above=Above("mailbox_id", "mail.mailbox", is_subject=False),
        rooted=False,
        about={"offer_id": "offers.offer"},
    ),
}
