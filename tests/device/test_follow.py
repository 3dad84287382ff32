"""A copy that follows the server: news arrive and own changes leave by themselves, whatever the line does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from gateway.device import following, outgoing
from gateway.device.device import Device
from gateway.device.errors import DeviceError, SignInNeeded, Wiped
from gateway.device.following import Following
from tests.device.conftest import party
from tests.device.fake_owners import PARTY
from tests.device.fake_sync import FakeSync
from tests.device.support import Clock, content, device_on, file_bytes
from tests.support.watching import eventually

POKE = b'event: poke\ndata: {"head":99}\n\n'


class Follower:
    """A following device in a thread of its own, as it is a process of its own."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.failed: list[str] = []
        self.ended_by: DeviceError | None = None

    def run(self, server: FakeSync, folder: Path, stop: threading.Event) -> None:
        device = device_on(server, folder, Clock())
        try:
            Following(device, tell=self._tell, tell_error=self._tell_error, pause_s=0.01).run(stop)
        except DeviceError as error:
            self.ended_by = error
        finally:
            device.close()

    def _tell(self, key: str, values: dict[str, object]) -> None:
        self.told.append(f"{key} {values}")

    def _tell_error(self, error: DeviceError) -> None:
        self.failed.append(error.reason)


@pytest.fixture
def follow(server: FakeSync, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], object]:
    monkeypatch.setattr(following, "_LOOK_S", 0.01)

    @contextmanager
    def followed() -> Iterator[Follower]:
        stop, follower = threading.Event(), Follower()
        thread = threading.Thread(target=follower.run, args=(server, tmp_path, stop))
        thread.start()
        try:
            yield follower
        finally:
            stop.set()
            thread.join(60)
            server.tell(None)
            assert not thread.is_alive()

    return followed


Follow = Callable[[], "contextmanager[Follower]"]


def name_of(device: Device) -> str:
    """The name of the first party, "" before it has arrived."""
    record = device.view.record(PARTY, party(0))
    return str(record["name"]) if record else ""


def test_news_arrive_and_own_changes_leave(server: FakeSync, tmp_path: Path, follow: Follow) -> None:
    with follow() as follower:
        eventually(lambda: server.streams and len(server.pulls) == 1)
        user = device_on(server, tmp_path, Clock())
        server.owners.update(party(0), name="News")
        server.ingest()
        server.tell(POKE)
        eventually(lambda: name_of(user) == "News")
        user.author.edit(PARTY, party(1), {"name": "Mine"})
        eventually(lambda: server.owners.records[party(1)].values["name"] == "Mine")
        user.close()
    assert follower.ended_by is None
    assert follower.told[0].startswith("following")
    assert "pushed {'outcomes': {'applied': 1}}" in follower.told


def test_a_broken_line_is_opened_again_and_nothing_is_missed(
    server: FakeSync, tmp_path: Path, follow: Follow
) -> None:
    with follow() as follower:
        eventually(lambda: len(server.pulls) == 1)
        server.away = True
        server.tell(httpx.ReadError("gone"))
        eventually(lambda: follower.failed.count("SERVER_AWAY") >= 3)
        server.owners.update(party(0), name="Missed")
        server.ingest()
        server.away = False
        eventually(lambda: len(server.streams) == 2)
        eventually(lambda: len(server.pulls) == 2)
    user = device_on(server, tmp_path, Clock())
    assert name_of(user) == "Missed"
    user.close()


class Patience(threading.Event):
    """Notes how long it is asked to wait, and has enough after nine times."""

    def __init__(self) -> None:
        super().__init__()
        self.pauses: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.pauses.append(timeout or 0)
        if len(self.pauses) == 9:
            self.set()
        return True


def test_the_pauses_between_tries_grow_up_to_a_minute(
    server: FakeSync, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following.random, "uniform", lambda low, high: high)
    device = device_on(server, tmp_path, Clock())
    server.away = True
    stop = Patience()
    Following(device, tell=lambda key, values: None, tell_error=lambda error: None).run(stop)
    assert stop.pauses == [0.5, 1, 2, 4, 8, 16, 32, 60, 60]
    device.close()


def test_a_stream_that_ends_with_its_token_is_opened_again_without_a_word(
    server: FakeSync, follow: Follow
) -> None:
    with follow() as follower:
        eventually(lambda: len(server.pulls) == 1)
        server.tell(None)
        eventually(lambda: len(server.streams) == 2)
        eventually(lambda: len(server.pulls) == 2)
    assert follower.failed == []


def test_a_wipe_is_obeyed_at_once(server: FakeSync, tmp_path: Path, follow: Follow) -> None:
    with follow() as follower:
        eventually(lambda: len(server.pulls) == 1)
        server.tell(b'event: wipe\ndata: {"reason":"revoked"}\n\n')
        eventually(lambda: follower.ended_by is not None)
    assert isinstance(follower.ended_by, Wiped)
    assert b"Party" not in file_bytes(tmp_path)
    server.revoked = True
    emptied = device_on(server, tmp_path, Clock())
    assert content(emptied.store) == {}
    emptied.close()


def test_a_session_that_is_over_ends_the_following(server: FakeSync, tmp_path: Path, follow: Follow) -> None:
    device = device_on(server, tmp_path, Clock())
    device.store.put(access="bad", refresh="")
    device.close()
    with follow() as follower:
        eventually(lambda: follower.ended_by is not None)
    assert isinstance(follower.ended_by, SignInNeeded)


def test_held_items_do_not_keep_the_line_busy(server: FakeSync, tmp_path: Path, follow: Follow) -> None:
    device = device_on(server, tmp_path, Clock())
    device.pull()
    server.owners.away = {"crm"}
    device.author.edit(PARTY, party(0), {"name": "Waits"})
    with follow():
        eventually(lambda: len(server.pulls) == 2)
        for _ in range(20):
            server.tell(b"event: ping\ndata: {}\n\n")
        eventually(lambda: server.calls.count("/v1/sync/pull") == 2)
        threading.Event().wait(0.3)
        assert server.calls.count("/v1/changes") == 1
        server.owners.away = set()
        server.owners.update(party(1), name="News")
        server.ingest()
        server.tell(POKE)
        eventually(lambda: not outgoing.waiting(device.store))
    assert server.owners.records[party(0)].values["name"] == "Waits"
    device.close()
