"""The CRM as an owner whose records are printed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from services.crm.usecases.rules import RULES
from services.kit.actor import Actor
from services.kit.database import Database
from services.kit.permissions import Grant, Kind, Scope, Term
from services.kit.records.owner import Owner
from tests.kit.fields.shaping import Company
from tests.support.owners import Accesses, everything


@pytest.fixture
def crm(create_database: Callable[..., str]) -> Iterator[Company]:
    database = Database("crm", create_database("crm"))
    accesses = Accesses()
    letterhead = {"id": "0190a6c2-0000-7000-8000-000000000001", "name": "Officine Orobiche S.p.A."}
    owner = Owner(database, RULES, accesses, accesses.fetch, lambda _: [letterhead])
    company = Company(owner, accesses)
    company.admin = accesses.give(*everything("forms", "prints"))
    yield company
    database.close()


@pytest.fixture
def seller(crm: Company) -> Actor:
    """May read and write everything of the CRM but facets, and read templates."""
    everywhere = (Scope((Term(Kind.ALL),)),)
    readable = Grant("prints", frozenset({"read"}), everywhere, frozenset())
    return crm.accesses.give(*everything("crm"), readable)
