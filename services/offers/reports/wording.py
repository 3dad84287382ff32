"""Words and numbers of printed offers, in the languages of print."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

LANGUAGES: Final = ("it", "en")
#: Not a hyphen: it stands as wide as a digit.
MINUS: Final = "\N{MINUS SIGN}"

_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "offer": ("Offerta", "Offer"),
    "to": ("Spett.le", "To"),
    "attention": ("Alla c.a. di", "For the attention of"),
    "date": ("Data", "Date"),
    "valid_until": ("Valida fino al", "Valid until"),
    "reference": ("Vostro riferimento", "Your reference"),
    "currency": ("Valuta", "Currency"),
    "vat_number": ("P. IVA", "VAT no."),
    "tax_code": ("C.F.", "Tax code"),
    "phone": ("Tel.", "Phone"),
    "page": ("Pagina", "Page"),
    "of": ("di", "of"),
    "position": ("Pos.", "Item"),
    "description": ("Descrizione", "Description"),
    "quantity": ("Quantità", "Quantity"),
    "unit_price": ("Prezzo unitario", "Unit price"),
    "discount": ("Sconto %", "Discount %"),
    "vat": ("IVA %", "VAT %"),
    "amount": ("Importo", "Amount"),
    "option": ("Opzione, non compresa nel totale", "Option, not included in the total"),
    "option_chosen": ("Opzione compresa", "Option included"),
    "alternative": ("Alternativa, non compresa nel totale", "Alternative, not included in the total"),
    "alternative_chosen": ("Alternativa scelta", "Chosen alternative"),
    "free_of_charge": ("omaggio", "free of charge"),
    "trade_in": ("Permuta, sotto il totale", "Trade-in, below the total"),
    "lines": ("Totale articoli", "Total of items"),
    "header_discount": ("Sconto", "Discount"),
    "charge": ("Spese accessorie", "Additional charge"),
    "taxable": ("Imponibile", "Net total"),
    "tax": ("IVA {rate} % su {base}", "VAT {rate} % on {base}"),
    "no_tax": ("Senza IVA, natura {natura}, su {base}", "No VAT, nature {natura}, on {base}"),
    "total": ("Totale", "Total"),
    "payable": (
        "Da pagare (scissione dei pagamenti, IVA versata dal cliente)",
        "Payable (split payment, VAT paid by the customer)",
    ),
    "trade_in_sum": ("Ritiro usato in permuta", "Goods taken back"),
    "balance": ("Saldo", "Balance"),
    "payment_terms": ("Pagamento", "Payment"),
    "delivery_terms": ("Consegna", "Delivery"),
    "bank": ("Banca", "Bank"),
    "acceptance": ("Per accettazione", "Accepted"),
    "place_and_date": ("Luogo e data", "Place and date"),
    "stamp_and_signature": ("Timbro e firma", "Stamp and signature"),
    "draft": ("Bozza", "Draft"),
    "superseded": ("Superata", "Superseded"),
    "withdrawn": ("Ritirata", "Withdrawn"),
    "not_chosen": ("Non scelta", "Not chosen"),
}


def words_of(language: str) -> dict[str, str]:
    """Return every word in one of `LANGUAGES`."""
    return {name: both[LANGUAGES.index(language)] for name, both in _WORDS.items()}


def number_text(number: str, language: str) -> str:
    """A decimal as people read it: 1234.50 is 1.234,50 in Italian and 1,234.50 in English."""
    sign = MINUS if number.startswith("-") else ""
    whole, _, fraction = number.removeprefix("-").partition(".")
    thousands, point = (".", ",") if language == "it" else (",", ".")
    groups = []
    while whole:
        groups.append(whole[-3:])
        whole = whole[:-3]
    return sign + thousands.join(reversed(groups)) + (point + fraction if fraction else "")


def date_text(day: date, language: str) -> str:
    """27/03/2026 in Italian, 27 March 2026 in English."""
    if language == "it":
        return f"{day.day:02d}/{day.month:02d}/{day.year}"
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


# Not strftime: its names follow the machine's locale.
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip
