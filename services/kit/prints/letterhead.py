"""Whose letterhead a print has: companies are records of one owner, and head the prints of all."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from services.kit.entities import Entity, all_entities
from services.kit.errors import Invalid, SalesError, Violation
from services.kit.prints.pages import Company

#: How long a company is believed without asking its owner again; a print does not wait for each.
_FRESH_S: Final = 30.0

Companies = Callable[[str], Sequence[Mapping[str, Any]]]
"""Entity -> values of its records, the oldest first; Unavailable if their owner is away."""


def letterhead_entity() -> Entity | None:
    """Return the entity whose records head prints, as the contracts say."""
    return next((each for each in all_entities().values() if each.letterhead), None)


class Letterheads:
    """The companies, asked of their owner when a print needs them; safe for threads."""

    def __init__(self, companies: Companies, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._companies = companies
        self._clock = clock
        self._known: Sequence[Mapping[str, Any]] | None = None
        self._asked_at = 0.0
        self._lock = threading.Lock()

    def get(self, company_id: str = "") -> Company:
        """Return a company, the first one where none is named, an empty one where there is none.

        Raises:
            Invalid: INVALID_REQUEST at `company_id`.
            Unavailable: their owner is away, and was never asked before.
        """
        found = self._all()
        if not company_id:
            return Company(found[0]) if found else Company()
        named = next((each for each in found if each["id"] == company_id), None)
        if named is None:
            violation = Violation("company_id", "UNKNOWN_VALUE", "the id of a company is expected")
            raise Invalid("INVALID_REQUEST", violations=[violation])
        return Company(named)

    def _all(self) -> Sequence[Mapping[str, Any]]:
        target = letterhead_entity()
        if target is None:
            return ()
        with self._lock:
            if self._known is None or self._clock() - self._asked_at > _FRESH_S:
                try:
                    self._known = self._companies(target.name)
                except SalesError:
                    if self._known is None:
                        raise
                    # Its owner is away: yesterday's letterhead is better than no print.
                self._asked_at = self._clock()
            return self._known
