"""Custom fields in lists: `filter=custom.machine_hours > 100`, `order_by=custom.machine_hours desc`.

Values are JSON texts within one JSON column. A value that is not of its field's kind (typed before the field
was defined, or not converted yet) counts as none; no cast can fail, whatever is stored.

Each value has one canonical text, so equality asks whether the column holds that text, which an index answers
(`schema.custom_index`); everything else reads the values of the records that the other terms leave.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.kit.entities import BASE, Entity
from services.kit.errors import Forbidden, Invalid, Violation
from services.kit.fields.definitions import CUSTOM, RECORD, Definition, Definitions
from services.kit.fields.values import FieldKind, Limits, WrongValue, canonical
from services.kit.schema import any_custom
from services.kit.values import canonical as plain
from services.kit.values import parse_decimal

Bool = sa.ColumnElement[bool]

_NUMBER: Final = r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,12})?"
_PLAIN: Final = _NUMBER.replace("(", "(?:")
_AMOUNT: Final = rf'^\{{"amount":"({_NUMBER})","currency":"[A-Z]{{3}}"\}}$'
#: A character by its number that PostgreSQL reads: neither U+0000 nor half of one.
_ESCAPED: Final = (
    "(?:[1-9a-cA-CeEfF][0-9a-fA-F]{3}|[dD][0-7][0-9a-fA-F]{2}"
    "|0(?:[1-9a-fA-F][0-9a-fA-F]{2}|0(?:[1-9a-fA-F][0-9a-fA-F]|0[1-9a-fA-F])))"
)
#: Texts that PostgreSQL reads as JSON.
_TEXT: Final = rf'^"(?:[^"\\\x01-\x1f]|\\["\\/bfnrt]|\\u{_ESCAPED})*"$'
#: Kinds whose values are equal exactly where their canonical texts are. Amounts are asked in any currency.
_INDEXED: Final = frozenset(
    {
        FieldKind.TEXT,
        FieldKind.NUMBER,
        FieldKind.DATE,
        FieldKind.TIME,
        FieldKind.BOOLEAN,
        FieldKind.CHOICE,
        FieldKind.LINK,
    }
)
_ORDERED: Final = frozenset(
    {FieldKind.TEXT, FieldKind.NUMBER, FieldKind.MONEY, FieldKind.DATE, FieldKind.TIME}
)


def is_custom(name: str) -> bool:
    """Return whether a name in a filter or order is a custom field's."""
    return name.startswith(CUSTOM)


def definition_for(
    definitions: Definitions,
    entity: Entity,
    name: str,
    facets: Mapping[str, Bool],
    *,
    where: str,
    record_type: str = "",
) -> Definition:
    """Return the field that a list is asked by.

    Raises:
        Invalid: INVALID_QUERY: no such field, retired, or of several record types without `type = …`.
        Forbidden: FACET_NOT_GRANTED.
    """
    key = name.removeprefix(CUSTOM)
    if entity.template == RECORD and not record_type:
        found = [each for each in definitions.everywhere(entity.name) if each.key == key]
        if len(found) > 1:
            raise _wrong(where, "AMBIGUOUS_FIELD", f"{name} is a field of several types: add type = …")
    else:
        one = definitions.of(entity.name, record_type).get(key)
        found = [one] if one is not None else []
    if not found or found[0].inactive:
        raise _wrong(where, "UNKNOWN_FIELD", f"{entity.name} cannot be asked by {name}")
    if found[0].facet != BASE and found[0].facet not in facets:
        violation = Violation(where, "FACET_NOT_GRANTED", f"{name} is not yours to see")
        raise Forbidden("FACET_NOT_GRANTED", violations=[violation])
    return found[0]


def conditions(
    definition: Definition, op: str, value: str, table: sa.FromClause, facets: Mapping[str, Bool]
) -> list[Bool]:
    """Return the conditions of one term of a filter.

    Raises:
        Invalid: INVALID_QUERY.
    """
    found: list[Bool] = [facets[definition.facet]] if definition.facet != BASE else []
    if definition.record_type:
        found.append(table.c.type == definition.record_type)
    raw = _raw(definition, table)
    kind = definition.value_kind
    if op == ":":
        return [*found, _contains(definition, kind, raw, value)]
    if kind is FieldKind.MULTIPLE_CHOICE:
        raise _wrong("filter", "OPERATOR", f"{definition.name} has several values: use :")
    if op not in ("=", "!=") and kind not in _ORDERED:
        raise _wrong("filter", "OPERATOR", f"{definition.name} has no order: use = or !=")
    if value == "":
        return [*found, raw.is_(None) if op == "=" else raw.is_not(None)]
    number, _, currency = value.partition(" ") if kind is FieldKind.MONEY else (value, "", "")
    if currency:
        has = raw.endswith(f'"currency":"{currency}"}}', autoescape=True)
        found.append(sa.func.coalesce(has, False) if op != "!=" else sa.true())
    wanted = _wanted(definition, kind, number)
    if op == "=" and kind in _INDEXED:
        return [*found, *_holds(definition, kind, wanted, table)]
    return [*found, _compared(_expression(kind, raw), op, wanted)]


def order_expression(
    definition: Definition, table: sa.FromClause, facets: Mapping[str, Bool]
) -> sa.ColumnElement[Any]:
    """Return what a list is ordered by; never NULL. A record that hides the field counts as having none.

    Raises:
        Invalid: INVALID_QUERY, the field has no order.
    """
    kind = definition.value_kind
    if kind is FieldKind.MULTIPLE_CHOICE:
        raise _wrong("order_by", "UNKNOWN_FIELD", f"no list can be ordered by {definition.name}")
    expression = _expression(kind, _raw(definition, table))
    if definition.facet != BASE:
        expression = sa.case((facets[definition.facet], expression))
    if definition.record_type:
        expression = sa.case((table.c.type == definition.record_type, expression))
    if kind in (FieldKind.NUMBER, FieldKind.MONEY):
        return sa.func.coalesce(expression, sa.literal_column("'-infinity'::numeric"), type_=sa.Numeric())
    return sa.func.coalesce(expression, sa.literal_column("''"), type_=sa.Text())


#: A day that there is, of the years 1 to 9999.
_DAY: Final = (
    r"(?!0000)([0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])|[0-9]{4}-(0[13-9]|1[0-2])-(29|30)"
    r"|[0-9]{4}-(0[13578]|1[02])-31"
    r"|([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29)"
)
_CLOCK: Final = r"T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?Z"
_UUID: Final = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


def value_expression(definition: Definition, table: sa.FromClause) -> sa.ColumnElement[Any]:
    """Return a field's values in the type of their kind, of money the amount; NULL where there is none."""
    raw, kind = _raw(definition, table), definition.value_kind
    text = sa.func.btrim(raw, sa.literal_column("'\"'"), type_=sa.Text())
    match kind:
        case FieldKind.DATE:
            return sa.case((raw.op("~")(f'^"{_DAY}"$'), sa.cast(text, sa.Date())))
        case FieldKind.TIME:
            moment = sa.cast(text, sa.DateTime(timezone=True))
            return sa.case((raw.op("~")(f'^"{_DAY}{_CLOCK}"$'), moment))
        case FieldKind.LINK:
            return sa.case((raw.op("~")(f'^"{_UUID}"$'), sa.cast(text, sa.Uuid())))
        case FieldKind.BOOLEAN:
            return sa.case((raw.in_(["true", "false"]), raw == "true"))
        case FieldKind.CHOICE:
            return text
        case _:
            return _expression(kind, raw)


def currency_expression(definition: Definition, table: sa.FromClause) -> sa.ColumnElement[str]:
    """Return the currency of a field of money; NULL where there is no amount."""
    raw = _raw(definition, table)
    found: sa.ColumnElement[str] = sa.func.substring(
        raw, rf'^\{{"amount":"{_PLAIN}","currency":"([A-Z]{{3}})"\}}$', type_=sa.Text()
    )
    return found


def _raw(definition: Definition, table: sa.FromClause) -> sa.ColumnElement[str]:
    raw: sa.ColumnElement[str] = sa.func.jsonb_extract_path_text(
        table.c.custom, definition.key, type_=sa.Text()
    )
    return raw


def _expression(kind: FieldKind, raw: sa.ColumnElement[str]) -> sa.ColumnElement[Any]:
    if kind is FieldKind.NUMBER:
        return sa.case((raw.op("~")(f"^{_NUMBER}$"), sa.cast(raw, sa.Numeric())))
    if kind is FieldKind.MONEY:
        amount = sa.func.substring(raw, _AMOUNT)
        return sa.cast(amount, sa.Numeric())
    if kind is FieldKind.TEXT:
        text = sa.cast(raw, pg.JSONB).op("#>>")(sa.literal_column("'{}'::text[]"))
        return sa.case((raw.op("~")(_TEXT), sa.type_coerce(text, sa.Text())))
    if kind is FieldKind.TIME:
        # A fraction of a second sorts after none only without the Z.
        return sa.func.rtrim(raw, 'Z"', type_=sa.Text()).collate("C")
    return raw.collate("C")


def _holds(definition: Definition, kind: FieldKind, wanted: Any, table: sa.FromClause) -> list[Bool]:
    """Return that a record holds exactly this value; the second condition is the index's own."""
    held = sa.literal({definition.key: _stored(kind, wanted)}, pg.JSONB)
    return [sa.type_coerce(table.c.custom, pg.JSONB).contains(held), any_custom(table.c.custom)]


def _stored(kind: FieldKind, wanted: Any) -> str:
    """Return how a value is stored that a filter wants."""
    match kind:
        case FieldKind.NUMBER:
            return plain(wanted)
        case FieldKind.TEXT:
            return json.dumps(wanted, ensure_ascii=False)
        case FieldKind.TIME:
            return f'{wanted}Z"'
        case _:
            return str(wanted)


def _wanted(definition: Definition, kind: FieldKind, text: str) -> Any:
    """Return the value of a filter in the form of `_expression`."""
    try:
        if kind in (FieldKind.NUMBER, FieldKind.MONEY):
            return parse_decimal(text, integer_digits=18, decimals=12)
        if kind is FieldKind.BOOLEAN:
            return canonical(kind, Limits(), text)
        limits = Limits(choices=definition.limits.choices)
        written = canonical(kind, limits, json.dumps(text, ensure_ascii=False)) or '""'
    except (WrongValue, Invalid) as error:
        detail = error.args[1] if isinstance(error, WrongValue) else "a decimal such as 12.50 is expected"
        raise _wrong("filter", "WRONG_TYPE", f"{definition.name}: {detail}") from error
    if kind is FieldKind.TEXT:
        return text
    return written.rstrip('Z"') if kind is FieldKind.TIME else written


def _compared(expression: sa.ColumnElement[Any], op: str, value: Any) -> Bool:
    bound = sa.literal(value, sa.Numeric() if isinstance(value, Decimal) else sa.Text())
    return {
        "=": expression == bound,
        "!=": expression.is_distinct_from(bound),
        "<": expression < bound,
        "<=": expression <= bound,
        ">": expression > bound,
        ">=": expression >= bound,
    }[op]


def _contains(definition: Definition, kind: FieldKind, raw: sa.ColumnElement[str], value: str) -> Bool:
    if kind is FieldKind.MULTIPLE_CHOICE:
        # A text that only holds the key has the quotes escaped.
        wanted = _wanted_choice(definition, value)
        return sa.and_(raw.startswith("["), sa.func.strpos(raw, f'"{wanted}"') > 0)
    if kind is not FieldKind.TEXT:
        raise _wrong("filter", "OPERATOR", f"{definition.name} is not a text: use =")
    text = _expression(kind, raw)
    escaped = value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return text.ilike(f"%{escaped}%", escape="\\")


def _wanted_choice(definition: Definition, value: str) -> str:
    known = {choice.key for choice in definition.limits.choices}
    if value not in known:
        detail = f"{definition.name}: one of these is expected: {', '.join(sorted(known)[:20])}"
        raise _wrong("filter", "UNKNOWN_VALUE", detail)
    return value


def _wrong(where: str, reason: str, detail: str) -> Invalid:
    return Invalid("INVALID_QUERY", violations=[Violation(where, reason, detail)])
