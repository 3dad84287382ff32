"""An outbox of its own, a broker of its own, and processes that end with the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from tests.kit.bus.support import Processes, Source, driver_url, make_tables


@pytest.fixture
def database_url(create_database: Callable[..., str]) -> str:
    """A database with kit's tables."""
    url = create_database()
    engine = sa.create_engine(driver_url(url))
    with engine.begin() as connection:
        make_tables(connection)
    engine.dispose()
    return url


@pytest.fixture
def source(database_url: str) -> Iterator[Source]:
    """A service that commits events: `offers`."""
    made = Source("offers", database_url)
    yield made
    made.engine.dispose()


@pytest.fixture
def processes(tmp_path: object) -> Iterator[Processes]:
    """Starts processes of ours; kills at the end what still runs."""
    made = Processes()
    yield made
    made.kill_all()
