"""What may be kept: a report is compiled whole before it is stored, a dashboard read tile by tile, of a view
of a list whose list it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from sales.reports.v1 import records_pb2 as pb

from services.kit.database.unit_of_work import Row, UnitOfWork
from services.kit.entities import BASE, Entity, all_entities
from services.kit.entities.canonical import typed
from services.kit.errors import Invalid, Violation
from services.kit.permissions import system_access
from services.kit.reports.charts import chart_of
from services.kit.reports.query import compile_report
from services.kit.reports.schedules import prepare_schedule
from services.kit.reports.sources import Question
from services.kit.reports.tables import REPORT

#: Stands among the ids that a record is shared with for everybody; identity gives it to every user.
EVERYBODY: Final = "00000000-0000-5000-8000-000000000001"
_COLUMNS: Final = 12
_MAX_NAME: Final = 200
_MAX_DESCRIPTION: Final = 2000


def definition_of(entity: Entity, values: Mapping[str, Any]) -> pb.ReportDefinition:
    """Return the definition that a kept report holds."""
    field = entity.fields["definition"]
    found = typed(pb.ReportDefinition, field.message, values["definition"] or {})
    assert isinstance(found, pb.ReportDefinition)
    return found


def prepare_report(uow: UnitOfWork, row: Row) -> None:
    """Check a report as the system could run it, so that facets are no reason; share it as it says.

    Raises:
        Invalid: INVALID_FIELDS with every violation, in the definition as definition.groups[0].field.
    """
    _share(row)
    violations = [*_wrong_names(row), *prepare_schedule(uow, row)]
    definition = definition_of(row.entity, row.values)
    facets = frozenset(facet for each in all_entities().values() for facet in each.facets) - {BASE}
    question = Question(uow.tables, system_access(facets), uow.definitions, uow.now)
    try:
        query, _ = compile_report(question, definition)
        chart_of(definition.chart, query.columns, "en")
    except Invalid as error:
        violations += [replace(each, field=f"definition.{each.field}") for each in error.violations]
    if violations:
        raise Invalid("INVALID_FIELDS", violations=violations)


def prepare_dashboard(uow: UnitOfWork, row: Row) -> None:
    """Check a dashboard: tiles stand side by side, and name owners of reports.

    Raises:
        Invalid: INVALID_FIELDS with every violation.
    """
    _share(row)
    violations = [*_wrong_names(row), *_wrong_tiles(row.values["tiles"])]
    for number, each in enumerate(row.values["filters"]):
        violations += _wrong_texts(each["labels"], f"filters[{number}].labels", longest=_MAX_NAME)
    if violations:
        raise Invalid("INVALID_FIELDS", violations=violations)


def prepare_list_view(_: UnitOfWork, row: Row) -> None:
    """Check a view of a list: its records are this owner's. Filters and columns are the client's to know.

    Raises:
        Invalid: INVALID_FIELDS with every violation.
    """
    _share(row)
    violations = []
    shown = all_entities().get(row.values["entity"])
    if shown is None or shown.service != row.entity.service:
        known = f"an entity of {row.entity.service} is expected, such as those of its lists"
        violations.append(Violation("entity", "UNKNOWN_VALUE", known))
    if not row.values["name"].strip():
        violations.append(Violation("name", "REQUIRED", "a name is expected"))
    names = [each["name"] for each in row.values["filters"]]
    for number, name in enumerate(names):
        if name in names[:number]:
            violations.append(Violation(f"filters[{number}].name", "NOT_UNIQUE", "each filter stands once"))
    if violations:
        raise Invalid("INVALID_FIELDS", violations=violations)


def _share(row: Row) -> None:
    values = row.values
    if values["visibility"] == "unspecified":
        values["visibility"] = "mine"
    shared = {"roles": values["role_ids"], "everybody": [EVERYBODY]}
    recipients = (values.get("schedule") or {}).get("recipient_ids", ())
    values["shared_with"] = sorted({*shared.get(values["visibility"], ()), *recipients})


def _wrong_names(row: Row) -> Iterator[Violation]:
    names = row.values["names"]
    if not any(text.strip() for text in names.values()):
        yield Violation("names", "REQUIRED", "a text in at least one language is expected")
    yield from _wrong_texts(names, "names", longest=_MAX_NAME)
    yield from _wrong_texts(row.values["descriptions"], "descriptions", longest=_MAX_DESCRIPTION)


def _wrong_texts(texts: Mapping[str, str], place: str, *, longest: int) -> Iterator[Violation]:
    for language, text in texts.items():
        if not re.fullmatch("[a-z]{2}", language):
            yield Violation(place, "UNKNOWN_VALUE", "languages are two small letters, such as it")
        elif len(text) > longest:
            yield Violation(place, "TOO_LONG", f"at most {longest} characters")


def _wrong_tiles(tiles: list[dict[str, Any]]) -> Iterator[Violation]:
    owners = {each.service for each in all_entities().values() if each.template == REPORT}
    taken: dict[tuple[int, int], int] = {}
    for number, tile in enumerate(tiles):
        place = f"tiles[{number}]"
        if tile["service"] not in owners:
            known = ", ".join(sorted(owners))
            yield Violation(f"{place}.service", "UNKNOWN_VALUE", f"one of these is expected: {known}")
        if not tile["report_id"]:
            yield Violation(f"{place}.report_id", "REQUIRED", "the id of a report is expected")
        if tile["x"] + tile["w"] > _COLUMNS:
            yield Violation(f"{place}.w", "OUT_OF_RANGE", f"a row has {_COLUMNS} columns")
            continue
        cells = [
            (x, y)
            for x in range(tile["x"], tile["x"] + tile["w"])
            for y in range(tile["y"], tile["y"] + min(tile["h"], 50))
        ]
        other = next((taken[cell] for cell in cells if cell in taken), None)
        if other is not None:
            yield Violation(place, "TILES_OVERLAP", f"tiles[{other}] stands there already")
        taken.update(dict.fromkeys(cells, number))
