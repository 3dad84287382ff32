"""Pages of examples: how a template is tried that has no record yet."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from services.kit.database.unit_of_work import UnitOfWork
from services.kit.entities import BASE, Entity, all_entities
from services.kit.fields.definitions import Definitions
from services.kit.prints import contents, rendering
from services.kit.prints.contents import LIST, Page
from services.kit.prints.pages import Children, Company, example, first_columns, frame, list_page, record_page
from services.kit.prints.shown import Sight
from services.kit.prints.subjects import Subject
from services.kit.prints.words import DEFAULT, Words, languages, words_for
from services.kit.records.places import children_entities

_COMPANY: Final = Company(
    {"name": "ACME", "address": "Via Roma 1\n24100 Bergamo", "vat_number": "IT01234567890"}
)
_MOMENT: Final = datetime(2026, 3, 27, 9, tzinfo=UTC)


def try_page(uow: UnitOfWork, values: Mapping[str, Any], page: Page, subjects: Mapping[str, Subject]) -> None:
    """Have a template print its examples.

    Raises:
        Invalid: TEMPLATE_REFUSED, with the place.
        Unavailable: PRESS_UNAVAILABLE.
    """
    language = DEFAULT if DEFAULT in languages(page.texts) else languages(page.texts)[0]
    words = words_for(language, uow.service, page.texts)
    data = example_data(values, uow.definitions, words, _COMPANY, subjects)
    rendering.render(
        page,
        data,
        company=_COMPANY,
        made_at=_MOMENT,
        name="example",
        contents=lambda sha256: contents.kept(uow.connection, sha256),
    )


def example_data(
    values: Mapping[str, Any],
    definitions: Definitions,
    words: Words,
    company: Company,
    subjects: Mapping[str, Subject],
) -> dict[str, Any]:
    """Return the data of a template's examples."""
    entity = all_entities()[values["entity"]]
    sight = _sight(entity, values["record_type"], definitions, words)
    row, names = example(sight)
    title = words.entity(entity.name)
    head = frame(words, company, title=title, subtitle="", printed_on=words.day(_MOMENT.date()))
    if values["subject"] == LIST:
        columns = first_columns(sight, None)
        return {**head, **list_page(sight, [row] * 3, names, columns=columns, totals=None, asked=())}
    children = [
        _children(each, definitions, words) for each in children_entities(entity) if not each.template
    ]
    subject = subjects.get(entity.name)
    more = subject.example(words) if subject is not None else {}
    return {**head, **record_page(sight, row, names, None, children), **more}


def _children(entity: Entity, definitions: Definitions, words: Words) -> Children:
    sight = _sight(entity, "", definitions, words)
    row, _ = example(sight)
    short = entity.name.partition(".")[2]
    return Children(short, words.entity(entity.name), sight, [row, row], entity.parent_field)


def _sight(entity: Entity, record_type: str, definitions: Definitions, words: Words) -> Sight:
    facets = {BASE, *entity.facets, *(each.facet for each in definitions.everywhere(entity.name))}
    return Sight(entity, record_type, definitions, frozenset(facets), words)
