"""Offers without the server: totals while typing, freezing with the same hash, the customer's yes.

The arithmetic is the kernel's (`services.offers.domain`), the same files as in the offers service. What a
command is expected to do is shown until the server's answer has arrived with the replica.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from gateway.device.errors import Unusable
from gateway.device.overlay import Values
from gateway.device.view import View
from gateway.device.writing import Author
from services.kit.errors import SalesError
from services.offers.domain import transitions
from services.offers.domain.documents import freeze_records, in_order, totals_of
from services.offers.domain.priced import RevisionTotals
from services.offers.domain.snapshot import Snapshot

_FROM_ARTICLE: Final = ("code", "description", "unit", "natura", "vat_rate")
_AGREED: Final = ("frozen", "signed", "sent")
_Answer = TypeVar("_Answer")


class OfflineOffers:
    """What can be done with offers on a device."""

    def __init__(self, view: View, author: Author) -> None:
        self._view = view
        self._author = author

    def priced(self, revision_id: str) -> tuple[Values, list[Values], list[Values]]:
        """Return a revision with its totals as of now, its lines with their amounts, and its charges.

        Raises:
            Unusable: RECORD_NOT_HERE; PRICE_MISSING where only the server knows the list price; or what the
                kernel refuses.
        """
        revision, lines, charges, _ = self._price(revision_id)
        return revision, lines, charges

    def _price(self, revision_id: str) -> tuple[Values, list[Values], list[Values], RevisionTotals]:
        revision = _begun(self._require("offers.revision", revision_id))
        found = self._view.records("offers.line", revision_id=revision_id)
        lines = [dict(line) for line in in_order([self._completed(line) for line in found])]
        charges = [_shown(each) for each in self._view.records("offers.charge", revision_id=revision_id)]
        totals = _kernel(lambda: totals_of(revision, lines, charges))
        plain: dict[str, Any] = dict(totals.as_plain())
        lines = [
            {**line, "amount": amount} for line, amount in zip(lines, plain.pop("line_amounts"), strict=True)
        ]
        plain["vat_groups"] = [dict(group) for group in plain["vat_groups"]]
        return {**revision, **plain}, lines, charges, totals

    def freeze(self, revision_id: str) -> str:
        """Freeze a draft; return its hash, which the server will check against its own.

        Raises:
            Unusable: REVISION_EMPTY, or what forbids it.
        """
        revision, lines, charges, totals = self._price(revision_id)
        offer = _started(self._require("offers.offer", revision["offer_id"]))
        if not lines:
            raise Unusable("REVISION_EMPTY", revision_id)
        missing = (transitions.COMPLETE,) if totals.waiting else ()
        state = _moved(transitions.REVISION, revision["state"], "freeze", missing)
        previous = self._previous_hash(revision)
        frozen: Snapshot = _kernel(
            lambda: freeze_records(revision, offer, lines, charges, previous_sha256=previous)
        )
        item = self._author.call("offers.revision", revision_id, "freeze", {"sha256": frozen.sha256})
        expected = {
            f"offers.revision/{revision_id}": {
                "state": state,
                "sha256": frozen.sha256,
                "previous_sha256": frozen.previous_sha256,
                **{name: revision[name] for name in ("ordinal", "lines_net", "header_discount", "taxable")},
                **{name: revision[name] for name in ("vat_groups", "total", "currency", "language")},
            },
            f"offers.offer/{offer['id']}": {"state": _moved(transitions.OFFER, offer["state"], "freeze")},
        }
        self._author.save([item], {item["id"]: expected})
        return frozen.sha256

    def accept(self, offer_id: str) -> None:
        """Record the customer's yes to the one frozen revision; the server asks the ERP for the order.

        Raises:
            Unusable: REVISION_NOT_FROZEN, REVISION_REQUIRED (several alternatives are open), or what forbids
                it.
        """
        offer = _started(self._require("offers.offer", offer_id))
        revisions = self._view.records("offers.revision", offer_id=offer_id)
        agreed = [each for each in revisions if each["state"] in _AGREED]
        if len(agreed) != 1:
            raise Unusable("REVISION_REQUIRED" if agreed else "REVISION_NOT_FROZEN", offer_id)
        (chosen,) = agreed
        state = _moved(transitions.OFFER, offer["state"], "accept")
        item = self._author.call("offers.offer", offer_id, "accept", {"revision_id": chosen["id"]})
        item["request"]["accepted_at"] = item["made_at"]
        expected = {
            f"offers.offer/{offer_id}": {"state": state, "accepted_revision_id": chosen["id"]},
            f"offers.revision/{chosen['id']}": {"state": "accepted"},
        }
        self._author.save([item], {item["id"]: expected})

    def _completed(self, line: Values) -> Values:
        """Return a line with what the server will fill in from its article."""
        article = self._view.record("offers.article", line["article_id"]) if line["article_id"] else None
        if article is not None:
            line = {**line, **{name: line[name] or article[name] for name in _FROM_ARTICLE}}
        if not line["unit_price"]:
            raise Unusable("PRICE_MISSING", line["code"] or line["id"])
        return line

    def _previous_hash(self, revision: Values) -> str:
        based_on = revision["based_on_id"]
        while based_on:
            before = self._view.record("offers.revision", based_on)
            if before is None:
                return ""
            if before["sha256"]:
                return str(before["sha256"])
            based_on = before["based_on_id"]
        return ""

    def _require(self, entity_name: str, record_id: str) -> Values:
        found = self._view.record(entity_name, record_id)
        if found is None:
            raise Unusable("RECORD_NOT_HERE", f"{entity_name} {record_id}")
        return found


def _begun(revision: Values) -> Values:
    """Return a revision with what the server sets on a new one."""
    return {
        **revision,
        "currency": revision["currency"] or "EUR",
        "language": revision["language"] or "it",
        "ordinal": revision["ordinal"] or 1,
        "state": "draft" if revision["state"] == "unspecified" else revision["state"],
    }


def _started(offer: Values) -> Values:
    return {**offer, "state": "draft" if offer["state"] == "unspecified" else offer["state"]}


def _shown(charge: Values) -> Values:
    return {**charge, "mode": "shown" if charge["mode"] == "unspecified" else charge["mode"]}


def _kernel(call: Callable[[], _Answer]) -> _Answer:
    try:
        return call()
    except SalesError as error:
        raise _unusable(error) from error


def _moved(kind: str, state: str, command: str, missing: tuple[str, ...] = ()) -> str:
    return _kernel(lambda: transitions.move(kind, state, command, missing=missing))


def _unusable(error: SalesError) -> Unusable:
    places = "; ".join(f"{violation.field}: {violation.reason}" for violation in error.violations)
    return Unusable(error.reason, places or ", ".join(error.params.values()))
