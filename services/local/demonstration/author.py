"""A user of the demonstration at work: items for `POST /v1/changes`, their ids the same in every run.

So a run that was interrupted begins again from the start: what the server knows is answered, not done twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID, uuid5

from gateway.importing.server import Server

_IDS: Final = UUID("3c0b5a5e-7f5e-5b0e-8c1d-6a1f0f9b2d47")
#: Groups in one call; the server takes 200.
_AT_ONCE: Final = 40

Item = dict[str, Any]
Group = list[Item]
"""Items that stand or fall together."""


def fixed_id(key: str) -> str:
    """Return the id of a record of the demonstration, the same in every run."""
    return str(uuid5(_IDS, key))


def create(entity: str, key: str, fields: Mapping[str, Any]) -> Item:
    """Return the creation of the record `key`."""
    named = {"entity": entity, "record_id": fixed_id(key), "fields": dict(fields)}
    return {"id": fixed_id(f"create {key}"), "op": "create", **named}


def update(entity: str, record_id: str, key: str, fields: Mapping[str, Any]) -> Item:
    """Return a change of a record that others made; each is made once, under its key."""
    named = {"entity": entity, "record_id": record_id, "fields": dict(fields)}
    return {"id": fixed_id(f"update {key}"), "op": "update", **named}


def command(entity: str, key: str, name: str, **request: Any) -> Item:
    """Return a command for the record `key`; each command of a record is given once."""
    named = {"entity": entity, "record_id": fixed_id(key), "command": name}
    return {"id": fixed_id(f"{name} {key}"), **named, **({"request": request} if request else {})}


@dataclass(slots=True)
class Author:
    """One user's session."""

    server: Server
    #: What the server refused: a line each.
    refused: list[str] = field(default_factory=list)

    def do(self, groups: Sequence[Group]) -> None:
        """Send groups in order. A refused one is remembered; somebody may have used the system meanwhile."""
        for start in range(0, len(groups), _AT_ONCE):
            part = groups[start : start + _AT_ONCE]
            items = [{**item, "group": item_group[0]["id"]} for item_group in part for item in item_group]
            for item, result in zip(items, self.server.apply(items), strict=True):
                if result["outcome"] == "refused" and result["reason"] != "GROUP_REFUSED":
                    what = item.get("command") or item["op"]
                    told = [
                        result["reason"],
                        *(f"{v['field']} {v['reason']}" for v in result.get("violations", ())),
                    ]
                    self.refused.append(f"{what} {item['entity']} {item['record_id']}: {', '.join(told)}")
