"""Which column of a file is which field: by its name in Italian or English, or as the user says."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeAlias

from gateway.importing.errors import ImportStopped

Names: TypeAlias = Mapping[str, Sequence[str]]

#: Field -> names of columns that mean it, folded. The field's own name counts too.
PARTIES: Final[Names] = {
    "code": ("codice", "codice cliente", "customer code", "customer id", "id"),
    "name": ("ragione sociale", "denominazione", "nome", "azienda", "cliente", "company", "company name"),
    "given_name": ("nome di battesimo", "first name"),
    "family_name": ("cognome", "last name", "surname"),
    "kind": ("tipo", "type"),
    "vat_number": ("partita iva", "p iva", "piva", "vat", "vat number", "vat id"),
    "tax_code": ("codice fiscale", "cod fiscale", "cf", "tax code"),
    "sdi_code": ("codice sdi", "sdi", "codice destinatario", "codice univoco"),
    "pec": ("e mail pec", "posta certificata"),
    "country": ("paese", "nazione", "stato"),
    "language": ("lingua",),
    "website": ("sito", "sito web", "web", "homepage"),
    "notes": ("note", "annotazioni"),
    "roles": ("ruoli", "ruolo", "role"),
    "territory": ("territorio", "zona", "area"),
    "owner": ("agente", "responsabile", "venditore", "salesperson"),
    "street": ("indirizzo", "via", "address"),
    "postal_code": ("cap", "zip", "postcode"),
    "city": ("citta", "comune", "localita", "town"),
    "province": ("provincia", "prov", "pr", "state"),
    "email": ("e mail", "mail", "posta elettronica"),
    "phone": ("telefono", "tel", "telephone"),
    "mobile": ("cellulare", "cell", "mobile phone"),
    "person": ("referente", "contatto", "contact", "contact person"),
    "employer": ("datore di lavoro", "lavora presso", "azienda di appartenenza", "works at"),
    "function": ("funzione", "mansione", "qualifica", "ruolo in azienda", "job title", "position"),
    "private_notes": ("note riservate",),
}
MACHINES: Final[Names] = {
    "customer": (
        "cliente",
        "codice cliente",
        "ragione sociale",
        "partita iva",
        "customer code",
        "vat number",
    ),
    "serial_number": ("matricola", "numero di serie", "seriale", "n serie", "serial", "serial no"),
    "article_code": ("articolo", "codice articolo", "cod articolo", "article", "item", "item code"),
    "description": ("descrizione", "macchina", "machine"),
    "model": ("modello", "famiglia", "family"),
    "batch": ("lotto", "lot"),
    "product_line": ("linea", "linea di prodotto"),
    "location": ("ubicazione", "reparto", "posizione"),
    "sold_on": ("data vendita", "data ordine", "sold", "order date"),
    "delivered_on": ("data consegna", "consegna", "data ddt", "delivered", "delivery date"),
    "invoiced_on": ("data fattura", "invoiced", "invoice date"),
    "commissioned_on": ("data collaudo", "collaudo", "messa in servizio", "installazione", "commissioned"),
    "offer_number": ("offerta", "numero offerta", "offer"),
    "order_number": ("ordine", "numero ordine", "order"),
    "delivery_number": ("ddt", "numero ddt", "delivery note"),
    "sold_price": ("prezzo", "prezzo di vendita", "importo", "price"),
    "sold_currency": ("valuta", "divisa", "currency"),
    "warranty_months": ("garanzia", "mesi garanzia", "garanzia mesi", "warranty"),
    "warranty_basis": ("decorrenza garanzia", "garanzia da", "warranty from"),
}


def fields_of(
    headers: Sequence[str],
    chosen: Iterable[str] = (),
    *,
    names: Names = PARTIES,
    required: Sequence[str] = ("name",),
) -> dict[str, str]:
    """Return field -> header. `chosen` are the user's `header=field`; an empty field leaves the column out.

    Raises:
        ImportStopped: UNKNOWN_HEADER, UNKNOWN_FIELD, FIELD_TWICE, COLUMN_MISSING.
    """
    known = {name: field for field in names for name in (field.replace("_", " "), *names[field])}
    wanted = {header: known.get(plain(header), "") for header in headers}
    if "family_name" in wanted.values() and "given_name" not in wanted.values():
        # Beside a surname "nome" is the name that goes before it.
        wanted |= {header: "given_name" for header in headers if plain(header) == "nome"}
    for pair in chosen:
        header, _, field = pair.rpartition("=")
        if header not in wanted:
            raise ImportStopped("UNKNOWN_HEADER", header=header, headers=", ".join(headers))
        if field and field not in names:
            raise ImportStopped("UNKNOWN_FIELD", field=field, fields=", ".join(names))
        wanted[header] = field
    found: dict[str, str] = {}
    for header, field in wanted.items():
        if field and field in found:
            raise ImportStopped("FIELD_TWICE", field=field, headers=f"{found[field]}, {header}")
        if field:
            found[field] = header
    for field in required:
        if field not in found and not (field == "name" and "family_name" in found):
            raise ImportStopped("COLUMN_MISSING", field=field, headers=", ".join(headers))
    return found


def plain(text: str) -> str:
    """Return a name of a column as names are compared: small letters and digits, without accents."""
    letters = "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))
    return " ".join(re.findall(r"[a-z0-9]+", letters))
