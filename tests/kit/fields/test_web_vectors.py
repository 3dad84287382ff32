"""The language of formulas as the web client reads it: the vectors that both sides hold to are Python's."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from services.kit.errors import Invalid
from services.kit.fields.computing import Type
from services.kit.fields.expressions import read
from services.kit.values import canonical

VECTORS = Path(__file__).parents[3] / "gateway" / "web" / "src" / "fields" / "vectors.json"
_DOCUMENT = json.loads(VECTORS.read_text())
_SCOPE = {name: Type(kind) for name, kind in _DOCUMENT["scope"].items()}


def _operand(kind: Type, value: Any) -> Any:
    if value is None:
        return None
    match kind:
        case Type.NUMBER:
            return Decimal(value)
        case Type.DATE:
            return date.fromisoformat(value)
        case Type.TIME:
            return datetime.fromisoformat(value)
        case Type.SET:
            return frozenset(value)
        case _:
            return value


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return canonical(value)
    return value.isoformat() if isinstance(value, date) else value


@pytest.mark.parametrize("vector", _DOCUMENT["vectors"], ids=lambda vector: vector["expression"][:60])
def test_an_expression_has_the_value_of_its_vector(vector: dict[str, Any]) -> None:
    if vector.get("unreadable"):
        with pytest.raises(Invalid):
            read(vector["expression"], _SCOPE)
        return
    given = {**_DOCUMENT["record"], **vector.get("record", {})}
    record = {name: _operand(_SCOPE[name], value) for name, value in given.items()}
    assert _plain(read(vector["expression"], _SCOPE).value(record)) == vector["value"]
