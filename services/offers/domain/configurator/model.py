"""A configuration model as values: attributes, options, rules, pages, bills of material.

Built by `loading.py` from canonical JSON, never by hand; every formula in it has been read and typed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Final

from services.kit.values import canonical
from services.offers.domain.configurator.formulas import Condition, Quantity

CHOICE, MULTIPLE, BOOLEAN = "choice", "multiple", "boolean"
INTEGER, DECIMAL, TEXT, MODULES = "integer", "decimal", "text", "modules"
KINDS: Final = (CHOICE, MULTIPLE, BOOLEAN, INTEGER, DECIMAL, TEXT, MODULES)
NUMBERS: Final = (INTEGER, DECIMAL, MODULES)
YES: Final = "true"
PRICE: Final = "price"
"""The figure that every model has: net list price of what is chosen, in the model's currency."""

Texts = Mapping[str, str]
Figures = Mapping[str, Fraction]


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a choice. `figures` are price, power, weight … of choosing it."""

    code: str
    texts: Texts
    figures: Figures = field(default_factory=dict)
    picture: str = ""
    help: Texts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Attribute:
    """One question.

    `options` of a choice or a multiple choice; of a yes/no the single option `true`; of a number every value
    that it can take, in order, with its canonical text as code; of modules every count. `figures` of numbers
    are already multiplied into the options. `least` and `most` bound how many of a multiple choice are taken.
    """

    code: str
    kind: str
    texts: Texts
    options: tuple[Option, ...]
    required: bool = True
    when: Condition | None = None
    default: tuple[str, ...] = ()
    help: Texts = field(default_factory=dict)
    picture: str = ""
    least: int = 0
    most: int = 0
    max_length: int = 0
    unit: str = ""
    module: Module | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """Conditions that always hold, under one name and with one message.

    `when` limits them; `each` and `neighbours` name the slot whose modules, or pairs of consecutive modules,
    they speak of.
    """

    code: str
    kind: str
    message: Texts
    conditions: tuple[Condition, ...]
    when: Condition | None = None
    each: str = ""
    neighbours: str = ""


@dataclass(frozen=True, slots=True)
class Module:
    """A set of attributes with their rules: the machine itself, or a part that is repeated inside it.

    `quantity` names the attribute that says how many equal ones there are.
    """

    code: str
    texts: Texts
    attributes: tuple[Attribute, ...]
    rules: tuple[Rule, ...]
    quantity: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the guide: attributes of the machine in the order in which they are asked."""

    code: str
    texts: Texts
    attributes: tuple[str, ...]
    help: Texts = field(default_factory=dict)
    when: Condition | None = None


@dataclass(frozen=True, slots=True)
class BomRule:
    """A line of a bill of material, when its condition holds, once or for each module of a slot.

    `paid_by` of a technical rule names commercial rules: the first of them that gives a line pays.
    `included` technical lines need nobody who pays (a bag of screws), `service` commercial lines nothing
    behind them (a training day). `price` of a commercial rule is the unit price; None: price lists decide.
    """

    code: str
    article: str
    texts: Texts
    quantity: Quantity
    when: Condition | None = None
    each: str = ""
    unit: str = ""
    price: Quantity | None = None
    paid_by: tuple[str, ...] = ()
    included: bool = False
    service: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that options carry: power in W, weight in kg."""

    code: str
    texts: Texts
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Model:
    """A whole model. `digest` is the SHA-256 of the canonical JSON that it was read from."""

    code: str
    version: int
    languages: tuple[str, ...]
    currency: str
    texts: Texts
    figures: tuple[Figure, ...]
    machine: Module
    pages: tuple[Page, ...]
    technical: tuple[BomRule, ...]
    commercial: tuple[BomRule, ...]
    digest: str = ""


def said(texts: Texts, language: str) -> str:
    """The text in a language; else in English, else in any that there is."""
    return texts.get(language) or texts.get("en") or next(iter(texts.values()), "")


def number_text(value: Fraction) -> str:
    """The canonical decimal text of a fraction, rounded half up to 6 decimals where it has more."""
    millionths = value * 1_000_000
    whole = (2 * abs(millionths.numerator) + millionths.denominator) // (2 * millionths.denominator)
    return canonical(Decimal(whole if value >= 0 else -whole).scaleb(-6))
