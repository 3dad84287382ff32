"""What changed between any two revisions, as data: lines, charges, texts, configuration and money.

Lines and charges are matched by `origin` (the same line through all revisions), else by id. Each changed line
says by how much it moves the taxable amount, header discount included; the effects of lines and charges add
up to the difference of the taxable amounts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Final

from services.kit.values import EXACT, canonical, parse_decimal
from services.offers.domain.charges import ABSORBED, Charge
from services.offers.domain.lines import Line
from services.offers.domain.priced import PricedCharge, PricedLine, RevisionTotals
from services.offers.domain.revision import Revision

ADDED, REMOVED, CHANGED = "added", "removed", "changed"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field, before and after, as text; empty where there was or is nothing."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ItemDifference:
    """A line or charge that differs. `key` matches it across revisions, `name` is what people call it.

    `effect` is what it adds to the taxable amount of the later revision, compared with the earlier one.
    """

    key: str
    name: str
    kind: str
    changes: tuple[FieldChange, ...]
    effect: Decimal


@dataclass(frozen=True, slots=True)
class RevisionDifference:
    """The difference of two revisions; every part is empty when it does not differ.

    `texts` and `configuration` name their field (`introduction`, `line/attribute`); `money` lists header
    discounts, totals and VAT groups; `moved` are the keys of lines whose order among the common ones changed.
    """

    lines: tuple[ItemDifference, ...]
    charges: tuple[ItemDifference, ...]
    moved: tuple[str, ...]
    texts: tuple[FieldChange, ...]
    configuration: tuple[FieldChange, ...]
    money: tuple[FieldChange, ...]
    effect: Decimal

    def __bool__(self) -> bool:
        """Whether anything differs."""
        parts = (self.lines, self.charges, self.moved, self.texts, self.configuration, self.money)
        return any(parts)


_NO_FIELDS: Final = frozenset({"id", "origin", "margin"})
"""Fields that are no difference: identity, and a locked margin, which belongs to the `cost` facet."""


def difference(before: Revision, after: Revision) -> RevisionDifference:
    """Everything in which `after` differs from `before`; both are priced.

    Raises:
        Invalid: those of pricing, for either.
    """
    old, new = before.totals(), after.totals()
    return RevisionDifference(
        lines=_lines(old, new),
        charges=_charges(old, new),
        moved=_moved([_line_key(line) for line in old.lines], [_line_key(line) for line in new.lines]),
        texts=_texts(before.texts, after.texts),
        configuration=_texts(_flat(before.configuration), _flat(after.configuration)),
        money=_money(before, after, old, new),
        effect=EXACT.subtract(new.taxable, old.taxable),
    )


def _line_key(line: PricedLine) -> str:
    row = line.read.line
    return row.origin or row.id or f"#{line.read.position}"


def _charge_key(charge: PricedCharge) -> str:
    return charge.id or f"#{charge.read.position}"


def _lines(old: RevisionTotals, new: RevisionTotals) -> tuple[ItemDifference, ...]:
    before = {_line_key(line): line for line in old.lines}
    after = {_line_key(line): line for line in new.lines}
    found = []
    for key in _in_order(before, after):
        was, now = before.get(key), after.get(key)
        row = (now or was or new.lines[0]).read.line
        changes = _fields(was.read.line if was else None, now.read.line if now else None)
        effect = EXACT.subtract(_line_worth(now), _line_worth(was))
        if changes or effect:
            found.append(
                ItemDifference(key, row.code or row.description or key, _kind(was, now), changes, effect)
            )
    return tuple(found)


def _line_worth(line: PricedLine | None) -> Decimal:
    return line.net if line is not None and line.counted else Decimal(0)


def _charges(old: RevisionTotals, new: RevisionTotals) -> tuple[ItemDifference, ...]:
    before = {_charge_key(charge): charge for charge in old.charges}
    after = {_charge_key(charge): charge for charge in new.charges}
    found = []
    for key in _in_order(before, after):
        was, now = before.get(key), after.get(key)
        changes = _fields(was.read.charge if was else None, now.read.charge if now else None)
        effect = EXACT.subtract(_charge_worth(now), _charge_worth(was))
        if changes or effect:
            found.append(ItemDifference(key, key, _kind(was, now), changes, effect))
    return tuple(found)


def _charge_worth(charge: PricedCharge | None) -> Decimal:
    billed = charge is not None and charge.mode != ABSORBED and not charge.waiting
    return charge.amount if charge is not None and billed else Decimal(0)


def _in_order(before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    """All keys: those of the later revision in its order, then those that are gone."""
    return [*after, *(key for key in before if key not in after)]


def _kind(was: object, now: object) -> str:
    if was is None:
        return ADDED
    return REMOVED if now is None else CHANGED


def _fields(was: Line | Charge | None, now: Line | Charge | None) -> tuple[FieldChange, ...]:
    names = [item.name for item in fields(now or was or Line()) if item.name not in _NO_FIELDS]
    changes = []
    for name in names:
        before = "" if was is None else _text(getattr(was, name))
        after = "" if now is None else _text(getattr(now, name))
        if before != after:
            changes.append(FieldChange(name, before, after))
    return tuple(changes)


def _text(value: object) -> str:
    """A field as text, numbers in canonical form, so that `1.0` and `1` are no change."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ", ".join(str(item) for item in value)
    if isinstance(value, int | Decimal):
        return canonical(parse_decimal(value))
    text = str(value)
    if text[:1].isdigit() or text[:1] == "-":
        digits = text.removeprefix("-")
        if digits.replace(".", "", 1).isascii() and digits.replace(".", "", 1).isdigit():
            return canonical(Decimal(text))
    return text


def _moved(before: Sequence[str], after: Sequence[str]) -> tuple[str, ...]:
    """Common keys outside a longest run that kept its order: what somebody dragged, not what it was dragged
    past.
    """
    rank = {key: position for position, key in enumerate(before)}
    common = [key for key in after if key in rank]
    kept = _longest_rising([rank[key] for key in common])
    return tuple(key for position, key in enumerate(common) if position not in kept)


def _longest_rising(ranks: Sequence[int]) -> set[int]:
    """Positions of a longest rising subsequence (patience sorting)."""
    tails: list[int] = []
    back = [-1] * len(ranks)
    for position, rank in enumerate(ranks):
        low, high = 0, len(tails)
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if ranks[tails[middle]] < rank else (low, middle)
        back[position] = tails[low - 1] if low else -1
        tails[low:] = [position, *tails[low + 1 :]]
    kept = set()
    at = tails[-1] if tails else -1
    while at >= 0:
        kept.add(at)
        at = back[at]
    return kept


def _flat(configuration: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    return {f"{line}/{name}": text for line, chosen in configuration.items() for name, text in chosen.items()}


def _texts(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[FieldChange, ...]:
    return tuple(
        FieldChange(name, before.get(name, ""), after.get(name, ""))
        for name in sorted({*before, *after})
        if before.get(name, "") != after.get(name, "")
    )


def _money(
    before: Revision, after: Revision, old: RevisionTotals, new: RevisionTotals
) -> tuple[FieldChange, ...]:
    was = {"currency": before.currency, "header_discounts": before.header_discounts, **_figures(old)}
    now = {"currency": after.currency, "header_discounts": after.header_discounts, **_figures(new)}
    return tuple(
        FieldChange(name, was.get(name, ""), now.get(name, ""))
        for name in _in_order(was, now)
        if was.get(name, "") != now.get(name, "")
    )


def _figures(totals: RevisionTotals) -> dict[str, str]:
    found = {
        "lines_net": totals.lines_net,
        "header_discount": totals.header_discount,
        "taxable": totals.taxable,
    }
    for group in totals.vat_groups:
        name = f"vat {group.vat_class.rate_text} {group.vat_class.natura}".rstrip()
        found[f"{name} taxable"], found[name] = group.taxable, group.vat
    found |= {"total": totals.total, "payable": totals.payable, "balance": totals.balance}
    return {name: format(amount, "f") for name, amount in found.items()}
