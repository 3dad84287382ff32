"""A store of its own for each test, with a leading sequencer whose owners have been exported."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.sync.world import World


@pytest.fixture
def world(create_database: Callable[..., str], tmp_path: Path) -> Iterator[World]:
    made = World(create_database("sync"), tmp_path)
    made.settle()
    yield made
    made.close()
