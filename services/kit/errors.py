"""The errors that callers act on.

    SalesError
    ├── Invalid         the request is wrong; correct it and call again
    ├── Unauthenticated who calls is not known; sign in again
    ├── Forbidden       known, but not allowed
    ├── NotFound        no such record within what the caller may see
    ├── Stale           somebody else changed it; read again, then decide
    ├── NotAllowedNow   the record's state forbids it
    └── Unavailable     something that is needed is away; the same call may succeed later

A class exists only because a caller does something different about it. What exactly happened is the
`reason`: an upper-snake code that each service lists, with cause and remedy, in its `domain/reasons.py`.
Texts in the user's language are made at the gateway from reason and `params`; `detail` is for logs and for
clients that have no text for the reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Violation:
    """One field that is wrong: `field` is its path (`lines[2].quantity`), `reason` an upper-snake code."""

    field: str
    reason: str
    detail: str = ""


class SalesError(Exception):
    """Base of every error that may cross a process border."""

    kind = "internal"

    def __init__(
        self,
        reason: str,
        detail: str = "",
        *,
        params: Mapping[str, str] | None = None,
        violations: Sequence[Violation] = (),
    ) -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail
        self.params = dict(params or {})
        self.violations = tuple(violations)


class Invalid(SalesError):
    """The request is wrong as it stands."""

    kind = "invalid"


class Unauthenticated(SalesError):
    """The caller's identity is missing, expired or revoked."""

    kind = "unauthenticated"


class Forbidden(SalesError):
    """The caller's grants do not allow this."""

    kind = "forbidden"


class NotFound(SalesError):
    """No such record within the caller's grants."""

    kind = "not_found"


class Stale(SalesError):
    """The record moved on since the version that the caller saw."""

    kind = "stale"


class NotAllowedNow(SalesError):
    """The state of the record forbids the command."""

    kind = "not_allowed_now"


class Unavailable(SalesError):
    """A dependency is away; nothing was stored; the same call may succeed later."""

    kind = "unavailable"


KINDS: Mapping[str, type[SalesError]] = {
    cls.kind: cls
    for cls in (Invalid, Unauthenticated, Forbidden, NotFound, Stale, NotAllowedNow, Unavailable)
}
