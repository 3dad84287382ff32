"""The kernel as one function from JSON to JSON, for callers that are not Python: the browser's worker above
all.

    >>> call("commands", '{"entity": "revision", "state": "draft"}')
    '{"ok":["freeze","withdraw"]}'

`call` never raises: a refusal is `{"error": {"kind", "reason", "detail", "params", "violations"}}`. The
answer is canonical JSON, so the same request gives the same bytes on server, desktop and browser.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from services.kit.errors import Invalid, SalesError
from services.kit.values import Number
from services.offers.domain.canonical import encode
from services.offers.domain.codec import from_plain, to_plain
from services.offers.domain.contents import freeze_revision, missing_for_freezing, totals_content
from services.offers.domain.costing import Costs
from services.offers.domain.difference import difference
from services.offers.domain.floors import Guard, lights
from services.offers.domain.goalseek import seek_figure, seek_line_margin, seek_line_price, seek_margin
from services.offers.domain.locks import restore_locks
from services.offers.domain.margins import Levels, margins
from services.offers.domain.pricelists import PriceList, price_book
from services.offers.domain.prices import PriceQuestion, find_price
from services.offers.domain.printing import printed
from services.offers.domain.reasons import english
from services.offers.domain.revision import Revision
from services.offers.domain.spreading import spread, stale_charges
from services.offers.domain.trail import explain
from services.offers.domain.transitions import allowed_commands
from services.offers.domain.vat_rules import ArticleClass, Buyer, Supply, decide_vat
from services.offers.domain.whatif import Edit, what_if

MAX_REQUEST: Final = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class PriceCall:
    """`price`: totals, printed view, and what stands against freezing."""

    revision: Revision
    fold_header: bool = False

    def answer(self) -> Mapping[str, object]:
        totals = self.revision.totals()
        return {
            "totals": totals_content(totals),
            "printed": printed(totals, self.revision.spreads, fold_header=self.fold_header),
            "stale": stale_charges(totals, self.revision.spreads),
            "missing": missing_for_freezing(totals, self.revision),
        }


@dataclass(frozen=True, slots=True)
class SpreadCall:
    """`spread`: a run for one charge."""

    revision: Revision
    charge_id: str
    method: str = "net"
    weights: Mapping[str, Number] = field(default_factory=dict)
    costs: Costs | None = None

    def answer(self) -> object:
        units = None if self.costs is None else self.costs.units
        totals = self.revision.totals()
        return spread(totals, self.charge_id, self.method, weights=self.weights, costs=units)


@dataclass(frozen=True, slots=True)
class GoalCall:
    """`goal`: `figure` one of the offer's figures, or `margin`, `line_price`, `line_margin`."""

    revision: Revision
    figure: str
    amount: Number
    line_id: str = ""
    floors: Mapping[str, Number] = field(default_factory=dict)
    costs: Costs | None = None

    def answer(self) -> object:
        costs = self.costs or Costs()
        if self.figure == "margin":
            return seek_margin(self.revision, self.amount, costs, floors=self.floors)
        if self.figure == "line_price":
            return seek_line_price(self.revision, self.line_id, self.amount)
        if self.figure == "line_margin":
            return seek_line_margin(self.revision, self.line_id, self.amount, costs)
        return seek_figure(self.revision, self.figure, self.amount, floors=self.floors)


@dataclass(frozen=True, slots=True)
class LocksCall:
    """`locks`: the revision with its locks back in force."""

    revision: Revision
    costs: Costs | None = None

    def answer(self) -> object:
        return restore_locks(self.revision, self.costs)


@dataclass(frozen=True, slots=True)
class WhatIfCall:
    """`what_if`: edits on a copy."""

    revision: Revision
    edits: tuple[Edit, ...] = ()
    costs: Costs | None = None

    def answer(self) -> Mapping[str, object]:
        found = what_if(self.revision, self.edits, self.costs)
        return {
            "revision": found.revision,
            "before": totals_content(found.before),
            "after": totals_content(found.after),
            "difference": found.difference,
            "margins_before": _levels(found.margins_before),
            "margins_after": _levels(found.margins_after),
        }


@dataclass(frozen=True, slots=True)
class DifferenceCall:
    """`difference`: of two revisions."""

    before: Revision
    after: Revision

    def answer(self) -> object:
        return difference(self.before, self.after)


@dataclass(frozen=True, slots=True)
class MarginsCall:
    """`margins`: for users who see cost."""

    revision: Revision
    costs: Costs

    def answer(self) -> Mapping[str, object]:
        found = margins(self.revision.totals(), self.costs, runs=self.revision.spreads)
        return {
            "lines": {position: _levels(levels) for position, levels in found.lines.items()},
            "groups": {name: _levels(levels) for name, levels in found.groups.items()},
            "offer": _levels(found.offer),
            "missing": found.missing,
        }


@dataclass(frozen=True, slots=True)
class LightsCall:
    """`lights`: for users who do not see cost."""

    revision: Revision
    guards: Mapping[str, Guard]

    def answer(self) -> object:
        return lights(self.revision.totals(), self.guards)


@dataclass(frozen=True, slots=True)
class FreezeCall:
    """`freeze`: the public snapshot as text, and its hash."""

    revision: Revision
    document: Mapping[str, Any]
    previous_sha256: str = ""
    fold_header: bool = False

    def answer(self) -> Mapping[str, object]:
        snapshot = freeze_revision(
            self.revision,
            self.document,
            previous_sha256=self.previous_sha256,
            fold_header=self.fold_header,
        )
        return {"public": snapshot.public.decode(), "sha256": snapshot.sha256}


@dataclass(frozen=True, slots=True)
class FindPricesCall:
    """`find_prices`: one answer per question, in order; the trail also as sentences."""

    lists: tuple[PriceList, ...]
    questions: tuple[PriceQuestion, ...]
    language: str = "it"

    def answer(self) -> object:
        book = price_book(self.lists)
        found = [find_price(book, question) for question in self.questions]
        return [{"price": price, "why": explain(price.trail, self.language)} for price in found]


@dataclass(frozen=True, slots=True)
class VatCall:
    """`vat`: rate and natura of a line."""

    article: ArticleClass
    buyer: Buyer
    supply: Supply
    language: str = "it"

    def answer(self) -> Mapping[str, object]:
        decision = decide_vat(self.article, self.buyer, self.supply)
        return {
            "vat_rate": decision.vat.rate_text,
            "natura": decision.vat.natura,
            "split_payment": decision.split_payment,
            "trail": decision.trail,
            "why": explain(decision.trail, self.language),
        }


@dataclass(frozen=True, slots=True)
class CommandsCall:
    """`commands`: what a user can do with a record in a state."""

    entity: str
    state: str
    actions: tuple[str, ...] = ("write",)
    missing: tuple[str, ...] = ()

    def answer(self) -> object:
        return allowed_commands(self.entity, self.state, actions=self.actions, missing=self.missing)


_Call = (
    PriceCall
    | SpreadCall
    | GoalCall
    | LocksCall
    | WhatIfCall
    | DifferenceCall
    | MarginsCall
    | LightsCall
    | FreezeCall
    | FindPricesCall
    | VatCall
    | CommandsCall
)

CALLS: Final[Mapping[str, type[_Call]]] = {
    "price": PriceCall,
    "spread": SpreadCall,
    "goal": GoalCall,
    "locks": LocksCall,
    "what_if": WhatIfCall,
    "difference": DifferenceCall,
    "margins": MarginsCall,
    "lights": LightsCall,
    "freeze": FreezeCall,
    "find_prices": FindPricesCall,
    "vat": VatCall,
    "commands": CommandsCall,
}


def call(name: str, request: str) -> str:
    """Answer one call; `request` and the answer are JSON texts, the answer `{"ok": …}` or `{"error": …}`."""
    try:
        answer: dict[str, object] = {"ok": to_plain(_dispatch(name, request))}
        return encode(answer).decode()
    except SalesError as error:
        return encode({"error": _refusal(error)}).decode()
    except RecursionError:
        too_deep = Invalid("CALL_MALFORMED", params={"value": "too many levels"})
        return encode({"error": _refusal(too_deep)}).decode()


def _dispatch(name: str, request: str) -> object:
    kind: Any = CALLS.get(name)
    if kind is None:
        params = {"value": str(name)[:40], "allowed": ", ".join(CALLS)}
        raise Invalid("CALL_UNKNOWN", params=params)
    found: _Call = from_plain(kind, _parsed(request))
    return found.answer()


def _parsed(request: str) -> object:
    if len(request) > MAX_REQUEST:
        raise Invalid("CALL_MALFORMED", params={"value": f"> {MAX_REQUEST}"})
    try:
        value: object = json.loads(request, parse_float=_refuse, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise Invalid("CALL_MALFORMED", params={"value": str(error)[:80]}) from error
    return value


def _refuse(text: str) -> object:
    raise ValueError(f"{text[:20]} is not text")


def _levels(levels: Levels | None) -> object:
    if levels is None:
        return None
    return {
        level: {
            "value": margin.value,
            "cost": margin.cost,
            "amount": margin.amount,
            "percent": margin.percent,
            "markup": margin.markup,
        }
        for level, margin in levels.items()
    }


def _refusal(error: SalesError) -> dict[str, object]:
    return {
        "kind": error.kind,
        "reason": error.reason,
        "detail": _readable(error.detail or english(error.reason, error.params)),
        "params": {name: _readable(text) for name, text in error.params.items()},
        "violations": [
            {"field": _readable(v.field), "reason": v.reason, "detail": _readable(v.detail)}
            for v in error.violations
        ],
    }


def _readable(text: str) -> str:
    """Text that came from the request, without what no JSON can carry."""
    return text.encode(errors="replace").decode()
