"""Collects the texts of every listed reason into gateway/api/texts: `python -m tests.gateway.collect_texts`.

Here, because the gateway may not import the services, whose lists it shows.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "gateway" / "api" / "texts"

#: What kinds of errors are called.
_TITLES = {
    "it": {
        "invalid": "Richiesta non corretta",
        "unauthenticated": "Accesso richiesto",
        "forbidden": "Non permesso",
        "not_found": "Non trovato",
        "stale": "Modificato da altri",
        "not_allowed_now": "Non possibile ora",
        "unavailable": "Servizio non disponibile",
        "internal": "Errore imprevisto",
    },
    "en": {
        "invalid": "Request not correct",
        "unauthenticated": "Sign-in needed",
        "forbidden": "Not permitted",
        "not_found": "Not found",
        "stale": "Changed by somebody else",
        "not_allowed_now": "Not possible now",
        "unavailable": "Service not available",
        "internal": "Unexpected error",
    },
}


def modules() -> list[str]:
    """Return every module that lists reasons, the gateway's first: of two texts the first is shown."""
    found = sorted(ROOT.glob("services/*/domain/**/reasons.py")) + sorted(
        ROOT.glob("gateway/*/**/reasons.py")
    )
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in found]
    first = ["gateway.api.reasons", "services.kit.reasons"]
    return first + [name for name in names if name not in first]


def listed() -> Iterator[tuple[str, str, Any]]:
    """Yield (module, reason, texts) of every listed reason."""
    for name in modules():
        reasons: Mapping[str, Any] = importlib.import_module(name).REASONS
        for reason, texts in reasons.items():
            yield name, reason, texts


def collected(language: str) -> str:
    """Return the content of a language's file."""
    reasons: dict[str, str] = {}
    for _, reason, texts in listed():
        reasons.setdefault(reason, getattr(texts, language))
    body = {"titles": _TITLES[language], "reasons": dict(sorted(reasons.items()))}
    return json.dumps(body, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for each in _TITLES:
        (FOLDER / f"{each}.json").write_text(collected(each))
