"""schemathesis over the gateway's own document finds no 5xx and nothing that the document does not promise.

Slow because it sends some 5,000 requests; the first run also installs schemathesis.
"""

from pathlib import Path

import httpx
import pytest

from tests.gateway.conftest import World
from tests.gateway.fuzzing import WITHOUT_FILES, fuzz, sign_in
from tests.gateway.running import running_gateway
from tests.support.installation import Installation
from tests.support.watching import eventually


@pytest.mark.timeout(300)
def test_generated_requests_find_nothing(world: World, tmp_path: Path) -> None:
    with running_gateway(world, tmp_path) as started:
        started.wait_until_ready()
        eventually(lambda: httpx.get(f"{started.url}/readyz").status_code == 200)
        token = world.identity.token(lifetime_s=3600)
        done = fuzz(started.url, token=token, seconds=30, excluded=WITHOUT_FILES)
    assert done.returncode == 0, done.stdout + done.stderr
    # How many fit into the time depends on what else the machine does.
    assert len(world.reached) > 100


@pytest.mark.e2e
@pytest.mark.timeout(300)
def test_generated_requests_find_no_server_error_in_the_whole_system(system: Installation) -> None:
    token = sign_in(system.address, "sales.manager", system.password)
    done = fuzz(system.address, token=token, seconds=30, checks="not_a_server_error")
    assert done.returncode == 0, done.stdout + done.stderr
