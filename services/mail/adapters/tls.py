"""How connections to mail servers are protected."""

from __future__ import annotations

import ssl
from pathlib import Path


def context(ca_file: Path | None) -> ssl.SSLContext:
    """Return the client's side of TLS: certificates and names are checked, TLS 1.2 or newer."""
    made = ssl.create_default_context()
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file is not None:
        made.load_verify_locations(cafile=str(ca_file))
    return made
