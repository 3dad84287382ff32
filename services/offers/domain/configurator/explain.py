"""Why an option is excluded or forced: a smallest set of the user's choices and of named rules, in words.

The set is minimal (leave any one out and the option is possible) and always the same, whichever solver is
used and in whatever order the choices were made: rules come before choices, each in the order of the model,
and the set that needs only the earliest of them is taken.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.kit.errors import NotAllowedNow
from services.offers.domain.configurator import model as m
from services.offers.domain.configurator.choices import NO, Choice, cell_of, literal_of
from services.offers.domain.configurator.ground import Cell, Ground
from services.offers.domain.configurator.problems import refused
from services.offers.domain.configurator.reasons import english
from services.offers.domain.configurator.sat import Literal, Stop, never
from services.offers.domain.configurator.session import Configurator, Session, State


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
    contradictions = configurator.contradictions
    contradictions.prefer(_nearby(session))
    given = configurator.literals(session.choices)
    found = contradictions.smallest([literal if excluded else -literal], given, stop=stop)
    named = {abs(x) for x in found.literals}
    return Explanation(
        path,
        value,
        excluded,
        tuple(choice for choice in session.choices if _variable(ground, choice) in named),
        tuple(ground.rules[number] for number in found.rules),
    )


def _nearby(session: Session) -> list[Literal]:
    """A whole configuration with the session's choices."""
    shown = range(1, session.ground.shown + 1)
    return [x if witness >> x & 1 else -x for witness in session.witnesses[-1:] for x in shown]


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
