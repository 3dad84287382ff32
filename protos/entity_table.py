"""Writes the table of entities into protos/README.md, from the contracts: `python -m protos.entity_table`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from services.kit.entities import BASE, COMMON_FIELDS, Entity, Field, Kind, all_commands, all_entities

README = Path(__file__).parent / "README.md"
_BEGIN = "<!-- entities: written by `python -m protos.entity_table` -->"
_END = "<!-- end of entities -->"


def with_table(text: str) -> str:
    """Return the README's text with the table as the contracts are now."""
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}\n{table()}\n{_END}{after}"


def table() -> str:
    """Return the table in Markdown."""
    head = (
        "| entity, address | under | group | written by clients | set by the server |\n|---|---|---|---|---|"
    )
    return "\n".join([head, *(_row(entity) for entity in all_entities().values())])


def _row(entity: Entity) -> str:
    own = [field for name, field in entity.fields.items() if name not in COMMON_FIELDS]
    # What no client may create, update or delete is the server's as a whole.
    all_closed = entity.closed >= {"create", "update", "delete"}
    written = [_name(field) for field in own if not field.output_only and not all_closed]
    made = [_name(field) for field in own if field.output_only or all_closed]
    name = f"**{entity.name}**<br>`/v1/{entity.service}/{entity.collection}`"
    notes = [*_closed(entity), *_commands(entity)]
    if notes:
        name += f"<br>{'; '.join(notes)}"
    cells = [
        name,
        entity.parent or "-",
        entity.grant_group,
        ", ".join(written) or "-",
        ", ".join(made) or "-",
    ]
    return f"| {' | '.join(cells)} |"


def _closed(entity: Entity) -> Iterator[str]:
    closed = [each for each in ("create", "update", "delete") if each in entity.closed]
    if closed:
        yield f"no {', '.join(closed)}"


def _commands(entity: Entity) -> Iterator[str]:
    names = [f"`:{command.name}`" for command in all_commands().values() if command.entity == entity.name]
    if names:
        yield ", ".join(names)


def _name(field: Field) -> str:
    text = f"{field.name}{'!' if field.required else ''}{'°' if field.immutable else ''}"
    remarks = [_kind(field)] if _kind(field) else []
    if field.facet != BASE:
        remarks.append(f"facet {field.facet}")
    return f"{text} ({', '.join(remarks)})" if remarks else text


def _kind(field: Field) -> str:
    if field.is_set:
        return "set"
    if field.kind is Kind.ENUM:
        return " \\| ".join(name for name in field.enum_values if name != "unspecified")
    if field.kind in (Kind.TEXT, Kind.ID, Kind.SHA256):
        return ""
    if field.kind is Kind.MESSAGE:
        return f"{'list of ' if field.repeated else ''}{{{', '.join(field.message)}}}"
    return field.kind.value


if __name__ == "__main__":
    README.write_text(with_table(README.read_text()))
