"""Limits of contracts, compared here and by protovalidate: the same verdict at both sides of each."""

from __future__ import annotations

from typing import Any

import protovalidate
import pytest

from services.kit.entities import Entity, all_entities, as_message, default_values
from services.kit.records.limits import Limit, keeps_limits, limits_of

LIMITED = sorted(name for name in all_entities() if limits_of(name) is not None)
OTHERS = sorted(all_entities().keys() - LIMITED)


def value_of(target: Entity, limit: Limit, size: int) -> Any:
    """A value of that size, or that number; None where there is none."""
    field = target.fields[limit.name]
    if limit.is_number:
        return size if -(2**31) <= size < 2**31 else None
    if not 0 <= size <= 100_000:
        return None
    if field.repeated:
        return [list(field.enum_values)[-1] if field.enum_values else "é"] * size
    # Characters are counted, not bytes or UTF-16 units.
    return (
        {f"k{n}": "1" for n in range(size)}
        if isinstance(default_values(target)[limit.name], dict)
        else "😀" * size
    )


def is_accepted(target: Entity, values: dict[str, Any]) -> bool:
    return not protovalidate.collect_violations(as_message(target, values))


def kept(target: Entity) -> dict[str, Any]:
    """A record in which nothing breaks a limit."""
    values = default_values(target)
    for limit in limits_of(target.name) or ():
        if limit.least > 0:
            values[limit.name] = value_of(target, limit, limit.least)
    return values


@pytest.mark.parametrize("name", LIMITED)
def test_both_sides_of_each_limit_are_judged_as_protovalidate_judges(name: str) -> None:
    target = all_entities()[name]
    values = kept(target)
    assert keeps_limits(target, values)
    assert is_accepted(target, values)
    for limit in limits_of(name) or ():
        for size in (limit.least - 1, limit.least, limit.most, limit.most + 1):
            value = value_of(target, limit, size)
            if value is not None:
                record = values | {limit.name: value}
                expected = limit.least <= size <= limit.most
                assert (keeps_limits(target, record), is_accepted(target, record)) == (expected, expected)


@pytest.mark.parametrize("name", OTHERS)
def test_a_contract_with_other_rules_is_left_to_protovalidate(name: str) -> None:
    target = all_entities()[name]
    assert not keeps_limits(target, default_values(target))


def test_what_an_import_writes_has_plain_limits() -> None:
    assert {"crm.party", "crm.address", "crm.contact_point"} <= set(LIMITED)
