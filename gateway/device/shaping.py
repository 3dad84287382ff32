"""Custom fields and forms on a device: by the definitions that it holds, also without a network.

What passes here passes at the owner, unless a definition changed meanwhile; then the owner converts it, or
parks it with its reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.device.errors import Unusable
from gateway.device.store import Store
from gateway.device.view import View, definitions_in
from services.kit.entities import Entity
from services.kit.errors import Invalid
from services.kit.fields import filling
from services.kit.fields.definitions import CUSTOM, Definition, Definitions, is_shaped, type_of

Values = dict[str, Any]


class Shapes:
    """Checks what the user writes against the company's definitions."""

    def __init__(self, store: Store, view: View) -> None:
        self._store = store
        self._view = view

    def new(self, target: Entity, fields: Values) -> Values:
        """Return the fields of a record to be created, custom ones in canonical form and with defaults.

        Raises:
            Unusable: FIELD_INVALID.
        """
        definitions = self._definitions(target)
        if definitions is None:
            return fields
        own = definitions.of_record(target.name, fields)
        custom = self._canonical(target, own, fields.get("custom") or {}, {})
        given = {key: text for key, text in custom.items() if text is not None}
        completed = filling.with_defaults(own, given)
        if completed:
            fields = {**fields, "custom": completed}
        self._check(definitions, target, {"custom": {}, **fields}, None, fields)
        return fields

    def update(self, target: Entity, fields: Values, seen: Values, after: Values) -> Values:
        """Return the fields of an update, custom ones in canonical form.

        `seen` is the record as its user sees it, `after` as it will be.

        Raises:
            Unusable: FIELD_INVALID.
        """
        definitions = self._definitions(target)
        if definitions is None:
            return fields
        if isinstance(fields.get("custom"), dict):
            own, stored = definitions.of_record(target.name, seen), seen.get("custom") or {}
            fields = {**fields, "custom": self._canonical(target, own, fields["custom"], stored)}
        self._check(definitions, target, after, seen, fields)
        return fields

    def _definitions(self, target: Entity) -> Definitions | None:
        """Return the definitions of an entity's owner, None where the device holds none."""
        if not is_shaped(target.name):
            return None
        found = definitions_in(self._view, target.service)
        return found if found.fields or found.layouts else None

    def _canonical(
        self, target: Entity, own: Mapping[str, Definition], given: Values, stored: Mapping[str, str]
    ) -> dict[str, str | None]:
        try:
            return filling.written_values(own, given, stored, lenient=False)
        except Invalid as error:
            raise _unusable(target, error) from error

    def _check(
        self,
        definitions: Definitions,
        target: Entity,
        after: Values,
        before: Values | None,
        fields: Values,
    ) -> None:
        layout = definitions.layout(target.name, type_of(target.name, after), self._role_ids())
        lacking = filling.missing(definitions, layout, target.name, after)
        if before is not None:
            lacking -= filling.missing(definitions, layout, target.name, before)
        # A facet that is not here is not this user's to fill in.
        seen = {facet for facet in target.facets if self._holds(target, after, facet)}
        wrong = {
            name: "this field must be given"
            for name in sorted(lacking)
            if filling.facet_of(definitions, target.name, after, name) in seen
        }
        judged = before if before is not None else after
        for name in sorted(filling.read_only(definitions, layout, target.name, judged) & _named(fields)):
            wrong[name] = "your form does not let you write this field"
        if wrong:
            name, detail = next(iter(wrong.items()))
            raise Unusable("FIELD_INVALID", f"{target.name}.{name}: {detail}")

    def _holds(self, target: Entity, values: Values, facet: str) -> bool:
        return any(name in values for name, field in target.fields.items() if field.facet == facet)

    def _role_ids(self) -> list[str]:
        user = self._view.record("identity.user", self._store.get("user_id"))
        return list(user["role_ids"]) if user is not None else []


def _named(fields: Mapping[str, Any]) -> set[str]:
    custom = fields.get("custom")
    keys = {f"{CUSTOM}{key}" for key in custom} if isinstance(custom, dict) else set()
    return {*fields} - {"custom"} | keys


def _unusable(target: Entity, error: Invalid) -> Unusable:
    first = error.violations[0]
    return Unusable("FIELD_INVALID", f"{target.name}.{first.field}: {first.detail}")
