"""Virtual hosts for tests: each is an empty broker of its own."""

import base64
import secrets
import urllib.request
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.support.servers import Servers


@dataclass(slots=True)
class VirtualHosts:
    """Makes virtual hosts, and deletes at the end what it made."""

    servers: Servers
    _made: list[str] = field(default_factory=list)

    def create(self) -> str:
        """AMQP URL of a new virtual host."""
        name = f"test-{secrets.token_hex(5)}"
        self._request("PUT", name)
        self._made.append(name)
        return self.servers.amqp().removesuffix("/") + name

    def delete_all(self) -> None:
        while self._made:
            self._request("DELETE", self._made.pop())

    def _request(self, method: str, name: str) -> None:
        broker = urlsplit(self.servers.amqp())
        login = base64.b64encode(f"{broker.username}:{broker.password}".encode()).decode()
        request = urllib.request.Request(
            f"{self.servers.management()}/api/vhosts/{name}",
            method=method,
            headers={"Authorization": f"Basic {login}", "Content-Type": "application/json"},
        )
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(request, timeout=60):
            return
