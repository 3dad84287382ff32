"""The smallest change of earlier choices that makes a wanted option possible, alternatives ranked.

Which choices have to go is found from both sides: every contradiction met is a set of choices of which one
must go; every candidate hits all of them; a candidate that the solver accepts is a repair. So the first ones
found are the smallest. (Reiter's hitting sets, 1987; as MaxSAT solvers use them today.)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import count

from services.kit.errors import NotAllowedNow, Unavailable
from services.offers.domain.configurator import model as m
from services.offers.domain.configurator.choices import Choice, cell_of, literal_of, read_choice, replaces
from services.offers.domain.configurator.engine import Engine
from services.offers.domain.configurator.explain import name_of, value_of
from services.offers.domain.configurator.ground import Cell, Ground
from services.offers.domain.configurator.reasons import english
from services.offers.domain.configurator.sat import Literal, Stop, never
from services.offers.domain.configurator.session import Configurator, Session

LIMIT = 5


@dataclass(frozen=True, slots=True)
class Change:
    """A choice that gives way: `to` is the nearest value that is possible; empty: left open."""

    choice: Choice
    to: str


@dataclass(frozen=True, slots=True)
class Repair:
    """`changes` make `wanted` possible. `price` is the difference that they make to the list price."""

    wanted: Choice
    changes: tuple[Change, ...]
    price: Fraction


def repairs(
    configurator: Configurator, session: Session, path: str, value: str, *, stop: Stop = never
) -> tuple[Repair, ...]:
    """Up to five repairs, fewest changes first, then the least difference of price, then the model's order.

    None of them contains another. Empty: the option needs no repair.

    Raises:
        Invalid: ATTRIBUTE_UNKNOWN, VALUE_UNKNOWN.
        NotAllowedNow: NO_REPAIR: the rules alone exclude the option.
        Unavailable: OUT_OF_TIME before the first repair was found.
    """
    cell = cell_of(configurator.ground, path)
    wanted = read_choice(cell, value)
    target = literal_of(cell, wanted.value)
    kept = [
        x
        for x in session.choices
        if not replaces(cell, wanted, x) and configurator.ground.cells[x.path].attribute.kind != m.TEXT
    ]
    by_literal = dict(sorted(((configurator.literals([x])[0], x) for x in kept), key=lambda e: abs(e[0])))
    found = []
    for dropped in _corrections(configurator.engine, target, list(by_literal), stop):
        if not dropped:
            return ()
        remaining = [target, *(x for x in by_literal if x not in dropped)]
        choices = [by_literal[x] for x in by_literal if x in dropped]
        changes = _nearest(configurator, remaining, choices, stop)
        price = sum((_price_effect(configurator.ground, change) for change in changes), Fraction(0))
        found.append(Repair(wanted, changes, price))
    if not found:
        params = {"attribute": path, "value": value}
        raise NotAllowedNow("NO_REPAIR", english("NO_REPAIR", params), params=params)
    found.sort(key=lambda repair: (len(repair.changes), abs(repair.price)))
    return tuple(found)


def _corrections(
    engine: Engine, target: Literal, soft: list[Literal], stop: Stop
) -> Iterator[frozenset[Literal]]:
    """Smallest sets of choices without which the target is possible, at most `LIMIT`."""
    cores: list[frozenset[Literal]] = []
    found: list[frozenset[Literal]] = []
    for size in count():
        if size > len(soft):
            return
        tried: set[frozenset[Literal]] = set()
        while True:
            candidate = next((x for x in _hitting(cores, soft, size, stop) if _fresh(x, found, tried)), None)
            if candidate is None:
                break
            tried.add(candidate)
            answer = engine.solve([target, *(x for x in soft if x not in candidate)], stop)
            if answer is None:
                if found:
                    return
                raise Unavailable("OUT_OF_TIME", english("OUT_OF_TIME", {}))
            if answer:
                found.append(candidate)
                yield candidate
                if len(found) == LIMIT or not candidate:
                    return
            else:
                core = engine.core() - {target}
                if not core:
                    return
                cores.append(core)
        if found and size > len(found[0]):
            return


def _fresh(
    candidate: frozenset[Literal], found: list[frozenset[Literal]], tried: set[frozenset[Literal]]
) -> bool:
    return candidate not in tried and not any(known <= candidate for known in found)


def _hitting(
    cores: list[frozenset[Literal]], order: list[Literal], size: int, stop: Stop
) -> Iterator[frozenset[Literal]]:
    """Sets of exactly `size` that take one from each core, no member without its core."""

    def extend(chosen: frozenset[Literal]) -> Iterator[frozenset[Literal]]:
        missed = next((core for core in cores if chosen.isdisjoint(core)), None)
        if missed is None:
            if len(chosen) == size:
                yield chosen
        elif len(chosen) < size and not stop():
            for literal in order:
                if literal in missed:
                    yield from extend(chosen | {literal})

    yield from extend(frozenset())


def _nearest(
    configurator: Configurator, fixed: list[Literal], dropped: list[Choice], stop: Stop
) -> tuple[Change, ...]:
    """For each choice that gives way, the value nearest to it that goes with everything else."""
    changes = []
    engine = configurator.engine
    given = list(fixed)
    for choice in dropped:
        cell = configurator.ground.cells[choice.path]
        to = ""
        for literal, value in _candidates(cell, choice):
            if engine.solve([*given, literal], stop):
                given.append(literal)
                to = value
                break
        changes.append(Change(choice, to))
    return tuple(changes)


def _candidates(cell: Cell, choice: Choice) -> list[tuple[Literal, str]]:
    if not cell.exclusive:
        literal = cell.literals.get(choice.value, cell.literals.get(m.YES, 0))
        if cell.attribute.kind == m.BOOLEAN:
            return [(-literal, "false")] if choice.value == m.YES else [(literal, m.YES)]
        return [(-literal if choice.wanted else literal, "")]
    codes = [code for code in cell.literals if code != choice.value]
    if cell.attribute.kind in m.NUMBERS and choice.value:
        codes.sort(key=lambda code: abs(Fraction(code) - Fraction(choice.value)))
    else:
        codes.sort(key=lambda code: code not in cell.attribute.default)
    return [(cell.literals[code], code) for code in codes]


def _price_effect(ground: Ground, change: Change) -> Fraction:
    cell = ground.cells[change.choice.path]
    prices = {x.code: x.figures.get(m.PRICE, Fraction(0)) for x in cell.attribute.options}
    old = prices.get(change.choice.value, Fraction(0))
    if not change.choice.wanted:
        return old
    return prices.get(change.to, Fraction(0)) - old


def apply(configurator: Configurator, session: Session, repair: Repair, *, stop: Stop = never) -> Session:
    """The session with the repair made and the wanted option chosen."""
    cell = cell_of(configurator.ground, repair.wanted.path)
    dropped = {change.choice for change in repair.changes}
    kept = [x for x in session.choices if x not in dropped and not replaces(cell, repair.wanted, x)]
    kept += [Choice(x.choice.path, x.to) for x in repair.changes if x.to]
    return configurator.with_choices([*kept, repair.wanted], session, stop)


def in_words(ground: Ground, repair: Repair, language: str) -> str:
    """The repair as a sentence, Italian for `it`, English for any other language."""
    italian = language == "it"
    parts = []
    for change in repair.changes:
        cell = ground.cells[change.choice.path]
        old = value_of(cell, change.choice.value, language, wanted=change.choice.wanted)
        name = name_of(cell, language)
        if change.to:
            new = value_of(cell, change.to, language)
            parts.append(f"“{name}” da “{old}” a “{new}”" if italian else f"“{name}” from “{old}” to “{new}”")
        else:
            parts.append(f"“{name}: {old}” da togliere" if italian else f"“{name}: {old}” given up")
    return ("Cambiare " if italian else "Change ") + ", ".join(parts) + "."
