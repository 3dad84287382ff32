"""Gives the demonstration's sellers a mailbox each, through the public interface."""

import os
import time
from uuid import NAMESPACE_URL, uuid5

import httpx

from services.local.mail.place import DOMAIN, MailServers
from services.local.messages import say
from services.local.ports import LOOPBACK

#: User -> name beside the address.
SELLERS = {
    "sales.north": "Nora Settentrione",
    "sales.south": "Silvio Meridione",
    "sales.manager": "Marta Direzione",
}
_PATIENCE_S = 60.0


def set_up(servers: MailServers, *, address: str) -> None:
    """Make what is missing; a mailbox that is there stays as it is.

    Raises:
        httpx.HTTPError: the interface at `address` does not answer, or refuses.
    """
    password = os.environ["SALES_DEMO_PASSWORD"]
    for user_name, display_name in SELLERS.items():
        # A proxy that the environment names is not for our own machine.
        with httpx.Client(base_url=address, trust_env=False, timeout=20) as client:
            _sign_in(client, user_name, password)
            if _make(client, user_name, display_name, servers):
                say(f"mailbox {user_name}@{DOMAIN}")


def _sign_in(client: httpx.Client, user_name: str, password: str) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        answer = client.post("/v1/session", json={"user_name": user_name, "password": password})
        if answer.status_code < 500 or time.monotonic() > deadline:
            answer.raise_for_status()
            break
        time.sleep(0.5)
    client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"


def _make(client: httpx.Client, user_name: str, display_name: str, servers: MailServers) -> bool:
    mailbox_id = str(uuid5(NAMESPACE_URL, f"mailto:{user_name}@{DOMAIN}"))
    settings = {
        "smtp_host": LOOPBACK,
        "smtp_port": servers.smtp_port,
        "smtp_security": "none",
        "imap_host": LOOPBACK,
        "imap_port": servers.imap_port,
        "imap_security": "none",
    }
    path = f"/v1/mail/mailboxes/{mailbox_id}"
    found = client.get(path)
    if found.status_code == 404:
        record = {"id": mailbox_id, "name": display_name, "address": f"{user_name}@{DOMAIN}"}
        client.post(
            "/v1/mail/mailboxes", json={**record, "display_name": display_name, **settings}
        ).raise_for_status()
    elif all(found.json()[name] == value for name, value in settings.items()):
        return False
    else:
        client.patch(path, json=settings).raise_for_status()  # the ports may have changed
    client.post(f"{path}:set_secret", json={"secret": servers.password}).raise_for_status()
    return True
