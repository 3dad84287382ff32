"""What is said between a process and its press: messages of parts, each with its length before it."""

from __future__ import annotations

import socket
import struct
from collections.abc import Sequence

_COUNT = struct.Struct(">I")
_LENGTH = struct.Struct(">Q")


class TooMuch(Exception):
    """A message is greater than the reader takes."""


def send(line: socket.socket, parts: Sequence[bytes]) -> None:
    """Send one message."""
    lengths = b"".join(_LENGTH.pack(len(part)) for part in parts)
    line.sendall(_COUNT.pack(len(parts)) + lengths)
    for part in parts:
        line.sendall(part)


def receive(line: socket.socket, *, longest: int) -> list[bytes]:
    """Return the next message, of at most `longest` bytes.

    Raises:
        EOFError: the other side is gone.
        TooMuch: the message is longer; the line is of no use any more.
    """
    (count,) = _COUNT.unpack(_exactly(line, _COUNT.size))
    if count > 1000:
        raise TooMuch
    lengths = [_LENGTH.unpack(_exactly(line, _LENGTH.size))[0] for _ in range(count)]
    if sum(lengths) > longest:
        raise TooMuch
    return [_exactly(line, length) for length in lengths]


def _exactly(line: socket.socket, length: int) -> bytes:
    found = bytearray()
    while len(found) < length:
        part = line.recv(min(length - len(found), 1 << 20))
        if not part:
            raise EOFError
        found += part
    return bytes(found)
