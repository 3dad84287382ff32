"""Shorthands for reports under test."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson
from google.protobuf.json_format import ParseDict
from sales.reports.v1 import records_pb2 as pb
from sales.reports.v1 import service_pb2

from services.kit.actor import Actor
from services.kit.reports import catalogue, running
from services.kit.reports.running import Result
from tests.kit.fields.shaping import Company
from tests.support.owners import create

OPPORTUNITY = "crm.opportunity"


def report(source: str = OPPORTUNITY, **given: Any) -> pb.ReportDefinition:
    """A definition; groups and measures may be written short: "state", ("sum", "value")."""
    groups = [{"field": each} if isinstance(each, str) else each for each in given.pop("groups", ())]
    measures = [_measure(each) for each in given.pop("measures", ())]
    steps = {"step": lambda name: f"REPORT_STEP_{name.upper()}"}
    groups = [{k: steps[k](v) if k in steps else v for k, v in each.items()} for each in groups]
    values = {"source": source, "groups": groups, "measures": measures, **given}
    return ParseDict(values, pb.ReportDefinition())


def _measure(given: Any) -> dict[str, Any]:
    if isinstance(given, str):
        given = (given,)
    if isinstance(given, tuple):
        given = dict(zip(("kind", "field", "since"), given, strict=False))
    return {**given, "kind": f"MEASURE_KIND_{given['kind'].upper()}"}


class Reports(Company):
    """The CRM, and what it says when it is asked."""

    def run(
        self,
        actor: Actor,
        definition: pb.ReportDefinition,
        applied: Sequence[tuple[str, str, str]] = (),
        now: datetime | None = None,
        language: str = "it",
    ) -> Result:
        access = self.accesses.get(actor)
        return running.run(self.owner.database, access, definition, applied, now=now, language=language)

    def sources(self, actor: Actor) -> list[service_pb2.ReportSource]:
        """What a report may name, as its service answers."""
        return catalogue.sources(running.question_of(self.owner.database, self.accesses.get(actor)))

    def values(self, actor: Actor, definition: pb.ReportDefinition, **more: Any) -> list[tuple[str, ...]]:
        """Rows as texts."""
        return [row.values for row in self.run(actor, definition, **more).rows]

    def behind(self, actor: Actor, definition: pb.ReportDefinition, **more: Any) -> list[dict[str, Any]]:
        """The records behind a figure."""
        access = self.accesses.get(actor)
        records, _ = running.rows_behind(self.owner.database, access, definition, **more)
        return [orjson.loads(each.fragments["base"]) for each in records]

    def make(self, actor: Actor, entity: str, **fields: Any) -> str:
        """Store a record; return its id."""
        decision = self.one(actor, {**create(entity), "fields": fields})
        assert decision.outcome == "applied", decision.error and decision.error.violations
        return decision.record_id
