"""schemathesis over the gateway's own document finds no 5xx and nothing that the document does not promise.

Slow because it sends some 5,000 requests; the first run also installs schemathesis.
"""

from pathlib import Path

import pytest

from tests.gateway.conftest import World
from tests.gateway.fuzzing import fuzz
from tests.gateway.running import running_gateway


@pytest.mark.timeout(300)
def test_generated_requests_find_nothing(world: World, tmp_path: Path) -> None:
    with running_gateway(world, tmp_path) as started:
        started.wait_until_ready()
        done = fuzz(started.url, token=world.identity.token(lifetime_s=3600), seconds=40)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(world.reached) > 500
