"""Contents of templates by their hash: versions of a template, Word files, pages of frozen records."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.kit.entities import entity
from services.kit.entities.canonical import values_of
from services.kit.fields.definitions import PRINT
from services.kit.prints.tables import print_content, print_pin, print_template, print_version

TYPST: Final = "typst"
DOCX: Final = "docx"
RECORD: Final = "record"
LIST: Final = "list"

#: Key -> language -> text.
Texts = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Page:
    """What prints: a source or a Word file, with its texts."""

    kind: str
    source: str = ""
    document: str = ""
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    #: The file of functions that pages import, where it is not to follow ours.
    helpers: str = ""

    @property
    def content(self) -> bytes:
        """Return it as it is kept and hashed."""
        return orjson.dumps(self, option=orjson.OPT_SORT_KEYS)

    @property
    def sha256(self) -> str:
        """Return the hash of its content."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class Template:
    """A template as far as printing goes."""

    id: str
    entity: str
    record_type: str
    subject: str
    name: str
    kind: str
    active_version: int
    latest_version: int


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a template."""

    number: int
    made_at: datetime
    made_by: UUID | None
    sha256: str
    page: Page


def page_of(values: Mapping[str, Any]) -> Page:
    """Return the page that a template's record holds."""
    texts = {each["key"]: dict(each["words"]) for each in values["texts"]}
    return Page(values["kind"], values["source"], values["document"], texts)


def keep(connection: sa.Connection, content: bytes) -> str:
    """Keep a content, once however often it comes, and return its hash."""
    sha256 = hashlib.sha256(content).hexdigest()
    query = pg.insert(print_content).values(sha256=sha256, content=content).on_conflict_do_nothing()
    connection.execute(query)
    return sha256


def kept(connection: sa.Connection, sha256: str) -> bytes | None:
    """Return a content, None if there is none of that hash."""
    query = sa.select(print_content.c.content).where(print_content.c.sha256 == sha256)
    found = connection.execute(query).scalar()
    return bytes(found) if found is not None else None


def add_version(
    connection: sa.Connection,
    template_id: str,
    number: int,
    page: Page,
    *,
    made_at: datetime,
    by: UUID | None,
) -> None:
    """Add the next version of a template."""
    values = {"number": number, "sha256": keep(connection, page.content), "made_at": made_at, "made_by": by}
    connection.execute(sa.insert(print_version).values(template_id=UUID(template_id), **values))


def versions(connection: sa.Connection, template_id: str, *, number: int = 0) -> list[Version]:
    """Return the versions of a template, the newest first; of a `number` that one alone, if it is there."""
    query = (
        sa.select(print_version, print_content.c.content)
        .join(print_content, print_content.c.sha256 == print_version.c.sha256)
        .where(print_version.c.template_id == UUID(template_id))
        .order_by(print_version.c.number.desc())
    )
    if number:
        query = query.where(print_version.c.number == number)
    return [
        Version(row.number, row.made_at, row.made_by, row.sha256, page_from(row.content))
        for row in connection.execute(query)
    ]


def page_from(content: bytes) -> Page:
    """Return a page from its content."""
    return Page(**orjson.loads(content))


def templates(connection: sa.Connection, service: str, entity_name: str) -> Sequence[Template]:
    """Return the templates of an entity that may be used, the usual one first."""
    table = print_template
    query = (
        sa.select(table.c.base_json)
        .where(table.c.entity == entity_name, table.c.deleted.is_(False), table.c.inactive.is_(False))
        .order_by(table.c.position, table.c.id)
    )
    definition = entity(f"{service}.{PRINT}")
    return [template_of(values_of(definition, body, {})) for body in connection.execute(query).scalars()]


def template_of(values: Mapping[str, Any]) -> Template:
    """Return a template from its record."""
    return Template(**{name: values[name] for name in Template.__slots__})


# Frozen records


def pinned(connection: sa.Connection, record_id: str) -> Page | None:
    """Return the page with which a record was printed first, None if it never was."""
    query = (
        sa.select(print_content.c.content)
        .join(print_pin, print_pin.c.sha256 == print_content.c.sha256)
        .where(print_pin.c.record_id == UUID(record_id))
    )
    content = connection.execute(query).scalar()
    return page_from(bytes(content)) if content is not None else None


def pin(connection: sa.Connection, record_id: str, page: Page) -> Page:
    """Hold a record to the page with which it is printed; return the page of whoever was first."""
    sha256 = keep(connection, page.content)
    query = pg.insert(print_pin).values(record_id=UUID(record_id), sha256=sha256).on_conflict_do_nothing()
    connection.execute(query)
    return pinned(connection, record_id) or page
