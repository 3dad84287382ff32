"""Typed commands become items of the one write path."""

import json
from collections.abc import Sequence
from uuid import UUID

import pytest
from sales.identity.v1 import service_pb2 as identity
from sales.offers.v1 import service_pb2 as offers
from sales.offers.v1.service_pb2_grpc import OffersServiceStub
from sales.sync.v1.records_pb2 import OUTCOME_APPLIED, Result

from services.kit import rpc
from services.kit.actor import Actor
from services.kit.errors import Invalid
from services.kit.rpc.validation import check, has_rules
from tests.kit.rpc.conftest import ANNA

SERVICE = offers.DESCRIPTOR.services_by_name["OffersService"]
OFFER = str(UUID(int=1))
CHANGE = str(UUID(int=2))


class Path:
    """A write path that only remembers."""

    def __init__(self) -> None:
        self.calls: list[tuple[Actor, list[dict[str, object]]]] = []

    def apply(self, actor: Actor, items: Sequence[bytes]) -> list[Result]:
        self.calls.append((actor, [json.loads(item) for item in items]))
        return [Result(id=CHANGE, outcome=OUTCOME_APPLIED, version=3)]


@pytest.fixture
def path() -> Path:
    return Path()


@pytest.fixture
def stub(path: Path):  # type: ignore[no-untyped-def]
    server = rpc.start_server(
        lambda to: rpc.add_commands(to, SERVICE, path.apply), host="127.0.0.1", port=0, threads=2
    )
    with rpc.channel(f"127.0.0.1:{server.port}") as channel:
        yield OffersServiceStub(channel)
    server.drain(0)


def test_a_command_is_applied_as_an_item_of_its_author(path: Path, stub: OffersServiceStub) -> None:
    with rpc.acting(ANNA):
        response = stub.AcceptOffer(
            offers.AcceptOfferRequest(id=OFFER, change_id=CHANGE, base_version=2, revision_id=OFFER)
        )
    assert response.result.version == 3
    assert path.calls == [
        (
            ANNA,
            [
                {
                    "id": CHANGE,
                    "command": "accept",
                    "entity": "offers.offer",
                    "record_id": OFFER,
                    "base_version": 2,
                    "request": {"revision_id": OFFER},
                }
            ],
        )
    ]


def test_what_was_not_given_is_absent_from_the_item(path: Path, stub: OffersServiceStub) -> None:
    stub.FreezeRevision(offers.FreezeRevisionRequest(id=OFFER, change_id=CHANGE))
    (item,) = path.calls[0][1]
    assert "base_version" not in item
    assert item["request"] == {}


def test_a_command_without_change_or_record_is_refused(path: Path, stub: OffersServiceStub) -> None:
    with pytest.raises(Invalid) as caught:
        stub.FreezeRevision(offers.FreezeRevisionRequest())
    assert [violation.field for violation in caught.value.violations] == ["id", "change_id"]
    assert path.calls == []


def test_a_request_that_breaks_its_contract_reaches_nobody(path: Path, stub: OffersServiceStub) -> None:
    with pytest.raises(Invalid) as caught:
        stub.FreezeRevision(offers.FreezeRevisionRequest(id=OFFER, change_id=CHANGE, sha256="x" * 65))
    assert caught.value.reason == "INVALID_REQUEST"
    assert [(wrong.field, wrong.reason) for wrong in caught.value.violations] == [("sha256", "TOO_LONG")]
    assert path.calls == []


def test_a_service_with_other_methods_keeps_them() -> None:
    class Base:
        def Other(self) -> str:  # noqa: N802
            return "own"

    servicer = rpc.command_servicer(Base, SERVICE, Path().apply)
    assert servicer.Other() == "own"
    assert hasattr(servicer, "AcceptOffer")


def test_a_service_that_has_more_than_commands_is_not_served_by_halves() -> None:
    with pytest.raises(ValueError, match="SignIn"):
        rpc.add_commands(None, identity.DESCRIPTOR.services_by_name["IdentityService"], Path().apply)  # type: ignore[arg-type]


def test_rules_are_looked_for_once_and_only_where_they_are() -> None:
    assert has_rules(identity.SignInRequest.DESCRIPTOR)
    assert not has_rules(identity.WatchRequest.DESCRIPTOR)
    with pytest.raises(Invalid) as caught:
        check(identity.SignInRequest(user_name="a", client="tv"))
    assert {(wrong.field, wrong.reason) for wrong in caught.value.violations} == {
        ("password", "TOO_SHORT"),
        ("client", "UNKNOWN_VALUE"),
    }
