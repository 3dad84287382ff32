"""Arrays of ids as PostgreSQL reads them.

psycopg writes a list element by element, each looked through for what must be quoted: for the 900 ids of an
import's transaction that was a twentieth of its Python (py-spy, 2026-11-30). Ids need no quoting.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import orjson


def ids_array(ids: Sequence[UUID] | Sequence[str]) -> str:
    """Return ids, as UUIDs or in canonical text, for a parameter that is cast to `uuid[]`."""
    return f"{{{orjson.dumps(ids).decode()[1:-1]}}}"
