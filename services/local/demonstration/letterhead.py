"""Who makes the offers: what stands at the head and the foot of every print."""

from __future__ import annotations

from services.local.demonstration.author import Group, create


def plan() -> list[Group]:
    """Return the issuing company. Everything in it is invented; its check digits are right."""
    company = create(
        "offers.company",
        "company",
        {
            "name": "Macchine Lamiera S.p.A.",
            "address": "Via dell'Artigianato 12\n24040 Stezzano (BG)",
            "vat_number": "IT04512340169",
            "tax_code": "04512340169",
            "phone": "+39 035 0000000",
            "email": "info@macchine.example",
            "website": "https://www.macchine.example",
            "legal_note": "Capitale sociale 500.000,00 EUR i.v. - R.E.A. BG 000000",
            "iban": "IT60X0542811101000000123456",
            "bank": "Banca di prova",
        },
    )
    return [[company]]
