"""The load generator: a process of its own that plays prepared requests over several connections.

    generator.prepare("read", port, requests, again=True)
    played = generator.play("read", clients=8, seconds=2.0)

Requests are made beforehand, so that playing them costs little of the cores that the system needs too. Those
of a write are played once each, and a later `play` goes on after the last one.
"""

from __future__ import annotations

import asyncio
import itertools
import multiprocessing
import time
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection as Pipe
from typing import Any

import uvloop

from tests.bench.support.client import Answer, Connection, connect

_MOST_FAILURES_KEPT = 5
_HOST = "127.0.0.1"
#: Beyond this the system has stopped answering.
_PATIENCE_S = 60.0


class LoadFailed(Exception):
    """Requests were refused, or the generator broke: there is nothing to report."""


@dataclass(slots=True)
class Played:
    """What came of one run; the three arrays belong together, in the order of the answers."""

    #: Position of the request among those that were prepared.
    index: array[int] = field(default_factory=lambda: array("l"))
    #: When it was sent, on the clock of `time.monotonic`, which all processes of the machine share.
    started: array[float] = field(default_factory=lambda: array("d"))
    taken_s: array[float] = field(default_factory=lambda: array("d"))
    elapsed_s: float = 0.0
    failed: int = 0
    failures: list[str] = field(default_factory=list)
    #: Kept only where they were asked for: status and body of each answer.
    answers: list[Answer] = field(default_factory=list)
    #: No request was left before the time was over.
    ran_out: bool = False

    @property
    def per_s(self) -> float:
        """Requests that were answered in a second."""
        return len(self.taken_s) / self.elapsed_s


@dataclass(slots=True)
class _Prepared:
    port: int
    requests: Iterator[tuple[int, bytes]]


class LoadGenerator:
    """The side of whoever wants to measure."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()

    def prepare(self, name: str, port: int, requests: Sequence[bytes], *, again: bool) -> None:
        """Hand over requests; `again`: begin anew after the last one, for what changes nothing."""
        self._call("prepare", name, port, list(requests), again)

    def play(self, name: str, *, clients: int, seconds: float) -> Played:
        """Play for so long, or until no request is left.

        Raises:
            LoadFailed: more than one request in a hundred was refused.
        """
        played: Played = self._call("play", name, clients, seconds, False)
        if played.failed > len(played.taken_s) // 100:
            raise LoadFailed(f"{name}: {played.failed} requests failed, {'; '.join(played.failures)}")
        return played

    def ask_all(self, name: str, *, clients: int, seconds: float) -> Played:
        """Play every request once and keep the answers, whatever they are."""
        played: Played = self._call("play", name, clients, seconds, True)
        return played

    def close(self) -> None:
        """End the process."""
        self._pipe.close()
        self._process.join(5)
        self._process.kill()

    def _call(self, *message: Any) -> Any:
        try:
            self._pipe.send(message)
            answer = self._pipe.recv()
        except (EOFError, OSError) as error:
            raise LoadFailed("the load generator has ended") from error
        if isinstance(answer, Exception):
            raise LoadFailed(f"{message[0]} {message[1]}: {answer}") from answer
        return answer


def _serve(pipe: Pipe) -> None:
    prepared: dict[str, _Prepared] = {}
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        while True:
            try:
                what, name, *rest = pipe.recv()
            except (EOFError, KeyboardInterrupt):
                return
            try:
                if what == "prepare":
                    port, requests, again = rest
                    numbered = list(enumerate(requests))
                    prepared[name] = _Prepared(port, itertools.cycle(numbered) if again else iter(numbered))
                    pipe.send(None)
                else:
                    pipe.send(runner.run(_play(prepared[name], *rest)))
            except Exception as error:  # noqa: BLE001  # told to whoever asked
                pipe.send(error)


async def _play(prepared: _Prepared, clients: int, seconds: float, keep_answers: bool) -> Played:
    connections = [await connect(_HOST, prepared.port) for _ in range(clients)]
    played = Played()
    begun = time.monotonic()
    try:
        async with asyncio.timeout(seconds + _PATIENCE_S):
            await asyncio.gather(
                *(_client(each, prepared, played, begun + seconds, keep_answers) for each in connections)
            )
    finally:
        for each in connections:
            each.close()
    played.elapsed_s = time.monotonic() - begun
    return played


async def _client(
    connection: Connection, prepared: _Prepared, played: Played, until: float, keep_answers: bool
) -> None:
    while (started := time.monotonic()) < until:
        index, request = next(prepared.requests, (-1, b""))
        if not request:
            played.ran_out = True
            return
        answer = await connection.ask(request)
        played.taken_s.append(time.monotonic() - started)
        played.started.append(started)
        played.index.append(index)
        if keep_answers:
            played.answers.append(answer)
        if answer.status >= 400:
            played.failed += 1
            if len(played.failures) < _MOST_FAILURES_KEPT:
                played.failures.append(f"{answer.status} {answer.body[:300].decode(errors='replace')}")
