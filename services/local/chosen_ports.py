"""The ports of an installation: the same at every start, unless somebody has taken one meanwhile."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from services.local.messages import say
from services.local.ports import next_free


@dataclass(slots=True)
class ChosenPorts:
    """Chooses ports, remembers them in a file, and says which it could not have."""

    file: Path
    _chosen: dict[str, int] = field(default_factory=dict)
    _last: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        try:
            self._last = {str(name): int(port) for name, port in json.loads(self.file.read_text()).items()}
        except (OSError, ValueError, AttributeError):
            self._last = {}

    def choose(self, name: str, wanted: int) -> int:
        """The port of the last start, or `wanted` at the first; the next free one where it is taken."""
        wished = self._last.get(name, wanted)
        port = next_free(wished, taken=frozenset(self._chosen.values()))
        if port != wished:
            say(f"Port {wished} is taken: {name} uses {port}.")
        self._chosen[name] = port
        return port

    def keep(self) -> None:
        self.file.write_text(json.dumps(self._chosen, indent=1))
