"""What a test run leaves behind that was killed."""

import signal
import subprocess
import sys
from pathlib import Path

from services.local import running
from tests.local.conftest import FAKE_UP
from tests.support.installation import Installation
from tests.support.servers import end_killed_runs
from tests.support.watching import eventually


def begin(runs: Path, name: str, owner: running.ProcessId) -> running.ProcessId:
    """A run with one server."""
    folder = runs / name
    folder.mkdir()
    owner.write(folder / "owner.process")
    server = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(600)"])
    identity = running.identify(server.pid)
    assert identity is not None
    identity.write(folder / "postgres.process")
    return identity


def test_the_servers_of_a_killed_run_are_ended_and_those_of_others_are_not(tmp_path: Path) -> None:
    owner = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(600)"])
    alive = running.identify(owner.pid)
    assert alive is not None
    dead = running.ProcessId(pid=owner.pid, started="long ago, another process with the same pid")
    abandoned, used = begin(tmp_path, "1-killed", dead), begin(tmp_path, "2-running", alive)

    end_killed_runs(tmp_path)

    assert not abandoned.is_alive()
    assert not (tmp_path / "1-killed").exists()
    assert used.is_alive()
    assert (tmp_path / "2-running").exists()
    running.end([used, alive], number=signal.SIGKILL, patience_s=5)


def test_an_installation_that_a_killed_test_left_running_is_ended(local_folder: Path, vhost: str) -> None:
    run = local_folder / "1-killed"
    installation = Installation(run / "installation", {"AMQP_URL": vhost}, FAKE_UP)
    installation.start()
    installation.wait_until_ready()
    end_killed_runs(local_folder)
    assert installation.wait_until_ended() == 0
    eventually(lambda: installation.pids == [])
    assert not run.exists()
