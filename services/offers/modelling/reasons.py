"""Reasons of errors in files that people write; what is wrong with the model itself, the kernel says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.kit.reasons import Reason

REASONS: Final[Mapping[str, Reason]] = {
    "YAML_SYNTAX": Reason(
        "the file is no YAML, is empty, or uses anchors, which models do not need",
        "correct the line that is named",
        "{field}: il file non si legge: {why}.",
        "{field}: the file cannot be read: {why}.",
    ),
    "YAML_REPEATED": Reason(
        "a member is written twice; YAML would silently take the second",
        "remove one",
        "{field}: {why} (campo ripetuto).",
        "{field}: {why} (repeated member).",
    ),
    "YAML_TOO_LARGE": Reason(
        "a file larger than any model",
        "split the model",
        "{field}: il file è troppo grande: {why}.",
        "{field}: the file is too large: {why}.",
    ),
    "IMPORT_SYNTAX": Reason(
        "a line of a DIMACS or UVL file that is not of the part of the language that is read",
        "correct the line that is named",
        "{field}: la riga non si importa: {why}.",
        "{field}: the line cannot be imported: {why}.",
    ),
    "IMPORT_TOO_LARGE": Reason(
        "more features, clauses or levels than an imported model may have",
        "import a part",
        "{field}: il modello è troppo grande: {why}.",
        "{field}: the model is too large: {why}.",
    ),
}
