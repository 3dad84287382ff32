"""The CRM on real PostgreSQL, with users whose accesses a test gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from services.crm.usecases.rules import RULES
from services.kit.actor import Actor
from services.kit.database import Database
from services.kit.records.owner import Owner
from tests.support.owners import Accesses, OwnerUnderTest, everything


@pytest.fixture
def crm(create_database: Callable[..., str]) -> Iterator[OwnerUnderTest]:
    database = Database("crm", create_database("crm"))
    accesses = Accesses()
    yield OwnerUnderTest(Owner(database, RULES, accesses, accesses.fetch), accesses)
    database.close()


@pytest.fixture
def seller(crm: OwnerUnderTest) -> Actor:
    """Somebody who may read and write everything of the CRM."""
    return crm.accesses.give(*everything("crm"))
