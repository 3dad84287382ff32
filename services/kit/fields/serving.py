"""FormsService: questions about what administrators shaped, served by every owner whose records can be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sales.forms.v1 import service_pb2, service_pb2_grpc

from services.kit import rpc
from services.kit.entities import BASE, COMMON_FIELDS, SCOPE_FIELDS, Entity, Field, all_entities
from services.kit.errors import Forbidden, Invalid, NotFound, Violation
from services.kit.fields import conversion
from services.kit.fields.definitions import (
    CUSTOM,
    FIELD,
    RECORD,
    Definition,
    Definitions,
    FormField,
    Layout,
    is_shaped,
)
from services.kit.fields.values import FieldKind
from services.kit.fields.writing import roles_of
from services.kit.permissions import Access
from services.kit.records.owner import Owner
from services.kit.records.reading import Reader

_EXAMPLES = 50
_LISTED = 500
_FORMS = "forms"


class FormsServicer(service_pb2_grpc.FormsServiceServicer):
    """Answers within the caller's grants."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        self._reader = Reader(owner.database)

    def GetForm(self, request: service_pb2.GetFormRequest, context: Any) -> service_pb2.GetFormResponse:  # noqa: N802
        """Return the form in which the caller sees and fills in records of an entity."""
        actor = rpc.current_actor()
        access = self._owner.access_book.get(actor)
        entity = self._entity(request.entity)
        if not access.allows(entity.grant_group, "read"):
            raise Forbidden("NOT_GRANTED", params={"entity": entity.name, "action": "read"})
        with self._owner.database.unit_of_work(actor) as uow:
            definitions = uow.definitions
            roles = roles_of(uow, self._owner.fetch) if definitions.has_layouts(entity.name) else ()
        if entity.template == RECORD and request.record_type not in definitions.types:
            raise _invalid("record_type", "UNKNOWN_VALUE", "the key of a record type is expected")
        layout = definitions.layout(entity.name, request.record_type, roles)
        return effective_form(definitions, layout, entity, request.record_type, access)

    def PreviewKind(  # noqa: N802
        self, request: service_pb2.PreviewKindRequest, context: Any
    ) -> service_pb2.PreviewKindResponse:
        """Return what another kind would make of a field's values; nothing is changed."""
        access = self._administrator()
        definition = self._field(request.id)
        if request.kind not in set(FieldKind) - {FieldKind.FORMULA} or definition.kind is FieldKind.FORMULA:
            raise _invalid("kind", "UNKNOWN_VALUE", "the kind of a field that people fill in is expected")
        table = self._owner.database.tables[definition.entity]
        with self._owner.database.engine.begin() as connection:
            found = conversion.preview(connection, table, definition, FieldKind(request.kind))
        return service_pb2.PreviewKindResponse(
            converted=found.converted,
            kept=found.kept,
            examples=self._shown(access, definition, found.examples, limit=_EXAMPLES),
        )

    def ListKept(self, request: service_pb2.ListKeptRequest, context: Any) -> service_pb2.ListKeptResponse:  # noqa: N802
        """Return the values that changes of a field's kind could not convert."""
        access = self._administrator()
        definition = self._field(request.id)
        with self._owner.database.read() as connection:
            kept = conversion.kept_values(connection, definition.id)
        return service_pb2.ListKeptResponse(
            total=len(kept), values=self._shown(access, definition, kept, limit=_LISTED)
        )

    def _administrator(self) -> Access:
        access = self._owner.access_book.get(rpc.current_actor())
        if not access.allows(_FORMS, "write"):
            name = f"{self._owner.database.service}.{FIELD}"
            raise Forbidden("NOT_GRANTED", params={"entity": name, "action": "write"})
        return access

    def _entity(self, name: str) -> Entity:
        found = all_entities().get(name)
        if found is None or found.service != self._owner.database.service or not is_shaped(name):
            raise _invalid("entity", "UNKNOWN_VALUE", "no such entity with forms")
        return found

    def _field(self, record_id: str) -> Definition:
        name = f"{self._owner.database.service}.{FIELD}"
        try:
            field_id = str(UUID(record_id))
        except ValueError as error:
            raise _invalid("id", "INVALID_ID", "a UUID is expected") from error
        with self._owner.database.read() as connection:
            definitions = self._owner.database.definitions.current(connection)
        found = next((each for each in definitions.fields if each.id == field_id), None)
        if found is None:
            raise NotFound("RECORD_NOT_FOUND", params={"entity": name, "id": field_id})
        return found

    def _shown(
        self, access: Access, definition: Definition, values: Sequence[tuple[str, str]], *, limit: int
    ) -> list[service_pb2.KeptValue]:
        """Return those of the values that the caller may see: administrators need not see customers."""
        entity = all_entities()[definition.entity]
        if not access.allows(entity.grant_group, "read"):
            return []
        wanted = values[: limit * 4]
        seen = self._reader.get_many(access, entity, sorted({record_id for record_id, _ in wanted}))
        shown = [
            service_pb2.KeptValue(record_id=record_id, value=text)
            for record_id, text in wanted
            if record_id in seen
            and (definition.facet == BASE or definition.facet in seen[record_id].fragments)
        ]
        return shown[:limit]


def effective_form(
    definitions: Definitions, layout: Layout | None, entity: Entity, record_type: str, access: Access
) -> service_pb2.GetFormResponse:
    """Return a form as it holds for somebody: what a layout says, with what contracts and definitions say."""
    facets = {BASE, *access.facets(entity.grant_group, "read")}
    own = definitions.of(entity.name, record_type)
    shown: dict[str, Field | Definition] = {
        **{name: field for name, field in entity.fields.items() if field.facet in facets},
        **{each.name: each for each in own.values() if each.facet in facets and not each.inactive},
    }
    if layout is None:
        fields = [
            _shown_field(shown[name], FormField(name, {}, "", "", "")) for name in _all_names(entity, shown)
        ]
        return service_pb2.GetFormResponse(sections=[service_pb2.Section(key="all", fields=fields)])
    sections = [
        service_pb2.Section(
            key=each.key,
            labels=dict(each.labels),
            fields=[_shown_field(shown[one.name], one) for one in each.fields if one.name in shown],
        )
        for each in layout.sections
    ]
    return service_pb2.GetFormResponse(layout_id=layout.id, sections=sections)


def _all_names(entity: Entity, shown: Mapping[str, Field | Definition]) -> Iterator[str]:
    """Yield what a form without a layout shows: what people write, then the company's own fields."""
    needless = {*COMMON_FIELDS, *SCOPE_FIELDS, "type", "parent_id"}
    for name in shown:
        field = entity.fields.get(name)
        if name.startswith(CUSTOM) or (field is not None and not field.output_only and name not in needless):
            yield name


def _shown_field(field: Field | Definition, one: FormField) -> service_pb2.ShownField:
    if isinstance(field, Definition):
        computed = field.kind is FieldKind.FORMULA
        return service_pb2.ShownField(
            name=one.name,
            labels={**field.labels, **one.labels},
            help=dict(field.help),
            kind=field.kind.value,
            visible=one.visible or "true",
            required="true" if field.required else one.required or "false",
            read_only="true" if computed else one.read_only or "false",
            choices=[
                service_pb2.ShownChoice(key=each.key, labels=dict(each.labels))
                for each in field.limits.choices
                if not each.retired
            ],
            facet="" if field.facet == BASE else field.facet,
            links_to=field.links_to,
        )
    return service_pb2.ShownField(
        name=one.name,
        labels=dict(one.labels),
        kind=field.kind.value,
        visible=one.visible or "true",
        required="true" if field.required else one.required or "false",
        read_only="true" if field.output_only else one.read_only or "false",
        choices=[service_pb2.ShownChoice(key=key) for key in list(field.enum_values)[1:]],
        facet="" if field.facet == BASE else field.facet,
        links_to=field.references,
    )


def _invalid(field: str, reason: str, detail: str) -> Invalid:
    return Invalid("INVALID_REQUEST", violations=[Violation(field, reason, detail)])


def register(server: rpc.Server, owner: Owner) -> None:
    """Add the questions to a server."""
    service_pb2_grpc.add_FormsServiceServicer_to_server(FormsServicer(owner), server)
