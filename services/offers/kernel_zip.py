"""The kernel as one zip for the browser: the same files that run here, nothing added, nothing left out.

    python -m services.offers.kernel_zip dist/kernel.zip

Reproducible: the same sources give the same bytes on every machine (sorted names, one date, no compression;
the web server compresses it on its way). The web client unpacks it in its Pyodide worker, puts it on
`sys.path` and calls `services.offers.domain.calls.call`.
"""

from __future__ import annotations

import hashlib
import io
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
KIT: Final = ("__init__.py", "errors.py", "reasons.py", "values.py")
_DATE: Final = (1980, 1, 1, 0, 0, 0)


def sources() -> Iterator[str]:
    """The paths of the kernel's files below the repository's root, sorted."""
    kernel = (path.relative_to(ROOT) for path in (ROOT / "services/offers/domain").rglob("*.py"))
    yield from sorted(
        [
            "services/__init__.py",
            "services/offers/__init__.py",
            *(f"services/kit/{name}" for name in KIT),
            *(path.as_posix() for path in kernel),
        ]
    )


def kernel_zip() -> bytes:
    """The zip's bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sources():
            entry = zipfile.ZipInfo(name, _DATE)
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, (ROOT / name).read_bytes())
    return buffer.getvalue()


def main(arguments: list[str]) -> int:
    """Write the zip to the path given and print its SHA-256."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m services.offers.kernel_zip FILE\n")
        return 2
    target = Path(arguments[0])
    body = kernel_zip()
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(body)
    sys.stdout.write(f"{hashlib.sha256(body).hexdigest()}  {target}  {len(body)} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
