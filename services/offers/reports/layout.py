"""A revision's public content as the words and numbers of a page: what the template arranges.

The content is that of the frozen snapshot; beside it stand the number, which lies outside the hash, and
whatever names people, which is read when it is printed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from services.kit.prints.words import Words
from services.offers.domain.discounts import parse_cascade
from services.offers.domain.documents import document_label
from services.offers.domain.printing import PERCENT

Record = Mapping[str, Any]

_MARKED: Final = ("draft", "superseded", "withdrawn", "not_chosen")


@dataclass(frozen=True, slots=True)
class Printable:
    """A revision and all that its print shows. `content` is the public content in canonical JSON values;
    `customer` and `company` are records as far as they are known, `address` the customer's lines.
    """

    content: Record
    offer: Record
    revision: Record
    customer: Record
    company: Record
    day: date
    address: str = ""


def page_data(printable: Printable, words: Words) -> dict[str, Any]:
    """Return what `offer.typ` reads."""
    return _Page(printable, words).data()


class _Page:
    """One print in one language."""

    def __init__(self, printable: Printable, words: Words) -> None:
        self.printable = printable
        self.language = words
        self.words = words.all
        content = printable.content
        self.document, self.inputs = content["document"], content["revision"]
        self.totals, self.printed = content["totals"], content["printed"]
        self.currency = self.inputs["currency"]

    def data(self) -> dict[str, Any]:
        revision, offer = self.printable.revision, self.printable.offer
        label = document_label(offer, revision)
        texts = self.inputs["texts"]
        subject = self.document.get("title", "")
        return {
            "language": self.language.language,
            "words": self.words,
            "label": label,
            "title": " ".join(filter(None, (self.words["offer"], label, subject))),
            "mark": self.words[revision["state"]] if revision["state"] in _MARKED else "",
            "sha256": revision["sha256"],
            "company": self._company(),
            "customer": self._customer(),
            "facts": self._facts(),
            "subject": subject,
            "introduction": texts.get("introduction", ""),
            "lines": self._lines(),
            "sums": self._sums(),
            "taxes": self._taxes(),
            "total": [self.words["total"], self._money(self.printed["total"])],
            "after": self._after(),
            "terms": self._terms(texts),
            "acceptance": revision["state"] not in _MARKED,
        }

    def _company(self) -> dict[str, Any]:
        company, words = self.printable.company, self.words
        numbers = _joined(
            _labelled(words["vat_number"], company.get("vat_number", "")),
            _labelled(words["tax_code"], company.get("tax_code", "")),
        )
        reach = _joined(
            _labelled(words["phone"], company.get("phone", "")),
            company.get("email", ""),
            company.get("website", ""),
        )
        return {
            "name": company.get("name", ""),
            "details": [each for each in (company.get("address", ""), numbers, reach) if each],
            "legal_note": company.get("legal_note", ""),
            "logo": bool(company.get("logo")),
        }

    def _customer(self) -> dict[str, Any]:
        customer, words = self.printable.customer, self.words
        contact = self.printable.offer["contact_name"]
        details = (
            self.printable.address,
            _joined(
                _labelled(words["vat_number"], customer.get("vat_number", "")),
                _labelled(words["tax_code"], customer.get("tax_code", "")),
            ),
            f"{words['attention']} {contact}" if contact else "",
        )
        return {"name": customer.get("name", ""), "details": [each for each in details if each]}

    def _facts(self) -> list[list[str]]:
        words = self.words
        valid_until = self.document["valid_until"]
        facts = [
            (words["date"], self.language.day(self.printable.day)),
            (
                words["valid_until"],
                self.language.day(date.fromisoformat(valid_until)) if valid_until else "",
            ),
            (words["reference"], self.document.get("reference", "")),
            (words["currency"], self.currency),
        ]
        return [list(fact) for fact in facts if fact[1]]

    # Lines

    def _lines(self) -> list[dict[str, Any]]:
        subtotals = {section["position"]: section["subtotal"] for section in self.printed["sections"]}
        rows = []
        number = 0
        for line, shown in zip(self.inputs["lines"], self.printed["lines"], strict=True):
            if line["kind"] in ("section", "note"):
                rows.append(self._heading(line, subtotals.get(shown["position"], "")))
                continue
            number += 1
            rows.append(self._line(number, line, shown))
        return rows

    def _heading(self, line: Record, subtotal: str) -> dict[str, Any]:
        amount = self._number(subtotal) if line["kind"] == "section" and subtotal else ""
        return {"kind": line["kind"], "description": line["description"], "amount": amount}

    def _line(self, number: int, line: Record, shown: Record) -> dict[str, Any]:
        unit = self.document.get("units", {}).get(line["id"], "")
        quantity = _joined(self._number(line["quantity"]), unit, between=" ")
        gift = not shown["spread"].strip("-0.") and parse_cascade(line["discounts"]).factor == 0
        return {
            "kind": "line",
            "counted": shown["counted"] or line["kind"] == "trade_in",
            "position": str(number),
            "code": line["code"],
            "description": line["description"],
            "remark": self._remark(line),
            "quantity": quantity,
            "unit_price": self._number(shown["unit_price"]),
            "discounts": self._discounts(shown["discounts"]),
            "vat": _joined(_plain(self._number(line["vat_rate"])), line["natura"], between=" "),
            "amount": self.words["free_of_charge"] if gift else self._number(shown["amount"]),
        }

    def _remark(self, line: Record) -> str:
        if line["kind"] == "trade_in":
            return self.words["trade_in"]
        if line["presence"] == "standard":
            return ""
        return self.words[line["presence"] + ("_chosen" if line["selected"] else "")]

    # Sums

    def _sums(self) -> list[list[str]]:
        words, printed = self.words, self.printed
        sums = []
        if printed["header"] in (PERCENT, "amount") or printed["charges"]:
            lines = [line["amount"] for line in printed["lines"] if line["counted"]]
            sums.append([words["lines"], self._number(_sum(lines))])
        if printed["header"] in (PERCENT, "amount"):
            percent = self._discounts(self.inputs["header_discounts"])
            name = f"{words['header_discount']} {percent} %" if printed["header"] == PERCENT else None
            sums.append([name or words["header_discount"], self._number(printed["header_discount"])])
        names = self.document.get("charges", {})
        for charge_id, amount in printed["charges"]:
            sums.append([names.get(charge_id) or words["charge"], self._number(amount)])
        return [*sums, [words["taxable"], self._number(printed["taxable"])]]

    def _taxes(self) -> list[list[str]]:
        rows = []
        for group in self.totals["vat_groups"]:
            name = self.words["no_tax" if group["natura"] else "tax"]
            told = name.format(
                rate=_plain(self._number(group["vat_rate"])),
                natura=group["natura"],
                base=self._number(group["taxable"]),
            )
            rows.append([told, self._number(group["vat"])])
        return rows

    def _after(self) -> list[list[str]]:
        words, totals = self.words, self.totals
        rows = []
        if self.inputs["split_payment"]:
            rows.append([words["payable"], self._money(totals["payable"])])
        if totals["trade_in"].strip("-0."):
            rows.append([words["trade_in_sum"], self._number(f"-{totals['trade_in']}")])
            rows.append([words["balance"], self._money(totals["balance"])])
        return rows

    def _terms(self, texts: Record) -> list[list[str]]:
        company = self.printable.company
        terms = [[self.words[name], texts[name]] for name in _TERMS if texts.get(name)]
        bank = _joined(company.get("bank", ""), _labelled("IBAN", company.get("iban", "")))
        return [*terms, [self.words["bank"], bank]] if bank else terms

    def _number(self, number: str) -> str:
        return self.language.number(number)

    def _money(self, number: str) -> str:
        return f"{self.currency} {self._number(number)}"

    def _discounts(self, typed: str) -> str:
        """Discounts as typed, with the language's decimal sign."""
        plain = typed.replace(" ", "").replace(",", ".")
        return plain.replace(".", str(self.language.own["decimal"]))


_TERMS: Final = ("payment_terms", "delivery_terms")


def _plain(number: str) -> str:
    """A rate without idle zeros: 22,00 is 22."""
    return number.rstrip("0").rstrip(",.") if "," in number or "." in number else number


def _sum(amounts: Sequence[str]) -> str:
    return format(sum((Decimal(amount) for amount in amounts), Decimal("0.00")), "f")


def _labelled(name: str, value: str) -> str:
    return f"{name} {value}" if value else ""


def _joined(*parts: str, between: str = "  ·  ") -> str:
    return between.join(part for part in parts if part)
