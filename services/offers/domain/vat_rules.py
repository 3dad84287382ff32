"""Which VAT rate or natura a line has, from who buys, where it goes, what it is and when; with a trail.

The rules cover what a manufacturer in Italy meets: exports, intra-Community supplies, San Marino, habitual
exporters, services to foreign businesses, domestic reverse charge, split payment, and the domestic rate.
Articles of law beside each rule are those of DPR 633/1972 (with DL 331/1993 for intra-Community supplies). A
tax adviser reviews them before a company relies on them; companies with other cases type rate and natura by
hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from services.kit.errors import Invalid
from services.kit.values import Number, canonical, parse_decimal
from services.offers.domain.trail import Step
from services.offers.domain.vat import ITALY, RatePeriod, VatClass, check_in_force, rates_in_force, vat_class

HOME: Final = "IT"
EU: Final = frozenset(
    """
    AT BE BG CY CZ DE DK EE EL ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK XI
    """.split()  # noqa: SIM905 - EL and XI (Northern Ireland, goods) as VIES writes them, GR as ISO does
)
GOODS, SERVICE = "goods", "service"
VIES_DAYS: Final = 30
"""How old a VIES answer may be, in days, unless the company's setting says otherwise."""


@dataclass(frozen=True, slots=True)
class ViesAnswer:
    """What VIES said about a number on a day."""

    number: str
    day: date
    valid: bool


@dataclass(frozen=True, slots=True)
class DeclarationOfIntent:
    """A habitual exporter's declaration: protocol of its receipt, year, and what is left of its plafond."""

    protocol: str
    year: int
    plafond_left: Number


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who buys: country, whether a business, and the papers that change the rate."""

    country: str = HOME
    business: bool = True
    split_payment: bool = False
    vies: ViesAnswer | None = None
    declaration: DeclarationOfIntent | None = None


@dataclass(frozen=True, slots=True)
class Supply:
    """What is sold and where it goes. `leaves_italy`: the goods are shipped or carried abroad, with proof.

    `amount` is the taxable amount that would use a plafond, in euro.
    """

    on: date
    kind: str = GOODS
    delivery_country: str = HOME
    leaves_italy: bool = False
    amount: Number = "0"


@dataclass(frozen=True, slots=True)
class ArticleClass:
    """The VAT class of an article: its domestic rate or natura; `reverse_charge` an N6 code for business
    buyers.
    """

    name: str
    rate: Number = "22"
    natura: str = ""
    reverse_charge: str = ""


@dataclass(frozen=True, slots=True)
class VatDecision:
    """Rate and natura of a line, whether the buyer pays the VAT to the treasury, and why."""

    vat: VatClass
    split_payment: bool
    trail: tuple[Step, ...]


def decide_vat(
    article: ArticleClass,
    buyer: Buyer,
    supply: Supply,
    *,
    vies_days: int = VIES_DAYS,
    rates: Sequence[RatePeriod] = ITALY,
) -> VatDecision:
    """The VAT of a line, by the first rule that fits; a privilege without its papers falls back to the
    domestic rate.

    Raises:
        Invalid: VAT_RATE_NOT_IN_FORCE (the article's rate on that day), WORD_UNKNOWN, COUNTRY_UNKNOWN, and
            those of `vat_class`.
    """
    _check(buyer, supply)
    trail = [Step("ARTICLE_CLASS", article.name, _rate_text(article))]
    natura = _special(article, buyer, supply, vies_days=vies_days, trail=trail)
    if natura:
        vat = vat_class("0", natura)
        trail.append(Step("DECIDED", natura, "0"))
        return VatDecision(vat, False, tuple(trail))
    vat = vat_class(article.rate, article.natura)
    check_in_force(vat, supply.on, rates)
    since = max(
        period.since
        for period in rates
        if period.rate == vat.rate and vat.rate in rates_in_force(supply.on, [period])
    )
    trail.append(Step("RATE_TABLE", since.isoformat(), vat.rate_text))
    split = buyer.split_payment and buyer.country == HOME
    if split:
        trail.append(Step("SPLIT_PAYMENT"))
    trail.append(Step("DECIDED", vat.natura, vat.rate_text))
    return VatDecision(vat, split, tuple(trail))


def _check(buyer: Buyer, supply: Supply) -> None:
    if supply.kind not in (GOODS, SERVICE):
        raise Invalid(
            "WORD_UNKNOWN",
            params={"field": "kind", "value": str(supply.kind)[:40], "allowed": f"{GOODS}, {SERVICE}"},
        )
    for country in (buyer.country, supply.delivery_country):
        if not (isinstance(country, str) and len(country) == 2 and country.isascii() and country.isupper()):
            raise Invalid("COUNTRY_UNKNOWN", params={"value": str(country)[:40]})


def _rate_text(article: ArticleClass) -> str:
    rate = canonical(parse_decimal(article.rate))
    return f"{rate} {article.natura}".rstrip()


def _special(
    article: ArticleClass, buyer: Buyer, supply: Supply, *, vies_days: int, trail: list[Step]
) -> str:
    """The natura of the first special rule that fits, or nothing."""
    if supply.kind == SERVICE:
        found = _service_abroad(buyer, trail)
    else:
        found = _goods_abroad(buyer, supply, vies_days=vies_days, trail=trail)
    if found or article.natura:
        return found
    return _declaration(buyer, supply, trail) or _reverse_charge(article, buyer, trail)


def _service_abroad(buyer: Buyer, trail: list[Step]) -> str:
    """Art. 7-ter: services to a business are taxed where it is established."""
    if buyer.country == HOME or not buyer.business:
        return ""
    trail.append(Step("SERVICE_ABROAD", figure=buyer.country))
    return "N2.1"


def _goods_abroad(buyer: Buyer, supply: Supply, *, vies_days: int, trail: list[Step]) -> str:
    country = supply.delivery_country
    if country == HOME:
        return ""
    if not supply.leaves_italy:
        trail.append(Step("GOODS_STAY", figure=country))
        return ""
    if country == "SM":
        trail.append(Step("SAN_MARINO", figure=country))  # art. 71
        return "N3.3"
    if country not in EU:
        trail.append(Step("EXPORT", figure=country))  # art. 8, first paragraph, a
        return "N3.1"
    return _intra_eu(buyer, supply, vies_days=vies_days, trail=trail)


def _intra_eu(buyer: Buyer, supply: Supply, *, vies_days: int, trail: list[Step]) -> str:
    """Art. 41 DL 331/1993: only with a valid VIES answer of a recent day, not later than the document's."""
    answer = buyer.vies
    if answer is None or not buyer.business:
        trail.append(Step("VIES_MISSING"))
        return ""
    day = answer.day.isoformat()
    if not answer.valid:
        trail.append(Step("VIES_INVALID", day, answer.number))
        return ""
    if not timedelta(0) <= supply.on - answer.day <= timedelta(days=vies_days):
        trail.append(Step("VIES_STALE", day, answer.number))
        return ""
    trail.append(Step("VIES_VALID", day, answer.number))
    trail.append(Step("INTRA_EU", figure=supply.delivery_country))
    return "N3.2"


def _declaration(buyer: Buyer, supply: Supply, trail: list[Step]) -> str:
    """Art. 8, first paragraph, c: a habitual exporter buys without VAT within its declared plafond."""
    declaration = buyer.declaration
    if declaration is None or buyer.country != HOME:
        return ""
    if not declaration.protocol.strip():
        trail.append(Step("EXPORTER_NO_PROTOCOL"))
        return ""
    if declaration.year != supply.on.year:
        trail.append(Step("EXPORTER_OUT_OF_DATE", declaration.protocol))
        return ""
    left, amount = parse_decimal(declaration.plafond_left), parse_decimal(supply.amount)
    if amount > left:
        trail.append(Step("PLAFOND_SHORT", declaration.protocol, canonical(left)))
        return ""
    trail.append(Step("EXPORTER", declaration.protocol))
    trail.append(Step("PLAFOND_LEFT", declaration.protocol, canonical(left)))
    return "N3.5"


def _reverse_charge(article: ArticleClass, buyer: Buyer, trail: list[Step]) -> str:
    """Art. 17, fifth and sixth paragraph, and art. 74: the business that buys owes the VAT."""
    if not article.reverse_charge or not buyer.business or buyer.country != HOME:
        return ""
    trail.append(Step("REVERSE_CHARGE", article.reverse_charge))
    return article.reverse_charge
