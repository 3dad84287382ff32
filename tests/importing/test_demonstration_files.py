"""The demonstration company's own files come in without a wrong line, and say what they are meant to."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from gateway.importing import console
from gateway.importing.children import SPECS
from gateway.importing.children import prepare as prepare_children
from gateway.importing.columns import PARTIES, fields_of
from gateway.importing.lookups import Customers
from gateway.importing.parties import Directory, Prepared, prepare
from gateway.importing.tables import read_table
from services.crm.domain.relationships import Period, Relation, collision
from services.local.demonstration import sources
from tests.importing.test_sending import PlayedGateway, gateway  # noqa: F401
from tests.support.owners import NORTH


@pytest.fixture(scope="module")
def companies() -> Customers:
    table = read_table(sources.PARTIES)
    directory = Directory(Anything(), Anything())
    drafts = prepare(table.lines, fields_of(table.headers), directory).drafts
    return Customers.of(
        {"vat_number": "", "erp_code": "", "id": d.party.id, **d.party.fields} for d in drafts
    )


class Anything(dict[str, str]):
    """Knows every name."""

    def __contains__(self, key: object) -> bool:
        return True

    def get(self, key: str, default: str = "") -> str:  # type: ignore[override]
        return key


def children(kind: str, companies: Customers) -> Prepared:
    spec = SPECS[kind]
    table = read_table(getattr(sources, "SITES" if kind == "addresses" else "RELATIONSHIPS"))
    columns = fields_of(table.headers, names=spec.names, required=spec.required)
    return prepare_children(spec, table.lines, columns, companies)


def test_the_server_takes_every_line(gateway: PlayedGateway) -> None:  # noqa: F811
    codes = {row["territorio"] for row in sources.rows(sources.PARTIES)}
    users = {row["agente"] for row in sources.rows(sources.PARTIES)}
    gateway.directory = {
        "territories": [{"code": code, "id": str(NORTH)} for code in codes],
        "users": [{"user_name": name, "id": str(gateway.user.user_id)} for name in users],
    }
    for kind, path in (
        ("parties", sources.PARTIES),
        ("parties", sources.PEOPLE),
        ("addresses", sources.SITES),
        ("relationships", sources.RELATIONSHIPS),
    ):
        result = CliRunner().invoke(console.app, [kind, str(path), "--password", "right"])
        assert result.exit_code == 0, (path, result.output)
    related = sources.lines(sources.PEOPLE) + sources.lines(sources.RELATIONSHIPS)
    assert gateway.crm.count("relationship") == related


def test_people_work_at_companies_of_the_file(companies: Customers) -> None:
    table = read_table(sources.PEOPLE)
    directory = Directory(Anything(), Anything(), companies)
    found = prepare(table.lines, fields_of(table.headers, names=PARTIES), directory)
    assert found.problems == []
    assert {draft.party.fields["kind"] for draft in found.drafts} == {"person"}
    assert all(draft.records[-1].entity == "crm.relationship" for draft in found.drafts)


def test_sites_have_their_company(companies: Customers) -> None:
    found = children("addresses", companies)
    assert found.problems == []
    assert {draft.records[0].fields["kind"] for draft in found.drafts} == {"site"}


def test_relationships_are_those_that_the_rules_allow(companies: Customers) -> None:
    found = children("relationships", companies)
    assert found.problems == []
    kept: dict[str, list[Relation]] = {}
    for draft in found.drafts:
        fields = draft.records[0].fields
        period = Period.of(fields.get("since", ""), fields.get("until", ""))
        relation = Relation(fields["kind"], fields["other_id"], period)
        own = kept.setdefault(fields["party_id"], [])
        assert fields["party_id"] != fields["other_id"]
        assert collision(relation, own) == ""
        own.append(relation)
    kinds = {each.kind for relations in kept.values() for each in relations}
    assert kinds == {"subsidiary_of", "end_user_of", "agent_of"}
