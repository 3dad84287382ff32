"""Figures that a timer sets are shown by the process that set them last, and by no other."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest
from prometheus_client import CollectorRegistry, Gauge

from services.kit.database import Database
from services.kit.worker import Context, Timer
from services.kit.worker.timers import run_timer, tick
from tests.kit.bus.support import Source


@pytest.fixture
def database(source: Source) -> Iterator[Database]:
    made = Database("probe", source.url, tables={})
    yield made
    made.close()


class Figures:
    """Two gauges and the timer that sets them."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.by_state = Gauge("by_state", "With a label.", ["state"], registry=self.registry)
        self.alone = Gauge("alone", "Without one.", registry=self.registry)
        self.fails = False
        self.timer = Timer(1, self.measure, (self.by_state, self.alone))

    def measure(self, context: Context) -> None:
        if self.fails:
            raise ValueError("not to be measured")
        self.by_state.labels("open").set(3)
        self.alone.set(7)

    def shown(self) -> tuple[float | None, float | None]:
        by_state = self.registry.get_sample_value("by_state", {"state": "open"})
        return by_state, self.registry.get_sample_value("alone")


def is_nothing(shown: tuple[float | None, float | None]) -> bool:
    by_state, alone = shown
    return by_state is None and alone is not None and math.isnan(alone)


# The name of a timer is that of its function: so the two stand for one timer in two processes.
@pytest.fixture
def here() -> Figures:
    return Figures()


@pytest.fixture
def elsewhere() -> Figures:
    return Figures()


def test_the_figures_of_a_timer_are_shown(database: Database, here: Figures) -> None:
    tick(database, here.timer)
    assert here.shown() == (3, 7)


def test_a_process_that_no_longer_measures_shows_nothing(
    database: Database, here: Figures, elsewhere: Figures
) -> None:
    tick(database, here.timer)

    def meanwhile(context: Context) -> None:
        elsewhere.measure(context)
        tick(database, here.timer)

    meanwhile.__name__ = here.timer.name
    assert run_timer(database, Timer(1, meanwhile))
    assert elsewhere.shown() == (3, 7)
    assert is_nothing(here.shown())
    tick(database, here.timer)
    assert here.shown() == (3, 7)


def test_what_could_not_be_measured_is_not_shown(database: Database, here: Figures) -> None:
    tick(database, here.timer)
    here.fails = True
    tick(database, here.timer)
    assert is_nothing(here.shown())
