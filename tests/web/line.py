"""A line between browser and gateway that a test can cut, for pages, workers and service worker alike."""

from __future__ import annotations

import contextlib
import socket
import threading

from services.local.ports import random_free


class Line:
    """Listens on a port of its own and passes everything on, while it is up."""

    def __init__(self, target_port: int) -> None:
        self.port = random_free()
        self._target_port = target_port
        self._open: set[socket.socket] = set()
        self._listening: socket.socket | None = None
        #: Held while the line's state is said: what is just being connected belongs to it, or is broken.
        self._state = threading.Lock()
        self.restore()

    @property
    def address(self) -> str:
        """What the browser is told."""
        return f"http://127.0.0.1:{self.port}"

    def restore(self) -> None:
        """Let connections through again."""
        listening = socket.create_server(("127.0.0.1", self.port), reuse_port=False)
        self._listening = listening
        threading.Thread(target=self._accept, args=(listening,), daemon=True).start()

    def cut(self) -> None:
        """Refuse new connections and break those that are open."""
        with self._state:
            listening, self._listening = self._listening, None
            ended, self._open = self._open, set()
        # Closing alone does not wake a thread that waits in accept.
        for each in (*([listening] if listening else ()), *ended):
            _break(each)

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                client, _ = listening.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self._target_port), timeout=30)
            except OSError:
                _break(client)
                continue
            server.settimeout(None)
            with self._state:
                is_up = self._listening is listening
                if is_up:
                    self._open |= {client, server}
            if not is_up:
                _break(client)
                _break(server)
                return
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while part := source.recv(65536):
                sink.sendall(part)
        for each in (source, sink):
            _break(each)
        with self._state:
            self._open -= {source, sink}


def _break(each: socket.socket) -> None:
    with contextlib.suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
    each.close()
