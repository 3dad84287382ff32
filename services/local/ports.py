"""Free ports on the loopback interface."""

import random
import socket
from collections.abc import Container

LOOPBACK = "127.0.0.1"


def is_free(port: int) -> bool:
    """True if a server could listen there now; a port still closing (TIME_WAIT) counts as free."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def answers(port: int, *, host: str = LOOPBACK, timeout_s: float = 0.3) -> bool:
    """True if something accepts connections there."""
    try:
        with socket.create_connection((host, port), timeout=timeout_s):
            return True
    except OSError:
        return False


def next_free(wanted: int, *, taken: Container[int] = ()) -> int:
    """`wanted` if it is free, else the next one upwards that is."""
    for port in range(wanted, wanted + 200):
        if port not in taken and is_free(port):
            return port
    raise OSError(f"no free port between {wanted} and {wanted + 200}")


def random_free() -> int:
    """A free port below the range from which the kernel gives ports to clients.

    Asking the kernel for port 0 would answer from that range, where an outgoing connection may take it before
    the server that it is meant for has started.
    """
    while True:
        port = random.randint(20_000, 30_000)
        if is_free(port):
            return port
