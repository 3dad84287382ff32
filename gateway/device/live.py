"""The server's stream of events, read by a thread of its own: the copy's file belongs to the main one.

listening = Listening(answer)
listening.next(timeout_s=1)     # Event, None if nothing came; Event("end", …) when the stream is over
"""

from __future__ import annotations

import queue
import threading
from dataclasses import dataclass
from typing import Final

import httpx

#: The stream is over: closed by the server (its session's token is), or broken.
CLOSED: Final = "closed"
BROKEN: Final = "broken"


@dataclass(frozen=True, slots=True)
class Event:
    """One server-sent event: `poke`, `wipe`, `ping`, or the end of the stream."""

    name: str
    data: str = ""


class Listening:
    """One open stream. When nobody listens any more it ends by itself: at the next ping, or in silence."""

    def __init__(self, answer: httpx.Response) -> None:
        self._answer = answer
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._abandoned = threading.Event()
        threading.Thread(target=self._read, daemon=True, name="live").start()

    def next(self, *, timeout_s: float) -> Event | None:
        """Return the next event, None if there is none in time."""
        try:
            return self._events.get(timeout=timeout_s)
        except queue.Empty:
            return None

    def abandon(self) -> None:
        """Listen no more."""
        self._abandoned.set()

    def _read(self) -> None:
        end = Event(CLOSED)
        try:
            name, data = "", ""
            for line in self._answer.iter_lines():
                if self._abandoned.is_set():
                    break
                key, _, value = line.partition(": ")
                if key == "event":
                    name = value
                elif key == "data":
                    data = value
                elif not line and name:
                    self._events.put(Event(name, data))
                    name, data = "", ""
        except (httpx.HTTPError, httpx.StreamError, OSError, ValueError, RuntimeError) as error:
            # Whatever a closed or broken connection raises ends this stream, never the program.
            end = Event(BROKEN, str(error))
        finally:
            self._answer.close()
            self._events.put(end)
