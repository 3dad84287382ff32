"""The CRM as an owner whose records an administrator shapes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from services.crm.usecases.rules import RULES
from services.kit.actor import Actor
from services.kit.database import Database
from services.kit.records.owner import Owner
from tests.kit.fields.shaping import Company
from tests.support.owners import Accesses, everything


@pytest.fixture
def crm(create_database: Callable[..., str]) -> Iterator[Company]:
    database = Database("crm", create_database("crm"))
    accesses = Accesses()
    company = Company(Owner(database, RULES, accesses, accesses.fetch), accesses)
    company.admin = accesses.give(*everything("forms"))
    yield company
    database.close()


@pytest.fixture
def seller(crm: Company) -> Actor:
    """May read and write everything of the CRM but facets."""
    return crm.accesses.give(*everything("crm"))


@pytest.fixture
def manager(crm: Company) -> Actor:
    """Sees costs too."""
    return crm.accesses.give(*everything("crm", facets=("cost",)))
