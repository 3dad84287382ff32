"""What a service adds to the generic write path: rules of its entities, and its commands."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from services.kit.database.unit_of_work import Row, UnitOfWork
from services.kit.entities import entity
from services.kit.fields import definitions
from services.kit.fields import rules as shaping
from services.kit.permissions import Access
from services.kit.prints import rules as printing
from services.kit.prints.subjects import Subject
from services.kit.reports import rules as reporting
from services.kit.reports import tables as reports


@dataclass(frozen=True, slots=True)
class CommandCall:
    """A command on its way: who may see what, and the command's own parameters in canonical form."""

    change_id: str
    access: Access
    request: Mapping[str, Any]
    #: Facets of the record that its author may see.
    facets: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class EntityRules:
    """Rules of one entity. Each may raise Invalid or NotAllowedNow; nothing of the group is then stored."""

    #: Called for each record that a change creates or updates, after merging: derive, normalise, check.
    prepare: Callable[[UnitOfWork, Row], None] | None = None
    #: Called before a record is created, changed or deleted: may it be, in its state and its parents'?
    guard: Callable[[UnitOfWork, Row], None] | None = None
    #: Called before a record is deleted: clear away what goes with it. Records with children left are not
    #: deleted.
    delete: Callable[[UnitOfWork, Row], None] | None = None
    #: Called once for each aggregate root touched, when all items of a group are in: totals.
    settle: Callable[[UnitOfWork, Row], None] | None = None
    #: The same for all touched roots of the entity together, after `settle`: what is asked of the database
    #: set-wise.
    settle_all: Callable[[UnitOfWork, Sequence[Row]], None] | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one service."""

    entities: Mapping[str, EntityRules] = field(default_factory=dict)
    #: (entity, command) -> what it does to the locked record; it may return another record of the entity to
    #: answer
    #: with, such as the one that it made.
    commands: Mapping[tuple[str, str], Callable[[UnitOfWork, Row, CommandCall], Row | None]] = field(
        default_factory=dict
    )

    #: Entity -> its page, and what only this service can put on it.
    prints: Mapping[str, Subject] = field(default_factory=dict)

    def of(self, entity_name: str) -> EntityRules:
        """Return the entity's rules; none is a set of rules too."""
        own = self.entities.get(entity_name)
        if own is not None:
            return own
        template = entity(entity_name).template
        if template == definitions.PRINT:
            return EntityRules(
                prepare=partial(printing.prepare, subjects=self.prints), settle=printing.settle
            )
        return _OF_EVERY_OWNER.get(template, _NONE)


_NONE = EntityRules()
#: What every owner has is checked alike everywhere: definitions, reports.
_OF_EVERY_OWNER: Mapping[str, EntityRules] = {
    definitions.FIELD: EntityRules(
        guard=shaping.refuse_while_busy, prepare=shaping.prepare_field, settle=shaping.settle_field
    ),
    definitions.FORM: EntityRules(prepare=shaping.prepare_form, settle=shaping.settle_definitions),
    definitions.RECORD_TYPE: EntityRules(prepare=shaping.prepare_type, settle=shaping.settle_definitions),
    reports.REPORT: EntityRules(prepare=reporting.prepare_report),
    reports.DASHBOARD: EntityRules(prepare=reporting.prepare_dashboard),
    reports.LIST_VIEW: EntityRules(prepare=reporting.prepare_list_view),
}
