"""Charts: Vega-Lite specifications, made from a kind of chart or given, over the rows of a result.

A specification holds no data and no expressions: its only data are the rows, under the name `report`. What a
user gives is read against what specifications may hold here, so that opening a colleague's report loads
nothing and runs nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import orjson
from sales.reports.v1 import records_pb2 as pb

from services.kit.errors import Invalid, Violation
from services.kit.reports.query import Shown

Specification = dict[str, Any]

DATA: Final = {"name": "report"}
_SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v6.json"
_DEEPEST: Final = 12
_TOP: Final = frozenset(
    {"$schema", "data", "title", "description", "mark", "encoding", "layer", "width", "height", "config"}
)
_OF_LAYER: Final = frozenset({"mark", "encoding", "layer", "title", "description", "width", "height"})
_MARKS: Final = frozenset(
    {
        "arc",
        "area",
        "bar",
        "boxplot",
        "circle",
        "line",
        "point",
        "rect",
        "rule",
        "square",
        "text",
        "tick",
        "trail",
    }
)
#: Wherever they stand they load something, lead somewhere, or hold expressions.
_REFUSED: Final = frozenset(
    {
        "bind", "calculate", "custom", "data", "datasets", "expr", "filter", "from", "geo", "href", "image",
        "lookup", "on", "param", "params", "predicate", "projection", "select", "signal", "src", "test",
        "transform", "update", "url", "usermeta",
    }
)  # fmt: skip
_ADDRESS: Final = re.compile(r"[a-z][a-z0-9+.-]*:|//|url\s*\(|expression\s*\(", re.IGNORECASE)


def chart_of(chart: pb.ReportChart, columns: Sequence[Shown], language: str, *, kind: int = 0) -> str:
    """Return the specification of a result's chart as JSON, "" where it has none.

    `kind` is wanted instead of the report's own. Of several measures a generated chart shows the first.

    Raises:
        Invalid: INVALID_REPORT, as `checked`.
    """
    wanted = kind or chart.kind
    if wanted == pb.CHART_KIND_OWN:
        return _text(checked(chart.specification, columns))
    groups = [each for each in columns if each.role == "group"]
    measures = [each for each in columns if each.role == "measure"]
    if wanted not in _GENERATED or not groups or not measures:
        return ""
    apart = next((each for each in columns if each.role == "currency"), None)
    return _text(_generated(wanted, groups, measures[0], apart, language))


def _text(specification: Specification) -> str:
    return orjson.dumps(specification).decode()


# Generated

_GENERATED: Final[Mapping[int, str]] = {
    pb.CHART_KIND_BAR: "bar",
    pb.CHART_KIND_STACKED_BAR: "bar",
    pb.CHART_KIND_LINE: "line",
    pb.CHART_KIND_AREA: "area",
    pb.CHART_KIND_PIE: "arc",
}


def _generated(
    kind: int, groups: Sequence[Shown], measure: Shown, apart: Shown | None, language: str
) -> Specification:
    first, second = groups[0], groups[1] if len(groups) > 1 else apart
    value = {"field": measure.name, "type": "quantitative", "title": _title(measure, language)}
    category = {
        "field": f"{first.name}_label",
        "type": "nominal",
        "title": _title(first, language),
        "sort": None,
    }
    colour: Specification = {}
    if second is not None:
        name = f"{second.name}_label"
        colour = {"color": {"field": name, "type": "nominal", "title": _title(second, language)}}
    if kind == pb.CHART_KIND_PIE:
        encoding = {"theta": {**value, "stack": True}, "color": category}
    elif first.step or kind in (pb.CHART_KIND_LINE, pb.CHART_KIND_AREA):
        encoding = {"x": {**category, "type": "ordinal"}, "y": _beside(kind, value), **colour}
    else:
        encoding = {"y": category, "x": _beside(kind, value), **colour}
        if colour and kind == pb.CHART_KIND_BAR:
            encoding["yOffset"] = {"field": colour["color"]["field"]}
    mark: Specification = {"type": _GENERATED[kind], "tooltip": True}
    if kind == pb.CHART_KIND_LINE:
        mark["point"] = True
    return {"$schema": _SCHEMA, "data": DATA, "mark": mark, "encoding": encoding}


def _beside(kind: int, value: Specification) -> Specification:
    """Amounts of different groups are added in stacks and areas only."""
    return value if kind in (pb.CHART_KIND_STACKED_BAR, pb.CHART_KIND_AREA) else {**value, "stack": None}


def _title(column: Shown, language: str) -> str:
    return column.labels.get(language) or next(iter(column.labels.values()), column.name)


# Given


def checked(text: str, columns: Sequence[Shown]) -> Specification:
    """Return a given specification, with the rows as its data.

    Raises:
        Invalid: INVALID_REPORT with the place within `chart.specification`, and what to write instead.
    """
    place = "chart.specification"
    try:
        given = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _wrong(place, "SYNTAX", "a JSON object is expected") from error
    if not isinstance(given, dict):
        raise _wrong(place, "SYNTAX", "a JSON object is expected")
    found = list(_violations(given, place, _names(columns)))
    if found:
        raise Invalid("INVALID_REPORT", violations=found[:20])
    return {**given, "$schema": _SCHEMA, "data": DATA}


def _names(columns: Sequence[Shown]) -> frozenset[str]:
    names = [each.name for each in columns]
    return frozenset([*names, *(f"{name}_label" for name in names)])


def _violations(given: Specification, place: str, names: frozenset[str]) -> Iterator[Violation]:
    if given.get("data", DATA) != DATA:
        yield Violation(
            f"{place}.data", "CHART_REFUSED", "a chart shows the rows of its report: leave data out"
        )
    if "mark" not in given and "layer" not in given:
        yield Violation(f"{place}.mark", "REQUIRED", "a mark, or layers with marks, are expected")
    yield from _in_layer({k: v for k, v in given.items() if k != "data"}, place, names, allowed=_TOP, depth=1)


def _in_layer(
    given: Specification, place: str, names: frozenset[str], *, allowed: frozenset[str], depth: int
) -> Iterator[Violation]:
    for key, value in given.items():
        where = f"{place}.{key[:40]}"
        if key not in allowed:
            detail = f"one of these is expected: {', '.join(sorted(allowed))}"
            yield Violation(where, "CHART_REFUSED", detail)
        elif key == "mark":
            yield from _wrong_mark(value, where, names)
        elif key == "layer":
            yield from _in_layers(value, where, names, depth)
        elif key != "$schema":
            yield from _in_value(value, where, names, depth + 1)


def _in_layers(value: Any, place: str, names: frozenset[str], depth: int) -> Iterator[Violation]:
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value) or depth > 3:
        yield Violation(place, "WRONG_TYPE", "a list of layers is expected, in at most three levels")
        return
    for number, each in enumerate(value[:20]):
        yield from _in_layer(each, f"{place}[{number}]", names, allowed=_OF_LAYER, depth=depth + 1)


def _wrong_mark(value: Any, place: str, names: frozenset[str]) -> Iterator[Violation]:
    kind = value.get("type") if isinstance(value, dict) else value
    if kind not in _MARKS:
        yield Violation(place, "CHART_REFUSED", f"one of these is expected: {', '.join(sorted(_MARKS))}")
    if isinstance(value, dict):
        yield from _in_value(value, place, names, 2)


def _in_value(value: Any, place: str, names: frozenset[str], depth: int) -> Iterator[Violation]:
    if depth > _DEEPEST:
        yield Violation(place, "CHART_REFUSED", f"at most {_DEEPEST} levels are expected")
    elif isinstance(value, dict):
        for key, inner in value.items():
            where = f"{place}.{key[:40]}"
            if key in _REFUSED:
                detail = "charts neither load nor compute: let a measure or a filter of the report do it"
                yield Violation(where, "CHART_REFUSED", detail)
            elif key == "field" and inner not in names:
                yield Violation(where, "UNKNOWN_FIELD", f"columns are expected: {', '.join(sorted(names))}")
            else:
                yield from _in_value(inner, where, names, depth + 1)
    elif isinstance(value, list):
        for number, inner in enumerate(value[:200]):
            yield from _in_value(inner, f"{place}[{number}]", names, depth + 1)
    elif isinstance(value, str) and _ADDRESS.search(value) and not place.endswith((".title", ".description")):
        yield Violation(place, "CHART_REFUSED", "an address or an expression has no place in a chart")


def _wrong(place: str, reason: str, detail: str) -> Invalid:
    return Invalid("INVALID_REPORT", violations=[Violation(place, reason, detail)])
