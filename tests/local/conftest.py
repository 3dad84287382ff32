"""Fixtures of the installation's tests."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.installation import Installation
from tests.support.servers import Servers

FAKE_UP = ("tests.local.fake_up",)


@pytest.fixture
def local_folder(servers: Servers) -> Path:
    """A folder that PostgreSQL's account can enter, unlike those of `tmp_path` when root runs the tests."""
    return servers.folder / "installations" / secrets.token_hex(3)


@pytest.fixture
def installation(local_folder: Path, vhost: str) -> Iterator[Installation]:
    """With a PostgreSQL of its own, and the run's broker, because starting one takes 8 s."""
    made = Installation(local_folder, {"AMQP_URL": vhost}, FAKE_UP)
    yield made
    made.remove()


@pytest.fixture
def complete_installation(local_folder: Path) -> Iterator[Installation]:
    made = Installation(local_folder, {"AMQP_URL": "", "DATABASE_URL": ""}, FAKE_UP)
    yield made
    made.remove()


@pytest.fixture
def other_postgres(servers: Servers) -> Iterator[str]:
    """URL of the superuser of a server of this test's own: the roles of an installation are its server's."""
    folder = servers.folder / "other"
    folder.mkdir()
    other = Servers(folder)
    yield other.postgres()
    other.stop()
