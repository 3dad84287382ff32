"""What a service adds to prints of its own records: pages, and data that only it can compute."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Subject:
    """One entity as something to print."""

    #: The page of those who have no template of their own.
    template: Path
    #: Of what a page is given more than any record's, an example in a language: templates are tried with it.
    example: Callable[[str], Mapping[str, Any]] | None = None
