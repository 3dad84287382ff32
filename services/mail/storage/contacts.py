"""The addresses of a party."""

from __future__ import annotations

import sqlalchemy as sa

from services.kit.schema import root_scope


def addresses_of_party(connection: sa.Connection, party_id: str) -> list[tuple[str, bool]]:
    """Return a party's e-mail addresses that we know of, oldest first, each with whether it is preferred."""
    body = root_scope.c.body
    query = (
        sa.select(body["value"].astext, body["preferred"].as_boolean())
        .where(
            root_scope.c.entity == "crm.contact_point",
            root_scope.c.deleted.is_(False),
            body["party_id"].astext == party_id,
            body["kind"].astext == "email",
        )
        .order_by(root_scope.c.id)
    )
    return [(str(value), bool(preferred)) for value, preferred in connection.execute(query)]
