"""Rules of roles: a closed vocabulary of scopes, names of groups, actions and facets in one form."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gateway.identity.domain.expansion import KINDS
from services.kit.errors import Violation

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


_EXPECTED_NAME = "lower-case letters, digits and _ are expected"
_EXPECTED_KIND = f"one of these is expected: {', '.join(KINDS)}"


def violations_of(grants: Sequence[Mapping[str, Any]]) -> list[Violation]:
    """Return what is wrong in a role's grants."""
    return [each for number, grant in enumerate(grants) for each in _of_grant(f"grants[{number}]", grant)]


def _of_grant(path: str, grant: Mapping[str, Any]) -> Iterator[Violation]:
    names = [("group", grant["group"])]
    for member in ("actions", "facets"):
        names += [(f"{member}[{number}]", name) for number, name in enumerate(grant[member])]
    for member, name in names:
        if not _NAME.fullmatch(name):
            yield Violation(f"{path}.{member}", "INVALID_NAME", _EXPECTED_NAME)
    for scope, rule in enumerate(grant["scopes"]):
        for number, kind in enumerate(rule["kinds"]):
            if kind not in KINDS:
                yield Violation(f"{path}.scopes[{scope}].kinds[{number}]", "UNKNOWN_VALUE", _EXPECTED_KIND)
