"""Collecting everything that is wrong before refusing, so that a user corrects an offer once and not ten
times.
"""

from __future__ import annotations

from typing import Final

from services.kit.errors import Invalid, Violation
from services.offers.domain.reasons import english

MAX_REPORTED: Final = 50
"""Mistakes reported in one error; the count of the others is in the text."""


class Problems:
    """Mistakes found while reading an input; `raise_if_any` turns them into one `Invalid`.

    Paths are those of the caller's input: `lines[3].discounts`, `charges[0].rate`, `header_discounts`.
    """

    __slots__ = ("_count", "_first", "_found")

    def __init__(self) -> None:
        self._found: list[Violation] = []
        self._first: dict[str, str] = {}
        self._count = 0

    def add(self, field: str, reason: str, /, **params: str) -> None:
        """Note one mistake; `params` fill the placeholders of the reason's texts, beside `{field}`."""
        told = {**params, "field": field}
        if not self._count:
            self._first = told
        self._count += 1
        if len(self._found) < MAX_REPORTED:
            self._found.append(Violation(field=field, reason=reason, detail=english(reason, told)))

    def add_error(self, field: str, error: Invalid, /) -> None:
        """Note the mistake that a value's own parser raised."""
        self.add(field, error.reason, **{key: text for key, text in error.params.items() if key != "field"})

    def raise_if_any(self) -> None:
        """Raise what was found: one mistake under its own reason, several as SEVERAL_MISTAKES with the
        first's text.

        Raises:
            Invalid: with one violation per mistake, in the order found, at most `MAX_REPORTED`.
        """
        if not self._found:
            return
        first = self._found[0]
        if self._count == 1:
            raise Invalid(first.reason, first.detail, params=self._first, violations=self._found)
        params = {"count": str(self._count), "field": first.field, "first": first.detail}
        raise Invalid(
            "SEVERAL_MISTAKES", english("SEVERAL_MISTAKES", params), params=params, violations=self._found
        )
