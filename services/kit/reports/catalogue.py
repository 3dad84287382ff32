"""What a reader's reports may name: sources and fields, for who builds one."""

from __future__ import annotations

from collections.abc import Iterator

from sales.reports.v1 import service_pb2

from services.kit.entities import BASE, Entity, Field, Kind, all_entities
from services.kit.fields.definitions import RECORD, Definition
from services.kit.reports import naming
from services.kit.reports.sources import CUSTOM_KINDS, KINDS, Question

#: They say nothing that somebody would count.
_LEFT_OUT = frozenset({"version", "deleted", "custom"})


def sources(question: Question) -> list[service_pb2.ReportSource]:
    """Return the entities that the reader may read, with the fields that the reader may see."""
    return list(_sources(question))


def _sources(question: Question) -> Iterator[service_pb2.ReportSource]:
    for name in sorted(question.tables):
        entity = all_entities()[name]
        if entity.template not in ("", RECORD) or not question.access.allows(entity.grant_group, "read"):
            continue
        types = question.definitions.types if entity.template == RECORD else {}
        if entity.template != RECORD:
            labels = naming.of_entity(entity.name)
            yield _source(question, entity, "", dict(labels))
        for key, type_ in types.items():
            yield _source(question, entity, key, dict(type_.labels))


def _source(
    question: Question, entity: Entity, record_type: str, labels: dict[str, str]
) -> service_pb2.ReportSource:
    facets = {BASE, *question.access.facets(entity.grant_group, "read")}
    own = question.definitions.of(entity.name, record_type).values()
    return service_pb2.ReportSource(
        entity=entity.name,
        record_type=record_type,
        labels=labels,
        fields=[
            *(_field(entity, name, field) for name, field in entity.fields.items() if _fits(field, facets)),
            *(_custom(each) for each in own if each.facet in facets and not each.inactive),
        ],
    )


def _fits(field: Field, facets: set[str]) -> bool:
    return (
        field.name not in _LEFT_OUT and field.facet in facets and field.kind in KINDS and not field.repeated
    )


def _field(entity: Entity, name: str, field: Field) -> service_pb2.ReportField:
    return service_pb2.ReportField(
        name=name,
        kind="money" if field.currency_field else KINDS[field.kind],
        labels=dict(naming.of_field(entity.name, name)),
        references=field.references,
        facet="" if field.facet == BASE else field.facet,
        choices=list(field.enum_values)[1:] if field.kind is Kind.ENUM else [],
    )


def _custom(definition: Definition) -> service_pb2.ReportField:
    return service_pb2.ReportField(
        name=definition.name,
        kind=CUSTOM_KINDS.get(definition.value_kind, "several"),
        labels=dict(definition.labels),
        references=definition.links_to,
        facet="" if definition.facet == BASE else definition.facet,
        choices=[each.key for each in definition.limits.choices],
    )
