"""Finding, for each option, a configuration with it and one without it, or that there is none."""

from __future__ import annotations

from collections.abc import Iterable

from services.offers.domain.configurator.engine import Engine, bits
from services.offers.domain.configurator.sat import Literal, Stop


class Search:
    """One step: `given` is chosen, `witnesses` are whole configurations with it.

    `blamed`: excluded literals, each with the choices that exclude it.
    """

    def __init__(
        self,
        engine: Engine,
        shown: int,
        given: list[Literal],
        witnesses: list[int],
        blamed: dict[Literal, frozenset[Literal]],
    ) -> None:
        self._engine = engine
        self._all = (1 << shown + 1) - 4  # bits 2 … shown: variable 1 is the constant
        self._given = given
        self.witnesses = witnesses
        self.blamed = blamed
        self.seen_true = self.seen_false = 0
        for witness in witnesses:
            self._see(witness)
        self._never_true = bits(x for x in blamed if x > 0)
        self._never_false = bits(-x for x in blamed if x < 0)

    def _see(self, witness: int) -> None:
        self.seen_true |= witness
        self.seen_false |= self._all & ~witness
        self.seen_true &= self._all

    def settle(self, known: Iterable[Literal]) -> None:
        """What follows without search needs no search."""
        for literal in known:
            if literal > 0:
                self._never_false |= 1 << literal
            else:
                self._never_true |= 1 << -literal

    def run(self, stop: Stop) -> int:
        """Search until everything is known; the bits of what the budget left open."""
        wanted = self._wanted()
        while wanted:
            if stop():
                return bits(abs(x) for x in wanted)
            self._engine.prefer(wanted)
            literal = wanted[0]
            answer = self._engine.solve([*self._given, literal], stop)
            if answer is None:
                return bits(abs(x) for x in wanted)
            if answer:
                witness = self._engine.shown()
                self.witnesses.append(witness)
                self._see(witness)
            else:
                core = self._engine.core()
                self.blamed[literal] = core - {literal}
                if literal > 0:
                    self._never_true |= 1 << literal
                else:
                    self._never_false |= 1 << -literal
            wanted = self._wanted()
        return 0

    def _wanted(self) -> list[Literal]:
        true = self._all & ~self.seen_true & ~self._never_true
        false = self._all & ~self.seen_false & ~self._never_false
        return [*literals_of(true, 1), *literals_of(false, -1)]


def literals_of(mask: int, sign: int) -> list[Literal]:
    """The variables in a bit set as literals of one sign, in order."""
    found = []
    while mask:
        lowest = mask & -mask
        found.append(sign * (lowest.bit_length() - 1))
        mask ^= lowest
    return found
