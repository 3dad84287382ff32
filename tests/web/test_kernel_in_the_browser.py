"""The Python kernel in a real browser, under the gateway's real policy: the same answers as here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from services.kit.entities import default_values, entity
from services.offers.domain.calls import call
from tests.gateway.conftest import World
from tests.gateway.fakes import FakeIdentity, FakeOwner
from tests.gateway.running import running_gateway
from tests.offers.pyodide.questions import questions
from tests.web.browser import BUILD, PATIENCE_MS, require_browser_and_build, running_browser

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

#: Starts the built worker as the page does, asks everything; what it answered, and what the policy forbade.
_ASK = """async ({ worker, base, calls }) => {
  const violations = [];
  document.addEventListener('securitypolicyviolation', (event) => violations.push(event.violatedDirective));
  const kernel = new Worker(worker, { type: 'module' });
  const waiting = new Map();
  kernel.onmessage = ({ data }) => waiting.get(data.call)(data);
  kernel.onerror = (event) => { for (const answer of waiting.values()) answer({ failed: event.message }); };
  const ask = (number, [name, request]) => new Promise((resolve) => {
    waiting.set(number, resolve);
    kernel.postMessage({ call: number, base, name, request });
  });
  const answers = [];
  for (const [number, each] of calls.entries()) {
    const answer = await ask(number, each);
    answers.push(answer.text ?? `failed: ${answer.failed}`);
  }
  kernel.terminate();
  return { answers, violations };
}"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    require_browser_and_build()
    names = ("crm", "offers", "aftersales", "mail")
    crm, offers, aftersales, mail = (FakeOwner(name) for name in names)
    world = World(crm, offers, FakeIdentity(), aftersales, mail)
    for owner in world.owners:
        owner.start()
    folder: Path = tmp_path_factory.mktemp("gateway")
    with running_gateway(world, folder) as gateway:
        gateway.wait_until_ready()
        yield gateway.url
    for owner in world.owners:
        owner.stop()


@pytest.fixture(scope="module")
def page(address: str) -> Iterator[Page]:
    with running_browser() as browser:
        page = browser.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(f"{address}/settings")
        yield page


def _asked(page: Page, calls: list[tuple[str, str]]) -> list[str]:
    (base,) = [f"/kernel/{folder.name}/" for folder in (BUILD / "kernel").iterdir() if folder.is_dir()]
    (worker,) = [
        f"/assets/{path.name}"
        for path in (BUILD / "assets").glob("worker-*.js")
        if "price_records" in path.read_text()
    ]
    found = page.evaluate(_ASK, {"worker": worker, "base": base, "calls": calls})
    assert found["violations"] == []
    return list(found["answers"])


def test_every_vector_and_random_offer_has_the_same_answer_as_here(page: Page) -> None:
    calls = [(name, request) for name, request in json.loads(questions(40))["calls"]]
    assert len(calls) > 200
    assert _asked(page, calls) == [call(name, request) for name, request in calls]


def test_records_are_priced_as_the_desktop_copy_prices_them(page: Page) -> None:
    revision = {"currency": "", "header_discounts": "5+2", "split_payment": False} | dict.fromkeys(
        ("payment_terms", "delivery_terms", "introduction"), ""
    )
    draft = {"revision": revision, "lines": [_line("b", 1), _line("a", 0)], "charges": []}
    (text,) = _asked(page, [("price_records", json.dumps(draft))])
    priced = json.loads(text)["ok"]
    # 2 x 100.00 less 10+5 is 171.00 a line; 342.00 less 5+2 is 318.40 (kernel: rounded once on the net).
    assert priced["lines"] == {"a": {"amount": "171.00"}, "b": {"amount": "171.00"}}
    assert priced["revision"]["lines_net"] == "342.00"
    assert priced["revision"]["taxable"] == "318.40"
    assert priced["missing"] == []


def test_what_the_kernel_refuses_has_its_reason(page: Page) -> None:
    revision = {"currency": "EUR", "header_discounts": "nonsense", "split_payment": False} | dict.fromkeys(
        ("payment_terms", "delivery_terms", "introduction"), ""
    )
    draft = {"revision": revision, "lines": [_line("a", 0)], "charges": []}
    (text,) = _asked(page, [("price_records", json.dumps(draft))])
    assert json.loads(text)["error"]["reason"]


def _line(line_id: str, position: int) -> dict[str, Any]:
    return {
        **default_values(entity("offers.line")),
        "id": line_id,
        "position": position,
        "quantity": "2",
        "unit_price": "100.00",
        "discounts": "10+5",
        "vat_rate": "22",
        "description": "Pressa",
    }
