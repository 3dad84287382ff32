"""Records that a service prints by itself, at an address of its own: what their pages are given besides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from services.kit.database import Database
from services.kit.prints.words import Words


@dataclass(frozen=True)
class Subject:
    """One entity whose templates print where its service says."""

    #: What a page is given more than any record's; the caller has seen to it that the record may be read.
    more: Callable[[Database, str, Words], Mapping[str, Any]]
    #: The same of a record that nobody has: templates are tried with it.
    example: Callable[[Words], Mapping[str, Any]]
