"""The slow process whole: it waits by IDLE, comes back after breaks, and shares the work with others."""

from __future__ import annotations

import hashlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import grpc
import pytest
from sales.offers.v1 import service_pb2, service_pb2_grpc

from services.kit import rpc
from services.kit.errors import Unavailable
from services.mail.adapters import imap
from services.mail.adapters.prints import OffersPrints
from services.mail.courier.figures import figures
from services.mail.courier.process import Courier
from services.mail.settings import MailSettings
from services.mail.storage.reading import Claims
from tests.mail.world import PDF, World, mail_from
from tests.support import watching
from tests.support.owners import update


def eventually(condition: Callable[[], bool]) -> None:
    """Wait for it, also on a machine that does much else."""
    watching.eventually(condition, within_s=45)


@pytest.fixture
def run_courier(world: World, chosen: MailSettings) -> Iterator[Callable[[], threading.Event]]:
    """`run_courier()` runs another courier; the event that it returns ends it."""
    url = world.owner.owner.database.engine.url.set(drivername="postgresql")
    chosen.database_url = url.render_as_string(hide_password=False)
    running: list[tuple[threading.Event, threading.Thread]] = []

    def run() -> threading.Event:
        stop = threading.Event()
        thread = threading.Thread(target=Courier(chosen).run, args=[stop])
        thread.start()
        running.append((stop, thread))
        return stop

    yield run
    for stop, _ in running:
        stop.set()
    for _, thread in running:
        thread.join(60)
        assert not thread.is_alive()


class Door:
    """A way to Dovecot that a test can close on whoever passes through it."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._open: list[socket.socket] = []
        self.passed = 0
        #: Whoever has passed and has not left yet.
        self.inside = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                inside, _ = self._listener.accept()
            except OSError:
                return
            outside = socket.create_connection(("127.0.0.1", self._target_port))
            self._open += [inside, outside]
            self.inside += 1
            self.passed += 1
            for source, target in ((inside, outside), (outside, inside)):
                threading.Thread(target=self._pump, args=[source, target], daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            return
        finally:
            if source.getsockname()[1] == self.port:
                self.inside -= 1

    def cut(self) -> None:
        """Break every connection."""
        for each in self._open:
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
        self._open.clear()

    def close(self) -> None:
        self._listener.close()
        self.cut()


@contextmanager
def door_to(port: int) -> Iterator[Door]:
    made = Door(port)
    yield made
    made.close()


def test_a_message_is_received_while_waiting_and_after_each_break(
    world: World, run_courier: Callable[[], threading.Event]
) -> None:
    with door_to(world.office.imap_port) as door:
        world.owner.one(world.seller, update("mail.mailbox", world.mailbox_id, imap_port=door.port))
        world.set_secret(world.mailbox_id)
        run_courier()
        eventually(lambda: door.passed >= 1)
        time.sleep(1)  # it waits in IDLE by now
        world.arrive(mail_from("a@b.example", to=world.address, subject="mentre aspetta"))
        # One IDLE lasts 300 s here: the server told.
        eventually(lambda: len(world.incoming()) == 1)
        door.cut()
        world.arrive(mail_from("a@b.example", to=world.address, subject="durante la rottura"))
        eventually(lambda: len(world.incoming()) == 2)
        assert door.passed >= 2
        assert [m["subject"] for m in world.incoming()] == ["mentre aspetta", "durante la rottura"]


def test_a_message_that_arrives_during_a_search_is_not_waited_for(world: World) -> None:
    reader = world.reader()
    server = imap.Server("127.0.0.1", world.office.imap_port, "none", world.address, world.office.password)
    folder = imap.Folder(server, "INBOX", tls=ssl.create_default_context(), timeout_s=20)
    folder.wait(0, is_over=lambda: True)  # what opening the folder has told
    world.arrive(mail_from("a@b.example", to=world.address))
    # Dovecot answers from what it knew, and tells of the message after it.
    found = folder.uids_after(0)
    began = time.monotonic()
    folder.wait(100, is_over=lambda: False)
    assert found == [1] or time.monotonic() - began < 50
    assert reader.read_new(folder) == 1
    folder.close()


def test_several_couriers_read_a_mailbox_once_and_one_takes_over(
    world: World, run_courier: Callable[[], threading.Event]
) -> None:
    with door_to(world.office.imap_port) as door:
        world.owner.one(world.seller, update("mail.mailbox", world.mailbox_id, imap_port=door.port))
        world.set_secret(world.mailbox_id)
        first = run_courier()
        eventually(lambda: door.passed == 1)
        run_courier()
        message_id = world.write(f"anna@{world.tag}.example")
        world.arrive(mail_from("a@b.example", to=world.address, subject="uno"))
        eventually(lambda: len(world.incoming()) == 1 and world.message(message_id)["state"] == "sent")
        time.sleep(2)
        assert door.passed == 1
        first.set()
        eventually(lambda: door.passed == 2)
        world.arrive(mail_from("a@b.example", to=world.address, subject="due"))
        eventually(lambda: len(world.incoming()) == 2)


def test_a_paused_mailbox_is_left_and_a_new_password_taken_up(
    world: World, run_courier: Callable[[], threading.Event]
) -> None:
    def state() -> str:
        stored = world.owner.stored("mail.mailbox", world.mailbox_id)
        assert stored is not None
        return str(stored["state"])

    with door_to(world.office.imap_port) as door:
        world.owner.one(world.seller, update("mail.mailbox", world.mailbox_id, imap_port=door.port))
        world.set_secret(world.mailbox_id, "wrong")
        run_courier()
        eventually(lambda: state() == "failing")
        world.set_secret(world.mailbox_id)
        world.arrive(mail_from("a@b.example", to=world.address, subject="uno"))
        eventually(lambda: len(world.incoming()) == 1)
        assert state() == "working"
        world.owner.one(world.seller, update("mail.mailbox", world.mailbox_id, paused=True))
        eventually(lambda: door.inside == 0)
        passed = door.passed
        world.arrive(mail_from("a@b.example", to=world.address, subject="due"))
        time.sleep(2)
        assert (len(world.incoming()), door.passed) == (1, passed)
        world.owner.one(world.seller, update("mail.mailbox", world.mailbox_id, paused=False))
        eventually(lambda: len(world.incoming()) == 2)


def test_claims_end_with_the_connection_that_holds_them(world: World, chosen: MailSettings) -> None:
    url = world.owner.owner.database.engine.url.set(drivername="postgresql")
    one, other = (Claims(url.render_as_string(hide_password=False)) for _ in range(2))
    assert one.take("a") and not other.take("a") and other.take("b")
    one.close()
    eventually(lambda: other.take("a"))
    other.give_back("b")
    other.close()


def test_an_operator_sees_what_waits(world: World) -> None:
    world.write(f"anna@{world.tag}.example")
    studio = f"studio@commercialista-{world.tag}.example"
    world.party(studio), world.party(studio)
    world.arrive(mail_from(studio, to=world.address))
    world.read()
    with world.owner.owner.database.read() as connection:
        found = figures(connection)
    assert (found.queued, found.uncertain, found.review, found.failing) == (1, 0, 1, 0)
    assert 0 <= found.oldest_queued_s < 60 and 0 <= found.read_lag_s < 60


# The print, over gRPC


class FakeOffers(service_pb2_grpc.OffersDocumentsServicer):
    """Offers' side of the print alone."""

    def __init__(self) -> None:
        self.sha256 = hashlib.sha256(PDF).hexdigest()
        self.asked: list[tuple[str, bool]] = []

    def PrintRevision(  # noqa: N802
        self, request: service_pb2.PrintRevisionRequest, context: grpc.ServicerContext
    ) -> service_pb2.PrintRevisionResponse:
        self.asked.append((request.language, rpc.current_actor().is_system))
        return service_pb2.PrintRevisionResponse(
            file_name="../OFF-1 rev. 2.pdf", content_type="application/pdf", content=PDF, sha256=self.sha256
        )


def test_the_print_is_fetched_as_the_system_and_checked() -> None:
    fake = FakeOffers()

    def register(server: Any) -> None:
        service_pb2_grpc.add_OffersDocumentsServicer_to_server(fake, server)

    running = rpc.start_server(register, host="127.0.0.1", port=0, threads=2)
    prints = OffersPrints({"offers": f"127.0.0.1:{running.port}"})
    try:
        file = prints.print_revision("01a20914-13bb-77d6-aef9-a83689722bed", "it")
        assert (file.file_name, file.content, fake.asked) == ("OFF-1 rev. 2.pdf", PDF, [("it", True)])
        fake.sha256 = "0" * 64
        with pytest.raises(Unavailable, match="PRINT_DAMAGED"):
            prints.print_revision("01a20914-13bb-77d6-aef9-a83689722bed", "it")
    finally:
        running.drain(0)
    with pytest.raises(Unavailable):
        prints.print_revision("01a20914-13bb-77d6-aef9-a83689722bed", "it")
    with pytest.raises(Unavailable):
        OffersPrints({}).print_revision("01a20914-13bb-77d6-aef9-a83689722bed", "it")
