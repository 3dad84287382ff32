from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.kit.reasons import Reason
from services.offers.domain.reasons import REASONS, english, text
from services.offers.domain.trail import CODES, Step, explain
from services.offers.domain.transitions import TABLE

ROOT = Path(__file__).parents[3]
SOURCES = [
    ROOT / "services/kit/values.py",
    *(path for path in (ROOT / "services/offers/domain").glob("*.py") if path.name != "reasons.py"),
]
REASON = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+")


def raised(path: Path) -> Iterator[str]:
    """Upper-snake texts anywhere in a module, except the codes of trails."""
    for node in ast.walk(ast.parse(path.read_text())):
        value = node.value if isinstance(node, ast.Constant) else None
        if isinstance(value, str) and REASON.fullmatch(value) and value not in CODES:
            yield value


def test_every_reason_raised_in_the_kernel_is_listed() -> None:
    found = {reason for path in SOURCES for reason in raised(path)}
    found |= {fact for step in TABLE for fact in step.needs}
    assert len(found) > 30
    assert found - set(REASONS) == set()


def test_every_listed_reason_is_used() -> None:
    offers = [path for path in (ROOT / "services/offers").rglob("*.py") if path.name != "reasons.py"]
    sources = "".join(path.read_text() for path in [*SOURCES, *offers])
    assert [reason for reason in REASONS if f'"{reason}"' not in sources] == []


@pytest.mark.parametrize(("name", "reason"), REASONS.items())
def test_every_reason_says_cause_remedy_and_both_texts(name: str, reason: Reason) -> None:
    for written in (reason.cause, reason.remedy, reason.it, reason.en):
        assert written.strip() == written != ""
    assert reason.it.endswith((".", "{first}")) and reason.en.endswith((".", "{first}"))
    assert placeholders(reason.it) == placeholders(reason.en), name


def test_every_trail_code_is_used_and_explained_in_both_languages() -> None:
    sources = "".join(path.read_text() for path in SOURCES if path.name != "trail.py")
    for code in sorted(CODES):
        assert f'"{code}"' in sources, code
        texts = [explain([Step(code, "S", "1", "ann")], language) for language in ("it", "en")]
        assert texts[0] != texts[1]


def placeholders(template: str) -> set[str]:
    return {field for _, field, _, _ in string.Formatter().parse(template) if field}


def test_texts_are_filled_in_the_language_asked_for() -> None:
    params = {"field": "lines[2].discounts", "value": "10%"}
    assert "10%" in text("DISCOUNT_MALFORMED", "it", params)
    assert text("DISCOUNT_MALFORMED", "de", params) == english("DISCOUNT_MALFORMED", params)
    assert text("NO_SUCH_REASON", "it", params) == "NO_SUCH_REASON"
    assert "{value}" in english("DISCOUNT_MALFORMED", {})
