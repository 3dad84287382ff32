"""Prints of records and lists: with what their reader may see, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import sqlalchemy as sa

from services.kit.actor import Actor
from services.kit.company_time import company_date
from services.kit.database import Database
from services.kit.entities import BASE, Entity, entity
from services.kit.entities.canonical import values_of
from services.kit.errors import Forbidden, Invalid, NotAllowedNow, NotFound, Violation
from services.kit.fields.definitions import PRINT, RECORD, Definitions, Layout
from services.kit.fields.writing import roles_of
from services.kit.permissions import Access
from services.kit.prints import contents, examples, rendering, typesetting
from services.kit.prints.contents import LIST, Page, Template, Version
from services.kit.prints.letterhead import Letterheads
from services.kit.prints.pages import (
    Children,
    Company,
    can_add_up,
    first_columns,
    frame,
    list_page,
    record_page,
)
from services.kit.prints.rendering import LIST_PAGE, SHEET_PAGE, File
from services.kit.prints.shown import Sight, names_of, values_in
from services.kit.prints.subjects import Subject
from services.kit.prints.words import Words, words_for
from services.kit.records.owner import Owner
from services.kit.records.places import children_entities
from services.kit.records.reading import MAX_PAGE, Reader, ReadRecord

#: Rows of one list; more is a file for a spreadsheet.
MAX_ROWS: Final = 2000
#: Records of one kind that a sheet shows under a record, the newest.
MAX_CHILDREN: Final = 50
MAX_COLUMNS: Final = 20
_NONE: Final = "none"


@dataclass(frozen=True, slots=True)
class Wish:
    """How somebody wants a print."""

    template_id: str = ""
    language: str = ""
    company_id: str = ""


@dataclass(frozen=True, slots=True)
class Query:
    """Which rows and columns of a list."""

    filter_text: str = ""
    order_by: str = ""
    search: str = ""
    columns: str = ""
    totals: str = ""
    title: str = ""


class Printer:
    """Prints of one owner's records."""

    def __init__(self, owner: Owner, letterheads: Letterheads, subjects: Mapping[str, Subject]) -> None:
        self._owner = owner
        self._database: Database = owner.database
        self._reader = Reader(owner.database)
        self._letterheads = letterheads
        self._subjects = subjects

    def record(self, actor: Actor, target: Entity, record_id: str, wish: Wish) -> File:
        """Return the print of one record.

        Raises:
            NotFound: RECORD_NOT_FOUND, also for what the reader may not see.
            Invalid: INVALID_REQUEST (template_id, language, company_id); TEMPLATE_REFUSED.
            Unavailable: PRESS_UNAVAILABLE; OWNER_AWAY, of the letterhead.
        """
        desk = self._desk(actor, target)
        found = self._reader.get(desk.access, target, record_id)
        record_type = _type_of(target, found)
        # A record with a print of its own has its templates there; this is what is known of it.
        has_own = target.name in self._subjects
        found_page = None if has_own else self._page(target, record_type, contents.RECORD, wish.template_id)
        page = found_page or rendering.built_in(SHEET_PAGE)
        words = words_for(wish.language, self._database.service, page.texts)
        company = self._letterheads.get(wish.company_id)
        data = self._record_data(desk, target, found, words, company)
        return self._rendered(page, data, company, _file_name(data["title"], data["subtitle"]))

    def listed(self, actor: Actor, target: Entity, query: Query, wish: Wish) -> File:
        """Return the print of a list.

        Raises:
            Invalid: INVALID_QUERY; INVALID_REQUEST (columns, totals, template_id, language, company_id);
                TEMPLATE_REFUSED.
            Forbidden: NOT_GRANTED, FACET_NOT_GRANTED.
            NotAllowedNow: TOO_MANY_ROWS.
            Unavailable: as `record`.
        """
        desk = self._desk(actor, target)
        record_type = _asked_type(target, query.filter_text)
        page = self._page(target, record_type, LIST, wish.template_id) or rendering.built_in(LIST_PAGE)
        words = words_for(wish.language, self._database.service, page.texts)
        sight = desk.sight(target, record_type, words)
        columns = _columns(sight, query.columns) or first_columns(sight, desk.layout(target, record_type))
        totals = _totals(sight, query.totals, columns)
        rows = [values_in(sight, each) for each in self._rows(desk.access, target, query)]
        names = self._names(desk.access, ((sight, row) for row in rows), words)
        company = self._letterheads.get(wish.company_id)
        title = query.title or words.entity(target.name)
        asked = ((words["filter"], query.filter_text), (words["filter"], query.search))
        data = {
            **frame(words, company, title=title, subtitle="", printed_on=_today(words)),
            **list_page(sight, rows, names, columns=columns, totals=totals, asked=asked),
        }
        return self._rendered(page, data, company, _file_name(title, ""))

    def preview(
        self, actor: Actor, template_id: str, *, number: int, record_id: str, wish: Wish, page: int
    ) -> tuple[File, int]:
        """Return what a version of a template makes of a record, or of examples, and of a picture the number
        of pages.

        Raises:
            NotFound: RECORD_NOT_FOUND, of the template or the record.
            Invalid, Unavailable: as `record`.
        """
        template = self._template(self._owner.access_book.get(actor), template_id)
        version = self._version(template, number or template.latest_version)
        target = entity(template.entity)
        words = words_for(wish.language, self._database.service, version.page.texts)
        company = self._letterheads.get(wish.company_id)
        if record_id:
            desk = self._desk(actor, target)
            found = self._reader.get(desk.access, target, record_id)
            subject = self._subjects.get(target.name)
            more = subject.more(self._database, found.id, words) if subject is not None else {}
            data = {**self._record_data(desk, target, found, words, company), **more}
        else:
            values = {name: getattr(template, name) for name in Template.__slots__}
            data = examples.example_data(values, self._definitions(), words, company, self._subjects)
        if page and version.page.kind == contents.TYPST:
            files = rendering.files_of(version.page, company)
            shown = typesetting.picture(version.page.source, data, made_at=_now(), files=files, page=page)
            return File(f"{template.id}-{page}.png", "image/png", shown.content), shown.pages
        return self._rendered(version.page, data, company, _file_name(template.name, "")), 0

    def versions(self, actor: Actor, template_id: str) -> list[Version]:
        """Return the versions of a template, the newest first.

        Raises:
            NotFound: RECORD_NOT_FOUND.
        """
        template = self._template(self._owner.access_book.get(actor), template_id)
        with self._database.read() as connection:
            return contents.versions(connection, template.id)

    def keep_document(self, actor: Actor, content: bytes) -> str:
        """Keep a Word file for templates; return its hash.

        Raises:
            Forbidden: NOT_GRANTED, for who may not write templates.
            Invalid: TEMPLATE_REFUSED, it is no Word file, or holds more than a page.
        """
        if not self._owner.access_book.get(actor).allows("prints", "write"):
            name = f"{self._database.service}.{PRINT}"
            raise Forbidden("NOT_GRANTED", params={"entity": name, "action": "write"})
        rendering.check_document(content)
        with self._database.engine.begin() as connection:
            return contents.keep(connection, content)

    # What a print is made of

    def record_data(
        self, actor: Actor, target: Entity, record_id: str, words: Words, company: Company
    ) -> dict[str, Any]:
        """Return what the page of a record is given.

        Raises:
            NotFound: RECORD_NOT_FOUND.
        """
        desk = self._desk(actor, target)
        found = self._reader.get(desk.access, target, record_id)
        return self._record_data(desk, target, found, words, company)

    def company(self, company_id: str = "") -> Company:
        """Return a letterhead.

        Raises:
            Invalid: INVALID_REQUEST at `company_id`.
            Unavailable: OWNER_AWAY.
        """
        return self._letterheads.get(company_id)

    def _record_data(
        self, desk: _Desk, target: Entity, found: ReadRecord, words: Words, company: Company
    ) -> dict[str, Any]:
        record_type = _type_of(target, found)
        sight = desk.sight(target, record_type, words)
        values = values_in(sight, found)
        children = list(self._children(desk, target, found.id, words))
        seen = [(sight, values), *((each.sight, row) for each in children for row in each.rows)]
        names = self._names(desk.access, iter(seen), words)
        title = words.one(target.name)
        subtitle = next(
            (values[name] for name in ("number", "name", "title", "subject", "code") if values.get(name)), ""
        )
        return {
            **frame(words, company, title=title, subtitle=subtitle, printed_on=_today(words)),
            **record_page(sight, values, names, desk.layout(target, record_type), children),
        }

    def _children(self, desk: _Desk, target: Entity, record_id: str, words: Words) -> Iterator[Children]:
        for each in children_entities(target):
            # Read models tell again what stands elsewhere.
            if each.group_field or not desk.access.allows(each.grant_group, "read"):
                continue
            found, _ = self._reader.page(
                desk.access,
                each,
                filter_text=f"{each.parent_field} = {record_id}",
                order_by="created_at desc",
                page_size=MAX_CHILDREN,
            )
            by_type: dict[str, list[ReadRecord]] = {}
            for record in reversed(found):
                by_type.setdefault(_type_of(each, record), []).append(record)
            for record_type, records in sorted(by_type.items()) or [("", [])]:
                sight = desk.sight(each, record_type, words)
                rows = [values_in(sight, record) for record in records]
                key = record_type or each.name.partition(".")[2]
                title = desk.type_title(record_type, words) or words.entity(each.name)
                yield Children(key, title, sight, rows, each.parent_field)

    def _names(
        self, access: Access, seen: Iterator[tuple[Sight, Mapping[str, Any]]], words: Words
    ) -> Mapping[tuple[str, str], str]:
        links = {link for sight, row in seen for link in sight.links(row)}
        return names_of(self._database, self._reader, access, links, words.language)

    def _rows(self, access: Access, target: Entity, query: Query) -> list[ReadRecord]:
        rows: list[ReadRecord] = []
        token = ""
        while True:
            found, token = self._reader.page(
                access,
                target,
                search=query.search,
                filter_text=query.filter_text,
                order_by=query.order_by,
                page_size=MAX_PAGE,
                page_token=token,
            )
            rows += found
            if len(rows) > MAX_ROWS:
                raise NotAllowedNow("TOO_MANY_ROWS", params={"limit": str(MAX_ROWS)})
            if not token:
                return rows

    # Templates

    def _page(self, target: Entity, record_type: str, subject: str, template_id: str) -> Page | None:
        """Return the active page of the template that is asked for, else of the usual one, None without."""
        with self._database.read() as connection:
            usable = [
                each
                for each in contents.templates(connection, self._database.service, target.name)
                if each.record_type == record_type and each.subject == subject
            ]
        if template_id:
            usable = [each for each in usable if each.id == template_id]
            if not usable:
                raise _wrong(
                    "template_id", "UNKNOWN_VALUE", f"a template that prints {target.name} is expected"
                )
        return self._version(usable[0], usable[0].active_version).page if usable else None

    def usual_page(self, target: Entity) -> Page | None:
        """Return the page with which records of an entity are printed, None without a template."""
        return self._page(target, "", contents.RECORD, "")

    def _template(self, access: Access, template_id: str) -> Template:
        target = entity(f"{self._database.service}.{PRINT}")
        found = self._reader.get(access, target, template_id)
        return contents.template_of(values_of(target, found.fragments[BASE], {}))

    def _version(self, template: Template, number: int) -> Version:
        with self._database.read() as connection:
            found = contents.versions(connection, template.id, number=number)
        if not found:
            raise NotFound("RECORD_NOT_FOUND", params={"entity": "print version", "id": str(number)})
        return found[0]

    def _rendered(self, page: Page, data: Mapping[str, Any], company: Company, name: str) -> File:
        return rendering.render(
            page, data, company=company, made_at=_now(), name=name, contents=self._content
        )

    def _content(self, sha256: str) -> bytes | None:
        with self._database.read() as connection:
            return contents.kept(connection, sha256)

    # Who asks

    def _definitions(self) -> Definitions:
        with self._database.read() as connection:
            return self._database.definitions.current(connection)

    def _desk(self, actor: Actor, target: Entity) -> _Desk:
        access = self._owner.access_book.get(actor)
        if not access.allows(target.grant_group, "read"):
            raise Forbidden("NOT_GRANTED", params={"entity": target.name, "action": "read"})
        with self._database.unit_of_work(actor) as uow:
            definitions = uow.definitions
            roles = roles_of(uow, self._owner.fetch) if definitions.layouts else frozenset()
        return _Desk(access, definitions, roles)


def letterheads_of(owner: Owner) -> Letterheads:
    """Return the letterheads of an owner's prints."""

    def companies(entity_name: str) -> list[dict[str, Any]]:
        if entity_name not in owner.database.tables:
            return owner.listed(entity_name)
        target, table = entity(entity_name), owner.database.tables[entity_name]
        query = sa.select(table.c.base_json).where(table.c.deleted.is_(False))
        with owner.database.read() as connection:
            bodies = connection.execute(query.order_by(table.c.created_at, table.c.id)).scalars()
            return [values_of(target, body, {}) for body in bodies]

    return Letterheads(companies)


def printer_of(owner: Owner, letterheads: Letterheads | None = None) -> Printer:
    """Return the printer of an owner's records."""
    return Printer(owner, letterheads or letterheads_of(owner), owner.rules.prints)


@dataclass(frozen=True)
class _Desk:
    """Who reads, with what they may see."""

    access: Access
    definitions: Definitions
    roles: frozenset[str]

    def sight(self, target: Entity, record_type: str, words: Words) -> Sight:
        facets = frozenset({BASE, *self.access.facets(target.grant_group, "read")})
        return Sight(target, record_type, self.definitions, facets, words)

    def layout(self, target: Entity, record_type: str) -> Layout | None:
        return self.definitions.layout(target.name, record_type, self.roles)

    def type_title(self, record_type: str, words: Words) -> str:
        found = self.definitions.types.get(record_type)
        if found is None:
            return ""
        return found.labels.get(words.language) or next(iter(found.labels.values()), record_type)


def _columns(sight: Sight, asked: str) -> list[str]:
    names = [name for part in asked.split(",") if (name := part.strip())]
    if len(names) > MAX_COLUMNS:
        raise _wrong("columns", "TOO_MANY", f"at most {MAX_COLUMNS}")
    for name in names:
        if sight.field(name) is None:
            if _is_hidden(sight, name):
                violation = Violation("columns", "FACET_NOT_GRANTED", f"{name} is not yours to see")
                raise Forbidden("FACET_NOT_GRANTED", violations=[violation])
            raise _wrong("columns", "UNKNOWN_FIELD", f"{sight.entity.name} has no field {name[:60]}")
    return names


def _is_hidden(sight: Sight, name: str) -> bool:
    field = sight.entity.fields.get(name)
    return field is not None and field.facet not in sight.facets


def _totals(sight: Sight, asked: str, columns: Sequence[str]) -> list[str] | None:
    if not asked:
        return None
    names = [] if asked == _NONE else [name for part in asked.split(",") if (name := part.strip())]
    for name in names:
        if name not in columns or not can_add_up(sight, name):
            raise _wrong("totals", "UNKNOWN_FIELD", f"{name[:60]} is no column of numbers")
    return names


def _type_of(target: Entity, found: ReadRecord) -> str:
    if target.template != RECORD:
        return ""
    return str(values_of(target, found.fragments[BASE], {})["type"])


def _asked_type(target: Entity, filter_text: str) -> str:
    if target.template != RECORD:
        return ""
    found = re.search(r'(?:^|\sAND\s)\s*type\s*=\s*"?([a-z][a-z0-9_]*)', filter_text)
    return found[1] if found else ""


def _file_name(title: str, subtitle: str) -> str:
    name = "-".join(filter(None, (title, subtitle)))
    return re.sub(r"[^\w.-]+", "-", name)[:80].strip("-.") or "print"


def _today(words: Words) -> str:
    return words.day(company_date(_now()))


def _now() -> datetime:
    return datetime.now(UTC)


def _wrong(name: str, reason: str, detail: str) -> Invalid:
    return Invalid("INVALID_REQUEST", violations=[Violation(name, reason, detail)])
