"""Why an option is excluded or forced: a smallest set of the user's choices and of named rules, in words.

The set is minimal (leave any one out and the option is possible) and always the same, whichever solver is
used and in whatever order the choices were made: rules come before choices, each in the order of the model,
and the set that needs only the earliest of them is taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.kit.errors import NotAllowedNow, Unavailable
from services.offers.domain.configurator import model as m
from services.offers.domain.configurator.engine import Engine
from services.offers.domain.configurator.grounding import Cell, Ground
from services.offers.domain.configurator.problems import refused
from services.offers.domain.configurator.reasons import english
from services.offers.domain.configurator.sat import Literal, Stop, never
from services.offers.domain.configurator.session import (
    NO,
    Choice,
    Configurator,
    Session,
    State,
    cell_of,
    literal_of,
)

MANY: Final = 1000


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why `path` cannot (`excluded`) or must (not `excluded`) have `value`.

    Leave out one of the choices, or one of the rules, and it would be otherwise. Without any: the attribute
    itself says so (a choice has one value).
    """

    path: str
    value: str
    excluded: bool
    choices: tuple[Choice, ...]
    rules: tuple[m.Rule, ...]


def why(
    configurator: Configurator, session: Session, path: str, value: str, *, stop: Stop = never
) -> Explanation:
    """The reason for an option's state.

    Raises:
        Invalid: ATTRIBUTE_UNKNOWN, VALUE_UNKNOWN, NOTHING_TO_EXPLAIN (the option is free).
        NotAllowedNow: OPTION_UNVERIFIED.
        Unavailable: OUT_OF_TIME.
    """
    ground = configurator.ground
    literal = literal_of(cell_of(ground, path), value)
    state = session.state(path, value)
    params = {"attribute": path, "value": value}
    if state is State.FREE:
        raise refused("NOTHING_TO_EXPLAIN", path, **params)
    if state is State.UNVERIFIED:
        raise NotAllowedNow("OPTION_UNVERIFIED", english("OPTION_UNVERIFIED", params), params=params)
    excluded = state is State.EXCLUDED
    engine = configurator.explaining
    switches = {engine.switch(number): rule for number, rule in enumerate(ground.rules)}
    given = configurator.literals(session.choices)
    items = [*switches, *given]
    found = smallest(engine, [literal if excluded else -literal], items, stop)
    named = {abs(x) for x in found}
    return Explanation(
        path,
        value,
        excluded,
        tuple(choice for choice in session.choices if _variable(ground, choice) in named),
        tuple(rule for switch, rule in switches.items() if switch in named),
    )


def smallest(engine: Engine, fixed: list[Literal], items: Sequence[Literal], stop: Stop) -> list[Literal]:
    """A minimal part of `items` that contradicts `fixed`; the one that needs only the earliest.

    Again and again the shortest beginning of the list that still contradicts is looked for: its last item is
    needed, those after it are not. Cores shorten the beginning, models lengthen what is known to be possible.

    Raises:
        Unavailable: OUT_OF_TIME.
    """
    if len(items) > MANY:
        items = _shortened(engine, fixed, items, stop)
    needed: list[Literal] = []
    places = {item: place for place, item in enumerate(items)}
    core = _contradiction(engine, [*fixed, *items], stop)
    if core is None:
        raise AssertionError("only what is contradictory can be explained")
    while True:
        # With the items needed so far: the first `low` items are possible, the first `high` are not.
        low, high = -1, _reach(core, places, needed)
        while high - low > 1:
            middle = (low + high) // 2
            found = _contradiction(engine, [*fixed, *needed, *items[:middle]], stop)
            if found is None:
                true = engine.true()
                low = middle
                while low + 1 < high and items[low] in true:
                    low += 1
            else:
                core, high = found, _reach(found, places, needed)
        if not high:
            return sorted(needed, key=lambda x: places[x])
        needed.append(items[high - 1])


def _shortened(
    engine: Engine, fixed: list[Literal], items: Sequence[Literal], stop: Stop
) -> Sequence[Literal]:
    """Fewer items that still contradict, as one solver happens to find them.

    For imported models of thousands of rules only: which of several minimal explanations is given may then
    depend on the solver.
    """
    while True:
        core = _contradiction(engine, [*fixed, *items], stop)
        if core is None:
            raise AssertionError("only what is contradictory can be explained")
        kept = [x for x in items if x in core]
        if len(kept) == len(items):
            return items
        items = kept


def _reach(core: frozenset[Literal], places: dict[Literal, int], needed: list[Literal]) -> int:
    """How many of the first items a core speaks of, those already needed apart."""
    return max((places[x] + 1 for x in core if x in places and x not in needed), default=0)


def _contradiction(engine: Engine, literals: list[Literal], stop: Stop) -> frozenset[Literal] | None:
    answer = engine.solve(literals, stop)
    if answer is None:
        raise Unavailable("OUT_OF_TIME", english("OUT_OF_TIME", {}))
    return None if answer else engine.core()


def _variable(ground: Ground, choice: Choice) -> int:
    cell = ground.cells[choice.path]
    if cell.attribute.kind == m.TEXT:
        return 0
    return abs(literal_of(cell, choice.value))


# In words


def name_of(cell: Cell, language: str) -> str:
    """An attribute as people call it: `Frame`, `Conveyor 2: Kind`."""
    name = m.said(cell.attribute.texts, language)
    place = cell.place
    while place.parent is not None:
        number = place.prefix.rstrip(".").rpartition("[")[2].rstrip("]")
        name = f"{m.said(place.module.texts, language)} {number}: {name}"
        place = place.parent
    return name


def value_of(cell: Cell, value: str, language: str, *, wanted: bool = True) -> str:
    """A value as people call it."""
    italian = language == "it"
    if value == "":
        return "nessun valore" if italian else "no value"
    if cell.attribute.kind == m.BOOLEAN:
        return ("no" if value == NO else "sì") if italian else ("no" if value == NO else "yes")
    texts = next((x.texts for x in cell.attribute.options if x.code == value), {})
    said = m.said(texts, language) if texts else value
    if cell.attribute.unit:
        said = f"{said} {cell.attribute.unit}"
    return said if wanted else (f"senza {said}" if italian else f"without {said}")


def in_words(ground: Ground, explanation: Explanation, language: str) -> str:
    """The explanation as a sentence, Italian for `it`, English for any other language."""
    italian = language == "it"
    cell = ground.cells[explanation.path]
    subject = f"“{name_of(cell, language)}: {value_of(cell, explanation.value, language)}”"
    if explanation.excluded:
        head = f"{subject} non è possibile" if italian else f"{subject} is not possible"
    else:
        head = f"{subject} è obbligatorio" if italian else f"{subject} is required"
    parts = []
    if explanation.choices:
        listed = ", ".join(
            f"“{name_of(ground.cells[x.path], language)}: "
            f"{value_of(ground.cells[x.path], x.value, language, wanted=x.wanted)}”"
            for x in explanation.choices
        )
        parts.append(f"hai scelto {listed}" if italian else f"you chose {listed}")
    for rule in explanation.rules:
        parts.append(f"{m.said(rule.message, language)} ({rule.code})")
    if not parts:
        return head + "."
    return f"{head}{' perché ' if italian else ' because '}{'; '.join(parts)}."
