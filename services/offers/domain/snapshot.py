"""The frozen form of a revision: what was agreed, provable to the byte.

A snapshot has two parts. `public` is what the customer sees: it is hashed with SHA-256, names the hash of the
revision before it, is printed and compared byte for byte between server, desktop and browser. `internal`
(cost, margin) has a digest of its own, made by who may see it, so that a seller without costs can freeze,
offline too.

The hash is that of the public bytes themselves: `sha256sum` on the stored file is a full check. The
document's number stays outside (an offline one may change it), the revision's id inside. Personal data enters
as a salted digest (`personal_digest`); erasing the salt and the text later breaks no chain.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from services.kit.errors import Invalid
from services.offers.domain.canonical import Plain, decode, encode

RULES: Final = 1
"""Version of the arithmetic written in each snapshot; a change of any rounding or split raises it."""

PREVIOUS, RULES_KEY = "previous_sha256", "rules"
_HEX: Final = frozenset("0123456789abcdef")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A frozen revision. `public` and `internal` are canonical JSON; `internal` is empty when cost was not
    seen.

    `sha256` is the hash of `public`, `previous_sha256` that of the revision before it in the chain (empty:
    the first), `internal_sha256` that of `internal` (empty: none).
    """

    public: bytes
    sha256: str
    previous_sha256: str
    internal: bytes = b""
    internal_sha256: str = ""


def freeze(
    public: Mapping[str, object], internal: Mapping[str, object] | None = None, *, previous_sha256: str = ""
) -> Snapshot:
    """The snapshot of a revision whose public and internal contents are given as JSON values, `Decimal` and
    dates.

    Adds `previous_sha256` and `rules` to the public part.

    Raises:
        Invalid: SNAPSHOT_VALUE, SNAPSHOT_TOO_LARGE, SNAPSHOT_HASH (not 64 lower-case hexadecimal digits),
            SNAPSHOT_KEY_TAKEN (the public part has one of the two names itself).
    """
    if previous_sha256 and not is_hash(previous_sha256):
        raise Invalid("SNAPSHOT_HASH", params={"value": str(previous_sha256)[:80]})
    for name in (PREVIOUS, RULES_KEY):
        if name in public:
            raise Invalid("SNAPSHOT_KEY_TAKEN", params={"value": name})
    body = encode({**public, PREVIOUS: previous_sha256, RULES_KEY: RULES})
    inside = b"" if internal is None else encode(internal)
    return Snapshot(
        public=body,
        sha256=digest(body),
        previous_sha256=previous_sha256,
        internal=inside,
        internal_sha256=digest(inside) if inside else "",
    )


def digest(body: bytes) -> str:
    """SHA-256 as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(body).hexdigest()


def is_hash(text: str) -> bool:
    """Whether `text` is written like one of our hashes."""
    return isinstance(text, str) and len(text) == 64 and _HEX.issuperset(text)


def personal_digest(value: object, salt: bytes) -> str:
    """A digest that stands for personal data in the public part: HMAC-SHA-256 of its canonical JSON under
    `salt`.

    The salt is 16 random bytes or more, of the caller's making, one per value, stored beside the text and
    erased with it; without it a name cannot be confirmed by guessing.

    Raises:
        Invalid: SNAPSHOT_SALT (shorter than 16 bytes), SNAPSHOT_VALUE.
    """
    if len(salt) < 16:
        raise Invalid("SNAPSHOT_SALT")
    return hmac.new(salt, encode(value), hashlib.sha256).hexdigest()


def verify(snapshot: Snapshot) -> Plain:
    """The public content of a snapshot whose bytes, hash and link agree.

    Raises:
        Invalid: SNAPSHOT_MALFORMED, SNAPSHOT_ALTERED (a hash differs from its bytes), SNAPSHOT_LINK (the link
            in the bytes is not the one beside them).
    """
    inside = digest(snapshot.internal) if snapshot.internal else ""
    if digest(snapshot.public) != snapshot.sha256 or inside != snapshot.internal_sha256:
        raise Invalid("SNAPSHOT_ALTERED", params={"value": snapshot.sha256})
    content = decode(snapshot.public)
    if not isinstance(content, dict) or content.get(PREVIOUS) != snapshot.previous_sha256:
        raise Invalid("SNAPSHOT_LINK", params={"value": snapshot.sha256})
    return content


def verify_chain(snapshots: Iterable[Snapshot]) -> int:
    """Check snapshots from the first revision on, each linked to the one before; returns how many there are.

    Raises:
        Invalid: those of `verify`; SNAPSHOT_LINK when one does not follow the one before it.
    """
    count, last = 0, ""
    for snapshot in snapshots:
        verify(snapshot)
        if snapshot.previous_sha256 != last:
            raise Invalid("SNAPSHOT_LINK", params={"value": snapshot.sha256})
        count, last = count + 1, snapshot.sha256
    return count


def same_content(public: Mapping[str, object], snapshot: Snapshot) -> bool:
    """Whether freezing `public` now would give the very same bytes as this snapshot."""
    return encode({**public, PREVIOUS: snapshot.previous_sha256, RULES_KEY: RULES}) == snapshot.public
