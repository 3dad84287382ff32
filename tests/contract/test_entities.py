"""What the contracts promise about every entity, checked against tables, migrations and texts."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.dialects import postgresql as pg

from services.kit.database import package_of
from services.kit.database.engine import sqlalchemy_url
from services.kit.database.migration import all_metadata
from services.kit.entities import BASE, COMMON_FIELDS, Kind, all_commands, all_entities, entities_of, services
from services.kit.fields.tables import tables_of

OWNERS = services()
COLUMN_TYPES: dict[Kind, type[Any]] = {
    Kind.TEXT: sa.Text,
    Kind.DECIMAL: sa.Numeric,
    Kind.DATE: sa.Date,
    Kind.ID: sa.Uuid,
    Kind.SHA256: sa.Text,
    Kind.TIME: sa.DateTime,
    Kind.INTEGER: sa.Integer,
    Kind.LONG: sa.BigInteger,
    Kind.BOOLEAN: sa.Boolean,
    Kind.ENUM: sa.Text,
    Kind.MAP: pg.JSONB,
    Kind.MESSAGE: pg.JSONB,
}


def tables(service: str) -> dict[str, sa.Table]:
    found: dict[str, sa.Table] = importlib.import_module(f"{package_of(service)}.storage.tables").TABLES
    return {**found, **tables_of(service)}


def test_common_fields_stand_first_and_at_the_same_numbers_everywhere() -> None:
    for entity in all_entities().values():
        numbers = {name: entity.fields[name].number for name in COMMON_FIELDS}
        assert numbers == {name: i for i, name in enumerate(COMMON_FIELDS, start=1)}, entity.name


def test_names_parents_and_references_fit_together() -> None:
    collections = [(e.service, e.collection) for e in all_entities().values()]
    assert len(set(collections)) == len(collections)
    for entity in all_entities().values():
        assert entity.name.split(".")[0] in OWNERS
        assert entity.aggregate in all_entities()
        for field in entity.fields.values():
            # The search reads one text per record, whoever asks.
            assert not field.searched or field.facet == BASE, (entity.name, field.name)
            assert not field.references or field.references in all_entities(), (entity.name, field.name)
        if entity.parent and all_entities()[entity.parent].service != entity.service:
            assert all_entities()[entity.parent].foreign_root, entity.name


def test_commands_name_their_record_their_change_and_their_base() -> None:
    for command in all_commands().values():
        fields = command.request_class.DESCRIPTOR.fields_by_name
        assert [fields[n].number for n in ("id", "change_id", "base_version")] == [1, 2, 3], command.name
        assert command.path.endswith(f"/{{id}}:{command.name}")


@pytest.mark.parametrize("service", OWNERS)
def test_each_table_has_exactly_the_columns_of_its_message(service: str) -> None:
    assert set(tables(service)) == {entity.name for entity in entities_of(service)}
    for entity in entities_of(service):
        table = tables(service)[entity.name]
        own = set(table.c.keys()) - {"base_json", "facets_json", "search_text"}
        assert own == set(entity.fields), entity.name
        assert ("search_text" in table.c) == bool(entity.searched), entity.name
        for name, field in entity.fields.items():
            column = table.c[name]
            if name == "version":
                assert isinstance(column.type, sa.BigInteger)
            elif field.repeated and field.kind is not Kind.MESSAGE:
                assert isinstance(column.type, pg.ARRAY), (entity.name, name)
                assert isinstance(column.type.item_type, COLUMN_TYPES[field.kind]), (entity.name, name)
            else:
                assert isinstance(column.type, COLUMN_TYPES[field.kind]), (entity.name, name)


@pytest.mark.parametrize("service", OWNERS)
def test_migrations_lead_to_the_declared_tables(service: str, create_database: Callable[..., str]) -> None:
    engine = sa.create_engine(sqlalchemy_url(create_database(service)))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, all_metadata(service)) == []
    engine.dispose()
