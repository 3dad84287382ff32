"""Whatever of the contracts people may see has its text, in Italian and in English."""

from __future__ import annotations

import pytest

from services.kit.entities import Kind, all_entities
from services.kit.prints.words import COMPLETE, entity_text, field_text, value_text, words_for, written
from services.kit.reports import naming

ENTITIES = sorted(all_entities())


@pytest.mark.parametrize("language", COMPLETE)
@pytest.mark.parametrize("name", ENTITIES)
def test_an_entity_its_fields_and_their_values_have_texts(name: str, language: str) -> None:
    entity, short = all_entities()[name], name.partition(".")[2]
    missing = [part for part in ("entities", "one") if not _own(language, name, part, short)]
    for field in entity.fields.values():
        if not _own(language, name, "fields", f"{short}.{field.name}", field.name):
            missing.append(field.name)
        for value in field.enum_values if field.kind is Kind.ENUM else ():
            keys = (f"{short}.{field.name}.{value}", f"{field.name}.{value}", value)
            if value != "unspecified" and not _own(language, name, "values", *keys):
                missing.append(f"{field.name}.{value}")
    assert not missing, f"write the {language} texts of {name} in its service's reports/languages"


def _own(language: str, name: str, part: str, *keys: str) -> str:
    """Return a text of that language only: nothing that stands in for it."""
    return written(language, name, part, keys, else_plain=False)


@pytest.mark.parametrize("language", COMPLETE)
@pytest.mark.parametrize("name", ENTITIES)
def test_fields_of_one_entity_are_told_apart(name: str, language: str) -> None:
    labels: dict[str, list[str]] = {}
    for field in all_entities()[name].fields:
        labels.setdefault(field_text(language, name, field), []).append(field)
    assert {label: fields for label, fields in labels.items() if len(fields) > 1} == {}


@pytest.mark.parametrize(
    ("entity", "field", "value", "texts"),
    [
        ("crm.party", "credit_state", "open", {"it": "Fido regolare", "en": "Credit open"}),
        ("crm.opportunity", "state", "open", {"it": "Aperta", "en": "Open"}),
        ("aftersales.task", "state", "open", {"it": "Da fare", "en": "To do"}),
    ],
)
def test_the_more_exact_key_is_meant(entity: str, field: str, value: str, texts: dict[str, str]) -> None:
    assert naming.of_values(entity, all_entities()[entity].fields[field])[value] == texts


def test_kits_exact_key_stands_above_a_services_common_one() -> None:
    assert field_text("it", "crm.opportunity", "source") == "Provenienza"
    assert field_text("it", "crm.print_template", "source") == "Sorgente"


def test_one_and_many_have_their_own_names() -> None:
    assert (entity_text("it", "crm.party"), entity_text("it", "crm.party", one=True)) == (
        "Clienti",
        "Cliente",
    )


def test_what_another_language_lacks_is_english() -> None:
    german = words_for("de", "crm")
    assert german.value("crm.party", "kind", "company") == "Firma"
    assert (
        german.value("crm.expense", "kind", "toll")
        == value_text("en", "crm.expense", "kind", "toll")
        == "Toll"
    )
