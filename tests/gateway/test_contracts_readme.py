"""protos/README.md says what the contracts say."""

from protos import entity_table


def test_the_table_of_entities_is_current() -> None:
    text = entity_table.README.read_text()
    assert text == entity_table.with_table(text), "run `python -m protos.entity_table`"
