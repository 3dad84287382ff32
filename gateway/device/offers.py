"""Offers without the server: totals while typing, freezing with the same hash, the customer's yes.

The arithmetic is the kernel's (`services.offers.domain`), the same files as in the offers service. What a
command is expected to do is shown until the server's answer has arrived with the replica.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from gateway.device.errors import Unusable
from gateway.device.listed import completed, priced_by_lists
from gateway.device.overlay import Values
from gateway.device.view import View
from gateway.device.writing import Author
from services.kit.errors import SalesError
from services.offers.domain import transitions
from services.offers.domain.contents import missing_for_freezing
from services.offers.domain.documents import (
    figures_of,
    freeze_records,
    in_order,
    revision_of,
    spread_fields,
    unspread_fields,
)
from services.offers.domain.snapshot import Snapshot
from services.offers.domain.spreading import COST, NET

_SHOWN_WHEN_FROZEN: Final = (
    "ordinal", "lines_net", "header_discount", "taxable", "vat_groups", "total", "payable", "trade_in",
    "balance", "currency", "language",
)  # fmt: skip
_AGREED: Final = ("frozen", "signed", "sent")
_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class _Priced:
    """A revision as the kernel prices it; `missing`: facts that forbid to freeze it."""

    revision: Values
    offer: Values
    lines: list[Values]
    charges: list[Values]
    missing: tuple[str, ...]


class OfflineOffers:
    """What can be done with offers on a device."""

    def __init__(self, view: View, author: Author, *, user_id: str = "") -> None:
        self._view = view
        self._author = author
        self._user_id = user_id

    def priced(self, revision_id: str) -> tuple[Values, list[Values], list[Values]]:
        """Return a revision with its totals as of now, its lines with their amounts, and its charges.

        Raises:
            Unusable: RECORD_NOT_HERE; PRICE_MISSING, no list of this copy has one; what the kernel refuses.
        """
        priced = self._price(revision_id)
        return priced.revision, priced.lines, priced.charges

    def _price(self, revision_id: str) -> _Priced:
        revision = _begun(self._require("offers.revision", revision_id))
        offer = _started(self._require("offers.offer", revision["offer_id"]))
        found = self._view.records("offers.line", revision_id=revision_id)
        lines = [dict(line) for line in in_order([completed(self._view, line) for line in found])]
        charges = [_shown(each) for each in self._view.records("offers.charge", revision_id=revision_id)]
        charges = [dict(charge) for charge in in_order(charges)]
        lines = _kernel(lambda: self._listed(lines, revision, offer))
        inputs = _kernel(lambda: revision_of(revision, lines, charges))
        totals = _kernel(inputs.totals)
        figures = figures_of(inputs, totals)
        return _Priced(
            revision={**revision, **figures.revision},
            offer=offer,
            lines=[{**line, **fields} for line, fields in zip(lines, figures.lines, strict=True)],
            charges=[{**charge, **fields} for charge, fields in zip(charges, figures.charges, strict=True)],
            missing=tuple(missing_for_freezing(totals, inputs)),
        )

    def _listed(self, lines: list[Values], revision: Values, offer: Values) -> list[Values]:
        return priced_by_lists(
            self._view, lines, revision=revision, offer=offer, on=self._author.today(), user=self._user_id
        )

    def spread(self, charge_id: str, method: str = NET, weights: Mapping[str, str] | None = None) -> None:
        """Fold a charge into the lines that it serves; `weights` (line id -> weight) are a manual spread's.

        Raises:
            Unusable: ONLINE_ONLY for a spread by cost, RECORD_NOT_HERE, or what forbids it.
        """
        if method == COST:
            # Costs are the server's to know: a copy may lack them.
            raise Unusable("ONLINE_ONLY", "offers.charge:spread by cost")
        priced = self._price(self._require("offers.charge", charge_id)["revision_id"])
        expected = _kernel(
            lambda: spread_fields(
                priced.revision, priced.lines, priced.charges, charge_id, method, weights=weights
            )
        )
        self._on_charge(charge_id, "spread", {"method": method, "weights": dict(weights or {})}, expected)

    def unspread(self, charge_id: str) -> None:
        """Show a spread charge below the lines again.

        Raises:
            Unusable: RECORD_NOT_HERE.
        """
        self._require("offers.charge", charge_id)
        self._on_charge(charge_id, "unspread", {}, unspread_fields())

    def _on_charge(self, charge_id: str, name: str, request: Values, expected: Values) -> None:
        item = self._author.call("offers.charge", charge_id, name, request)
        self._author.save([item], {item["id"]: {f"offers.charge/{charge_id}": expected}})

    def freeze(self, revision_id: str) -> str:
        """Freeze a draft; return its hash, which the server will check against its own.

        Raises:
            Unusable: REVISION_EMPTY, or what forbids it.
        """
        priced = self._price(revision_id)
        revision, offer, lines, charges = priced.revision, priced.offer, priced.lines, priced.charges
        if not lines:
            raise Unusable("REVISION_EMPTY", revision_id)
        state = _moved(transitions.REVISION, revision["state"], "freeze", priced.missing)
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
                **{name: revision[name] for name in _SHOWN_WHEN_FROZEN},
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
    defaults = {"mode": "shown", "formula": "fixed", "base": "net", "vat": "accessory"}
    return {**charge, **{n: default for n, default in defaults.items() if charge[n] == "unspecified"}}


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
