"""The address to which a party is written."""

from __future__ import annotations

import sqlalchemy as sa

from services.kit.schema import root_scope


def address_of_party(connection: sa.Connection, party_id: str) -> str:
    """Return the party's preferred e-mail address, or its only one; "" if nobody can tell."""
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
    found = [(str(value), bool(preferred)) for value, preferred in connection.execute(query)]
    preferred = [value for value, is_preferred in found if is_preferred]
    if preferred:
        return preferred[0]
    return found[0][0] if len(found) == 1 else ""
