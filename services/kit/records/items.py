"""Changes and commands as their authors sent them.

    change   {id, group?, entity, record_id, op, base_version?, fields, base?, strict?, made_at?}
    command  {id, group?, command, entity, record_id, base_version?, request?, made_at?}

`strict` asks for no merging: a stale change is refused. `made_at` is when a device's user did it.

An item is read leniently enough to answer it by its id, and refused alone where it makes no sense.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from services.kit.entities import Command, Entity, all_commands, all_entities
from services.kit.entities.canonical import id_text
from services.kit.errors import Invalid, Violation

OPS = ("create", "update", "delete")
_COMMON_KEYS = {"id", "group", "entity", "record_id", "base_version", "made_at"}
_CHANGE_KEYS = _COMMON_KEYS | {"op", "fields", "base", "strict"}
_COMMAND_KEYS = _COMMON_KEYS | {"command", "request"}


@dataclass(slots=True)
class Item:
    """One change or command."""

    id: UUID
    sent: dict[str, Any]
    sha256: bytes
    group: str = ""
    entity: Entity | None = None
    record_id: str = ""
    #: create, update or delete; empty for commands.
    op: str = ""
    command: Command | None = None
    #: None: whatever version is there.
    base_version: int | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    base: dict[str, Any] = field(default_factory=dict)
    #: A stale change is refused instead of merged.
    strict: bool = False
    #: When its author made it; taken from devices only, and never as later than now.
    made_at: datetime | None = None
    #: Why it makes no sense.
    malformed: Invalid | None = None

    @property
    def named_ids(self) -> set[str]:
        """Ids of the records that it names: its own and those it refers to."""
        named: list[Any] = [self.record_id]
        if self.entity is not None:
            for name in (*self.entity.references, *self.entity.open_references):
                value = self.fields.get(name)
                named.extend(value if isinstance(value, list) else [value])
        request = self.sent.get("request")
        if self.command is not None and isinstance(request, dict):
            named.extend(value for key, value in request.items() if key.endswith("_id"))
        return {found for value in named if (found := id_in(value))}


def id_in(value: Any) -> str:
    """Return an id in canonical text, "" for anything else."""
    try:
        return id_text(value) if isinstance(value, str) else ""
    except ValueError:
        return ""


def _id(value: Any, name: str) -> str:
    found = id_in(value)
    if not found:
        raise _fault(name, "INVALID_ID", "a UUID is expected")
    return found


def _fault(name: str, reason: str, detail: str) -> Invalid:
    return Invalid("INVALID_ITEM", violations=[Violation(name, reason, detail)])


def parse_item(sent: bytes) -> Item:
    """Read an item; what is wrong with it beside its id is kept in `malformed`.

    Raises:
        Invalid: INVALID_ITEM; it is no JSON object or has no id, so that it cannot be answered by its id.
    """
    try:
        body = orjson.loads(sent)
    except orjson.JSONDecodeError as error:
        raise Invalid("INVALID_ITEM", "an item is a JSON object") from error
    if not isinstance(body, dict):
        raise Invalid("INVALID_ITEM", "an item is a JSON object")
    canonical = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    item = Item(id=UUID(_id(body.get("id"), "id")), sent=body, sha256=hashlib.sha256(canonical).digest())
    try:
        _fill(item, body)
    except Invalid as error:
        item.malformed = error
    return item


def _fill(item: Item, body: dict[str, Any]) -> None:
    group = body.get("group", "")
    if not isinstance(group, str) or len(group) > 100:
        raise _fault("group", "WRONG_TYPE", "a string of at most 100 characters is expected")
    item.group = group
    item.entity = _entity(body.get("entity"))
    item.record_id = _id(body.get("record_id"), "record_id")
    item.base_version = _base_version(body.get("base_version"))
    item.made_at = _moment(body.get("made_at"))
    is_command = "command" in body
    unknown = body.keys() - (_COMMAND_KEYS if is_command else _CHANGE_KEYS)
    if unknown:
        raise _fault(min(unknown), "UNKNOWN_FIELD", "no such member of an item")
    if is_command:
        item.command = _command(item.entity, body["command"])
        _object(body, "request")
        return
    op = body.get("op")
    if op not in OPS:
        raise _fault("op", "UNKNOWN_VALUE", f"one of these is expected: {', '.join(OPS)}")
    item.op = op
    item.fields = _object(body, "fields")
    item.base = _object(body, "base")
    item.strict = body.get("strict", False)
    if not isinstance(item.strict, bool):
        raise _fault("strict", "WRONG_TYPE", "true or false is expected")
    if op == "delete" and item.fields:
        raise _fault("fields", "UNKNOWN_FIELD", "a delete has no fields")


def _entity(name: Any) -> Entity:
    found = all_entities().get(name) if isinstance(name, str) else None
    if found is None:
        raise _fault("entity", "UNKNOWN_VALUE", "no such entity")
    return found


def _command(entity: Entity, name: Any) -> Command:
    found = all_commands().get((entity.name, name)) if isinstance(name, str) else None
    if found is None:
        raise _fault("command", "UNKNOWN_VALUE", f"{entity.name} has no such command")
    return found


def _base_version(value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
        raise _fault("base_version", "WRONG_TYPE", "a version number is expected")
    return value


def _moment(value: Any) -> datetime | None:
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
        if moment.utcoffset() is None:
            raise ValueError
    except (TypeError, ValueError) as error:
        raise _fault("made_at", "INVALID_TIME", "a time such as 2026-03-27T16:00:00Z is expected") from error
    return moment


def _object(body: dict[str, Any], name: str) -> dict[str, Any]:
    value = body.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _fault(name, "WRONG_TYPE", "an object is expected")
    return value


def groups_of(items: list[Item]) -> list[list[Item]]:
    """Cut items into transactions: consecutive items of the same group together, others alone."""
    groups: list[list[Item]] = []
    for item in items:
        if groups and item.group and groups[-1][0].group == item.group:
            groups[-1].append(item)
        else:
            groups.append([item])
    return groups
