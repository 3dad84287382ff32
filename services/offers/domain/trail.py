"""Why a figure is what it is: the steps that led to it, in order, ready to be printed.

A step has a code, the source that it speaks of, a figure and who is responsible. Texts are made from the
code when somebody reads them, so that one trail prints in any language. Steps whose figures tell a cost
belong to the `cost` facet: `seen_without_cost` keeps the step and hides what it says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

BASE, COST = "base", "cost"


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `source` is a list, rule, table or record by its code; `figure` the number or rate that it
    gave.

    `by` is the user whose choice it was, empty when a rule decided. `facet` says who may see `source` and
    `figure`.
    """

    code: str
    source: str = ""
    figure: str = ""
    by: str = ""
    facet: str = BASE


_TEXTS: Final[Mapping[str, tuple[str, str]]] = {
    "MANUAL": ("prezzo manuale bloccato {figure}, di {by}", "manual price {figure}, locked by {by}"),
    "LIST_NOT_IN_DATE": ("listino {source} non valido alla data", "list {source} is not in force on the day"),
    "LIST_WITHOUT_PRICE": ("listino {source}: nessun prezzo", "list {source} has no price for it"),
    "LIST_BREAK_NOT_REACHED": (
        "listino {source}: quantità minima {figure} non raggiunta",
        "list {source}: the least quantity {figure} is not reached",
    ),
    "LINE_LIST": ("listino {source} scelto per la riga", "list {source}, chosen for this line"),
    "OFFER_LIST": ("listino {source} scelto per l'offerta", "list {source}, chosen for this offer"),
    "CONTRACT": ("contratto {source}", "contract {source}"),
    "CUSTOMER": ("listino cliente {source}", "customer list {source}"),
    "GROUP": ("listino di gruppo {source}", "group list {source}"),
    "CAMPAIGN": ("campagna {source}", "campaign {source}"),
    "STANDARD": ("listino standard {source}", "standard list {source}"),
    "ROW": ("riga {source}: {figure}", "row {source}: {figure}"),
    "BREAK": ("scaglione da {figure}", "quantity break from {figure}"),
    "NET": ("prezzo netto: nessuno sconto", "net price: takes no discount"),
    "LIST_DISCOUNTS": ("sconti da {source}: {figure}", "discounts of {source}: {figure}"),
    "TYPED_DISCOUNTS": ("sconti di {by}: {figure}", "discounts by {by}: {figure}"),
    "DISCOUNTS_DROPPED": ("sconti {figure} non applicati", "discounts {figure} not applied"),
    "COST_PLUS": ("costo {source} più ricarico: {figure}", "cost {source} plus markup: {figure}"),
    "CONVERTED": ("cambio {source}: {figure}", "exchange rate {source}: {figure}"),
    "GOAL": ("adeguato all'obiettivo: {figure}", "adjusted to the goal: {figure}"),
    "ARTICLE_CLASS": (
        "classe IVA articolo {source}: {figure}",
        "VAT class of the article {source}: {figure}",
    ),
    "EXPORT": ("cessione all'esportazione verso {figure}", "export to {figure}"),
    "SAN_MARINO": ("cessione verso San Marino", "supply to San Marino"),
    "INTRA_EU": ("cessione intracomunitaria verso {figure}", "intra-Community supply to {figure}"),
    "VIES_VALID": ("VIES valido il {source}: {figure}", "VIES valid on {source}: {figure}"),
    "VIES_MISSING": ("manca la risposta VIES", "no VIES answer"),
    "VIES_INVALID": ("VIES: {figure} non valido il {source}", "VIES: {figure} not valid on {source}"),
    "VIES_STALE": ("risposta VIES del {source} troppo vecchia", "the VIES answer of {source} is too old"),
    "GOODS_STAY": ("i beni non lasciano l'Italia", "the goods do not leave Italy"),
    "SERVICE_ABROAD": ("servizio a soggetto passivo estero ({figure})", "service to a business in {figure}"),
    "EXPORTER": ("dichiarazione d'intento {source}", "declaration of intent {source}"),
    "EXPORTER_NO_PROTOCOL": (
        "dichiarazione d'intento senza protocollo",
        "declaration of intent without protocol",
    ),
    "EXPORTER_OUT_OF_DATE": (
        "dichiarazione d'intento {source} non valida",
        "declaration {source} not in force",
    ),
    "PLAFOND_LEFT": ("plafond residuo sufficiente", "the remaining plafond suffices"),
    "PLAFOND_SHORT": ("plafond residuo insufficiente: {figure}", "the remaining plafond is short: {figure}"),
    "REVERSE_CHARGE": ("inversione contabile {source}", "reverse charge {source}"),
    "RATE_TABLE": ("aliquota {figure} in vigore dal {source}", "rate {figure} in force since {source}"),
    "SPLIT_PAYMENT": (
        "scissione dei pagamenti: IVA a carico del cliente",
        "split payment: the customer pays the VAT",
    ),
    "DECIDED": ("aliquota {figure} {source}", "rate {figure} {source}"),
}
"""Italian and English text of each code."""

CODES: Final = frozenset(_TEXTS)
_HIDDEN: Final = "…"


def explain(steps: Iterable[Step], language: str) -> tuple[str, ...]:
    """One sentence per step, in `it` or `en` (any other language: English)."""
    return tuple(
        _TEXTS[step.code][0 if language == "it" else 1].format(
            source=step.source, figure=step.figure, by=step.by
        )
        for step in steps
    )


def seen_without_cost(steps: Iterable[Step]) -> tuple[Step, ...]:
    """The steps as a user without the `cost` facet sees them."""
    return tuple(
        replace(step, source=_HIDDEN, figure=_HIDDEN) if step.facet == COST else step for step in steps
    )
