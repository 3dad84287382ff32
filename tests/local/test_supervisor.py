"""The supervisor, with small fake processes instead of services."""

import os
import re
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from services.local import running
from services.local.backoff import Backoff
from services.local.logs import KEPT, rotate
from services.local.messages import CannotContinue
from services.local.process import Process
from services.local.supervisor import Supervisor
from tests.local.fakes import Fakes
from tests.support.watching import eventually, processes_with


@pytest.fixture
def fakes(tmp_path: Path) -> Fakes:
    return Fakes(tmp_path)


def supervisor_of(
    processes: Sequence[Process], fakes: Fakes, when_all_ready: Callable[[], None] = lambda: None
) -> Supervisor:
    return Supervisor(
        processes,
        run_folder=fakes.folder / "run",
        log_folder=fakes.folder / "log",
        when_all_ready=when_all_ready,
    )


@contextmanager
def running_all(processes: Sequence[Process], fakes: Fakes) -> Iterator[Supervisor]:
    """Everything ready inside the block, everything gone behind it."""
    ready = threading.Event()
    supervisor = supervisor_of(processes, fakes, ready.set)
    thread = threading.Thread(target=supervisor.run)
    thread.start()
    try:
        assert ready.wait(60)
        yield supervisor
    finally:
        supervisor.stop()
        thread.join(60)
    assert not thread.is_alive()
    # What was killed takes a moment to be gone.
    eventually(lambda: processes_with(f"FAKE_OF={fakes.folder}") == [])


def test_a_process_starts_after_what_it_needs_and_stops_before_it(fakes: Fakes) -> None:
    chain = [
        fakes.make("edge", needs=("api",)),
        fakes.make("api", needs=("step",)),
        fakes.step("step", "pass", needs=("server",)),
        fakes.make("server"),
    ]
    with running_all(chain, fakes):
        assert fakes.notes() == ["server started", "api started", "edge started"]
    assert fakes.notes()[3:] == ["edge stopped", "api stopped", "server stopped"]


def test_a_slow_start_is_told_and_so_is_its_end(fakes: Fakes, capsys: pytest.CaptureFixture[str]) -> None:
    ready = threading.Event()
    supervisor = supervisor_of([fakes.step("step", "import time; time.sleep(1)")], fakes, ready.set)
    supervisor.slow_after_s = 0.1
    thread = threading.Thread(target=supervisor.run)
    thread.start()
    try:
        assert ready.wait(60)
    finally:
        supervisor.stop()
        thread.join(60)
    said = re.findall(r"Not ready after \d+ s: step\. Still trying\.", capsys.readouterr().out)
    assert len(said) == 1


def test_what_dies_is_started_again(fakes: Fakes) -> None:
    with running_all([fakes.make("worker")], fakes):
        first = running.read(fakes.folder / "run" / "worker.process")
        assert first is not None
        os.kill(first.pid, signal.SIGKILL)
        eventually(lambda: fakes.notes() == ["worker started"] * 2)
    assert fakes.notes()[-1] == "worker stopped"


def test_a_crash_loop_is_shown_with_its_last_lines(fakes: Fakes, capsys: pytest.CaptureFixture[str]) -> None:
    with running_all([fakes.make("worker", "dies=3")], fakes):
        assert fakes.notes().count("worker started") == 4
    output = capsys.readouterr().out
    assert "worker has ended 3 times in a row" in output
    assert "    | cannot do it, 3. time" in output


def test_waiting_doubles_with_every_death_up_to_a_limit_and_begins_anew_after_a_stable_minute() -> None:
    backoff = Backoff()
    assert [backoff.after(1) for _ in range(8)] == [0.5, 1, 2, 4, 8, 16, 30, 30]
    assert backoff.after(61) == 0.5


def test_a_deaf_process_is_killed_with_its_children(fakes: Fakes) -> None:
    with running_all([fakes.make("deaf", "deaf", "parent", stop_timeout_s=0.3)], fakes):
        eventually(lambda: len(processes_with(f"FAKE_OF={fakes.folder}")) == 2)


def test_a_second_signal_kills_at_once(fakes: Fakes) -> None:
    with running_all([fakes.make("deaf", "deaf", stop_timeout_s=60)], fakes) as supervisor:
        supervisor.stop()
        threading.Timer(0.3, supervisor.stop).start()


def test_what_everything_stands_on_and_does_not_start_ends_everything(
    fakes: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.local.backoff.FIRST_S", 0.01)
    migration = fakes.step("migrate", "print('no such table'); raise SystemExit(1)", essential=True)
    supervisor = supervisor_of([fakes.make("server"), migration], fakes)
    with pytest.raises(CannotContinue, match="no such table"):
        supervisor.run()
    eventually(lambda: processes_with(f"FAKE_OF={fakes.folder}") == [])


def test_a_program_that_does_not_exist_is_no_end_of_the_supervisor(fakes: Fakes) -> None:
    missing = Process(name="missing", command=("/nowhere/program",))
    supervisor = supervisor_of([missing, fakes.make("server")], fakes)
    thread = threading.Thread(target=supervisor.run)
    thread.start()
    log = fakes.folder / "log" / "missing.log"
    eventually(lambda: fakes.notes() == ["server started"])
    eventually(lambda: log.exists() and "cannot be started" in log.read_text())
    supervisor.stop()
    thread.join(60)
    assert not thread.is_alive()


def test_logs_of_earlier_starts_are_kept_a_few(tmp_path: Path) -> None:
    for start in range(KEPT + 3):
        rotate(tmp_path, ["api"])
        (tmp_path / "api.log").write_text(str(start))
    logs = sorted(tmp_path.iterdir())
    assert [log.name for log in logs] == ["api.log", *(f"api.log.{number}" for number in range(1, KEPT + 1))]
    assert [log.read_text() for log in logs] == ["7", "6", "5", "4", "3", "2"]
