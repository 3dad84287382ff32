"""One write can be followed from its HTTP request to the last statement of the worker that heard of it."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import SignIn, created
from tests.support.installation import Installation
from tests.support.watching import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]


def spans(file: Path, trace_id: str) -> list[dict[str, Any]]:
    # A last line without its end is being written.
    lines = file.read_text().split("\n")[:-1] if file.exists() else []
    return [span for span in map(json.loads, lines) if span["trace_id"] == trace_id]


def test_one_trace_leads_from_http_over_grpc_outbox_and_bus_to_sql(
    system: Installation, sign_in: SignIn
) -> None:
    north = sign_in("sales.north")
    trace_id = secrets.token_hex(16)
    created(
        north.post(
            "/v1/crm/parties",
            json={"name": "Traccia S.p.A."},
            headers={"traceparent": f"00-{trace_id}-{secrets.token_hex(8)}-01"},
        )
    )
    file = Path(system.settings["SALES_TRACE_FILE"])

    # Every service copies parties; offers is the one that is followed.
    def handled() -> list[dict[str, Any]]:
        return [
            span
            for span in spans(file, trace_id)
            if (span["name"], span["service"]) == ("handle copy_parties", "offers")
        ]

    def is_told() -> bool:
        # A span is written when it ends: the relay's may end after a worker has handled what it published.
        names = " ".join(span["name"] for span in spans(file, trace_id))
        return bool(handled()) and all(each in names for each in ("POST /v1/crm/parties", "Apply", "publish"))

    eventually(is_told)
    (handler, *_) = handled()
    found = spans(file, trace_id)
    by_id = {span["span_id"]: span for span in found}
    statements = [span for span in found if span["parent_id"] == handler["span_id"]]
    assert statements, "the handler's own statements"
    assert {(span["service"], span["role"]) for span in statements} == {("offers", "worker")}

    path = [handler]
    while path[-1]["parent_id"] in by_id:
        path.append(by_id[path[-1]["parent_id"]])
    roles = [(span["service"], span["role"]) for span in path]
    assert roles[-1][0] == "gateway", roles
    assert ("crm", "api") in roles
    names = {span["name"] for span in found}
    assert "POST /v1/crm/parties" in names
    assert any("Apply" in name for name in names), names
    assert any("publish" in name for name in names), names
    owners = [span for span in found if (span["service"], span["role"]) == ("crm", "api")]
    assert any(span["name"].startswith("SQL ") for span in owners), [span["name"] for span in owners]
