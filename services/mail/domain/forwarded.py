"""Addresses inside the headers that mail programs write above a forwarded message."""

from __future__ import annotations

import re

#: "From: Ann Example <ann@example.it>" and its kin, in the languages of our customers, quoted or not.
_LINE = re.compile(
    r"^[>\s|*]*(?:From|Da|De|Von|A|To|An|Mittente|Reply-To|Rispondi a)\*?\s*:\s*(.{3,500})$",
    re.IGNORECASE | re.MULTILINE,
)
_ADDRESS = re.compile(r"[A-Za-z0-9._%+'-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,63}")
#: Forwarded headers stand near the top; looking further would find signatures and lists.
_WITHIN = 20_000
_MOST = 50


def addresses_in_text(text: str) -> list[str]:
    """Return the addresses on such lines, in their order, each once, 50 at most."""
    found = [address for line in _LINE.findall(text[:_WITHIN]) for address in _ADDRESS.findall(line)]
    return list(dict.fromkeys(found))[:_MOST]
