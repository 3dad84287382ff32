"""Identity of the demonstration company, one for each test."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from tests.gateway_identity.house import House


@pytest.fixture(scope="session")
def seeded_url(create_worker_database: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database with the demonstration's users, which tests copy: seeding takes most of a second."""
    url = create_worker_database("identity")
    house = House(url, tmp_path_factory.mktemp("secrets"))
    house.seed()
    house.close()
    return url


@pytest.fixture
def identity_url(seeded_url: str, postgres_server: str) -> Iterator[str]:
    """A database of this test's own, with the demonstration's users."""
    original, copy = urlsplit(seeded_url).path[1:], f"identity_{secrets.token_hex(5)}"
    with psycopg.connect(postgres_server, autocommit=True) as admin:
        names = (sql.Identifier(copy), sql.Identifier(original))
        admin.execute(sql.SQL("create database {} owner identity template {}").format(*names))
        yield seeded_url.replace(f"/{original}", f"/{copy}")
        admin.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(copy)))


@pytest.fixture
def house(identity_url: str, tmp_path: Path) -> Iterator[House]:
    house = House(identity_url, tmp_path / "secrets")
    yield house
    house.close()
