"""Reports on a schedule: mail makes one message for each recipient, with what that recipient may see."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
import pytest
from sales.reports.v1 import service_pb2, service_pb2_grpc
from uuid_utils.compat import uuid7

from services.kit import rpc
from services.kit.actor import SYSTEM
from services.kit.errors import Invalid, Unavailable
from services.kit.worker import deliver
from services.mail.adapters.reports import OwnersReports
from services.mail.usecases import sending
from services.mail.worker import crm as from_crm
from services.mail.worker import identity as from_identity
from tests.mail.world import World
from tests.support.owners import foreign, received, update

ID = "01a20914-13bb-77d6-aef9-a83689722bed"


def recipient(world: World, email: str) -> str:
    """A colleague, as identity tells."""
    record = foreign("identity.user", str(uuid7()))
    record["fragments"] = {"base": orjson.dumps({"email": email}).decode()}
    event = received("identity", "identity.records_changed.v1", {"records": [record]})
    deliver(world.owner.owner.database, from_identity.copy_access, event)
    return str(record["id"])


def due(world: World, recipient_id: str, **data: Any) -> str:
    """Let the CRM say that a report is due; return the id of the message."""
    fixed = {
        "message_id": str(uuid7()), "report_id": str(uuid7()), "recipient_id": recipient_id,
        "requested_by": str(world.seller.user_id), "subject": "Fonti · 22/03/2027", "text": "In allegato.",
        "format": "csv", "language": "it", "due_at": "2027-03-22T07:00:00Z",
    }  # fmt: skip
    wanted = {**fixed, **data}
    event = received("crm", "crm.report_due.v1", wanted)
    deliver(world.owner.owner.database, from_crm.queue_report_of_crm, event)
    return str(wanted["message_id"])


def test_each_recipient_gets_a_message_with_their_own_figures_once(world: World) -> None:
    readers = [recipient(world, f"{name}@{world.tag}.example") for name in ("uno", "due")]
    first, _ = (due(world, each) for each in readers)
    due(world, readers[0], message_id=first)

    assert world.send_all() == 2
    assert [(each["service"], each["reader_id"], each["format"]) for each in world.reports.asked] == [
        ("crm", reader, "csv") for reader in readers
    ]
    assert world.message(first)["to_addresses"] == [f"uno@{world.tag}.example"]
    assert len(world.post.taken) == 2


def ended(world: World) -> list[dict[str, Any]]:
    """What owners of reports were told."""
    return world.events("mail.report_sending_ended.v1")


def test_the_reports_owner_is_told_that_it_went_out(world: World) -> None:
    reader = recipient(world, f"uno@{world.tag}.example")
    message_id = due(world, reader, report_id=ID)
    assert ended(world) == []
    world.send_all()
    assert ended(world) == [
        {
            "message_id": message_id, "service": "crm", "report_id": ID, "recipient_id": reader,
            "due_at": "2027-03-22T07:00:00Z", "reason": "", "texts": {},
        }
    ]  # fmt: skip


def test_what_cannot_be_sent_is_told_to_the_reports_owner_with_what_to_do(world: World) -> None:
    reader = recipient(world, f"uno@{world.tag}.example")
    stranger = world.owner.accesses.give()
    world.store_access(stranger)
    due(world, reader, requested_by=str(stranger.user_id), report_id=ID)
    due(world, recipient(world, ""))
    world.owner.one(world.seller, update("mail.mailbox", world.mailbox_id, paused=True))
    due(world, reader)

    told = ended(world)
    assert [each["reason"] for each in told] == ["MAILBOX_UNKNOWN", "REPORT_ADDRESS_WRONG", "MAILBOX_PAUSED"]
    assert (told[0]["service"], told[0]["report_id"], told[0]["recipient_id"]) == ("crm", ID, reader)
    for each, (italian, english) in zip(
        told,
        [("collegar", "connect"), ("correggerlo", "correct it"), ("riattivarla", "resume it")],
        strict=True,
    ):
        assert italian in each["texts"]["it"]
        assert english in each["texts"]["en"]
    assert world.owner.count("message") == 0


def test_a_report_that_the_server_refuses_is_told_with_its_words(world: World) -> None:
    message_id = due(world, recipient(world, f"uno@{world.tag}.example"))
    database = world.owner.owner.database
    with database.unit_of_work(SYSTEM) as uow:
        attempt = sending.claim(uow)
        assert attempt is not None
        sending.record_refused(uow, message_id, "550 no such user here")
    ((reason, texts),) = [(each["reason"], each["texts"]) for each in ended(world)]
    assert reason == "REPORT_NOT_SENT"
    assert all("«550 no such user here»" in text for text in texts.values())
    assert set(texts) == {"it", "en"}


def test_an_order_that_cannot_be_read_is_an_error(world: World) -> None:
    with pytest.raises(Invalid, match="INVALID_EVENT"):
        due(world, recipient(world, f"uno@{world.tag}.example"), report_id="x")


class FakeOwner(service_pb2_grpc.ReportsServiceServicer):
    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str]] = []
        self.sha256 = hashlib.sha256(b"a;b").hexdigest()

    def ExportReport(self, request: Any, context: Any) -> Any:  # noqa: N802
        self.asked.append((str(rpc.current_actor().user_id), request.id, request.format))
        return service_pb2.ExportReportResponse(
            file_name="../fonti.csv", content_type="text/csv", content=b"a;b", sha256=self.sha256
        )


def test_the_file_is_fetched_as_its_reader_and_checked() -> None:
    fake = FakeOwner()

    def register(server: Any) -> None:
        service_pb2_grpc.add_ReportsServiceServicer_to_server(fake, server)

    running = rpc.start_server(register, host="127.0.0.1", port=0, threads=2)
    reader = str(uuid7())
    wanted = {"service": "crm", "report_id": ID, "reader_id": reader, "format": "csv", "language": "it"}
    reports = OwnersReports({"crm": f"127.0.0.1:{running.port}"})
    try:
        assert reports.export(wanted).content == b"a;b"
        assert (reports.export(wanted).file_name, fake.asked[0]) == ("fonti.csv", (reader, ID, "csv"))
        fake.sha256 = "0" * 64
        with pytest.raises(Unavailable, match="PRINT_DAMAGED"):
            reports.export(wanted)
    finally:
        running.drain(0)
    with pytest.raises(Unavailable):
        reports.export({**wanted, "service": "offers"})
