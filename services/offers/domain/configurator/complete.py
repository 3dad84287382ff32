"""Completing the rest: by defaults, cheapest or lightest; and the way through the guide.

The result is the same on every machine. By defaults: attribute after attribute in the order of the guide, the
default where it is possible, else the first value that is. Cheapest and lightest: among all configurations of
the least total, the one that this order would pick.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace
from fractions import Fraction

from services.kit.errors import NotAllowedNow, Unavailable
from services.offers.domain.configurator import model as m
from services.offers.domain.configurator.choices import Choice
from services.offers.domain.configurator.engine import Engine
from services.offers.domain.configurator.evaluate import Filled, holds
from services.offers.domain.configurator.ground import TRUE, Cell, Ground, Place
from services.offers.domain.configurator.problems import refused
from services.offers.domain.configurator.reasons import english
from services.offers.domain.configurator.sat import Literal, Stop, SumRule, never
from services.offers.domain.configurator.session import Configurator, Session

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Completion:
    """A whole configuration. `total` is the figure that was kept small, if one was; `proved`: no other
    configuration has less (false when the budget ended first).
    """

    configuration: Filled
    total: Fraction | None = None
    proved: bool = True


@dataclass(frozen=True, slots=True)
class Progress:
    """ "12 of 40 answered": questions that are asked and have a value for certain, chosen or forced."""

    answered: int
    asked: int


def complete(
    configurator: Configurator, session: Session, *, least: str = "", stop: Stop = never
) -> Completion:
    """The configuration that completes the session's choices.

    `least` is a figure whose total is kept as small as possible: `price`, `weight`. The session's choices are
    never changed.

    Raises:
        Invalid: ATTRIBUTE_UNKNOWN (no such figure).
        Unavailable: OUT_OF_TIME before any configuration was found.
    """
    ground, engine = configurator.ground, configurator.engine
    given = configurator.literals(session.choices)
    if not least:
        return Completion(filled(ground, session, _preferred(engine, ground, given, stop)))
    if least not in {figure.code for figure in configurator.model.figures}:
        raise refused("ATTRIBUTE_UNKNOWN", "least", value=least[:80])
    ground, engine = configurator.measuring(least)
    measure = ground.totals[least]
    true = _preferred(engine, ground, given, stop, _lightest(measure))
    true, proved = _improve(engine, measure, given, true, stop)
    best = _total(measure, true)
    if proved:
        true = _first_of_the_least(engine, ground, replace(measure, bound=best), given, true, stop)
    return Completion(filled(ground, session, true), Fraction(best + measure.bound, _MILLION), proved)


def _first_of_the_least(
    engine: Engine, ground: Ground, limit: SumRule, given: list[Literal], true: Set[Literal], stop: Stop
) -> Set[Literal]:
    """Among the configurations of the least total, the one that the order of wishes picks."""
    with engine.limit(limit) as (_, switch):
        try:
            return _preferred(engine, ground, [*given, switch], stop)
        except Unavailable:
            return true


def _improve(
    engine: Engine, measure: SumRule, given: list[Literal], true: Set[Literal], stop: Stop
) -> tuple[Set[Literal], bool]:
    """A configuration of the least total, and whether that is proved."""
    with engine.limit(measure) as (limit, switch):
        while True:
            less = _total(measure, true) - 1
            if less < 0:
                return true, True
            limit.lower(less)
            answer = engine.solve([*given, switch], stop)
            if not answer:
                return true, answer is False
            true = engine.true()


def _total(measure: SumRule, true: Set[Literal]) -> int:
    return sum(value for group in measure.groups for literal, value in group if literal in true)


def _lightest(measure: SumRule) -> dict[Literal, int]:
    weights: dict[Literal, int] = {}
    for group in measure.groups:
        for literal, value in group:
            weights[literal] = weights.get(literal, 0) + value
    return weights


def _preferred(
    engine: Engine,
    ground: Ground,
    given: Sequence[Literal],
    stop: Stop,
    weights: dict[Literal, int] | None = None,
) -> Set[Literal]:
    """The configuration that takes, cell after cell, the first wish that is possible."""
    fixed = list(given)
    wishes = [wish for cell in in_order(ground) for wish in _wishes(cell, weights)]
    engine.prefer([-x for wish in wishes for x in wish[1:] if x > 0] + [wish[0] for wish in wishes])
    if not _ask(engine, fixed, stop):
        raise NotAllowedNow("OPTION_EXCLUDED", params={"attribute": "", "value": ""})
    true = engine.true()
    for wish in wishes:
        for literal in wish:
            if literal in true:
                fixed.append(literal)
                break
            if _ask(engine, [*fixed, literal], stop):
                true = engine.true()
                fixed.append(literal)
                break
    return true


def _ask(engine: Engine, literals: list[Literal], stop: Stop) -> bool:
    answer = engine.solve(literals, stop)
    if answer is None:
        raise Unavailable("OUT_OF_TIME", english("OUT_OF_TIME", {}))
    return answer


def _wishes(cell: Cell, weights: dict[Literal, int] | None) -> Iterator[list[Literal]]:
    """What a cell would like to be, best first; one list for each thing to be decided."""
    attribute = cell.attribute
    if not cell.exclusive:
        for code, literal in cell.literals.items():
            both = [literal, -literal] if code in attribute.default else [-literal, literal]
            if weights:
                both.sort(key=lambda x: weights.get(x, 0))
            yield both
        return
    found = [cell.literals[code] for code in attribute.default if code in cell.literals]
    if cell.absent and not attribute.required:
        found.append(cell.absent)
    found += [x for x in cell.all() if x not in found]
    if weights:
        found.sort(key=lambda x: weights.get(x, 0))
    yield found


def in_order(ground: Ground) -> list[Cell]:
    """All cells in the order of the guide; what is on no page comes after, modules after their slot."""
    found: dict[str, Cell] = {}
    machine = ground.machine
    for page in ground.model.pages:
        for code in page.attributes:
            _take(machine, code, found)
    for code in machine.cells:
        _take(machine, code, found)
    return list(found.values())


def _take(place: Place, code: str, found: dict[str, Cell]) -> None:
    cell = place.cells[code]
    if cell.path in found:
        return
    found[cell.path] = cell
    for inner in place.modules.get(code, ()):
        for name in inner.cells:
            _take(inner, name, found)


def filled(ground: Ground, session: Session, true: Set[Literal]) -> Filled:
    """The configuration that a solver found, with the texts of the session."""
    texts = {choice.path: choice.value for choice in session.choices}
    return _fill(ground.machine, None, 0, texts, true)


def _fill(
    place: Place, parent: Filled | None, position: int, texts: dict[str, str], true: Set[Literal]
) -> Filled:
    chosen: dict[str, tuple[str, ...]] = {}
    modules: dict[str, tuple[Filled, ...]] = {}
    made = Filled(place.module, place.prefix.rstrip("."), chosen, modules, parent, position)
    for code, cell in place.cells.items():
        if cell.attribute.kind == m.TEXT:
            chosen[code] = (texts[cell.path],) if texts.get(cell.path) else ()
        else:
            chosen[code] = tuple(option for option, literal in cell.literals.items() if literal in true)
    for code, places in place.modules.items():
        modules[code] = tuple(
            _fill(inner, made, number, texts, true)
            for number, inner in enumerate(places, 1)
            if inner.exists in true or inner.exists == TRUE
        )
    return made


def configuration(configurator: Configurator, session: Session) -> Filled:
    """The configuration of a session in which nothing is open.

    Raises:
        NotAllowedNow: NOT_COMPLETE, naming the first open attribute.
    """
    for cell in in_order(configurator.ground):
        if session.value(cell.path) is None:
            params = {"value": cell.path}
            raise NotAllowedNow("NOT_COMPLETE", english("NOT_COMPLETE", params), params=params)
    true = set(session.certain())
    engine = configurator.engine
    if engine.solve(sorted(true, key=abs)):
        true = set(engine.true())
    return filled(configurator.ground, session, true)


def choices_of(ground: Ground, configuration: Filled, session: Session) -> tuple[Choice, ...]:
    """A whole configuration as choices: the session's own first, then the rest in the order of the guide."""
    own = {(choice.path, choice.value) for choice in session.choices}
    found = list(session.choices)
    places = {place.prefix.rstrip("."): place for place in ground.machine.walk()}
    for at in _all_modules(configuration):
        for code, values in at.chosen.items():
            cell = places[at.path].cells[code]
            kind = cell.attribute.kind
            if kind == m.BOOLEAN and not values:
                values = ("false",)
            for value in values:
                if (cell.path, value) not in own and kind != m.TEXT:
                    found.append(Choice(cell.path, value))
    return tuple(found)


def _all_modules(at: Filled) -> Iterator[Filled]:
    yield at
    for places in at.modules.values():
        for inner in places:
            yield from _all_modules(inner)


# The guide


def progress(session: Session) -> Progress:
    """How far the user has come. Texts and questions that are certainly not asked do not count."""
    asked = [
        cell
        for cell in in_order(session.ground)
        if cell.attribute.kind != m.TEXT and session.asked(cell.path)
    ]
    return Progress(sum(session.value(cell.path) is not None for cell in asked), len(asked))


def next_question(session: Session) -> str:
    """The path of the next attribute that is asked and still open, in the order of the guide; empty: none.

    Attributes that must be answered come before those that may be left out.
    """
    open_cells = [
        cell
        for cell in in_order(session.ground)
        if cell.attribute.kind != m.TEXT and session.asked(cell.path) and session.value(cell.path) is None
    ]
    needed = [cell for cell in open_cells if cell.attribute.required]
    return (needed or open_cells)[0].path if open_cells else ""


def visible_pages(ground: Ground, configuration: Filled) -> tuple[m.Page, ...]:
    """The pages of the guide whose condition holds."""
    return tuple(page for page in ground.model.pages if page.when is None or holds(page.when, configuration))
