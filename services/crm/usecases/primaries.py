"""Of each kind of address and contact point that a party has, exactly one is the primary one.

Kept when a transaction ends, whatever it wrote: the one that somebody has just chosen, else the one that was,
else the oldest. Also the sea of late changes of devices ends so: each asks for one, none forbids the others.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from services.kit.database import Row, UnitOfWork

#: Entity -> the field that marks the primary one.
MARKS: Final[Mapping[str, str]] = {"crm.address": "primary", "crm.contact_point": "preferred"}


def settle_primaries(uow: UnitOfWork, parties: Collection[str]) -> None:
    """Leave one primary record of each kind to these parties, as far as their records were touched here."""
    for name, mark in MARKS.items():
        touched = {party_id for row in uow.rows() if row.entity.name == name for party_id in _parties(row)}
        # A record that came from another party: that one is not locked yet.
        left = touched - set(parties)
        if left:
            uow.get_many("crm.party", left, lock=True)
        if touched:
            _settle(uow.children_of(name, touched), mark)


def _parties(row: Row) -> set[str]:
    return {values["party_id"] for values in (row.values, row.stored) if values}


def _settle(rows: Sequence[Row], mark: str) -> None:
    alike: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        alike.setdefault((row.values["party_id"], row.values["kind"]), []).append(row)
    for group in alike.values():
        marked = [row for row in group if row.values[mark]]
        chosen = [row for row in marked if not _was_marked(row, mark)]
        first = max(chosen or marked, key=_age) if marked else min(group, key=_age)
        for row in group:
            row.values[mark] = row is first


def _was_marked(row: Row, mark: str) -> bool:
    """True if it was the primary one of its kind and party before this transaction."""
    stored = row.stored
    return bool(stored) and all(stored[name] == row.values[name] for name in (mark, "kind", "party_id"))


def _age(row: Row) -> tuple[str, str]:
    """Order by creation; what this transaction creates is the youngest."""
    return row.values["created_at"] or "9", row.id
