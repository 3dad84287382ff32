"""The kernel on records, as the replica holds them: what the desktop copy does in `gateway/device/offers.py`.

A draft is {"revision", "lines", "charges", "catalogue"}, or, quicker to read again, the same without its
lines and each of them after it on a line of text of its own; the catalogue is what prices the lines that
lack a price: {"lists", "prices", "articles", "customer_code", "on", "user"}. Runs in the browser's worker
beside the kernel's own files; the arithmetic is theirs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from services.kit.errors import Invalid, SalesError, Violation
from services.offers.domain import listing
from services.offers.domain.contents import missing_for_freezing
from services.offers.domain.documents import figures_of, freeze_records, in_order, revision_of, spread_fields

_CHARGE = {"mode": "shown", "formula": "fixed", "base": "net", "vat": "accessory"}
_REVISION = {"currency": "EUR", "language": "it", "ordinal": 1}
_FROM_LIST = ("unit_price", "discounts", "price_trail")


def price_records(text: str) -> str:
    """Return the figures of a draft: {"revision", "lines", "charges", "missing"}, lines and charges by id. A
    line that the lists priced has its price, discounts and trail, too.
    """
    return _answered(text, _price)


def spread_records(text: str) -> str:
    """Return what spreading the charge `charge_id` by `method` would write into it, and what it comes to:
    {"fields", "net"}. `weights` are a manual spread's, `unit_costs` are for those who see costs; both go
    by line.
    """
    return _answered(text, _spread)


def freeze_draft(text: str) -> str:
    """Return the hash of a draft as it would be frozen now: {"sha256"}; `offer` and `previous_sha256` stand
    beside the draft.
    """
    return _answered(text, _freeze)


def _answered(text: str, answer: Callable[[dict[str, Any]], object]) -> str:
    try:
        return json.dumps({"ok": answer(_read(text))})
    except SalesError as error:
        return json.dumps({"error": _refusal(error)})


def _read(text: str) -> dict[str, Any]:
    """Return a draft; its lines may follow it, each on a line of text of its own."""
    head, *lines = text.split("\n")
    given: dict[str, Any] = json.loads(head)
    given.setdefault("lines", [_line(line) for line in lines])
    return given


@lru_cache(maxsize=2048)
def _line(text: str) -> Mapping[str, Any]:
    # From one keystroke to the next all lines but one are the same text: reading 400 anew was a fifth of all.
    line: Mapping[str, Any] = json.loads(text)
    return line


class _Draft:
    """A draft as the owner will complete it."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self.revision = {**given["revision"]}
        self.revision |= {name: word for name, word in _REVISION.items() if not self.revision.get(name)}
        self.unpriced = in_order([*given["lines"]])
        self.lines = _listed(self.unpriced, given.get("catalogue"), self.revision)
        self.charges = in_order([_charge(each) for each in given["charges"]])


def _price(given: dict[str, Any]) -> object:
    draft = _Draft(given)
    inputs = revision_of(draft.revision, draft.lines, draft.charges)
    totals = inputs.totals()
    figures = figures_of(inputs, totals)
    for before, line, fields in zip(draft.unpriced, draft.lines, figures.lines, strict=True):
        if line["unit_price"] != before["unit_price"]:
            fields.update({name: line[name] for name in _FROM_LIST})
    return {
        "revision": figures.revision,
        "lines": _by_id(draft.lines, figures.lines),
        "charges": _by_id(draft.charges, figures.charges),
        "missing": list(missing_for_freezing(totals, inputs)),
    }


def _spread(given: dict[str, Any]) -> object:
    draft = _Draft(given)
    charge_id = given["charge_id"]
    fields = spread_fields(
        draft.revision,
        draft.lines,
        draft.charges,
        charge_id,
        given["method"],
        weights=given.get("weights") or {},
        unit_costs=given.get("unit_costs") or None,
    )
    totals = revision_of(draft.revision, draft.lines, draft.charges).totals()
    (net,) = [charge.amount for charge in totals.charges if charge.id == charge_id]
    return {"fields": fields, "net": format(net, "f")}


def _freeze(given: dict[str, Any]) -> object:
    draft = _Draft(given)
    snapshot = freeze_records(
        draft.revision,
        given["offer"],
        draft.lines,
        draft.charges,
        previous_sha256=given["previous_sha256"],
    )
    return {"sha256": snapshot.sha256}


def _by_id(records: Sequence[Mapping[str, Any]], figures: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {record["id"]: fields for record, fields in zip(records, figures, strict=True)}


def _listed(
    lines: Sequence[Mapping[str, Any]], catalogue: Mapping[str, Any] | None, revision: Mapping[str, Any]
) -> list[dict[str, Any]]:
    articles = {article["id"]: article for article in (catalogue or {}).get("articles", ())}
    completed = [listing.completed_line(line, articles.get(line["article_id"])) for line in lines]
    if catalogue is None or not any(listing.lacks_price(line) for line in completed):
        return completed

    def priced(some: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return listing.priced_by_lists(
            some,
            catalogue["lists"],
            catalogue["prices"],
            revision=revision,
            customer_code=catalogue["customer_code"],
            on=date.fromisoformat(catalogue["on"]),
            user=catalogue["user"],
        )

    try:
        return priced(completed)
    except Invalid:
        return _one_by_one(completed, priced)


def _one_by_one(
    lines: list[dict[str, Any]], priced: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]
) -> list[dict[str, Any]]:
    """Say which line it was; a number that cannot be read is said by the totals."""
    found, violations = [], []
    for position, line in enumerate(lines):
        try:
            found += priced([line])
        except Invalid as error:
            found.append(line)
            if not error.reason.startswith("NUMBER_"):
                violations.append(Violation(f"lines[{position}].unit_price", error.reason, error.detail))
    if violations:
        raise Invalid("INVALID_FIELDS", violations=violations)
    return found


def _charge(charge: dict[str, Any]) -> dict[str, Any]:
    words = {name: word for name, word in _CHARGE.items() if charge[name] == "unspecified"}
    return {**charge, **words}


def _refusal(error: SalesError) -> dict[str, Any]:
    violations = [{"field": each.field, "reason": each.reason} for each in error.violations]
    return {"reason": error.reason, "params": dict(error.params), "violations": violations}
