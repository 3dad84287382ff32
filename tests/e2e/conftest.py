"""The whole system over its public interface: real processes, real servers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.support.installation import Installation
from tests.support.watching import eventually

SignIn = Callable[[str], httpx.Client]


@pytest.fixture
def sign_in(system: Installation) -> Iterator[SignIn]:
    """`sign_in("sales.north")` gives a client that is signed in as that user."""
    clients: list[httpx.Client] = []

    def client_of(user_name: str) -> httpx.Client:
        client = httpx.Client(base_url=system.address, timeout=60)
        clients.append(client)
        answer = client.post("/v1/session", json={"user_name": user_name, "password": system.password})
        assert answer.status_code == 200, answer.text
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return client

    yield client_of
    for client in clients:
        client.close()


def created(answer: httpx.Response) -> dict[str, Any]:
    """Return the record that was created."""
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def refused(answer: httpx.Response, status: int, reason: str) -> dict[str, Any]:
    """Check that an answer is a problem of this status and reason; return it."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = dict(answer.json())
    violations = [violation["reason"] for violation in problem.get("violations", ())]
    assert reason in (problem["reason"], *violations), problem
    return problem


@pytest.fixture
def catalogue(sign_in: SignIn) -> dict[str, Any]:
    """A press brake of the ERP's catalogue, once it has arrived with its price."""
    north = sign_in("sales.north")
    question = {"filter": "code = PB-40-1250"}

    def found() -> list[dict[str, Any]]:
        return list(north.get("/v1/offers/articles", params=question).json()["records"])

    eventually(lambda: bool(found()))
    article = found()[0]
    prices = {"filter": f"article_id = {article['id']}"}
    eventually(lambda: bool(north.get("/v1/offers/prices", params=prices).json()["records"]))
    return article
