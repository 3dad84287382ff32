"""What a template may be: it is checked whole, and made to print its examples, before it is stored."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from services.kit.database.unit_of_work import Row, UnitOfWork
from services.kit.entities import all_entities
from services.kit.errors import Invalid, Violation
from services.kit.fields.definitions import RECORD as RECORD_OF_OWN_TYPE
from services.kit.fields.definitions import is_shaped
from services.kit.prints import contents, examples
from services.kit.prints.contents import DOCX, RECORD, TYPST, page_of
from services.kit.prints.subjects import Subject

_CONTENT: Final = ("source", "document", "texts")
_LONGEST: Final = 2000


def prepare(uow: UnitOfWork, row: Row, subjects: Mapping[str, Subject]) -> None:
    """Check a template, and make what changed of its page a new version.

    Raises:
        Invalid: INVALID_FIELDS with every violation; TEMPLATE_REFUSED, its examples cannot be printed.
    """
    values = row.values
    violations = [*_wrong_place(uow, values), *_wrong_page(uow, values), *_wrong_texts(values)]
    if not violations and not row.is_new:
        violations = list(_wrong_version(values))
    if violations:
        raise Invalid("INVALID_FIELDS", violations=violations)
    if not row.is_new and all(values[name] == row.stored[name] for name in _CONTENT):
        return
    examples.try_page(uow, values, page_of(values), subjects)
    named = not row.is_new and values["active_version"] != row.stored["active_version"]
    values["latest_version"] += 1
    if not named:
        values["active_version"] = values["latest_version"]


def settle(uow: UnitOfWork, row: Row) -> None:
    """Keep a new version beside the others."""
    number = row.values["latest_version"]
    if row.values["deleted"] or number == row.stored.get("latest_version", 0):
        return
    page, by = page_of(row.values), uow.actor.user_id
    contents.add_version(uow.connection, row.id, number, page, made_at=uow.now, by=by)


def _wrong_place(uow: UnitOfWork, values: Mapping[str, Any]) -> Iterator[Violation]:
    found = all_entities().get(values["entity"])
    if found is None or found.service != uow.service or not is_shaped(found.name):
        yield Violation("entity", "UNKNOWN_VALUE", f"an entity of {uow.service} is expected")
    elif found.template == RECORD_OF_OWN_TYPE and values["record_type"] not in uow.definitions.types:
        yield Violation("record_type", "UNKNOWN_VALUE", "the key of a record type is expected")
    elif found.template != RECORD_OF_OWN_TYPE and values["record_type"]:
        yield Violation("record_type", "UNKNOWN_VALUE", f"{found.name} has no record types")


def _wrong_page(uow: UnitOfWork, values: Mapping[str, Any]) -> Iterator[Violation]:
    kind = values["kind"]
    if kind == TYPST and values["document"]:
        yield Violation("document", "TEMPLATE_OTHER_KIND", "a typst template has a source")
    if kind == DOCX and values["source"]:
        yield Violation("source", "TEMPLATE_OTHER_KIND", "a Word template has a document")
    if kind == TYPST and not values["source"].strip():
        yield Violation("source", "REQUIRED", "the source of the page is expected")
    if kind == DOCX and values["subject"] != RECORD:
        yield Violation("subject", "TEMPLATE_OTHER_KIND", "Word templates print records, not lists")
    if kind == DOCX and not values["document"]:
        yield Violation("document", "REQUIRED", "the SHA-256 of a file that was sent to print-documents")
    elif kind == DOCX and contents.kept(uow.connection, values["document"]) is None:
        yield Violation("document", "DOCUMENT_UNKNOWN", "send the file to print-documents first")


def _wrong_texts(values: Mapping[str, Any]) -> Iterator[Violation]:
    keys = [each["key"] for each in values["texts"]]
    if len(set(keys)) < len(keys):
        yield Violation("texts", "NOT_UNIQUE", "each key stands once")
    for number, each in enumerate(values["texts"]):
        for language, text in each["words"].items():
            if not re.fullmatch("[a-z]{2}", language):
                detail = "languages are two small letters, such as it"
                yield Violation(f"texts[{number}].words", "UNKNOWN_VALUE", detail)
            elif len(text) > _LONGEST:
                yield Violation(f"texts[{number}].words", "TOO_LONG", f"at most {_LONGEST} characters")


def _wrong_version(values: Mapping[str, Any]) -> Iterator[Violation]:
    if not 1 <= values["active_version"] <= values["latest_version"]:
        detail = f"1 to {values['latest_version']}"
        yield Violation("active_version", "OUT_OF_RANGE", detail)
