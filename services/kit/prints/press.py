"""The press: a process that typesets what others wrote, and can do nothing else.

`python -m services.kit.prints.press`, started by `typesetting` with a socket as its standard input and with
no secrets in its environment. Before the first template it gives away what it does not need: it can open no
file and no connection any more (RLIMIT_NOFILE), and it cannot grow beyond its memory. A job that takes too
long ends the process by its alarm, also when nobody is there any more to end it.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import resource
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

import docx
import typst

from services.kit.prints import documents, wire
from services.kit.prints.wrong import Wrong

#: Beyond what the interpreter, typst and its fonts take: a 1,000-page document takes 300 MB.
MEMORY_BYTES: Final = 400 * 1024 * 1024
MAX_REQUEST_BYTES: Final = 64 * 1024 * 1024
_MAIN: Final = "main.typ"
_DOCUMENT: Final = "template.docx"
#: The folder in which typst looks: nothing can be below it.
_NOWHERE: Final = "/dev/null"
_NO_FILE: Final = "no such file: a template has only those that it is given"
_PLACE: Final = re.compile(r"┌─ (?:.*/)?([^/\n]+):(\d+):(\d+)\n")
_PAGES: Final = re.compile(rb"/Count (\d+)")

Files = Mapping[str, bytes]


class Typesetter:
    """Typst, with its fonts and nothing else."""

    def __init__(self) -> None:
        # Only the wheel's fonts: a page looks the same on every machine.
        self._fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)

    def pdf(self, order: Mapping[str, Any], files: Files) -> list[bytes]:
        """Return the document as PDF."""
        found = self._compile(order, files, format="pdf", pdf_tags=False)
        pages = max((int(each) for each in _PAGES.findall(found)), default=0)
        if pages > order["most_pages"]:
            raise Wrong(f"{pages} pages, at most {order['most_pages']} are printed")
        return [found]

    def png(self, order: Mapping[str, Any], files: Files) -> list[bytes]:
        """Return one page as picture, and the number of pages."""
        pages = self._compile(order, files, format="png", ppi=float(order["ppi"]))
        found = pages if isinstance(pages, list) else [pages]
        if order["page"] > len(found):
            raise Wrong(f"there are {len(found)} pages only")
        return [found[order["page"] - 1], str(len(found)).encode()]

    def _compile(self, order: Mapping[str, Any], files: Files, **options: Any) -> Any:
        try:
            compiler = typst.Compiler(
                dict(files),  # type: ignore[type-var]
                root=_NOWHERE,
                font_paths=self._fonts,
                package_path=_NOWHERE,
                package_cache_path=_NOWHERE,
            )
            return compiler.compile(
                sys_inputs={"data": order["data"]},
                timestamp=int(datetime.fromisoformat(order["made_at"]).timestamp()),
                **options,
            )
        except typst.TypstError as error:
            raise _wrong(error) from error
        except RuntimeError as error:
            # Not UTF-8, say: what comes before there is a source to point at.
            raise Wrong(str(error)) from error


def _wrong(error: typst.TypstError) -> Wrong:
    told = "; ".join([error.message.splitlines()[0], *error.hints])
    # Where it was looked for is nobody's business.
    told = re.sub(r"(failed to load file|file not found) \(.*\)|path .* would escape .*", _NO_FILE, told)
    if "failed to download package" in told:
        told = f"packages cannot be imported: {_NO_FILE}"
    place = _PLACE.search(error.diagnostic)
    if place is None:
        return Wrong(told)
    # Typst counts columns from 0 here, editors from 1.
    return Wrong(told, file=place[1], line=int(place[2]), column=int(place[3]) + 1)


Work = Callable[[Mapping[str, Any], Files], list[bytes]]


def _give_away(memory_bytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))


def _answer(work: Mapping[str, Work], parts: list[bytes]) -> list[bytes]:
    order = json.loads(parts[0])
    files = dict(zip(order["files"], parts[1:], strict=True))
    try:
        return [b'{"ok": true}', *work[order["do"]](order, files)]
    except Wrong as error:
        return [json.dumps({"wrong": str(error), **error.place}).encode()]
    except MemoryError:
        return [b'{"memory": true}']


def _fill_document(order: Mapping[str, Any], files: Files) -> list[bytes]:
    return [documents.fill(files[_DOCUMENT], json.loads(order["data"]))]


def _check_document(_: Mapping[str, Any], files: Files) -> list[bytes]:
    documents.check(files[_DOCUMENT])
    return []


def _try_all(typesetter: Typesetter) -> None:
    """Load now whatever is loaded late: nothing can be opened afterwards."""
    trial = {"data": "{}", "made_at": "2026-01-01T00:00:00+00:00", "most_pages": 1, "page": 1, "ppi": 10}
    for each in (typesetter.pdf, typesetter.png):
        each(trial, {_MAIN: b"= A\n$x$ #table([a])"})
    documents.fill(_document("{{ a }}{{ 'b'|upper|pprint }}{{ range(1)|random }}"), {"a": "b"})
    for mistake in ("{{ b }}", "{% if %}", "{{ 1 / 0 }}"):
        with contextlib.suppress(Wrong):
            documents.fill(_document(mistake), {})


def _document(text: str) -> bytes:
    content = io.BytesIO()
    document = docx.Document()
    document.add_paragraph(text)
    document.save(content)
    return content.getvalue()


def main() -> None:
    """Serve the one who started us, until it is gone."""
    line = socket.socket(fileno=0)
    # The other end may belong to a hub that waits for nothing.
    line.setblocking(True)
    typesetter = Typesetter()
    work: dict[str, Work] = {
        "pdf": typesetter.pdf,
        "png": typesetter.png,
        "docx": _fill_document,
        "docx_check": _check_document,
    }
    _try_all(typesetter)
    _give_away(MEMORY_BYTES)
    wire.send(line, [b"ready"])
    while True:
        try:
            parts = wire.receive(line, longest=MAX_REQUEST_BYTES)
        except EOFError:
            return
        signal.alarm(json.loads(parts[0])["seconds"] + 1)
        answer = _answer(work, parts)
        signal.alarm(0)
        wire.send(line, answer)


if __name__ == "__main__":
    main()
