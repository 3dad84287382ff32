"""The web client in Chromium, on the built files: start, first sync, filter, keys, memory, two journeys.

Goals of the web client's issue. The server is a stage (`tests/web/stage.py`) that answers at once: what is
measured is the client. Journeys are typed at the speed of somebody who types well: five keys a second.
"""

from __future__ import annotations

import gzip
import re
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import BrowserContext, Page

from services.local.install.browser import chromium
from tests.bench.support.bench import Bench
from tests.bench.support.figures import Figure, Goal, Repeated, percentile
from tests.web.browser import BUILD, profile_opened
from tests.web.stage import BIG_OFFER, Stage, party_id

POSITION = 95

_PARTIES: Final = 20_000
_KEY_S: Final = 0.2
_WIDE: Final = {"width": 1440, "height": 900}

#: Notes what happens in the page, with the page's own clock.
_NOTES = """() => {
  const notes = { long: [], frames: [], kernel: [], gaps: [], typedAt: 0 };
  window.__notes = notes;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) notes.long.push([entry.startTime, entry.duration]);
  }).observe({ type: 'longtask', buffered: true });
  addEventListener('keydown', (event) => {
    const begun = event.timeStamp;
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => notes.frames.push(performance.now() - begun);
      port2.postMessage(0);
    });
  }, true);
  const Original = window.Worker;
  window.Worker = class extends Original {
    constructor(address, options) {
      super(address, options);
      if (options?.name !== 'kernel') return;
      const asked = new Map();
      const post = this.postMessage.bind(this);
      this.postMessage = (message) => { asked.set(message.call, performance.now()); post(message); };
      this.addEventListener('message', ({ data }) =>
        notes.kernel.push(performance.now() - asked.get(data.call)));
    }
  };
}"""

_FILTER = """async (worker) => {
  const port = new Worker(worker, { type: 'module' });
  const waiting = new Map();
  port.onmessage = ({ data }) => { if (data.kind === 'answer') waiting.get(data.watch)?.(data.answer); };
  let next = 1;
  const ask = (text) => new Promise((resolve) => {
    const begun = performance.now();
    waiting.set(next, (answer) => resolve([performance.now() - begun, answer.total]));
    const where = text === '' ? {} : { text };
    const watched = { kind: 'records', entity: 'crm.party', where, order: [['name', 'asc']], limit: 50 };
    port.postMessage({ kind: 'watch', watch: next++, watched });
  });
  // The first question loads the entity, the second orders it.
  await ask(''); await ask('warm');
  const taken = [];
  const texts = ['rossi 0', 'meccanica 1', 'conti 19', 'ferrari'];
  for (let n = 0; n < 40; n += 1) taken.push(await ask(texts[n % 4] + n));
  port.terminate();
  return taken;
}"""


_DRAWN = """name => {
  const drawn = document.querySelector('h1')?.textContent.includes(name);
  if (drawn) __notes.drawn ??= performance.now();
  return drawn;
}"""


_WRITTEN = """wanted => {
  const rows = [...document.querySelectorAll('[role=grid] [role=row]')].slice(1, -1);
  const cells = (row) => [...row.querySelectorAll('[role=gridcell]')].map((cell) => cell.textContent);
  const found = rows.map(cells).map(([code, , quantity]) => [code, quantity]);
  return JSON.stringify(found) === JSON.stringify(wanted);
}"""


def measure(bench: Bench) -> Iterator[Figure]:
    """Measure the build, then one browser from the first sync to the journeys."""
    if chromium() is None or not (BUILD / "index.html").exists():
        raise RuntimeError("Chromium and the built client are needed")
    yield _bundle()
    stage = Stage(_PARTIES)
    try:
        with tempfile.TemporaryDirectory(prefix="bench-web-") as folder:
            yield from _figures(stage, Path(folder))
    finally:
        stage.stop()


def _bundle() -> Figure:
    index = (BUILD / "index.html").read_text()
    (main,) = re.findall(r'<script type="module"[^>]*src="/(assets/[^"]+\.js)"', index)
    size = len(gzip.compress((BUILD / main).read_bytes(), 9)) / 1000
    return Figure("main bundle, gzip", {"kb": size}, goals=(Goal("kb", 200),))


def _figures(stage: Stage, profile: Path) -> Iterator[Figure]:
    with profile_opened(profile, stage.address) as context:
        page = _page(context)
        yield from _first_sync(page)
        yield _filtered(page)
        yield from _big_offer(page)
        yield from _scrolling(page, context)
        page.evaluate("navigator.serviceWorker.ready")
        stage.stop()
        yield _started("reload at a record, server dead", [_opened(page, n) for n in range(5)])
        stage.start()
    stage.stop()
    restarts = []
    for number in range(3):
        with profile_opened(profile, stage.address) as context:
            restarts.append(_opened(_page(context), number))
    yield _started("browser restarted at a record, server dead", restarts)
    with profile_opened(profile, stage.address) as context:
        page = _page(context)
        yield _journey("a call logged, by keyboard", _log_call(page), Goal("seconds", 10))
        yield _journey("a ten-line offer, by keyboard", _write_offer(page), Goal("seconds", 60))


def _page(context: BrowserContext) -> Page:
    context.add_init_script(f"({_NOTES})()")
    page = context.pages[0] if context.pages else context.new_page()
    page.set_viewport_size(_WIDE)
    return page


def _first_sync(page: Page) -> Iterator[Figure]:
    """From the click on sign in until all rows are stored and the list shows them."""
    page.goto("/customers")
    page.get_by_label("Nome utente").fill("sales")
    page.get_by_label("Password", exact=True).fill("secret")
    page.evaluate("addEventListener('submit', () => { __notes.begun = performance.now(); }, true)")
    page.get_by_role("button", name="Accedi").click()
    page.wait_for_function(
        """rows => {
          const shown = Number(document.querySelector('[role=grid]')?.ariaRowCount ?? 0) > rows
            && document.querySelector('[data-state]')?.dataset.state === 'synced';
          if (shown) __notes.shown ??= performance.now();
          return shown;
        }""",
        arg=_PARTIES,
        polling="raf",
    )
    notes = page.evaluate("__notes")
    blocked = sum(max(0.0, each[1] - 50) for each in notes["long"] if each[0] >= notes["begun"])
    seconds = (notes["shown"] - notes["begun"]) / 1000
    yield Figure(
        f"first sync, {_PARTIES:,} rows stored and shown", {"seconds": seconds}, goals=(Goal("seconds", 4),)
    )
    yield Figure("page blocked meanwhile", {"total_ms": blocked}, goals=(Goal("total_ms", 50),))


def _filtered(page: Page) -> Figure:
    (worker,) = [
        f"/assets/{path.name}"
        for path in (BUILD / "assets").glob("worker-*.js")
        if "price_records" not in path.read_text()
    ]
    taken = Repeated([each[0] for each in page.evaluate(_FILTER, worker)])
    values, spread = {"median_ms": taken.median}, {"median_ms": taken.spread}
    note = "asked and answered, through the worker"
    return Figure(f"filter of {_PARTIES:,} rows", values, spread, (Goal("median_ms", 10),), note)


def _big_offer(page: Page) -> Iterator[Figure]:
    page.goto(f"/offers/{BIG_OFFER}")
    grid = page.get_by_role("grid")
    grid.focus()
    # The kernel is fetched and started: its first answer is no figure.
    page.wait_for_function("__notes.kernel.length > 0", timeout=180_000)
    time.sleep(1)
    page.evaluate("__notes.frames.length = 0; __notes.kernel.length = 0")
    for number in range(15):
        for key in (
            "ArrowDown",
            "ArrowRight",
            "ArrowDown",
            "ArrowLeft",
            "PageDown" if number % 5 == 0 else "ArrowUp",
        ):
            page.keyboard.press(key)
            time.sleep(0.03)
    page.keyboard.press("Control+Home")
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    for number in range(12):
        for key in (*str(number + 2), "Enter"):
            page.keyboard.press(key)
            time.sleep(0.05)
        time.sleep(0.6)
    notes = page.evaluate("__notes")
    frames = sorted(notes["frames"])
    values = {"p50_ms": statistics.median(frames), "p95_ms": percentile(frames, 95)}
    note = f"{len(frames)} keys, until the frame is drawn"
    yield Figure("key to frame, offer of 400 lines", values, {}, (Goal("p95_ms", 25),), note)
    taken = Repeated(notes["kernel"])
    values, spread = {"median_ms": taken.median}, {"median_ms": taken.spread}
    note = "Pyodide, asked and answered; whole offer after each change"
    yield Figure("400 lines repriced", values, spread, (Goal("median_ms", 15),), note)


def _scrolling(page: Page, context: BrowserContext) -> Iterator[Figure]:
    """Through all customers by PageDown and End; how long the page's thread was held, and what it keeps."""
    page.goto("/customers")
    page.get_by_role("grid").focus()
    page.evaluate("__notes.frames.length = 0; __notes.long.length = 0")
    for number in range(40):
        page.keyboard.press(("PageDown", "PageDown", "End", "PageUp", "Home")[number % 5])
        time.sleep(0.05)
    notes = page.evaluate("__notes")
    frames = sorted(notes["frames"])
    cdp = context.new_cdp_session(page)
    cdp.send("Performance.enable")
    cdp.send("HeapProfiler.collectGarbage")
    metrics = {each["name"]: each["value"] for each in cdp.send("Performance.getMetrics")["metrics"]}
    values = {"p95_ms": percentile(frames, 95), "page_heap_mb": metrics["JSHeapUsedSize"] / 1e6}
    yield Figure(
        f"scrolling through {_PARTIES:,} customers", values, note="key to frame; the page's heap afterwards"
    )


def _opened(page: Page, number: int) -> float:
    """Return the seconds from navigation until the record's name is drawn."""
    page.goto(f"/customers/{party_id(100 + number)}", wait_until="commit")
    page.wait_for_function(_DRAWN, arg=f"{100 + number:05d}", polling="raf")
    return float(page.evaluate("__notes.drawn")) / 1000


def _started(name: str, taken: list[float]) -> Figure:
    repeated = Repeated(taken)
    return Figure(name, {"seconds": repeated.median}, {"seconds": repeated.spread}, (Goal("seconds", 1),))


@dataclass
class _Typist:
    """Presses keys one after the other, none sooner than a person would."""

    page: Page
    keys: int = 0
    begun: float = 0.0

    def press(self, *keys: str) -> None:
        for key in keys:
            self.begun = self.begun or time.monotonic()
            self.page.keyboard.press(key)
            self.keys += 1
            time.sleep(_KEY_S)

    def type(self, text: str) -> None:
        self.press(*("Space" if letter == " " else letter for letter in text))

    def told(self) -> dict[str, Any]:
        """Return the journey that has just ended."""
        return {"seconds": time.monotonic() - self.begun, "keys": self.keys}


def _log_call(page: Page) -> dict[str, Any]:
    page.goto("/today")
    page.locator("h1").wait_for()
    typist = _Typist(page)
    typist.press("n")
    page.get_by_role("dialog").wait_for()
    typist.type("00042")
    page.get_by_role("option").first.wait_for()
    typist.press("Enter", "Tab", "Tab")
    typist.type("Prezzo pressa")
    typist.press("Tab", "Tab")
    typist.type("Richiama")
    typist.press("Control+Enter")
    page.get_by_text("Attività registrata: Prezzo pressa").first.wait_for()
    return typist.told()


def _write_offer(page: Page) -> dict[str, Any]:
    page.goto(f"/customers/{party_id(42)}")
    page.locator("h1").wait_for()
    typist = _Typist(page)
    typist.press("n")
    page.get_by_role("dialog").wait_for()
    # To the kinds, on to the offer; its customer is the one on view.
    typist.press(*["Shift+Tab"] * 3, *["ArrowRight"] * 3, "Tab", "Tab")
    typist.type("Linea nuova")
    typist.press("Control+Enter")
    page.get_by_role("grid").focus()
    codes = [f"ART{number * 7:03d}" for number in range(10)]
    for code in codes:
        typist.type(code)
        typist.press("Enter")
    typist.press("Control+Home", "ArrowRight", "ArrowRight")
    for number in range(10):
        typist.press(str(number % 9 + 1), "Enter")
    # Over when all ten lines stand there as they were meant.
    wanted = [[code, str(number % 9 + 1)] for number, code in enumerate(codes)]
    page.wait_for_function(_WRITTEN, arg=wanted)
    return typist.told()


def _journey(name: str, found: dict[str, Any], goal: Goal) -> Figure:
    return Figure(name, found, goals=(goal,), note=f"{1 / _KEY_S:.0f} keys a second")
