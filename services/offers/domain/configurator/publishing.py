"""What is checked before a model is published: everything that a salesperson would stumble over later.

Contradictions, options that nobody can ever choose, rules that never refuse anything, defaults that collide,
lines of bills of material that no configuration reaches; each with its explanation. Only a contradiction
forbids publishing; the others may be meant, and are shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from services.offers.domain.configurator import formulas as f
from services.offers.domain.configurator import model as m
from services.offers.domain.configurator.cdcl import Cdcl
from services.offers.domain.configurator.contradiction import Contradiction, Contradictions
from services.offers.domain.configurator.engine import NewSolver
from services.offers.domain.configurator.explain import name_of, value_of
from services.offers.domain.configurator.ground import Ground
from services.offers.domain.configurator.grounding import ground_with
from services.offers.domain.configurator.sat import Literal, Stop, never
from services.offers.domain.configurator.session import Configurator, State

CONTRADICTION, DEAD_OPTION, IDLE_RULE = "contradiction", "dead option", "idle rule"
COLLIDING_DEFAULTS, UNREACHED_LINE = "colliding defaults", "unreached line"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at. `about` is a rule, `attribute=value` or a line; `because` the rules behind it."""

    kind: str
    about: str
    because: tuple[str, ...]
    it: str
    en: str


def check(model: m.Model, new_solver: NewSolver = Cdcl, *, stop: Stop = never) -> tuple[Finding, ...]:
    """All findings, worst first. With a contradiction there is nothing else to say.

    Raises:
        Unavailable: OUT_OF_TIME.
        Invalid: FORMULA_TOO_WIDE, MODEL_TOO_LARGE.
    """
    conditions = [_reached(rule) for rule in (*model.technical, *model.commercial)]
    ground, literals = ground_with(model, [x for x in conditions if x is not None])
    asked = Contradictions(ground, new_solver)
    if not asked.possible([], range(len(ground.rules)), stop):
        because = _codes(ground, asked.smallest([], stop=stop))
        return (
            Finding(
                CONTRADICTION,
                model.code,
                because,
                f"Nessuna configurazione rispetta insieme queste regole: {', '.join(because)}.",
                f"No configuration fulfils these rules together: {', '.join(because)}.",
            ),
        )
    found = [
        *_dead(model, ground, asked, new_solver, stop),
        *_idle(ground, asked, stop),
        *_colliding(ground, asked, stop),
    ]
    reachable = iter(literals)
    for rule, condition in zip((*model.technical, *model.commercial), conditions, strict=True):
        if condition is not None:
            found.extend(_unreached(rule, next(reachable), ground, asked, stop))
    return tuple(found)


def _codes(ground: Ground, found: Contradiction) -> tuple[str, ...]:
    return tuple(ground.rules[number].code for number in found.rules)


def _dead(
    model: m.Model, ground: Ground, asked: Contradictions, new_solver: NewSolver, stop: Stop
) -> Iterator[Finding]:
    session = Configurator(model, new_solver).start(stop)
    for path, cell in ground.cells.items():
        for code, literal in cell.literals.items():
            if session.state(path, code) is State.EXCLUDED:
                because = _codes(ground, asked.smallest([literal], stop=stop))
                it = f"“{name_of(cell, 'it')}: {value_of(cell, code, 'it')}” non si può mai scegliere"
                en = f"“{name_of(cell, 'en')}: {value_of(cell, code, 'en')}” can never be chosen"
                yield Finding(
                    DEAD_OPTION,
                    f"{path}={code}",
                    because,
                    f"{it}: {', '.join(because)}.",
                    f"{en}: {', '.join(because)}.",
                )


def _idle(ground: Ground, asked: Contradictions, stop: Stop) -> Iterator[Finding]:
    """Rules that the others imply: taking one away would allow nothing more."""
    everything = frozenset(range(len(ground.rules)))
    for number, rule in enumerate(ground.rules):
        broken = ground.broken.get(number)
        if broken is None:
            continue
        if not asked.possible([broken], everything - {number}, stop):
            because = _codes(ground, asked.smallest([broken], without=number, stop=stop))
            behind = ", ".join(because)
            it = f"La regola {rule.code} non esclude nulla"
            en = f"Rule {rule.code} never refuses anything"
            yield Finding(
                IDLE_RULE,
                rule.code,
                because,
                f"{it}: basta {behind}." if behind else f"{it}.",
                f"{en}: {behind} is enough." if behind else f"{en}.",
            )


def _colliding(ground: Ground, asked: Contradictions, stop: Stop) -> Iterator[Finding]:
    rules = range(len(ground.rules))
    defaults: dict[Literal, str] = {}
    for path, cell in ground.cells.items():
        if cell.place.parent is not None or cell.attribute.when is not None:
            continue  # It proposes its default only where it is asked.
        for code in cell.attribute.default:
            if code in cell.literals:
                defaults[cell.literals[code]] = f"{path}={code}"
            elif cell.attribute.kind == m.BOOLEAN:
                defaults[-cell.literals[m.YES]] = f"{path}=false"
    # A default that is impossible by itself is a dead option.
    alive = [x for x in defaults if asked.possible([x], rules, stop)]
    if not asked.possible(alive, rules, stop):
        core = asked.smallest([], alive, stop=stop)
        because = _codes(ground, core)
        about = ", ".join(defaults[x] for x in core.literals)
        yield Finding(
            COLLIDING_DEFAULTS,
            about,
            because,
            f"I valori proposti {about} non vanno insieme: {', '.join(because)}.",
            f"The defaults {about} do not go together: {', '.join(because)}.",
        )


def _reached(rule: m.BomRule) -> f.Condition | None:
    """When a line appears: its condition holds and its quantity is above 0, in one module at least."""
    parts: list[f.Condition] = [] if rule.when is None else [rule.when]
    if rule.quantity.low <= 0:
        parts.append(f.Compare(">", rule.quantity, f.constant(Fraction(0))))
    if rule.each:
        inner = f.Both(tuple(parts), every=True)
        return f.Among(f.Ref(rule.each), inner, every=False)
    return f.Both(tuple(parts), every=True) if parts else None


def _unreached(
    rule: m.BomRule,
    literal: Literal | None,
    ground: Ground,
    asked: Contradictions,
    stop: Stop,
) -> Iterator[Finding]:
    if literal is None or asked.possible([literal], range(len(ground.rules)), stop):
        return
    because = _codes(ground, asked.smallest([literal], stop=stop))
    behind = f": {', '.join(because)}" if because else ""
    yield Finding(
        UNREACHED_LINE,
        rule.code,
        because,
        f"Nessuna configurazione arriva alla riga {rule.code}{behind}.",
        f"No configuration reaches line {rule.code}{behind}.",
    )


def can_publish(findings: tuple[Finding, ...]) -> bool:
    """Whether nothing found forbids publishing."""
    return all(finding.kind != CONTRADICTION for finding in findings)
