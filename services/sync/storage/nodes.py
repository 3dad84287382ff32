"""A record as the store knows it: where it hangs, where it is placed, which fragments it has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

Scope: TypeAlias = list[Any]
"""[owner, team, territory, product line, [shared with …]]; "" where a record has none."""


class Key(NamedTuple):
    """What names a record."""

    type: str
    id: str


@dataclass(frozen=True, slots=True)
class Fragment:
    """One facet of a record, without its bytes."""

    version: int
    #: The checksum as an unsigned number of 64 bits.
    hash: int
    size: int


@dataclass(slots=True)
class Node:
    """A record in the store."""

    key: Key
    version: int
    round: int
    parent_type: str
    parent_id: str
    scope: Scope
    #: Grant group whose buckets it is in.
    group: str
    alias_of: str = ""
    deleted: bool = False
    placed: bool = False
    #: Scopes of the record and its ancestors, nearest first; empty while it is an orphan.
    chain: list[Scope] = field(default_factory=list)
    buckets: frozenset[int] = frozenset()
    facets: Mapping[str, Fragment] = field(default_factory=dict)

    @property
    def parent(self) -> Key | None:
        """The record that it hangs under."""
        return Key(self.parent_type, self.parent_id) if self.parent_type and self.parent_id else None
