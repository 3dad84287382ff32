"""Owners of records, as simple as can be: changes with their outcomes, nothing set-wise, nothing clever.

Three entities are enough: parties with a private facet, activities under parties, offers under parties.
"""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, field
from typing import Any

PARTY, ACTIVITY, OFFER = "crm.party", "crm.activity", "offers.offer"
BLOCK = "offers.number_block"
REMINDER, APPOINTMENT = "crm.reminder", "crm.appointment"
GROUPS = {
    BLOCK: "personal",
    REMINDER: "personal",
    APPOINTMENT: "personal",
    PARTY: "crm",
    ACTIVITY: "crm",
    OFFER: "offers",
    "crm.field_definition": "forms",
    "crm.form_layout": "forms",
}
PRIVATE = {PARTY: "private_notes"}
REFUSED_NAME = "refused"
"""A create or update with this text in `name`, `subject` or `title` is refused."""


@dataclass
class Rec:
    entity: str
    id: str
    version: int
    values: dict[str, Any]
    private: dict[str, Any]
    private_version: int
    parent: str = ""
    territory: str = ""
    deleted: bool = False
    survivor: str = ""

    def body(self, facet: str) -> bytes:
        values = self.private if facet == "private" else {"id": self.id, **self.values}
        head = {} if facet == "private" else {"version": self.version}
        return json.dumps({**head, **values}, separators=(",", ":"), sort_keys=True).encode()

    def version_of(self, facet: str) -> int:
        return self.private_version if facet == "private" else self.version

    @property
    def facets(self) -> list[str]:
        return ["base", "private"] if self.entity in PRIVATE else ["base"]


@dataclass
class Owners:
    """The truth, and what has been said about each change."""

    records: dict[str, Rec] = field(default_factory=dict)
    results: dict[str, dict[str, Any]] = field(default_factory=dict)
    #: Ids of changes in the order in which they were carried out.
    applied: list[str] = field(default_factory=list)
    parked: dict[str, dict[str, Any]] = field(default_factory=dict)
    holding: dict[str, str] = field(default_factory=dict)
    #: What happened and was not yet published: (copies of the records touched, change id).
    events: list[tuple[list[Rec], str]] = field(default_factory=list)
    #: Services that do not answer.
    away: set[str] = field(default_factory=set)
    default_territory: str = "north"

    def write(self, record: Rec, change: str = "") -> None:
        self.records[record.id] = record
        self.events.append(([copy.deepcopy(record)], change))

    def update(
        self,
        record_id: str,
        *,
        change: str = "",
        private: dict[str, Any] | None = None,
        territory: str | None = None,
        parent: str | None = None,
        deleted: bool = False,
        **fields: Any,
    ) -> int:
        record = copy.deepcopy(self.records[record_id])
        record.version += 1
        record.values.update(fields)
        record.deleted = deleted
        if territory is not None:
            record.territory = territory
        if parent is not None:
            record.parent = parent
        if private:
            record.private.update(private)
            record.private_version = record.version
        self.write(record, change)
        return record.version

    def merge(self, other: str, survivor: str) -> None:
        """Let one record stand for another; children follow the alias."""
        record = copy.deepcopy(self.records[other])
        record.version += 1
        record.deleted, record.survivor = True, survivor
        self.write(record)

    def unmerge(self, other: str) -> None:
        """Let a merged record be itself again."""
        record = copy.deepcopy(self.records[other])
        record.version += 1
        record.deleted, record.survivor = False, ""
        self.write(record)

    def create(
        self, entity: str, record_id: str, *, parent: str = "", territory: str = "", **fields: Any
    ) -> Rec:
        private = {PRIVATE[entity]: fields.pop(PRIVATE[entity], "")} if entity in PRIVATE else {}
        record = Rec(entity, record_id, 1, fields, private, 1, parent, territory)
        self.write(record, fields.pop("_change", ""))
        return record

    def changes(self, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Apply items as the gateway does; groups are all or nothing."""
        answers: list[dict[str, Any]] = []
        at = 0
        while at < len(items):
            group = [items[at]]
            while (
                items[at].get("group")
                and at + len(group) < len(items)
                and items[at + len(group)].get("group") == items[at]["group"]
            ):
                group.append(items[at + len(group)])
            at += len(group)
            answers += self._group(group)
        return answers

    def _group(self, group: list[dict[str, Any]]) -> list[dict[str, Any]]:
        known = [self.results.get(item["id"]) for item in group]
        if all(known):
            return [{**result, "duplicate": True} for result in known if result]
        service = group[0]["entity"].split(".")[0]
        if service in self.away:
            return [_result(item, "held", reason="OWNER_AWAY") for item in group]
        if any(_names(item) & set(self.holding) for item in group):
            return [_result(item, "held", reason="HELD") for item in group]
        before = copy.deepcopy(self.records), len(self.events), len(self.applied)
        results = [self._item(item) for item in group]
        if any(result["outcome"] == "refused" for result in results):
            self.records, events, applied = before
            del self.events[events:], self.applied[applied:]
            results = [
                result if result["outcome"] == "refused" else _result(item, "refused", reason="GROUP_REFUSED")
                for item, result in zip(group, results, strict=True)
            ]
            for item in group:
                if item.get("op") == "create" or len(group) > 1:
                    self.holding[item["record_id"]] = item["id"]
        for item, result in zip(group, results, strict=True):
            self.results[item["id"]] = result
            if result["outcome"] in ("refused", "conflict"):
                self.parked[item["id"]] = item
        return results

    def _item(self, item: dict[str, Any]) -> dict[str, Any]:
        fields = dict(item.get("fields", {}))
        if REFUSED_NAME in (fields.get("name"), fields.get("subject"), fields.get("title")):
            return _result(item, "refused", reason="INVALID_FIELDS")
        record = self.records.get(item["record_id"])
        if item["op"] == "create":
            return self._create(item, fields, record)
        if record is None:
            return _result(item, "refused", reason="RECORD_NOT_FOUND")
        if item["op"] == "delete":
            return self._delete(item, record)
        return self._update(item, fields, record)

    def _create(self, item: dict[str, Any], fields: dict[str, Any], record: Rec | None) -> dict[str, Any]:
        if record is not None:
            return _result(item, "refused", reason="ALREADY_EXISTS")
        parent = fields.get("party_id", "")
        if parent and parent not in self.records:
            return _result(item, "refused", reason="REFERENCE_NOT_FOUND")
        territory = "" if parent else self.default_territory
        self.create(
            item["entity"],
            item["record_id"],
            parent=parent,
            territory=territory,
            _change=item["id"],
            **fields,
        )
        self.applied.append(item["id"])
        return _result(item, "applied", changed=True, version=1)

    def _delete(self, item: dict[str, Any], record: Rec) -> dict[str, Any]:
        if record.deleted:
            return _result(item, "applied", version=record.version)
        if item["base_version"] < record.version:
            return _result(item, "conflict", version=record.version, conflicts=["deleted"])
        version = self.update(record.id, change=item["id"], deleted=True)
        self.applied.append(item["id"])
        return _result(item, "applied", changed=True, version=version)

    def _update(self, item: dict[str, Any], fields: dict[str, Any], record: Rec) -> dict[str, Any]:
        stale = item["base_version"] < record.version
        now = {**record.values, **record.private}
        conflicts = [
            name
            for name, value in fields.items()
            if stale and now.get(name, "") != value and now.get(name, "") != item["base"].get(name)
        ]
        wanted = {n: v for n, v in fields.items() if n not in conflicts and now.get(n, "") != v}
        outcome = "conflict" if conflicts else "merged" if stale else "applied"
        theirs = {**now, "version": record.version + bool(wanted)}
        if not wanted:
            return _result(item, outcome, version=record.version, conflicts=conflicts, record=theirs)
        private = {n: wanted.pop(n) for n in list(wanted) if n == PRIVATE.get(record.entity)}
        version = self.update(record.id, change=item["id"], private=private, **wanted)
        self.applied.append(item["id"])
        return _result(item, outcome, changed=True, version=version, conflicts=conflicts, record=theirs)

    def resolve(self, parked_id: str, body: dict[str, Any]) -> dict[str, Any] | None:
        """Close a parked change; None if there is none."""
        if parked_id not in self.parked:
            change = body.get("change")
            known = self.results.get(change["id"]) if change else None
            return {"result": {**known, "duplicate": True}} if known else None
        result = None
        change = body.get("change")
        if change:
            held = self.holding.pop(change["record_id"], None)
            (result,) = self._group([change])
            if result["outcome"] not in ("applied", "merged"):
                # The old one stays open, the new one is not parked.
                self.parked.pop(change["id"], None)
                self.holding.pop(change["record_id"], None)
                self.holding.update({change["record_id"]: held} if held else {})
                return {"result": result}
        del self.parked[parked_id]
        self.holding = {record: by for record, by in self.holding.items() if by != parked_id}
        return {"result": result}


def _names(item: dict[str, Any]) -> set[str]:
    return {item["record_id"], *(v for v in item.get("fields", {}).values() if isinstance(v, str))}


def _result(item: dict[str, Any], outcome: str, **more: Any) -> dict[str, Any]:
    plain = {"id": item["id"], "outcome": outcome, "duplicate": False, "changed": False, "version": 0}
    return {**plain, "reason": "", "record": None, **more}
