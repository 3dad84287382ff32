"""What if: edits on a copy, with the difference that they make; nothing is stored and nothing is moved by
accident.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeVar

from services.kit.errors import Invalid
from services.offers.domain.charges import Charge
from services.offers.domain.codec import from_plain, to_plain
from services.offers.domain.costing import Costs
from services.offers.domain.difference import RevisionDifference, difference
from services.offers.domain.lines import Line
from services.offers.domain.margins import Levels, margins
from services.offers.domain.priced import RevisionTotals
from services.offers.domain.revision import Revision

SET, ADD, REMOVE = "set", "add", "remove"
LINE, CHARGE, HEADER = "line", "charge", "revision"

_HEADER_FIELDS: Final = ("header_discounts", "currency", "split_payment", "texts", "configuration")
Item = TypeVar("Item", Line, Charge)


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit: `set` fields of, `add` or `remove` a line or charge by its id, or `set` fields of the
    revision.

    `fields` holds plain values under the fields' names, as in `codec`.
    """

    kind: str
    target: str
    id: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The edited copy, both priced, and their difference; `margins_*` only when costs were given."""

    revision: Revision
    before: RevisionTotals
    after: RevisionTotals
    difference: RevisionDifference
    margins_before: Levels | None = None
    margins_after: Levels | None = None


def what_if(revision: Revision, edits: Sequence[Edit], costs: Costs | None = None) -> WhatIf:
    """Apply edits to a copy and compare.

    Raises:
        Invalid: those of `edited` and of pricing.
    """
    changed = edited(revision, edits)
    before, after = revision.totals(), changed.totals()
    return WhatIf(
        revision=changed,
        before=before,
        after=after,
        difference=difference(revision, changed),
        margins_before=margins(before, costs, runs=revision.spreads).offer if costs else None,
        margins_after=margins(after, costs, runs=changed.spreads).offer if costs else None,
    )


def edited(revision: Revision, edits: Sequence[Edit]) -> Revision:
    """The revision after the edits, in their order. Added lines and charges come last.

    Raises:
        Invalid: ITEM_UNKNOWN, WORD_UNKNOWN, and those of `codec.from_plain`, at `edits[i]`.
    """
    for position, edit in enumerate(edits):
        path = f"edits[{position}]"
        if edit.target == LINE:
            revision = replace(revision, lines=_items(Line, revision.lines, edit, path))
        elif edit.target == CHARGE:
            revision = replace(revision, charges=_items(Charge, revision.charges, edit, path))
        elif edit.target == HEADER and edit.kind == SET:
            revision = _header(revision, edit, path)
        else:
            raise _unknown_word(path, "target", edit.target, (LINE, CHARGE, HEADER))
    return revision


def _items(kind: type[Item], items: Sequence[Item], edit: Edit, path: str) -> tuple[Item, ...]:
    found = list(items)
    if edit.kind == ADD:
        found.append(from_plain(kind, {"id": edit.id, **edit.fields}, path))
        return tuple(found)
    at = next((i for i, item in enumerate(items) if item.id == edit.id and edit.id), -1)
    if at < 0:
        raise Invalid("ITEM_UNKNOWN", params={"field": f"{path}.id", "value": edit.id[:80]})
    if edit.kind == REMOVE:
        del found[at]
    elif edit.kind == SET:
        plain = to_plain(items[at])
        known = plain if isinstance(plain, dict) else {}
        found[at] = from_plain(kind, {**known, **edit.fields}, path)
    else:
        raise _unknown_word(path, "kind", edit.kind, (SET, ADD, REMOVE))
    return tuple(found)


def _header(revision: Revision, edit: Edit, path: str) -> Revision:
    wrong = sorted(set(edit.fields) - set(_HEADER_FIELDS))
    if wrong:
        raise Invalid("FIELD_UNKNOWN", params={"field": f"{path}.{wrong[0][:80]}"})
    read = from_plain(Revision, dict(edit.fields), path)
    return replace(revision, **{name: getattr(read, name) for name in edit.fields})


def _unknown_word(path: str, name: str, value: str, allowed: Sequence[str]) -> Invalid:
    params = {"field": f"{path}.{name}", "value": value[:40], "allowed": ", ".join(allowed)}
    return Invalid("WORD_UNKNOWN", params=params)
