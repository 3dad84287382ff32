"""Pages from a template and its data, by typst: the same bytes for the same data, on every machine.

typeset(source, data, made_at=moment)                        a PDF
typeset(source, data, made_at=moment, files={"logo.svg": …}) with files that the template may read, no others
picture(source, data, made_at=moment, page=2)                one page as PNG

A template finds its data by `#let d = json(bytes(sys.inputs.data))`: data are text to it, never markup. It is
typeset in a press, a process without files, without a network and with little memory, which is ended when a
job takes too long; a press is kept for the next job, so that starting it is not paid each time.
"""

from __future__ import annotations

import atexit
import json
import socket
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from services.kit.errors import Invalid, Unavailable, Violation
from services.kit.prints import wire

MAIN: Final = "main.typ"
MAX_PAGES: Final = 1000
MAX_BYTES: Final = 32 * 1024 * 1024
MAX_SECONDS: Final = 10
_START_SECONDS: Final = 60
#: Presses at work at the same time in one process, and jobs that each of them does.
_PRESSES: Final = 2
_JOBS: Final = 200
_ROOT: Final = Path(__file__).parents[3]


@dataclass(frozen=True, slots=True)
class Picture:
    """One page, and how many there are."""

    content: bytes
    pages: int


def typeset(
    source: str, data: Mapping[str, Any], *, made_at: datetime, files: Mapping[str, bytes] | None = None
) -> bytes:
    """Return the PDF of a template; `made_at` is the time inside the file, so that it is not today's.

    `data` are values of JSON. `files`: what the template may read or import, by name.

    Raises:
        Invalid: TEMPLATE_REFUSED, with the line and column of the source.
        Unavailable: PRESS_UNAVAILABLE.
    """
    return _typeset("pdf", source, data, made_at, files, most_pages=MAX_PAGES)[0]


def picture(
    source: str,
    data: Mapping[str, Any],
    *,
    made_at: datetime,
    files: Mapping[str, bytes] | None = None,
    page: int = 1,
    ppi: int = 96,
) -> Picture:
    """Return one page of a template as PNG.

    Raises:
        Invalid: TEMPLATE_REFUSED, also for a page that is not there.
        Unavailable: PRESS_UNAVAILABLE.
    """
    content, pages = _typeset("png", source, data, made_at, files, page=page, ppi=ppi)
    return Picture(content, int(pages))


def _typeset(
    what: str,
    source: str,
    data: Mapping[str, Any],
    made_at: datetime,
    files: Mapping[str, bytes] | None,
    **more: int,
) -> list[bytes]:
    told = json.dumps(data, ensure_ascii=False)
    given = {**(files or {}), MAIN: source.encode()}
    return order(what, given, {"data": told, "made_at": made_at.isoformat(), **more})


def order(what: str, files: Mapping[str, bytes], details: Mapping[str, Any]) -> list[bytes]:
    """Have a press do something, and return the parts of its answer.

    Raises:
        Invalid: TEMPLATE_REFUSED.
        Unavailable: PRESS_UNAVAILABLE.
    """
    told = {**details, "do": what, "files": list(files), "seconds": MAX_SECONDS}
    parts = [json.dumps(told).encode(), *files.values()]
    try:
        answer = _answer(parts)
    except _Burst as error:
        raise _too_much_memory() from error
    result = json.loads(answer[0])
    if "wrong" in result:
        raise refused("TEMPLATE_WRONG", result["wrong"], **{n: result[n] for n in ("file", "line", "column")})
    if "memory" in result:
        raise _too_much_memory()
    return answer[1:]


def _answer(parts: list[bytes]) -> list[bytes]:
    with _presses.at_work() as press:
        is_first = press.jobs == 0
        try:
            return press.order(parts, seconds=MAX_SECONDS)
        except _Burst:
            if is_first:
                raise
    # Others may have filled it before: a fresh one says whose memory it was.
    with _presses.at_work(fresh=True) as press:
        return press.order(parts, seconds=MAX_SECONDS)


def refused(reason: str, detail: str, *, file: str = MAIN, line: int = 0, column: int = 0) -> Invalid:
    """Return the refusal of a template, with the place where it is wrong."""
    where = f"line {line}, column {column}: " if line else ""
    where = f"{file}, {where}" if where and file != MAIN else where
    return Invalid("TEMPLATE_REFUSED", violations=[Violation("source", reason, f"{where}{detail}")])


def _too_much_memory() -> Invalid:
    return refused("TEMPLATE_TOO_LARGE", "it takes more memory than a print may have: print less at a time")


class _Burst(Exception):
    """A press ended itself while it was at work."""


class _Press:
    """One press and the line to it."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            # No secret of ours is in its environment, and none of our folders is its own.
            self._process = subprocess.Popen(
                [sys.executable, "-s", "-P", "-m", "services.kit.prints.press"],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env={"PYTHONPATH": str(_ROOT), "LC_ALL": "C.UTF-8", "RAYON_NUM_THREADS": "2"},
            )
        self._line = ours
        self.jobs = 0
        self._line.settimeout(_START_SECONDS)
        try:
            wire.receive(self._line, longest=100)
        except (OSError, EOFError) as error:
            self.end()
            raise Unavailable("PRESS_UNAVAILABLE", "the press did not start") from error

    def order(self, parts: list[bytes], *, seconds: int) -> list[bytes]:
        """Return the answer; a press that gives none is ended.

        Raises:
            Invalid: TEMPLATE_REFUSED, too slow or too large.
            _Burst: it took too much memory, or something that we do not know happened to it.
        """
        self.jobs += 1
        self._line.settimeout(seconds)
        try:
            wire.send(self._line, parts)
            return wire.receive(self._line, longest=MAX_BYTES)
        except wire.TooMuch as error:
            self.end()
            megabytes = MAX_BYTES >> 20
            raise refused("TEMPLATE_TOO_LARGE", f"more than {megabytes} MB: print less at a time") from error
        except TimeoutError as error:
            self.end()
            detail = f"it takes more than {seconds} seconds: look for a loop without end, or print less"
            raise refused("TEMPLATE_TOO_SLOW", detail) from error
        except (OSError, EOFError) as error:
            raise self._end_of() from error

    def _end_of(self) -> Exception:
        """Return what it means that the press is gone."""
        try:
            code = self._process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            code = 0
        self.end()
        # 1: it met what nobody thought of, and said so by ending.
        return refused("TEMPLATE_WRONG", "it cannot be processed") if code == 1 else _Burst()

    @property
    def is_ready(self) -> bool:
        """Return whether another job may be given to it."""
        return self.jobs < _JOBS and self._process.poll() is None

    def end(self) -> None:
        """End the process, by its own id."""
        self._line.close()
        self._process.kill()
        self._process.wait()


class _Presses:
    """The presses of this process: started when there is work, kept for more of it."""

    def __init__(self) -> None:
        self._places = threading.BoundedSemaphore(_PRESSES)
        self._idle: deque[_Press] = deque()

    @contextmanager
    def at_work(self, *, fresh: bool = False) -> Iterator[_Press]:
        """Give a press for a `with` block; others wait for their turn."""
        with self._places:
            press = _Press() if fresh else self._take()
            try:
                yield press
            finally:
                if press.is_ready:
                    self._idle.append(press)
                else:
                    press.end()

    def _take(self) -> _Press:
        while True:
            try:
                press = self._idle.pop()
            except IndexError:
                return _Press()
            if press.is_ready:
                return press
            press.end()

    def end(self) -> None:
        """End those that wait for work."""
        while self._idle:
            self._idle.pop().end()


_presses: Final = _Presses()
atexit.register(_presses.end)
