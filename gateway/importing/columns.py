"""Which column of a file is which field: by its name in Italian or English, or as the user says."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from gateway.importing.errors import ImportStopped

#: Field -> names of columns that mean it, folded. The field's own name counts too.
_NAMES: Final[Mapping[str, Sequence[str]]] = {
    "code": ("codice", "codice cliente", "customer code", "customer id", "id"),
    "name": ("ragione sociale", "denominazione", "nome", "azienda", "cliente", "company", "company name"),
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
}
FIELDS: Final = tuple(_NAMES)
_KNOWN: Final = {name: field for field in _NAMES for name in (field.replace("_", " "), *_NAMES[field])}


def fields_of(headers: Sequence[str], chosen: Iterable[str] = ()) -> dict[str, str]:
    """Return field -> header. `chosen` are the user's `header=field`; an empty field leaves the column out.

    Raises:
        ImportStopped: UNKNOWN_HEADER, UNKNOWN_FIELD, FIELD_TWICE, NAME_COLUMN_MISSING.
    """
    wanted = {header: _KNOWN.get(_folded(header), "") for header in headers}
    for pair in chosen:
        header, _, field = pair.rpartition("=")
        if header not in wanted:
            raise ImportStopped("UNKNOWN_HEADER", header=header, headers=", ".join(headers))
        if field and field not in FIELDS:
            raise ImportStopped("UNKNOWN_FIELD", field=field, fields=", ".join(FIELDS))
        wanted[header] = field
    found: dict[str, str] = {}
    for header, field in wanted.items():
        if field and field in found:
            raise ImportStopped("FIELD_TWICE", field=field, headers=f"{found[field]}, {header}")
        if field:
            found[field] = header
    if "name" not in found:
        raise ImportStopped("NAME_COLUMN_MISSING", headers=", ".join(headers))
    return found


def _folded(text: str) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))
    return " ".join(re.findall(r"[a-z0-9]+", plain))
