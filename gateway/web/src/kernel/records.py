"""The kernel on records, as the replica holds them: what the desktop copy does in `gateway/device/offers.py`.

Runs in the browser's worker beside the kernel's own files; the arithmetic is theirs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from services.kit.errors import SalesError
from services.offers.domain.contents import missing_for_freezing
from services.offers.domain.documents import figures_of, in_order, revision_of

_CHARGE = {"mode": "shown", "formula": "fixed", "base": "net", "vat": "accessory"}


def price_records(text: str) -> str:
    """Return the figures of a draft: {"revision", "lines", "charges", "missing"}, lines and charges by id."""
    given = json.loads(text)
    revision = {**given["revision"], "currency": given["revision"]["currency"] or "EUR"}
    lines = in_order([_line(each) for each in given["lines"]])
    charges = in_order([_charge(each) for each in given["charges"]])
    try:
        inputs = revision_of(revision, lines, charges)
        totals = inputs.totals()
        figures = figures_of(inputs, totals)
        missing = list(missing_for_freezing(totals, inputs))
    except SalesError as error:
        return json.dumps({"error": _refusal(error)})
    return json.dumps(
        {
            "ok": {
                "revision": figures.revision,
                "lines": _by_id(lines, figures.lines),
                "charges": _by_id(charges, figures.charges),
                "missing": missing,
            }
        }
    )


def _by_id(records: Sequence[Mapping[str, Any]], figures: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {record["id"]: fields for record, fields in zip(records, figures, strict=True)}


def _line(line: dict[str, Any]) -> dict[str, Any]:
    kind = "item" if line["kind"] == "unspecified" else line["kind"]
    presence = "standard" if line["presence"] == "unspecified" else line["presence"]
    return {**line, "kind": kind, "presence": presence}


def _charge(charge: dict[str, Any]) -> dict[str, Any]:
    words = {name: word for name, word in _CHARGE.items() if charge[name] == "unspecified"}
    return {**charge, **words}


def _refusal(error: SalesError) -> dict[str, Any]:
    violations = [{"field": each.field, "reason": each.reason} for each in error.violations]
    return {"reason": error.reason, "params": dict(error.params), "violations": violations}
