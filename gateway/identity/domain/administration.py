"""The role of administrators: users, forms, reports, how sales work, dead letters; no business data."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid5

#: Ids that are the same in every installation: uuid5(NAMESPACE, "identity.role/administrator").
NAMESPACE = UUID("6d6b1c0e-5d0f-5f0e-9f65-0c6f5a6a1b7e")

ROLE_NAME = "Administrator"
GRANTS: list[dict[str, Any]] = [
    {"group": group, "actions": ["read", "write"], "scopes": [{"kinds": ["all"]}], "facets": []}
    for group in (
        "directory",
        "identity",
        "forms",
        "prints",
        "reports",
        "crm_setup",
        "offers_setup",
        "dead_letters",
    )
]


def fixed_id(entity: str, key: str) -> str:
    """Return the id of a record that every installation has alike."""
    return str(uuid5(NAMESPACE, f"{entity}/{key}"))


ROLE_ID = fixed_id("identity.role", "administrator")
