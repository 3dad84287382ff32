"""Small models for tests, written by hand or at random, and a brute-force oracle that shares no search."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import product
from typing import Any

from services.offers.domain.configurator import model as m
from services.offers.domain.configurator.choices import NO, Choice
from services.offers.domain.configurator.evaluate import Filled, holds
from services.offers.domain.configurator.loading import read_model

Json = dict[str, Any]


def texts(text: str) -> Json:
    return {"it": text, "en": text}


def option(code: str, **more: object) -> Json:
    return {"code": code, "texts": texts(code), **more}


def choice(code: str, *options: str | Json, **more: object) -> Json:
    listed = [option(x) if isinstance(x, str) else x for x in options]
    return {"code": code, "kind": "choice", "texts": texts(code), "options": listed, **more}


def question(code: str, kind: str, **more: object) -> Json:
    return {"code": code, "kind": kind, "texts": texts(code), **more}


def rule(code: str, **content: object) -> Json:
    return {"code": code, "message": texts(f"rule {code}"), **content}


def plain(attributes: list[Json], rules: list[Json] | None = None, **more: object) -> Json:
    return {
        "model": "test",
        "version": 1,
        "texts": texts("Test"),
        "figures": [{"code": "power", "texts": texts("Power"), "unit": "W"}],
        "attributes": attributes,
        "rules": rules or [],
        **more,
    }


def model(attributes: list[Json], rules: list[Json] | None = None, **more: object) -> m.Model:
    return read_model(plain(attributes, rules, **more))


def random_plain(seed: int) -> Json:
    """A model of at most a few thousand configurations, with sums, conditions and sometimes modules."""
    r = random.Random(seed)
    attributes = [_attribute(r, f"a{i}") for i in range(r.randint(2, 4))]
    modules: list[Json] = []
    slots: list[str] = []
    if r.random() < 0.35:
        attributes = attributes[:3]
        inner = [_attribute(r, "b0", small=True)]
        if r.random() < 0.5:
            inner.append(question("q", "integer", min=1, max=2))
        module = {"code": "mod", "texts": texts("mod"), "attributes": inner}
        if len(inner) == 2:
            module["quantity"] = "q"
        if r.random() < 0.5:
            module["rules"] = [rule("M1", always=_condition(r, [*attributes, *inner], 1))]
        modules.append(module)
        attributes.append(question("line", "modules", module="mod", min=r.randint(0, 1), max=2))
        slots.append("line")
    for attribute in attributes:
        if attribute["kind"] != "modules" and r.random() < 0.2:
            others = [x for x in attributes if x is not attribute and x["kind"] != "modules"]
            if others:
                attribute["when"] = _atom(r, others)
    plain_attributes = [x for x in attributes if x["kind"] != "modules"]
    rules = [_rule(r, f"R{i}", plain_attributes, slots, modules) for i in range(r.randint(1, 5))]
    return plain(attributes, rules, modules=modules)


def _attribute(r: random.Random, code: str, *, small: bool = False) -> Json:
    kind = r.choice(["choice", "choice", "integer", "boolean", "multiple", "decimal"])
    count = r.randint(2, 2 if small else 4)
    if kind in ("choice", "multiple"):
        options = [
            option(f"o{i}", price=str(r.randint(-3, 20)), figures={"power": str(r.choice([0, 1, 2.5, 4, 7]))})
            for i in range(min(count, 3) if kind == "multiple" else count)
        ]
        more: Json = {"required": r.random() < 0.8} if kind == "choice" else {}
        if kind == "multiple" and r.random() < 0.5:
            more = {"min": r.randint(0, 1), "max": r.randint(1, len(options))}
        elif r.random() < 0.3:
            more["default"] = options[-1]["code"]
        return question(code, kind, options=options, **more)
    if kind == "boolean":
        return question(code, kind, price=str(r.randint(0, 9)), figures={"power": "3"})
    low = r.randint(-1, 1)
    more = {"step": "0.5"} if kind == "decimal" else {}
    high = low + (count - 1 if kind == "integer" else 1)
    return question(code, kind, min=str(low), max=str(high), figures={"power": "2"}, price="1.5", **more)


def _atom(r: random.Random, attributes: list[Json]) -> str:
    a = r.choice(attributes)
    code = a["code"]
    if a["kind"] == "boolean":
        return str(r.choice([code, f"not {code}"]))
    if a["kind"] in ("integer", "decimal"):
        return f"{code} {r.choice(['<=', '>', '=', '!='])} {r.choice(['0', '1', '0.5'])}"
    picked = r.choice(a["options"])["code"]
    if a["kind"] == "multiple":
        return f"{code} has {picked}"
    others = ", ".join(r.choice(a["options"])["code"] for _ in range(2))
    return str(
        r.choice([f"{code} = {picked}", f"{code} != {picked}", f"{code} in ({others})", f"answered({code})"])
    )


def _number(r: random.Random, attributes: list[Json]) -> str:
    numbers = [x["code"] for x in attributes if x["kind"] in ("integer", "decimal")]
    choices = ["total(power)", "total(price)"]
    if numbers:
        n = r.choice(numbers)
        choices += [
            n,
            f"{n} * 2 - 1",
            f"ceil({n} / 2)",
            f"abs({n})",
            f"max({n}, 1)",
            f"{n} * {r.choice(numbers)}",
        ]
    a = r.choice(attributes)
    if a["kind"] != "multiple":
        choices.append(f"(if {_atom(r, attributes)} then {r.randint(0, 9)} else 2)")
    return r.choice(choices)


def _condition(r: random.Random, attributes: list[Json], depth: int) -> str:
    shape = r.randint(0, 7 if depth else 0)
    if shape <= 1:
        return _atom(r, attributes)
    if shape == 2:
        return f"not ({_condition(r, attributes, depth - 1)})"
    if shape in (3, 4):
        word = r.choice(["and", "or", "implies"])
        return f"({_condition(r, attributes, depth - 1)}) {word} ({_condition(r, attributes, depth - 1)})"
    if shape == 5:
        return f"({_condition(r, attributes, depth - 1)}) = ({_condition(r, attributes, depth - 1)})"
    sign = r.choice(["<=", "<", ">=", ">", "=", "!="])
    return f"{_number(r, attributes)} + {_number(r, attributes)} {sign} {r.randint(2, 24)}"


def _rule(r: random.Random, code: str, attributes: list[Json], slots: list[str], modules: list[Json]) -> Json:
    kind = r.choice(
        ["requires", "excludes", "at_most", "exactly_one", "table", "sum", "sum", "always", "any_of"]
    )
    content: Json = {}
    several = [_condition(r, attributes, 1) for _ in range(r.randint(2, 3))]
    if kind in ("requires", "excludes"):
        content[kind] = several[:2]
    elif kind in ("exactly_one", "any_of"):
        content[kind] = several
    elif kind == "at_most":
        content[kind] = {"n": r.randint(0, 2), "of": several}
    elif kind == "always":
        content[kind] = _condition(r, attributes, 2)
    elif kind == "sum":
        bound = r.choice(["at_most", "at_most", "at_least", "equal"])
        content[kind] = {"of": _number(r, attributes), bound: str(r.randint(0, 30))}
    else:
        columns = [x for x in attributes if x["kind"] in ("choice", "boolean")][:2]
        if not columns:
            return rule(code, always="true")
        values = [
            [o["code"] for o in x["options"]] if x["kind"] == "choice" else [True, False] for x in columns
        ]
        rows = [[r.choice([*v, "*"]) for v in values] for _ in range(r.randint(2, 4))]
        content[kind] = {"columns": [x["code"] for x in columns], "rows": rows}
    if r.random() < 0.25:
        content["when"] = _atom(r, attributes)
    if slots and r.random() < 0.4:
        inner = modules[0]["attributes"]
        atom = _atom(r, inner)
        content = r.choice(
            [
                {"always": f"count(line: {atom}) <= 1"},
                {"always": f"any(line: {atom}) implies {_atom(r, attributes)}"},
                {"neighbours": "line", "always": f"not ({atom}) or next.{inner[0]['code']} = this.b0"}
                if inner[0]["kind"] == "boolean"
                else {"each": "line", "always": f"{atom} or {_atom(r, attributes)}"},
                {"sum": {"of": "sum(line: total(power) + 1)", "at_most": str(r.randint(0, 12))}},
            ]
        )
    return rule(code, **content)


# Brute force


def size(module: m.Module) -> int:
    """How many fillings there are to try."""
    found = 1
    for attribute in module.attributes:
        if attribute.module is not None:
            inner = size(attribute.module)
            found *= sum(inner ** int(option.code) for option in attribute.options) + 1
        else:
            found *= len(_values(attribute))
    return found


def configurations(found: m.Model) -> Iterator[Filled]:
    """Every configuration that fulfils the structure and all rules, one after the other."""
    for filled in _fillings(found.machine, None, "", 0):
        if _fulfils(filled):
            yield filled


def _fillings(module: m.Module, parent: Filled | None, path: str, position: int) -> Iterator[Filled]:
    spaces: list[list[tuple[str, ...]]] = [_values(attribute) for attribute in module.attributes]
    for values in product(*spaces):
        chosen = dict(zip((x.code for x in module.attributes), values, strict=True))
        slots = [x for x in module.attributes if x.module is not None]
        made = Filled(module, path, chosen, {}, parent, position)
        if not slots:
            yield made
            continue
        slot = slots[0]
        number = int(chosen[slot.code][0]) if chosen[slot.code] else 0
        assert slot.module is not None
        # Each module's own values; the parent is tied below, once everything is chosen.
        inner = [list(_fillings(slot.module, None, f"{slot.code}[{i + 1}]", i + 1)) for i in range(number)]
        for modules in product(*inner):
            whole = Filled(module, path, chosen, {}, parent, position)
            tied = tuple(Filled(x.module, x.path, x.chosen, {}, whole, x.position) for x in modules)
            yield (
                Filled(module, path, chosen, {slot.code: tied}, parent, position)
                if not tied
                else _tie(whole, slot.code, tied)
            )


def _tie(whole: Filled, slot: str, modules: tuple[Filled, ...]) -> Filled:
    whole.modules[slot] = modules  # type: ignore[index]
    return whole


def _values(attribute: m.Attribute) -> list[tuple[str, ...]]:
    if attribute.kind == m.TEXT:
        return [()]
    codes = [x.code for x in attribute.options]
    if attribute.kind == m.MULTIPLE:
        sets = [
            tuple(c for c, on in zip(codes, bits, strict=True) if on)
            for bits in product((0, 1), repeat=len(codes))
        ]
        return [x for x in sets if len(x) <= attribute.most]
    return [(c,) for c in codes] + [()]


def _fulfils(at: Filled) -> bool:
    for attribute in at.module.attributes:
        values = at.chosen[attribute.code]
        asked = attribute.when is None or holds(attribute.when, at)
        if not asked and values:
            return False
        if asked and attribute.kind == m.MULTIPLE and len(values) < attribute.least:
            return False
        single = attribute.kind in (m.CHOICE, *m.NUMBERS)
        if asked and single and attribute.required and not values:
            return False
    for one in at.module.rules:
        places = at.modules.get(one.each, ()) if one.each else (at,)
        if one.neighbours:
            places = at.modules.get(one.neighbours, ())[:-1]
        for place in places:
            if (one.when is None or holds(one.when, place)) and not all(
                holds(x, place) for x in one.conditions
            ):
                return False
    return all(_fulfils(inner) for places in at.modules.values() for inner in places)


def said(filled: Filled) -> set[tuple[str, str]]:
    """A configuration as pairs of path and value, `""` for no value."""
    found = set()
    prefix = f"{filled.path}." if filled.path else ""
    for attribute in filled.module.attributes:
        values = filled.chosen[attribute.code]
        single = attribute.kind in (m.CHOICE, *m.NUMBERS)
        for value in values or (("",) if single else ()):
            found.add((prefix + attribute.code, value))
    for places in filled.modules.values():
        for inner in places:
            found |= said(inner)
    return found


def agrees(configuration: set[tuple[str, str]], one: Choice) -> bool:
    """Whether a configuration contains a choice."""
    if one.value == NO:
        return (one.path, m.YES) not in configuration
    if one.value == "":
        return not any(path == one.path and value for path, value in configuration)
    return ((one.path, one.value) in configuration) == one.wanted
