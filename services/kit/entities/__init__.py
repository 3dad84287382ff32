"""Entities, read from the contracts' descriptors: `entity("offers.line").fields["quantity"]`."""

from services.kit.entities.canonical import (
    as_message,
    default_values,
    fragments,
    joined,
    parse_value,
)
from services.kit.entities.model import (
    BASE,
    COMMON_FIELDS,
    SCOPE_FIELDS,
    Command,
    Entity,
    Field,
    Kind,
    all_commands,
    all_entities,
    command,
    entities_of,
    entity,
    services,
)

__all__ = [
    "BASE",
    "COMMON_FIELDS",
    "SCOPE_FIELDS",
    "Command",
    "Entity",
    "Field",
    "Kind",
    "all_commands",
    "all_entities",
    "as_message",
    "command",
    "default_values",
    "entities_of",
    "entity",
    "fragments",
    "joined",
    "parse_value",
    "services",
]
