"""Tables of what administrators shape; every owner's database has them, migrated with kit's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import sqlalchemy as sa

from services.kit.fields import definitions
from services.kit.prints.tables import print_template
from services.kit.reports import tables as reports
from services.kit.schema import (
    flag,
    ident,
    idents,
    integer,
    metadata,
    record_table,
    search_column,
    search_index,
    structure,
    text,
)

field_definition = record_table(
    "field_definition",
    metadata,
    text("entity"),
    text("record_type"),
    text("key"),
    text("kind"),
    structure("labels"),
    structure("help"),
    text("facet"),
    flag("required"),
    text("default_value"),
    structure("choices"),
    text("minimum"),
    text("maximum"),
    text("pattern"),
    text("links_to"),
    text("formula"),
    text("result"),
    integer("position"),
    flag("inactive"),
)
sa.Index(
    "field_definition_key",
    field_definition.c.entity,
    field_definition.c.record_type,
    field_definition.c.key,
    unique=True,
)

form_layout = record_table(
    "form_layout",
    metadata,
    text("entity"),
    text("record_type"),
    text("name"),
    idents("role_ids"),
    structure("sections"),
    integer("position"),
    flag("inactive"),
)

record_type = record_table(
    "record_type",
    metadata,
    text("key"),
    text("parent_entity"),
    structure("labels"),
    structure("plural_labels"),
    integer("position"),
    flag("inactive"),
)
sa.Index("record_type_key", record_type.c.key, unique=True)

custom_record = record_table(
    "custom_record",
    metadata,
    text("type"),
    ident("parent_id"),
    ident("root_id"),
    text("name"),
    search_column(),
)
search_index(custom_record)
sa.Index("custom_record_root", custom_record.c.root_id)
sa.Index("custom_record_parent", custom_record.c.parent_id)

#: One row: rises with every change of a definition, so that every process knows at once that its copy is old.
defined = sa.Table(
    "defined",
    metadata,
    sa.Column("only", sa.Boolean, primary_key=True, server_default=sa.true()),
    sa.Column("version", sa.BigInteger, nullable=False, server_default="0"),
    sa.CheckConstraint('"only"', name="defined_only"),
)

#: Changes of a field's kind, the latest with the greatest step; going back takes the last one away.
field_step = sa.Table(
    "field_step",
    metadata,
    sa.Column("field_id", sa.Uuid, primary_key=True),
    sa.Column("step", sa.Integer, primary_key=True),
    sa.Column("from_kind", sa.Text, nullable=False),
)

#: What a change of kind found in a record, and what it put there; NULL: nothing says the same, it is kept.
field_kept = sa.Table(
    "field_kept",
    metadata,
    sa.Column("field_id", sa.Uuid, primary_key=True),
    # 0: kept aside while a change was taken back; it is never put back by itself.
    sa.Column("step", sa.Integer, primary_key=True),
    sa.Column("record_id", sa.Uuid, primary_key=True),
    sa.Column("before", sa.Text, nullable=False),
    sa.Column("after", sa.Text),
)

#: Records that are still to follow a definition: of which field, and up to which record it was done.
field_task = sa.Table(
    "field_task",
    metadata,
    sa.Column("field_id", sa.Uuid, primary_key=True),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("step", sa.Integer, nullable=False, server_default="0"),
    sa.Column("after_id", sa.Uuid),
)

#: By the name that each has without its owner.
TABLES: Final[Mapping[str, sa.Table]] = {
    definitions.FIELD: field_definition,
    definitions.FORM: form_layout,
    definitions.RECORD_TYPE: record_type,
    definitions.RECORD: custom_record,
    **reports.TABLES,
    definitions.PRINT: print_template,
}


def tables_of(service: str) -> dict[str, sa.Table]:
    """Return the tables of what every owner has, definitions and reports, by entity."""
    return {each.name: TABLES[name] for name, each in definitions.entities_of_forms(service).items()}
