"""Spreading a charge into the lines, and taking it out again.

A charge that is spread disappears from the foot of the offer and its amount is folded into the lines that it
serves: first by VAT group, exactly as if it were shown, then inside each group over the essential lines by
the method chosen. So spreading never moves VAT. A run is stored with its inputs and its allocations and never
touches a line: undoing it is forgetting it. Running again on the same inputs gives the same run; a changed
line or charge makes it stale.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from services.kit.errors import Invalid
from services.kit.values import EXACT, Number, canonical, from_minor, parse_decimal
from services.offers.domain.allocation import largest_remainder, whole_weights
from services.offers.domain.charges import ABSORBED
from services.offers.domain.lines import ITEM, NO_LOCK, STANDARD
from services.offers.domain.priced import PricedCharge, PricedLine, RevisionTotals
from services.offers.domain.problems import Problems

NET, LIST, COST, WEIGHT, QUANTITY, EQUAL, MANUAL = (
    "net",
    "list",
    "cost",
    "weight",
    "quantity",
    "equal",
    "manual",
)
METHODS: Final = (NET, LIST, COST, WEIGHT, QUANTITY, EQUAL, MANUAL)


@dataclass(frozen=True, slots=True)
class Allocation:
    """What one line carries: its weight under the method, and its share in money.

    The weight of a run by cost is a cost: it belongs to the `cost` facet (see `SpreadRun.without_cost`).
    """

    line_id: str
    weight: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class SpreadRun:
    """A stored spread. `inputs` is the SHA-256 of all that decided it, without any cost."""

    charge_id: str
    method: str
    amount: Decimal
    inputs: str
    allocations: tuple[Allocation, ...]

    def without_cost(self) -> SpreadRun:
        """The run as a user without the `cost` facet sees it: shares, but no weights of a run by cost."""
        if self.method != COST:
            return self
        hidden = tuple(replace(share, weight=Decimal(0)) for share in self.allocations)
        return replace(self, allocations=hidden)


def spread(
    totals: RevisionTotals,
    charge_id: str,
    method: str = NET,
    *,
    weights: Mapping[str, Number] | None = None,
    costs: Mapping[str, Number] | None = None,
) -> SpreadRun:
    """Spread one charge over the essential lines that it serves; allocations are in the order of the lines.

    Essential is an `item` that is neither option, alternative nor free of charge (discounts of 100 %).
    `weights` (line id -> weight) is for `manual`, `costs` (line id -> cost of one unit) for `cost`.

    Raises:
        Invalid: SPREAD_CHARGE_UNKNOWN, SPREAD_CHARGE_NOT_BILLED (absorbed or waiting), WORD_UNKNOWN; with a
            violation per line: SPREAD_LINE_LOCKED, SPREAD_WEIGHT_NEGATIVE, SPREAD_NO_WEIGHT (nobody in the
            line's VAT group carries anything), SPREAD_COST_MISSING.
    """
    charge = _charge(totals, charge_id)
    if method not in METHODS:
        raise Invalid(
            "WORD_UNKNOWN",
            params={"field": "method", "value": str(method)[:40], "allowed": ", ".join(METHODS)},
        )
    lines = _served(totals, charge)
    carriers = [line for line in lines if _essential(line)]
    _refuse_locked(carriers)
    weighed = _weigh(carriers, method, weights or {}, costs)
    shares = _share(charge, lines, carriers, weighed)
    return SpreadRun(
        charge_id=charge_id,
        method=method,
        amount=charge.amount,
        inputs=_fingerprint(charge, lines, method, weights),
        allocations=tuple(
            Allocation(line.id, weight, from_minor(share, charge.places))
            for line, weight, share in zip(carriers, weighed, shares, strict=True)
        ),
    )


def is_stale(totals: RevisionTotals, run: SpreadRun) -> bool:
    """Whether a line that it serves, or the charge, has changed since the run."""
    charge = next((found for found in totals.charges if found.id == run.charge_id), None)
    if charge is None or charge.waiting or charge.mode == ABSORBED:
        return True
    weights = {share.line_id: share.weight for share in run.allocations} if run.method == MANUAL else None
    return _fingerprint(charge, _served(totals, charge), run.method, weights) != run.inputs


def current_runs(totals: RevisionTotals, runs: Sequence[SpreadRun]) -> tuple[SpreadRun, ...]:
    """The runs that count: of charges in mode `spread`, not stale, the last one of each charge."""
    spread_ids = {charge.id for charge in totals.charges if charge.mode == "spread" and not charge.waiting}
    last = {run.charge_id: run for run in runs if run.charge_id in spread_ids}
    return tuple(run for run in last.values() if not is_stale(totals, run))


def stale_charges(totals: RevisionTotals, runs: Sequence[SpreadRun]) -> tuple[str, ...]:
    """Ids of charges in mode `spread` without a current run; while there is any, the revision cannot be
    frozen.
    """
    current = {run.charge_id for run in current_runs(totals, runs)}
    return tuple(
        charge.id for charge in totals.charges if charge.mode == "spread" and charge.id not in current
    )


def undo(runs: Sequence[SpreadRun], charge_id: str) -> tuple[SpreadRun, ...]:
    """The runs without those of one charge; set the charge to `shown` and everything is as it was."""
    return tuple(run for run in runs if run.charge_id != charge_id)


def _charge(totals: RevisionTotals, charge_id: str) -> PricedCharge:
    for charge in totals.charges:
        if charge.id == charge_id and charge_id:
            if charge.mode == ABSORBED or charge.waiting:
                raise Invalid("SPREAD_CHARGE_NOT_BILLED", params={"value": charge_id})
            return charge
    raise Invalid("SPREAD_CHARGE_UNKNOWN", params={"value": str(charge_id)[:80]})


def _served(totals: RevisionTotals, charge: PricedCharge) -> list[PricedLine]:
    serves = charge.read.serves
    lines = totals.lines if serves is None else [totals.lines[position] for position in sorted(serves)]
    return [line for line in lines if line.counted]


def _essential(line: PricedLine) -> bool:
    read = line.read
    return read.line.kind == ITEM and read.line.presence == STANDARD and bool(read.factor)


def _refuse_locked(lines: Sequence[PricedLine]) -> None:
    problems = Problems()
    for line in lines:
        if line.read.line.lock != NO_LOCK:
            problems.add(f"lines[{line.read.position}].lock", "SPREAD_LINE_LOCKED", line=_name(line))
    problems.raise_if_any()


def _name(line: PricedLine) -> str:
    return line.read.line.code or line.id or str(line.read.position + 1)


def _weigh(
    lines: Sequence[PricedLine],
    method: str,
    typed: Mapping[str, Number],
    costs: Mapping[str, Number] | None,
) -> list[Decimal]:
    problems = Problems()
    weights = []
    for line in lines:
        try:
            weight = _weight(line, method, typed, costs)
            if weight < 0:
                raise Invalid("SPREAD_WEIGHT_NEGATIVE", params={"line": _name(line)})
        except Invalid as error:
            problems.add_error(f"lines[{line.read.position}]", error)
            continue
        weights.append(weight)
    problems.raise_if_any()
    return weights


def _weight(
    line: PricedLine, method: str, typed: Mapping[str, Number], costs: Mapping[str, Number] | None
) -> Decimal:
    read = line.read
    if method == MANUAL:
        return parse_decimal(typed.get(line.id, "0"))
    if method == COST:
        if costs is None or line.id not in costs:
            raise Invalid("SPREAD_COST_MISSING", params={"line": _name(line)})
        return EXACT.multiply(read.quantity, parse_decimal(costs[line.id]))
    if method == WEIGHT:
        return EXACT.multiply(read.quantity, read.weight_kg)
    return {NET: line.net, LIST: line.list_amount, QUANTITY: read.quantity, EQUAL: Decimal(1)}[method]


def _share(
    charge: PricedCharge,
    lines: Sequence[PricedLine],
    carriers: Sequence[PricedLine],
    weights: Sequence[Decimal],
) -> list[int]:
    """Each carrier's share in minor units: group by group, as VAT has split the charge."""
    problems = Problems()
    whole = whole_weights(weights)
    shares = [0] * len(carriers)
    for vat, amount in charge.shares:
        members = [i for i, line in enumerate(carriers) if line.read.vat == vat]
        if amount and not any(whole[i] for i in members):
            of_group = [line for line in lines if line.read.vat == vat] or lines
            for line in of_group:
                problems.add(
                    f"lines[{line.read.position}]",
                    "SPREAD_NO_WEIGHT",
                    line=_name(line),
                    rate=vat.rate_text,
                    natura=vat.natura,
                )
            continue
        for i, share in zip(members, largest_remainder(amount, [whole[i] for i in members]), strict=True):
            shares[i] = share
    problems.raise_if_any()
    return shares


def _fingerprint(
    charge: PricedCharge,
    lines: Sequence[PricedLine],
    method: str,
    weights: Mapping[str, Number] | None,
) -> str:
    """A digest of everything that a run depends on, except costs: a digest of a cost could be guessed."""
    groups = [[vat.rate_text, vat.natura, share] for vat, share in charge.shares]
    typed = _typed(lines, weights or {}) if method == MANUAL else []
    inputs = [method, charge.amount_minor, groups, [_inputs(line) for line in lines], typed]
    return hashlib.sha256(json.dumps(inputs, separators=(",", ":")).encode()).hexdigest()


def _inputs(line: PricedLine) -> list[str | int]:
    read = line.read
    return [
        *(line.id, read.line.kind, read.line.presence),
        *(canonical(read.quantity), canonical(read.unit_price), canonical(read.factor)),
        canonical(read.weight_kg),
        *(read.list_minor, read.amount_minor, line.header_minor),
        *((read.vat.rate_text, read.vat.natura) if read.vat else ()),
    ]


def _typed(lines: Sequence[PricedLine], weights: Mapping[str, Number]) -> list[str]:
    return [canonical(parse_decimal(weights.get(line.id, "0"))) for line in lines if _essential(line)]
