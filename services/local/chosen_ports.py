"""The ports of an installation: the same at every start, unless somebody has taken one meanwhile."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from services.local.messages import say
from services.local.ports import next_free

PORTS_FROM = 18000
SHOWN = 3


@dataclass(slots=True)
class ChosenPorts:
    """Chooses ports, remembers them in a file, and says which it could not have again.

    All are counted from one number, `SALES_PORTS_FROM`, so that two installations can keep apart.
    """

    file: Path
    base: int = field(default_factory=lambda: int(os.environ.get("SALES_PORTS_FROM") or PORTS_FROM))
    _chosen: dict[str, int] = field(default_factory=dict)
    _last: Mapping[str, int] = field(default_factory=dict)
    _replaced: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        try:
            self._last = {str(name): int(port) for name, port in json.loads(self.file.read_text()).items()}
        except (OSError, ValueError, AttributeError):
            self._last = {}

    def choose(self, name: str, offset: int) -> int:
        """The port of the last start, at first `base + offset`; the next free one where that is taken."""
        wished = self._last.get(name, self.base + offset)
        port = next_free(wished, taken=frozenset(self._chosen.values()))
        if port != wished:
            self._replaced.append(f"{name} {port} for {wished}")
        self._chosen[name] = port
        return port

    def keep(self) -> None:
        """Remember them for the next start, and say which are not those of the last one."""
        if self._replaced:
            named, others = self._replaced[:SHOWN], len(self._replaced[SHOWN:])
            more = f" and {others} more" if others else ""
            say(f"Ports that are taken were replaced: {', '.join(named)}{more} (all are in {self.file}).")
        self.file.write_text(json.dumps(self._chosen, indent=1))
