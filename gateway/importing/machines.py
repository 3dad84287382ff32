"""Lines as machines that were sold before this product existed, each with its warranty.

Checked by the rules of after-sales before anything is sent. A machine's id comes from article and serial
number: the same file again, or a corrected one, names the same machines.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID, uuid5

from gateway.importing.custom import CustomFields
from gateway.importing.errors import LineProblem
from gateway.importing.lookups import Customers, folded
from gateway.importing.parties import Draft, Prepared, Record, too_long
from gateway.importing.tables import Line
from gateway.importing.values import day, number
from services.aftersales.domain.life import DATES, impossible_dates
from services.kit.errors import Invalid
from services.kit.values import minor_units

REQUIRED: Final = ("customer", "serial_number")
_IDS: Final = UUID("2c1b5a0e-0f3d-5b6e-8c55-7c1a9d4e6f20")
_TEXTS: Final = (
    "article_code",
    "description",
    "model",
    "batch",
    "product_line",
    "location",
    "offer_number",
    "order_number",
    "delivery_number",
)
_BASES: Final[Mapping[str, str]] = {
    "": "delivery",
    "consegna": "delivery",
    "delivery": "delivery",
    "collaudo": "commissioning",
    "messa in servizio": "commissioning",
    "commissioning": "commissioning",
    "fattura": "invoice",
    "invoice": "invoice",
}
_BASIS_DATES: Final = {
    "delivery": "delivered_on",
    "commissioning": "commissioned_on",
    "invoice": "invoiced_on",
}
_MOST_MONTHS: Final = 1200


def prepare(
    lines: Iterable[Line],
    columns: Mapping[str, str],
    customers: Customers,
    *,
    today: date,
    custom: CustomFields = CustomFields(),  # noqa: B008 (a value)
) -> Prepared:
    """Check every line; a wrong one is named with all that is wrong in it, the others become drafts."""
    found = Prepared()
    first_with: dict[str, int] = {}
    for line in lines:
        reader = _LineReader(line, columns, customers, today, custom)
        draft = reader.draft()
        machine_id = draft.records[0].id
        if not reader.problems and machine_id in first_with:
            reader.problem("serial_number", "DUPLICATE_LINE", str(first_with[machine_id]))
        if reader.problems:
            found.problems += reader.problems
        else:
            first_with[machine_id] = line.number
            found.drafts.append(draft)
    return found


def known_elsewhere(
    drafts: Sequence[Draft], columns: Mapping[str, str], stored: Mapping[tuple[str, str], str]
) -> tuple[list[Draft], list[LineProblem]]:
    """Part drafts from those whose article and serial number another machine has (`stored`: its id)."""
    good, problems = [], []
    for draft in drafts:
        machine = draft.records[0]
        key = (machine.fields.get("article_code", ""), machine.fields["serial_number"])
        other = stored.get(key, machine.id)
        if other == machine.id:
            good.append(draft)
        else:
            column = columns.get("serial_number", "")
            problems.append(LineProblem(draft.line, column, "DUPLICATE_MACHINE", other))
    return good, problems


class _LineReader:
    """One line on its way to a draft; collects what is wrong."""

    def __init__(
        self,
        line: Line,
        columns: Mapping[str, str],
        customers: Customers,
        today: date,
        custom: CustomFields,
    ) -> None:
        self._line = line
        self._columns = columns
        self._customers = customers
        self._today = today
        self._custom = custom
        self.problems: list[LineProblem] = []

    def draft(self) -> Draft:
        """Return the draft; worth something only if there are no problems."""
        serial = self._required("serial_number")
        machine: dict[str, Any] = {name: self._cell(name) for name in _TEXTS}
        machine["description"] = machine["description"] or machine["model"] or machine["article_code"]
        if not machine["description"]:
            self.problem("description", "REQUIRED_CELL")
        machine |= {"party_id": self._customer(), "serial_number": serial, **self._dates(), **self._price()}
        machine["custom"] = self._custom.values(self._cell, self.problem, self._customers)
        machine_id = str(uuid5(_IDS, f"{machine['article_code']}/{serial}"))
        filled = {name: value for name, value in machine.items() if value}
        records = [Record("aftersales.installed_product", machine_id, filled)]
        records += self._warranty(machine_id, machine)
        for name, longest in too_long(records[0]):
            self.problem(name, "TOO_LONG", str(longest))
        return Draft(self._line.number, tuple(records))

    def _customer(self) -> str:
        text = self._required("customer")
        if not text:
            return ""
        found, reason = self._customers.find(text)
        if reason:
            self.problem("customer", reason, text)
        return found

    def _dates(self) -> dict[str, str]:
        days: dict[str, date | None] = {}
        for name in DATES:
            text = self._cell(name)
            try:
                days[name] = day(text) if text else None
            except ValueError:
                self.problem(name, "WRONG_DATE", text)
        for name, reason in impossible_dates(days, today=self._today):
            self.problem(name, reason, self._cell(name))
        return {name: day.isoformat() for name, day in days.items() if day}

    def _price(self) -> dict[str, str]:
        text = self._cell("sold_price")
        if not text:
            return {}
        currency = (self._cell("sold_currency") or "EUR").upper()
        try:
            minor_units(currency)
        except Invalid:
            self.problem("sold_currency", "UNKNOWN_VALUE", currency)
        try:
            return {"sold_price": number(text), "sold_currency": currency}
        except (ValueError, Invalid):
            self.problem("sold_price", "WRONG_NUMBER", text)
            return {}

    def _warranty(self, machine_id: str, machine: Mapping[str, Any]) -> list[Record]:
        text = self._cell("warranty_months")
        basis = _BASES.get(folded(self._cell("warranty_basis")))
        if basis is None:
            self.problem("warranty_basis", "UNKNOWN_VALUE", self._cell("warranty_basis"))
        if not text or text == "0" or basis is None:
            return []
        if not (text.isascii() and text.isdigit() and int(text[:9]) <= _MOST_MONTHS):
            self.problem("warranty_months", "WRONG_NUMBER", text)
            return []
        if not machine.get(_BASIS_DATES[basis]):
            self.problem(_BASIS_DATES[basis], "REQUIRED_CELL")
        fields = {
            "installed_product_id": machine_id,
            "name": f"{int(text)} mesi",
            "terms": [{"basis": basis, "months": int(text)}],
            "covers_parts": True,
            "covers_labour": True,
        }
        return [Record("aftersales.warranty", str(uuid5(UUID(machine_id), "imported warranty")), fields)]

    def _required(self, name: str) -> str:
        text = self._cell(name)
        if not text:
            self.problem(name, "REQUIRED_CELL")
        return text

    def _cell(self, name: str) -> str:
        return self._line.cells.get(self._columns.get(name, ""), "")

    def problem(self, name: str, reason: str, value: str = "") -> None:
        """Note what is wrong with a cell."""
        self.problems.append(LineProblem(self._line.number, self._columns.get(name, ""), reason, value[:200]))
