"""Articles and prices from two CSV files, as a company exports them from its ERP.

UTF-8, semicolons, one row of headings; numbers with a point, dates YYYY-MM-DD. A row that is wrong is
reported with file and line, in the log and in `problems.txt` beside the files, and everything else goes
through. A file is read again when it has changed; only articles and prices that differ from what was last
told are told.
"""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from services.local.erp.books import Books

ARTICLES = "articles.csv"
PRICES = "prices.csv"
PROBLEMS = "problems.txt"
_SAMPLE = Path(__file__).parent / "sample"
_MOST_PRICES = 200

_NUMBER = re.compile(r"\d{1,12}(\.\d{1,6})?")
_CODE = re.compile(r"\S.{0,58}\S|\S")

Row = Mapping[str, str]
Check = Callable[[str], bool]


def _is_number(text: str) -> bool:
    return _NUMBER.fullmatch(text) is not None


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _one_of(*words: str) -> Check:
    return lambda text: text in words


def _or_empty(check: Check) -> Check:
    return lambda text: not text or check(text)


def _is_code(text: str) -> bool:
    return _CODE.fullmatch(text) is not None


_ARTICLE_COLUMNS: Mapping[str, Check] = {
    "code": _is_code,
    "description": bool,
    "description_en": lambda text: True,
    "unit": bool,
    "family": lambda text: True,
    "product_line": lambda text: True,
    "vat_rate": _is_number,
    "natura": lambda text: True,
    "weight_kg": _or_empty(_is_number),
    "status": _one_of("active", "phasing_out", "discontinued"),
    "replaced_by": _or_empty(_is_code),
    "unit_cost": _or_empty(_is_number),
    "cost_date": _or_empty(_is_date),
    "serial": _one_of("yes", "no"),
}
_PRICE_COLUMNS: Mapping[str, Check] = {
    "list_code": _is_code,
    "list_name": bool,
    "currency": lambda text: re.fullmatch("[A-Z]{3}", text) is not None,
    "standard": _one_of("yes", "no"),
    "article_code": _is_code,
    "unit_price": _is_number,
    "min_quantity": _or_empty(_is_number),
    "valid_from": _or_empty(_is_date),
    "valid_to": _or_empty(_is_date),
    "net": _one_of("yes", "no"),
}


@dataclass
class Catalogue:
    """The two files in `folder`."""

    folder: Path
    articles: dict[str, Row] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    _read: tuple[Any, ...] = ()
    _seen: tuple[Any, ...] = ()

    def article(self, code: str) -> Row | None:
        """The row of an article."""
        return self.articles.get(code)

    def make_sample(self) -> bool:
        """Put the sample catalogue into a folder that has neither file; False if there is one."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if any((self.folder / name).exists() for name in (ARTICLES, PRICES)):
            return False
        for name in (ARTICLES, PRICES):
            shutil.copyfile(_SAMPLE / name, self.folder / name)
        return True

    def has_changed(self) -> bool:
        """True if a file is another one than when it was last read, and is no longer being written."""
        now = tuple(_fingerprint(self.folder / name) for name in (ARTICLES, PRICES))
        is_still, self._seen = now == self._seen, now
        return is_still and now != self._read

    def read(self, books: Books) -> int:
        """Read both files and queue what is new; return how many messages that makes."""
        self._read = tuple(_fingerprint(self.folder / name) for name in (ARTICLES, PRICES))
        self.problems = []
        self.articles = {}
        for line, row in self._rows(ARTICLES, _ARTICLE_COLUMNS):
            if row["code"] in self.articles:
                self._complain(ARTICLES, line, f"code {row['code']} is there twice; the first counts")
            else:
                self.articles[row["code"]] = row
        prices = self._prices()
        with books.transaction():
            count = self._tell_articles(books) + self._tell_prices(books, prices)
        (self.folder / PROBLEMS).write_text("".join(f"{text}\n" for text in self.problems), encoding="utf-8")
        return count

    def _prices(self) -> list[Row]:
        found: dict[tuple[str, ...], Row] = {}
        heads: dict[str, tuple[str, ...]] = {}
        for line, row in self._rows(PRICES, _PRICE_COLUMNS):
            key = (row["list_code"], row["article_code"], row["min_quantity"], row["valid_from"])
            head = (row["list_name"], row["currency"], row["standard"])
            if row["article_code"] not in self.articles:
                self._complain(PRICES, line, f"article {row['article_code']} is not in {ARTICLES}")
            elif key in found:
                self._complain(
                    PRICES, line, f"price of {row['article_code']} is there twice; the first counts"
                )
            elif heads.setdefault(row["list_code"], head) != head:
                self._complain(
                    PRICES, line, f"list {row['list_code']} has another name, currency or standard"
                )
            else:
                found[key] = row
        return list(found.values())

    def _rows(self, name: str, columns: Mapping[str, Check]) -> Iterator[tuple[int, Row]]:
        """The good rows of a file with their line numbers; the others are complained about."""
        path = self.folder / name
        try:
            with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
                reader = csv.DictReader(file, delimiter=";")
                missing = [column for column in columns if column not in (reader.fieldnames or [])]
                if missing:
                    self._complain(name, 1, f"columns missing: {', '.join(missing)}")
                    return
                for given in reader:
                    row = {column: (given.get(column) or "").strip() for column in columns}
                    wrong = [column for column, is_good in columns.items() if not is_good(row[column])]
                    if None in given:  # DictReader's key for surplus cells
                        self._complain(name, reader.line_num, "more cells than headings")
                    elif any("\ufffd" in text for text in row.values()):
                        self._complain(name, reader.line_num, "is not UTF-8")
                    elif wrong:
                        told = ", ".join(f'{column} "{row[column]}"' for column in wrong)
                        self._complain(name, reader.line_num, f"cannot be read: {told}")
                    else:
                        yield reader.line_num, row
        except FileNotFoundError:
            self._complain(name, 0, "the file is not there")
        except csv.Error as error:
            self._complain(name, 0, f"the rest of the file cannot be read: {error}")

    def _complain(self, name: str, line: int, what: str) -> None:
        self.problems.append(f"{name}, line {line}: {what}" if line else f"{name}: {what}")

    def _tell_articles(self, books: Books) -> int:
        count = 0
        for code, row in self.articles.items():
            data = {
                **{name: text for name, text in row.items() if name not in ("description_en", "serial")},
                "descriptions": {"en": row["description_en"]} if row["description_en"] else {},
            }
            content = json.dumps(data, sort_keys=True)
            if books.was_told("article", code) != content:
                books.send("article_changed", data)
                books.tell("article", code, content)
                count += 1
        return count

    def _tell_prices(self, books: Books, prices: list[Row]) -> int:
        """One message per list and 200 prices, with the prices that changed."""
        changed: dict[str, list[Row]] = {}
        for row in prices:
            key = "|".join((row["list_code"], row["article_code"], row["min_quantity"], row["valid_from"]))
            content = json.dumps(row, sort_keys=True)
            if books.was_told("price", key) != content:
                books.tell("price", key, content)
                changed.setdefault(row["list_code"], []).append(row)
        count = 0
        for rows in changed.values():
            for start in range(0, len(rows), _MOST_PRICES):
                books.send("price_list_changed", _price_list(rows[start : start + _MOST_PRICES]))
                count += 1
        return count


def _price_list(rows: list[Row]) -> dict[str, Any]:
    head = rows[0]
    return {
        "code": head["list_code"],
        "name": head["list_name"],
        "currency": head["currency"],
        "standard": head["standard"] == "yes",
        "prices": [
            {
                "article_code": row["article_code"],
                "unit_price": row["unit_price"],
                "min_quantity": row["min_quantity"],
                "valid_from": row["valid_from"],
                "valid_to": row["valid_to"],
                "net": row["net"] == "yes",
            }
            for row in rows
        ],
    }


def _fingerprint(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_size
