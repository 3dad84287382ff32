"""Fixtures for every test: real servers, one of each for the whole run (see `tests/support`).

def test_an_offer_is_stored(create_database):
    url = create_database("offers")     # a copy of the migrated database, this test's own

def test_an_event_arrives(vhost):
    connection = kombu.Connection(vhost)    # a virtual host of this test's own

@pytest.mark.e2e
def test_the_whole_way(system):
    httpx.post(f"{system.address}/v1/session", ...)     # every process, as `make up` starts them
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from tests.support.databases import Databases
from tests.support.installation import Installation
from tests.support.servers import Servers, begin_run
from tests.support.vhosts import VirtualHosts

# What was found by chance must be found again tomorrow, by everybody, and a busy machine is no failure.
# `pytest --hypothesis-profile=chance` looks for what nobody has seen yet.
hypothesis.settings.register_profile("always the same", derandomize=True, deadline=None)
hypothesis.settings.register_profile("chance", deadline=None)
hypothesis.settings.load_profile("always the same")

_SERVERS = pytest.StashKey[Servers]()


def pytest_configure(config: pytest.Config) -> None:
    worker_input: dict[str, Any] | None = getattr(config, "workerinput", None)
    config.stash[_SERVERS] = Servers(Path(worker_input["servers"])) if worker_input else begin_run()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell an xdist worker which run it belongs to."""
    node.workerinput["servers"] = str(node.config.stash[_SERVERS].folder)


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and _SERVERS in config.stash:
        config.stash[_SERVERS].stop()


@pytest.fixture(scope="session")
def servers(pytestconfig: pytest.Config) -> Servers:
    return pytestconfig.stash[_SERVERS]


@pytest.fixture(scope="session")
def postgres_server(servers: Servers) -> str:
    """URL of the superuser of the run's PostgreSQL."""
    return servers.postgres()


@pytest.fixture
def create_database(servers: Servers) -> Iterator[Callable[..., str]]:
    """`create_database(template=None) -> url`: an empty database, or a copy of the named service's.

    Dropped after the test.
    """
    databases = Databases(servers)
    yield databases.create
    databases.drop_all()


@pytest.fixture(scope="session")
def create_worker_database(servers: Servers) -> Iterator[Callable[..., str]]:
    """The same, kept until this xdist worker ends."""
    databases = Databases(servers)
    yield databases.create
    databases.drop_all()


@pytest.fixture
def vhost(servers: Servers) -> Iterator[str]:
    """AMQP URL of a virtual host of this test alone."""
    vhosts = VirtualHosts(servers)
    yield vhosts.create()
    vhosts.delete_all()


@pytest.fixture(scope="session")
def worker_vhost(servers: Servers) -> Iterator[str]:
    """AMQP URL of a virtual host that the tests of one xdist worker share."""
    vhosts = VirtualHosts(servers)
    yield vhosts.create()
    vhosts.delete_all()


@pytest.fixture(scope="session")
def system(servers: Servers, worker_vhost: str) -> Iterator[Installation]:
    """Every process of the system, started as `make up` does, on the run's servers. For e2e tests."""
    folder = servers.folder / "installations" / "system"
    settings = {
        "DATABASE_URL": servers.postgres(),
        "AMQP_URL": worker_vhost,
        "SALES_TRACE_RATIO": "1",
        "SALES_TRACE_FILE": str(folder.with_suffix(".spans")),
        "SALES_RETRY_DELAYS_S": "[0.2, 0.5, 1]",
        "SALES_ERP_DELIVERY_S": "1",
        "SALES_DEMO_MAIL": "1",
        # All tests sign in from one address, as the same few people.
        "SALES_SIGN_INS_PER_USER": "10000 per minute",
        "SALES_SIGN_INS_PER_ADDRESS": "10000 per minute",
    }
    installation = Installation(folder, settings)
    installation.start()
    installation.wait_until_ready()
    yield installation
    installation.remove()
