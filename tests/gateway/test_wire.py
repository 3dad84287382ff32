"""`python -m gateway` as a process: what only a real socket shows."""

import json
import signal
import socket
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.gateway.conftest import World
from tests.gateway.running import Running, running_gateway

PARTY = "0190a000-0000-7000-8000-000000000001"


@pytest.fixture
def running(world: World, tmp_path: Path) -> Iterator[Running]:
    with running_gateway(world, tmp_path) as started:
        started.wait_until_ready()
        yield started


def request(world: World, line: str, *headers: str) -> bytes:
    token = f"Authorization: Bearer {world.identity.token()}"
    return "\r\n".join([f"{line} HTTP/1.1", "Host: x", token, *headers, "", ""]).encode()


def read_answer(connection: socket.socket) -> tuple[int, bytes]:
    """Return status and body of one answer with a Content-Length."""
    received = b""
    while b"\r\n\r\n" not in received:
        part = connection.recv(65536)
        assert part, received
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    length = next(
        (int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0
    )
    while len(body) < length:
        body += connection.recv(65536)
    return int(head.split()[1]), body


def data_segments_received(connection: socket.socket) -> int:
    """tcpi_data_segs_in of Linux's struct tcp_info."""
    information = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
    if len(information) < 160:
        pytest.skip("this kernel does not count segments")
    (count,) = struct.unpack_from("I", information, 152)
    return int(count)


def test_headers_and_body_leave_in_one_segment(running: Running, world: World) -> None:
    world.crm.put("crm.party", PARTY, name="Rossi")
    with running.connect() as connection:
        for number in range(1, 6):
            connection.sendall(request(world, f"GET /v1/crm/parties/{PARTY}"))
            assert read_answer(connection)[0] == 200
            assert data_segments_received(connection) == number


def test_a_head_above_the_limit_is_refused(running: Running, world: World) -> None:
    for junk in (["X-Junk: " + "x" * 40_000], [f"X-{n}: {'y' * 500}" for n in range(100)]):
        with running.connect() as connection:
            connection.sendall(request(world, "GET /v1/crm/parties", *junk))
            status, body = read_answer(connection)
            assert (status, json.loads(body)["reason"]) == (431, "HEADERS_TOO_LARGE")
    with running.connect() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nX-Endless: ")
        with pytest.raises(OSError):
            for _ in range(10_000):
                connection.sendall(b"z" * 1000)
    assert world.reached == []
    assert httpx.get(f"{running.url}/healthz").status_code == 200


def test_what_is_no_http_is_refused(running: Running) -> None:
    for noise in (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", b"HELO x\r\n\r\n", b"GET\r\n\r\n"):
        with running.connect() as connection:
            connection.sendall(noise)
            status, body = read_answer(connection)
            assert (status, json.loads(body)["reason"]) == (400, "INVALID_HTTP")


def test_a_body_without_declared_length_is_limited_too(running: Running, world: World) -> None:
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    head = request(world, "POST /v1/changes", "Content-Type: application/json", "Transfer-Encoding: chunked")
    with running.connect() as connection:
        connection.sendall(head)
        for _ in range(140):
            connection.sendall(chunk)
        status, body = read_answer(connection)
    assert (status, json.loads(body)["reason"]) == (413, "BODY_TOO_LARGE")


def test_head_is_get_without_a_body(running: Running, world: World) -> None:
    world.crm.put("crm.party", PARTY, name="Rossi")
    headers = {"Authorization": f"Bearer {world.identity.token()}"}
    answer = httpx.head(f"{running.url}/v1/crm/parties/{PARTY}", headers=headers)
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (200, b"", '"1"')
    assert int(answer.headers["content-length"]) > 0


def test_metrics_count_requests_by_route_not_by_id(running: Running, world: World) -> None:
    headers = {"Authorization": f"Bearer {world.identity.token()}"}
    for path in (f"/v1/crm/parties/{PARTY}", "/v1/crm/parties", "/surprise", f"/v1/{PARTY}/{PARTY}/{PARTY}"):
        httpx.get(running.url + path, headers=headers)
    text = httpx.get(f"http://127.0.0.1:{running.metrics_port}/metrics").text
    assert 'sales_http_seconds_count{method="GET",route="/v1/crm/parties/{id}",status="404"} 1.0' in text
    assert 'sales_http_seconds_count{method="GET",route="none",status="404"} 2.0' in text
    assert 'sales_grpc_client_seconds_count{method="/sales.sync.v1.RecordsService/Get"' in text
    assert PARTY not in text


def test_sigterm_lets_the_request_in_flight_finish(running: Running, world: World) -> None:
    def slowly(method: str) -> None:
        time.sleep(0.5)

    world.crm.fails_with = slowly
    with running.connect() as connection:
        connection.sendall(request(world, "GET /v1/crm/parties"))
        while not world.reached:
            time.sleep(0.01)
        running.process.send_signal(signal.SIGTERM)
        assert read_answer(connection)[0] == 200
    assert running.process.wait(60) == 0
    assert not running.ready.exists()


def test_it_is_ready_only_once_identity_is_followed(world: World, tmp_path: Path) -> None:
    world.identity.stop()
    with running_gateway(world, tmp_path) as started:
        time.sleep(2)
        assert started.process.poll() is None
        assert not started.ready.exists()
        world.identity.start()
        started.wait_until_ready()
