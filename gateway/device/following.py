"""`sales follow`: the copy stays up to date by itself, and own changes leave as soon as they are made.

A poke carries no data: each one is a pull. Whenever something waits in the queue it is pushed, edits of
other programs on the same copy too. A line that breaks is opened again, at first soon, then more and more
patiently; the first poke of the new stream makes up for what was missed.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from typing import Final

from gateway.device import outgoing
from gateway.device.device import Device
from gateway.device.errors import Damaged, DeviceError, Refused, ServerAway
from gateway.device.live import BROKEN, CLOSED, Listening

#: How often the queue is looked at.
_LOOK_S: Final = 0.5
#: Held items are tried again after this long.
_HELD_S: Final = 60.0
_FIRST_PAUSE_S: Final = 0.5
_LONGEST_PAUSE_S: Final = 60.0
#: What another try may heal.
_PASSING: Final = (ServerAway, Damaged, Refused)

Tell = Callable[[str, dict[str, object]], None]
"""Called with the key of a text and its values: what happens, for whoever watches."""
TellError = Callable[[DeviceError], None]


class Following:
    """Follows until it is stopped, or the server orders an end."""

    def __init__(
        self, device: Device, *, tell: Tell, tell_error: TellError, pause_s: float = _FIRST_PAUSE_S
    ) -> None:
        self._device = device
        self._tell = tell
        self._tell_error = tell_error
        self._first_pause_s = pause_s
        self._pause_s = pause_s
        #: Ids that the last push left waiting, and when they are tried again.
        self._left: frozenset[str] = frozenset()
        self._again_at = 0.0

    def run(self, stop: threading.Event) -> None:
        """Follow.

        Raises:
            Wiped: the copy is gone already.
            SignInNeeded, UpgradeNeeded.
        """
        while not stop.is_set():
            try:
                self._listen(stop)
            except _PASSING as error:
                pause_s = self._pause_s * random.uniform(0.5, 1)
                self._tell_error(error)
                self._tell("retrying", {"seconds": round(pause_s, 1)})
                stop.wait(pause_s)
                self._pause_s = min(self._pause_s * 2, _LONGEST_PAUSE_S)

    def _listen(self, stop: threading.Event) -> None:
        listening = self._device.listen()
        self._tell("following", {})
        try:
            self._push()
            while not stop.is_set():
                event = listening.next(timeout_s=_LOOK_S)
                if event is not None:
                    if event.name == CLOSED:
                        return
                    self._obey(event.name, event.data, listening)
                self._push()
        finally:
            listening.abandon()

    def _obey(self, name: str, data: str, listening: Listening) -> None:
        if name == BROKEN:
            raise ServerAway(detail=data)
        if name == "wipe":
            self._device.obey_wipe(data)
        if name == "poke":
            self._pull()
        # The server speaks: the next break begins with a short pause.
        self._pause_s = self._first_pause_s

    def _pull(self) -> None:
        pulled = self._device.pull()
        if pulled.rows:
            self._tell("pulled", {"rows": pulled.rows})
            # What was held may have become possible.
            self._again_at = 0.0

    def _push(self) -> None:
        waiting = frozenset(item.id for item in outgoing.waiting(self._device.store))
        if not waiting or (waiting == self._left and time.monotonic() < self._again_at):
            return
        pushed = self._device.push()
        self._left = frozenset(item.id for item in outgoing.waiting(self._device.store))
        self._again_at = time.monotonic() + _HELD_S
        if set(pushed.outcomes) - {"held"} or waiting != self._left:
            self._tell("pushed", {"outcomes": pushed.outcomes})
        questions = len(outgoing.to_decide(self._device.store))
        if questions and {"conflict", "refused"} & set(pushed.outcomes):
            self._tell("ask_decide", {"count": questions})
