"""Records as the user of this device sees them: replica and own changes together.

view.record("crm.party", party_id)            # None: not here, or deleted by an own change
view.records("offers.line", revision_id=…)    # by equality of fields, in the order of ids
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

import orjson

from gateway.device import aliases, outgoing
from gateway.device.outgoing import QueuedItem
from gateway.device.overlay import Values, overlaid
from gateway.device.store import Store
from services.kit.bundle import BASE
from services.kit.entities import default_values, entity, joined
from services.kit.fields.definitions import (
    FIELD,
    FORM,
    RECORD_TYPE,
    Definitions,
    definitions_from,
    entities_of_forms,
    is_shaped,
)
from services.kit.fields.filling import computed

_VISIBLE: Final = """
select fragment.id, fragment.facet, fragment.body from fragment
where fragment.type = ? {one} and exists (
    select 1 from member join bucket on bucket.key = member.bucket
    where member.type = fragment.type and member.id = fragment.id and bucket.facet = fragment.facet)
order by fragment.id, fragment.facet
"""
_ID_LENGTH: Final = 36
_NAMES_ID: Final = """
and (fragment.id in (select value from json_each(?)) or exists (
    select 1 from fragment as part, json_each(?) as named
    where part.type = fragment.type and part.id = fragment.id
      and instr(part.body, cast(named.value as blob)) > 0))
"""


class View:
    """What the device shows. Reads only."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def server_record(self, entity_name: str, record_id: str) -> Values | None:
        """Return a record as the server last sent it, without own changes."""
        rows = self._store.sql.execute(
            _VISIBLE.format(one="and fragment.id = ?"), (entity_name, record_id)
        ).fetchall()
        return _joined(entity_name, [(facet, body) for _, facet, body in rows])

    def record(self, entity_name: str, record_id: str) -> Values | None:
        """Return a record as its user sees it; of a merged one the record into which it was merged."""
        items = self._shown()
        record_id = self.survivor(entity_name, record_id)
        return self._overlaid(entity_name, record_id, self.server_record(entity_name, record_id), items)

    def survivor(self, entity_name: str, record_id: str) -> str:
        """Return the id that a record has now."""
        return aliases.survivor(self._store, entity_name, record_id)

    def _shown(self) -> list[QueuedItem]:
        """Own changes to show; those of merged records are laid over the survivor."""
        found = []
        for item in outgoing.shown(self._store):
            record_id = self.survivor(item.entity, item.record_id)
            found.append(item if record_id == item.record_id else replace(item, record_id=record_id))
        return found

    def records(self, entity_name: str, **equal: Any) -> list[Values]:
        """Return all records of an entity whose fields have these values; links to merged records count as
        links to the survivor.
        """
        items = self._shown()
        accepted = {name: self._accepted(entity_name, name, value) for name, value in equal.items()}
        mine = {item.record_id for item in items if item.entity == entity_name}
        mine |= {key.partition("/")[2] for item in items for key in item.expected}
        ids = [values for values in accepted.values() if all(_is_id(value) for value in values)]
        server = dict(self._server_records(entity_name, mine, ids))
        found = (
            self._overlaid(entity_name, record_id, server.get(record_id), items)
            for record_id in sorted(server.keys() | mine)
        )
        return [
            values
            for values in found
            if values is not None and all(values.get(name) in known for name, known in accepted.items())
        ]

    def _accepted(self, entity_name: str, name: str, value: Any) -> list[Any]:
        """Return the values that mean the same as this one."""
        field = entity(entity_name).references.get(name)
        if field is None or not _is_id(value):
            return [value]
        now = self.survivor(field.references, value)
        return aliases.ids_of(self._store, field.references, now)

    def counts(self) -> dict[str, int]:
        """Return how many records of each entity the replica holds."""
        query = "select type, count(*) from fragment where facet = ? group by type order by type"
        return dict(self._store.sql.execute(query, (BASE,)))

    def _server_records(
        self, entity_name: str, mine: Collection[str], ids: Sequence[Sequence[str]]
    ) -> Iterator[tuple[str, Values]]:
        """Records whose bodies contain one of each of these ids, without parsing the others, and those with
        own changes.
        """
        fragments: dict[str, list[tuple[str, bytes]]] = {}
        query = _VISIBLE.format(one=_NAMES_ID * len(ids))
        own = json.dumps(sorted(mine))
        values = [entity_name, *(value for each in ids for value in (own, json.dumps(list(each))))]
        for record_id, facet, body in self._store.sql.execute(query, values):
            fragments.setdefault(record_id, []).append((facet, body))
        for record_id, found in fragments.items():
            joined = _joined(entity_name, found)
            if joined is not None:
                yield record_id, joined

    def _overlaid(
        self, entity_name: str, record_id: str, values: Values | None, items: list[QueuedItem]
    ) -> Values | None:
        found = overlaid(values, items, f"{entity_name}/{record_id}")
        if found is None or found is values or not is_shaped(entity_name):
            return found
        # Formulas follow the user's own changes at once.
        return found | {
            "custom": computed(definitions_in(self, entity(entity_name).service), entity_name, found)
        }


def definitions_in(view: View, service: str) -> Definitions:
    """Return the definitions of an owner that the device holds."""
    own = entities_of_forms(service)
    return definitions_from(
        service, 0, *(view.records(own[template].name) for template in (FIELD, FORM, RECORD_TYPE))
    )


def _joined(entity_name: str, fragments: list[tuple[str, bytes]]) -> Values | None:
    """Return the record of these facets; without the base facet there is none."""
    if BASE not in {facet for facet, _ in fragments}:
        return None
    definition = entity(entity_name)
    seen = {facet for facet, _ in fragments}
    defaults = default_values(definition)
    values = {name: defaults[name] for name, field in definition.fields.items() if field.facet in seen}
    for _, body in fragments:
        joined(values, orjson.loads(body))
    return values


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and len(value) == _ID_LENGTH


def shown_text(value: Any) -> str:
    """Return a field's value as one line for people."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
