"""Collecting everything that is wrong with a model, a formula or a saved session before refusing it."""

from __future__ import annotations

from typing import Final

from services.kit.errors import Invalid, Violation
from services.offers.domain.configurator.reasons import english

MAX_REPORTED: Final = 50


class Problems:
    """Mistakes by place; `raise_if_any` turns them into one `Invalid`, as in part one of the kernel."""

    __slots__ = ("_count", "_first", "_found")

    def __init__(self) -> None:
        self._found: list[Violation] = []
        self._first: dict[str, str] = {}
        self._count = 0

    def __bool__(self) -> bool:
        return bool(self._count)

    def add(self, field: str, reason: str, /, **params: str) -> None:
        """Note one mistake; `params` fill the placeholders of the reason's texts, beside `{field}`."""
        told = {**params, "field": field}
        if not self._count:
            self._first = told
        self._count += 1
        if len(self._found) < MAX_REPORTED:
            self._found.append(Violation(field=field, reason=reason, detail=english(reason, told)))

    def add_error(self, field: str, error: Invalid, /) -> None:
        """Note the mistake that a formula or a number raised."""
        self.add(field, error.reason, **{key: text for key, text in error.params.items() if key != "field"})

    def raise_if_any(self) -> None:
        """Raise what was found.

        Raises:
            Invalid: one mistake under its own reason, several as SEVERAL_MISTAKES; one violation each, in
                the order found, at most `MAX_REPORTED`.
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


def refused(reason: str, field: str = "", **params: str) -> Invalid:
    """A single mistake as an error, with its place and its text."""
    told = {**params, "field": field}
    detail = english(reason, told)
    return Invalid(reason, detail, params=told, violations=[Violation(field, reason, detail)])
