"""What a benchmark is given: options, and on demand a loaded system, a bare path and a load generator."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property

from tests.bench.bare.processes import BarePath
from tests.bench.bare.tables import copy_parties, create_database
from tests.bench.support.backlog import Backlog
from tests.bench.support.erp import ErpFeed
from tests.bench.support.load import LoadFailed, LoadGenerator
from tests.bench.support.loading import Loaded, Loader, Size
from tests.bench.support.system import System


@dataclass(frozen=True, slots=True)
class Options:
    """How long and how much. `seconds` is what each load of each figure lasts, cut into `rounds`."""

    seconds: float = 10.0
    rounds: int = 5
    clients: Sequence[int] = (1, 8)
    size: Size = field(default_factory=Size)
    #: A tenth of the records where a benchmark fills stores of its own.
    small: bool = False


@dataclass
class Bench:
    """Everything is started by the first benchmark that asks, and ended by `close`."""

    options: Options
    say: Callable[[str], None] = print
    facts: dict[str, object] = field(default_factory=dict)
    _could_not_load: str = ""
    _open: ExitStack = field(default_factory=ExitStack)

    @cached_property
    def generator(self) -> LoadGenerator:
        """The load generator."""
        generator = LoadGenerator()
        self._open.callback(generator.close)
        return generator

    @cached_property
    def loaded(self) -> Loaded:
        """What the system holds; asking loads it."""
        if self._could_not_load:
            raise LoadFailed(self._could_not_load)
        self._could_not_load = "the system could not be started and loaded before"
        loader = Loader(self._started, self.feed, self.backlog, self.generator, self.say)
        loaded = loader.load(self.options.size)
        self.facts["loaded"] = {
            "parties": loaded.size.parties,
            "articles": loaded.size.articles,
            "offers": loaded.size.offers,
            "seconds": loaded.seconds,
        }
        return loaded

    @cached_property
    def system(self) -> System:
        """A running system with its data."""
        assert self.loaded
        return self._started

    @property
    def running(self) -> System:
        """A running system, whatever it holds."""
        return self._started

    @cached_property
    def loader(self) -> Loader:
        """Puts more into the system."""
        return Loader(self.system, self.feed, self.backlog, self.generator, self.say)

    @cached_property
    def feed(self) -> ErpFeed:
        """The ERP's events."""
        return ErpFeed(self._started.amqp_url)

    @cached_property
    def backlog(self) -> Backlog:
        """What the pipeline has still to do."""
        return Backlog(self._started, self.feed)

    @cached_property
    def bare(self) -> BarePath:
        """The bare path, with copies of the system's parties."""
        url = create_database(self.system.admin_url)
        copy_parties(url, self.system.database_url("crm"))
        bare = BarePath(url)
        self._open.callback(bare.stop)
        return bare

    def close(self) -> None:
        """End everything that was started."""
        self._open.close()

    @cached_property
    def _started(self) -> System:
        system = System()
        self._open.callback(system.close)
        begun = time.monotonic()
        system.start()
        self.facts["start_s"] = round(time.monotonic() - begun, 1)
        self.say(f"  system started in {self.facts['start_s']} s")
        return system
