"""One installation and ten devices for all faults: what one has left behind, the next one finds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.fleet import Fleet
from tests.faults.ward import RETRY_DELAYS_S, Ward
from tests.support.installation import Installation
from tests.support.servers import Servers


@pytest.fixture(scope="session")
def ward(servers: Servers, request: pytest.FixtureRequest) -> Iterator[Ward]:
    """Every process on servers of its own, all of which may be killed."""
    settings = {
        "DATABASE_URL": "",
        "AMQP_URL": "",
        "SALES_RETRY_DELAYS_S": RETRY_DELAYS_S,
        "SALES_ERP_DELIVERY_S": "1",
    }
    installation = Installation(servers.folder / "installations" / "ward", settings)
    installation.start()
    installation.wait_until_ready()
    ward = Ward(installation)
    yield ward
    if request.session.testsfailed:
        request.config.get_terminal_writer().write(ward.complaints())
    installation.remove()


@pytest.fixture(scope="session")
def fleet(ward: Ward, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """Ten devices, signed in, with a copy."""
    fleet = Fleet(ward.installation, tmp_path_factory.mktemp("devices"))
    yield fleet
    fleet.close()
