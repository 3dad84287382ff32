"""Articles and prices reach the services; a wrong row is named and keeps nobody else back."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import json_format
from sales.erp.v1 import events_pb2

from services.local.erp.books import Books
from services.local.erp.catalogue import ARTICLES, PRICES, PROBLEMS, Catalogue

LIST_DIFFERS = "line 3: list IT-2026 has another name, currency or standard"


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    made = Catalogue(tmp_path)
    assert made.make_sample()
    return made


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Books]:
    made = Books(tmp_path / "erp.sqlite")
    yield made
    made.close()


def told(books: Books) -> list[tuple[str, dict[str, Any]]]:
    """What was queued, and empty the queue."""
    found = []
    while rows := books.outgoing():
        for row, name, body in rows:
            found.append((name, json.loads(body)["data"]))
            books.sent(row)
    return found


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_the_sample_has_forty_articles_and_two_lists_without_a_problem(
    catalogue: Catalogue, books: Books
) -> None:
    catalogue.read(books)
    found = told(books)
    assert catalogue.problems == []
    assert Counter(name for name, _ in found) == {"article_changed": 40, "price_list_changed": 2}
    assert found[0][0] == "article_changed", "prices name articles, so articles go first"
    assert {data["code"] for name, data in found if name == "price_list_changed"} == {
        "IT-2026",
        "DEALER-2026",
    }


def test_every_message_is_one_of_the_contracts(catalogue: Catalogue, books: Books) -> None:
    catalogue.read(books)
    kinds = {"article_changed": events_pb2.ArticleChanged, "price_list_changed": events_pb2.PriceListChanged}
    for name, data in told(books):
        message = json_format.ParseDict(data, kinds[name]())
        assert message.code


def test_no_price_of_the_sample_is_below_its_cost(catalogue: Catalogue, books: Books) -> None:
    catalogue.read(books)
    for name, data in told(books):
        for price in data["prices"] if name == "price_list_changed" else []:
            assert float(price["unit_price"]) > float(catalogue.articles[price["article_code"]]["unit_cost"])


def test_a_folder_with_a_catalogue_is_left_alone(catalogue: Catalogue) -> None:
    assert not catalogue.make_sample()


def test_reading_again_tells_only_what_changed(catalogue: Catalogue, books: Books) -> None:
    catalogue.read(books)
    told(books)
    assert catalogue.read(books) == 0
    change(catalogue.folder / ARTICLES, "48200.00", "48900.00")
    change(catalogue.folder / PRICES, "79500.00", "81000.00")
    assert catalogue.read(books) == 2
    (_, article), (_, price_list) = told(books)
    assert (article["code"], article["unit_cost"]) == ("PB-80-2500", "48900.00")
    assert [price["unit_price"] for price in price_list["prices"]] == ["81000.00"]


def test_everything_can_be_told_again(catalogue: Catalogue, books: Books) -> None:
    catalogue.read(books)
    told(books)
    books.forget_told()
    assert catalogue.read(books) == 42


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        (ARTICLES, "31850.00", "31.850,00", 'line 2: cannot be read: unit_cost "31.850,00"'),
        (ARTICLES, ";active;;31850", ";sold;;31850", 'line 2: cannot be read: status "sold"'),
        (ARTICLES, "PB-40-1250;", ";", 'line 2: cannot be read: code ""'),
        (ARTICLES, "2026-01-02", "2026-13-02", 'line 2: cannot be read: cost_date "2026-13-02"'),
        (ARTICLES, "yes\n", "yes;what\n", "line 2: more cells than headings"),
        (
            ARTICLES,
            "PB-80-2500;",
            "PB-40-1250;",
            "line 3: code PB-40-1250 is there twice; the first counts",
        ),
        (PRICES, "52900.00", "-1", 'line 2: cannot be read: unit_price "-1"'),
        (PRICES, "PB-40-1250", "NO-SUCH", "line 2: article NO-SUCH is not in articles.csv"),
        (PRICES, "PB-80-2500", "PB-40-1250", "line 3: price of PB-40-1250 is there twice; the first counts"),
        (
            PRICES,
            "EUR;yes;PB-80",
            "USD;yes;PB-80",
            "line 3: list IT-2026 has another name, currency or standard",
        ),
    ],
)
def test_a_wrong_row_is_named_and_the_rest_goes_through(
    catalogue: Catalogue, books: Books, file: str, old: str, new: str, problem: str
) -> None:
    change(catalogue.folder / file, old, new)
    catalogue.read(books)
    assert f"{file}, {problem}" in catalogue.problems
    assert f"{file}, {problem}\n" in (catalogue.folder / PROBLEMS).read_text()
    assert len(catalogue.articles) >= 39
    assert len(told(books)) >= 41


def test_a_byte_that_is_no_utf8_spoils_its_row_only(catalogue: Catalogue, books: Books) -> None:
    path = catalogue.folder / ARTICLES
    path.write_bytes(path.read_bytes().replace(b"elettrica 40 t", b"elettricit\xe0 40 t", 1))
    catalogue.read(books)
    assert catalogue.problems[0] == "articles.csv, line 2: is not UTF-8"
    assert len(catalogue.articles) == 39


@pytest.mark.parametrize("content", ["", "code;description\nA;B\n"])
def test_a_file_without_its_columns_is_named(catalogue: Catalogue, books: Books, content: str) -> None:
    (catalogue.folder / PRICES).write_text(content)
    catalogue.read(books)
    assert catalogue.problems[0].startswith("prices.csv, line 1: columns missing: list_code")
    assert len(told(books)) == 40


def test_a_missing_file_is_named(catalogue: Catalogue, books: Books) -> None:
    (catalogue.folder / PRICES).unlink()
    catalogue.read(books)
    assert catalogue.problems == ["prices.csv: the file is not there"]


def test_a_file_that_is_still_being_written_waits(catalogue: Catalogue, books: Books) -> None:
    catalogue.read(books)
    assert not catalogue.has_changed()
    change(catalogue.folder / ARTICLES, "48200.00", "48900.00")
    assert not catalogue.has_changed(), "seen for the first time"
    assert catalogue.has_changed(), "and the same a moment later"
    catalogue.read(books)
    assert not catalogue.has_changed()
