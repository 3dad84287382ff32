"""What stock nameko, kombu and psycopg do wrong, one by one; each in a process that is patched as a worker
is.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.kit.bus.support import ROOT, Source


def run(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'protos/gen/py'}", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


CHECK = """
import os
from services.kit.worker import process
from services.kit.database import Database
if os.environ.get("BLOCKING"):
    import psycopg.waiting
    psycopg.waiting.wait = psycopg.waiting.wait_c
process.check_database_yields(Database("probe", os.environ["URL"], tables={}))
print("yields")
"""


def test_the_self_test_passes_with_the_chosen_way_of_waiting(source: Source) -> None:
    done = run(CHECK, URL=source.url)
    assert done.stdout == "yields\n", done.stderr


def test_the_self_test_stops_a_worker_whose_database_blocks_it(source: Source) -> None:
    done = run(CHECK, URL=source.url, BLOCKING="1")
    assert done.returncode != 0
    assert "blocks the event loop" in done.stderr


@pytest.mark.parametrize("early", ["psycopg", "sqlalchemy", "pydantic", "grpc"])
def test_a_worker_refuses_to_start_when_something_was_imported_before_the_patch(early: str) -> None:
    done = run(f"import {early}\nimport services.kit.worker.process")
    assert done.returncode != 0
    assert "must patch before anything else" in done.stderr


def test_nothing_of_grpc_and_no_console_library_is_loaded_in_a_worker() -> None:
    done = run(
        "import services.kit.worker.process, sys\n"
        "print([name for name in ('grpc', 'rich', 'typer', 'starlette') if name in sys.modules])"
    )
    assert done.stdout == "[]\n", done.stderr


SETTLE = """
import services.kit.worker.process
import amqp
from types import SimpleNamespace
from services.kit.worker.edge import BusConsumer
consumer = BusConsumer()
def broken():
    raise {error}
alive = SimpleNamespace(channel=SimpleNamespace(connection=object()))
consumer.settle(alive, broken)
consumer.settle(SimpleNamespace(channel=SimpleNamespace(connection=None)), broken)
rejected = []
alive.reject = lambda: rejected.append("rejected")
alive.ack = lambda: rejected.append("acknowledged")
consumer.on_decode_error(alive, ValueError())
print(rejected)
"""


@pytest.mark.parametrize(
    "error", ["ConnectionResetError()", "BrokenPipeError()", "OSError()", "amqp.RecoverableConnectionError()"]
)
def test_an_acknowledgement_that_meets_a_dead_socket_kills_nobody(error: str) -> None:
    done = run(SETTLE.format(error=error))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "['rejected']", (
        "what cannot be decoded is rejected, not acknowledged"
    )
