"""The CRM as an owner whose records are counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from services.crm.usecases.rules import RULES
from services.kit.actor import Actor
from services.kit.database import Database
from services.kit.records.owner import Owner
from tests.kit.reports.counting import Reports
from tests.support.owners import Accesses, everything, foreign


@pytest.fixture
def crm(create_database: Callable[..., str]) -> Iterator[Reports]:
    database = Database("crm", create_database("crm"))
    accesses = Accesses()

    def fetch(entity: str, record_id: str) -> dict[str, Any] | None:
        is_role = entity == "identity.role"
        return foreign(entity, record_id) if is_role else accesses.fetch(entity, record_id)

    crm = Reports(Owner(database, RULES, accesses, fetch), accesses)
    crm.admin = accesses.give(*everything("forms", "reports", "crm_setup"))
    yield crm
    database.close()


@pytest.fixture
def seller(crm: Reports) -> Actor:
    """May read and write everything of the CRM but facets."""
    return crm.accesses.give(*everything("crm", "crm_setup", "reports"))


@pytest.fixture
def manager(crm: Reports) -> Actor:
    """Sees costs too."""
    return crm.accesses.give(*everything("crm", "crm_setup", "reports", facets=("cost",)))
