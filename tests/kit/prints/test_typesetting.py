"""What a template may do, and what happens to one that tries more."""

from __future__ import annotations

import io
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pypdf
import pytest

from services.kit.errors import Invalid, Unavailable
from services.kit.prints import typesetting
from services.kit.prints.typesetting import picture, typeset

MOMENT = datetime(2026, 3, 27, 9, 30, tzinfo=UTC)
DATA = "#let d = json(bytes(sys.inputs.data))\n"


def text(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)


def refusal(source: str, data: dict[str, Any] | None = None, **more: Any) -> tuple[str, str]:
    """The reason and the words of what is said against a template."""
    with pytest.raises(Invalid, match="TEMPLATE_REFUSED") as caught:
        typeset(source, data or {}, made_at=MOMENT, **more)
    (violation,) = caught.value.violations
    assert violation.field == "source"
    return violation.reason, violation.detail


def test_data_are_text_and_never_markup() -> None:
    hostile = '#read("/etc/passwd") *bold* $x$ «è» \\ <b> #panic("no")'
    assert hostile in text(typeset(DATA + "#d.said", {"said": hostile}, made_at=MOMENT))


def test_the_same_data_give_the_same_bytes_and_the_time_is_the_given_one() -> None:
    first = typeset("= Title", {}, made_at=MOMENT)
    assert typeset("= Title", {}, made_at=MOMENT) == first
    document = pypdf.PdfReader(io.BytesIO(first))
    assert document.metadata is not None
    assert document.metadata.creation_date == MOMENT


def test_a_template_reads_the_files_that_it_is_given() -> None:
    files = {
        "words.typ": b"#let hello = [Buongiorno]",
        "sign.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    }
    source = '#import "words.typ": hello\n#hello #image("sign.svg", width: 1cm)'
    assert "Buongiorno" in text(typeset(source, {}, made_at=MOMENT, files=files))


def test_a_page_is_shown_as_a_picture() -> None:
    found = picture("A #pagebreak() B", {}, made_at=MOMENT, page=2)
    assert found.content.startswith(b"\x89PNG")
    assert found.pages == 2
    with pytest.raises(Invalid, match="TEMPLATE_REFUSED"):
        picture("A", {}, made_at=MOMENT, page=2)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("fine\n\n  #nonsense", "line 3, column 4: unknown variable: nonsense"),
        ("#f(", "line 1, column 3: unclosed delimiter"),
        (DATA + "#d.price", 'line 2, column 4: dictionary does not contain key "price"'),
        ('#panic("a\nb")', "line 1, column 2: panicked with: a"),
        ("#let f(n) = f(n + 1)\n#f(0)", "maximum function call depth exceeded"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_column(source: str, said: str) -> None:
    reason, detail = refusal(source)
    assert reason == "TEMPLATE_WRONG"
    assert said in detail


def test_a_mistake_in_a_given_file_names_the_file() -> None:
    _, detail = refusal('#import "words.typ": x', files={"words.typ": b"#let x = 1\n#y"})
    assert detail.startswith("words.typ, line 2, column 2: ")


@pytest.mark.parametrize(
    "wanted",
    [
        '#read("/etc/passwd")',
        '#read("../../../../etc/passwd")',
        '#image("/etc/hostname")',
        '#csv("/proc/self/environ")',
        '#include "/etc/passwd"',
        '#bibliography("/etc/passwd")',
        '#plugin("/lib/x.wasm")',
        '#import "@preview/cetz:0.3.1"',
        '#let name = "@local/" + "own:0.1.0"\n#import name',
    ],
)
def test_a_template_reads_nothing_that_it_is_not_given(wanted: str) -> None:
    reason, detail = refusal(wanted)
    assert reason == "TEMPLATE_WRONG"
    assert "root:" not in detail
    assert "--root" not in detail, "nobody who writes a template starts typst"
    assert "/dev" not in detail


def test_a_condition_that_always_holds_is_found_by_typst() -> None:
    assert refusal("#while true {}") == ("TEMPLATE_WRONG", "line 1, column 8: condition is always true")


def test_a_link_to_a_file_elsewhere_is_of_no_use(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("the secret")
    (tmp_path / "link").symlink_to(tmp_path / "secret")
    for path in (str(tmp_path / "link"), os.path.relpath(tmp_path / "link", "/")):
        assert refusal(f'#read("{path}")')[0] == "TEMPLATE_WRONG"


@pytest.mark.parametrize(
    "source",
    [
        "#for i in range(1000000) { for j in range(1000000) { let x = calc.sin(i * j) } }",
        "#let f(n, of) = if n > 0 { f(n - 1, of + str(n)); f(n - 1, of) }\n#f(60, str(0))",
    ],
)
def test_a_loop_without_end_is_ended(monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    monkeypatch.setattr(typesetting, "MAX_SECONDS", 1)
    reason, detail = refusal(source)
    assert reason == "TEMPLATE_TOO_SLOW"
    assert "more than 1 seconds" in detail
    assert typeset("after it", {}, made_at=MOMENT).startswith(b"%PDF")


@pytest.mark.parametrize("source", ['#("x" * 900000000)', "#range(100000000000)"])
def test_a_template_that_wants_all_memory_is_ended(source: str) -> None:
    assert refusal(source)[0] == "TEMPLATE_TOO_LARGE"
    assert typeset("after it", {}, made_at=MOMENT).startswith(b"%PDF")


def test_more_pages_than_anybody_reads_are_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typesetting, "MAX_PAGES", 3)
    assert "10 pages, at most 3" in refusal("#for i in range(9) [#i #pagebreak()] end")[1]


def test_ten_thousand_pages_are_refused() -> None:
    assert refusal("#for i in range(10000) [#pagebreak()]")[0].startswith("TEMPLATE_")


def test_an_answer_that_is_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typesetting, "MAX_BYTES", 1000)
    assert refusal("a")[0] == "TEMPLATE_TOO_LARGE"
    monkeypatch.undo()
    assert typeset("a", {}, made_at=MOMENT)


def test_what_is_not_text_is_refused_with_the_file_that_it_is_in() -> None:
    reason, detail = refusal('#import "words.typ": x', files={"words.typ": b"\xff\xfe\xff"})
    assert reason == "TEMPLATE_WRONG"
    assert "UTF-8" in detail


def test_a_press_that_does_not_start_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    typesetting._presses.end()
    monkeypatch.setattr(typesetting, "_ROOT", Path("/nowhere"))
    with pytest.raises(Unavailable, match="PRESS_UNAVAILABLE"):
        typeset("a", {}, made_at=MOMENT)
    monkeypatch.undo()
    assert typeset("a", {}, made_at=MOMENT)


def test_a_press_that_was_filled_by_others_is_replaced_unseen() -> None:
    typeset("a", {}, made_at=MOMENT)
    press = typesetting._presses._idle[-1]
    press._process.kill()
    press._process.wait()
    assert typeset("b", {}, made_at=MOMENT).startswith(b"%PDF")
