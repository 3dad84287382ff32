"""How long to wait before a process that died is started again."""

from dataclasses import dataclass

FIRST_S = 0.5
LONGEST_S = 30.0
STABLE_S = 60.0


@dataclass(slots=True)
class Backoff:
    """Doubles with every death; a process that lived for a minute begins anew."""

    deaths: int = 0

    def after(self, lifetime_s: float) -> float:
        """Seconds to wait, for a process that lived so long."""
        if lifetime_s >= STABLE_S:
            self.deaths = 0
        self.deaths += 1
        return float(min(FIRST_S * 2 ** (self.deaths - 1), LONGEST_S))
