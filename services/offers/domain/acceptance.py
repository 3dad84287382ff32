"""When the customer's yes counts: the instant by which it is judged, and what must be true of the revision.

A device may have accepted offline, with a wrong clock: the instant that it claims is believed only between
its last contact with the server and the arrival. The last day of validity is included, in the company's zone.
"""

from __future__ import annotations

from datetime import date, datetime, tzinfo

from services.kit.errors import Invalid
from services.offers.domain.transitions import CURRENT, FROZEN, SIGNED, UNEXPIRED

_AGREED = ("frozen", "signed", "sent")


def judged_at(claimed: datetime, *, last_contact: datetime | None, arrival: datetime) -> datetime:
    """The claimed instant, not before the device's last contact and not after the arrival.

    Raises:
        Invalid: TIME_WITHOUT_ZONE.
    """
    for instant in (claimed, last_contact, arrival):
        if instant is not None and instant.utcoffset() is None:
            raise Invalid("TIME_WITHOUT_ZONE")
    bounded = min(claimed, arrival)
    return bounded if last_contact is None else max(bounded, min(last_contact, arrival))


def expired(valid_until: date | None, instant: datetime, zone: tzinfo) -> bool:
    """Whether the last day of validity is over at `instant` in the company's zone; None never expires."""
    return valid_until is not None and instant.astimezone(zone).date() > valid_until


def missing_for_acceptance(
    *, revision_state: str, current: bool, signature_required: bool, signed: bool, expired: bool
) -> tuple[str, ...]:
    """What still stands against accepting: the `missing` of `transitions.move("offer", state, "accept")`."""
    against = (
        (revision_state not in _AGREED, FROZEN),
        (not current, CURRENT),
        (signature_required and not signed, SIGNED),
        (expired, UNEXPIRED),
    )
    return tuple(fact for holds, fact in against if holds)
