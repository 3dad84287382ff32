"""What the web client's build needs of the contracts: `python -m gateway.api.web_contracts FOLDER`.

Three files: the OpenAPI document, from which types are made; `entities.json`, what the client must know to
write offline (which fields are sets, who owns an entity, what a record looks like in which nothing is set);
and `labels.json`, what people call all that, which only screens fetch that show it. They are made at each
build and never committed, so they cannot be out of date.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import orjson

from gateway.api.openapi import document_bytes
from services.kit.entities import (
    Command,
    Entity,
    Field,
    Kind,
    all_commands,
    all_entities,
    default_values,
)
from services.kit.prints import words


def entities_document() -> dict[str, Any]:
    """Return entities and commands as the web client reads them."""
    return {
        "entities": {name: _entity(each) for name, each in all_entities().items()},
        "commands": {f"{each.entity}:{each.name}": _command(each) for each in all_commands().values()},
    }


def _entity(entity: Entity) -> dict[str, Any]:
    return {
        "service": entity.service,
        "collection": entity.collection,
        "group": entity.grant_group,
        "parent": entity.parent,
        "parent_field": entity.parent_field,
        "writable_offline": entity.writable_offline,
        "facets": list(entity.facets),
        "defaults": default_values(entity),
        "fields": {name: _field(field) for name, field in entity.fields.items()},
    }


def _field(field: Field) -> dict[str, Any]:
    """Return a field; what is false or empty is left out."""
    found: dict[str, Any] = {
        "kind": field.kind.value,
        "repeated": field.repeated,
        "set": field.is_set,
        "facet": field.facet if field.facet != "base" else "",
        "output_only": field.output_only,
        "immutable": field.immutable,
        "required": field.required,
        "searched": field.searched,
        "references": field.references,
        "values": [name for name in field.enum_values if name != "unspecified"],
    }
    return {name: value for name, value in found.items() if value}


def labels_document() -> dict[str, Any]:
    """Return the texts of entities, fields and values in `COMPLETE`'s languages, side by side in its order.

    An entity is [one, many, field -> text, field -> value -> text].
    """
    return {name: _labels(each) for name, each in all_entities().items()}


def _labels(entity: Entity) -> list[Any]:
    name = entity.name
    enums = [each for each in entity.fields.values() if each.kind is Kind.ENUM]
    return [
        [words.entity_text(each, name, one=True) for each in words.COMPLETE],
        [words.entity_text(each, name) for each in words.COMPLETE],
        {field: [words.field_text(each, name, field) for each in words.COMPLETE] for field in entity.fields},
        {field.name: _values(name, field) for field in enums},
    ]


def _values(entity_name: str, field: Field) -> dict[str, list[str]]:
    return {
        value: [words.value_text(each, entity_name, field.name, value) for each in words.COMPLETE]
        for value in field.enum_values
        if value != "unspecified"
    }


def _command(command: Command) -> dict[str, Any]:
    return {"online_only": command.online_only, "path": command.path}


def write(folder: Path) -> None:
    """Write the files."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "openapi.json").write_bytes(document_bytes())
    (folder / "entities.json").write_bytes(orjson.dumps(entities_document()))
    (folder / "labels.json").write_bytes(orjson.dumps(labels_document()))


if __name__ == "__main__":
    write(Path(sys.argv[1]))
