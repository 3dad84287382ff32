from __future__ import annotations

import hashlib
from dataclasses import replace
from decimal import Decimal

import pytest

from services.kit.errors import Invalid
from services.offers.domain.snapshot import freeze, personal_digest, same_content, verify, verify_chain

PUBLIC = {
    "id": "0190",
    "lines": [{"quantity": Decimal("12.250"), "description": "Pressa è"}],
    "total": "14.40",
}


def test_the_hash_is_that_of_the_public_bytes() -> None:
    snapshot = freeze(PUBLIC)
    assert snapshot.sha256 == hashlib.sha256(snapshot.public).hexdigest()
    assert snapshot.public.decode() == (
        '{"id":"0190","lines":[{"description":"Pressa è","quantity":"12.25"}],"previous_sha256":"","rules":1,'
        '"total":"14.40"}'
    )


def test_cost_is_no_part_of_the_public_hash() -> None:
    with_cost = freeze(PUBLIC, {"cost_total": Decimal("7.10")})
    assert with_cost.sha256 == freeze(PUBLIC).sha256
    assert with_cost.internal == b'{"cost_total":"7.1"}'
    assert freeze(PUBLIC).internal_sha256 == ""


def test_a_chain_holds_and_names_what_breaks_it() -> None:
    first = freeze(PUBLIC)
    second = freeze({**PUBLIC, "total": "15.00"}, previous_sha256=first.sha256)
    third = freeze(PUBLIC, previous_sha256=second.sha256)
    assert verify_chain([first, second, third]) == 3
    for broken in ([first, third], [second, third], [second, first]):
        with pytest.raises(Invalid, match="SNAPSHOT_LINK"):
            verify_chain(broken)


def test_any_changed_byte_is_found() -> None:
    snapshot = freeze(PUBLIC, {"cost": "1"})
    for i in range(len(snapshot.public)):
        body = bytearray(snapshot.public)
        body[i] ^= 1
        with pytest.raises(Invalid, match="SNAPSHOT_ALTERED"):
            verify(replace(snapshot, public=bytes(body)))
    with pytest.raises(Invalid, match="SNAPSHOT_ALTERED"):
        verify(replace(snapshot, internal=b'{"cost":"2"}'))


def test_a_forged_link_is_found_even_with_a_fitting_hash() -> None:
    first = freeze(PUBLIC)
    with pytest.raises(Invalid, match="SNAPSHOT_LINK"):
        verify(replace(first, previous_sha256="0" * 64))


def test_the_same_content_in_other_order_and_form_is_the_same() -> None:
    snapshot = freeze(PUBLIC)
    other = {
        "total": "14.40",
        "lines": [{"description": "Pressa e\u0300", "quantity": Decimal("12.25")}],
        "id": "0190",
    }
    assert same_content(other, snapshot)
    assert not same_content({**other, "total": "14.41"}, snapshot)


def test_wrong_hashes_and_taken_names_are_refused() -> None:
    for wrong in ("abc", "G" * 64, "A" * 64):
        with pytest.raises(Invalid, match="SNAPSHOT_HASH"):
            freeze(PUBLIC, previous_sha256=wrong)
    with pytest.raises(Invalid, match="SNAPSHOT_KEY_TAKEN"):
        freeze({**PUBLIC, "rules": 2})


def test_personal_data_enters_as_a_salted_digest() -> None:
    person = {"name": "Anna Bianchi"}
    assert personal_digest(person, b"0" * 16) == personal_digest(dict(person), b"0" * 16)
    assert personal_digest(person, b"0" * 16) != personal_digest(person, b"1" * 16)
    with pytest.raises(Invalid, match="SNAPSHOT_SALT"):
        personal_digest(person, b"short")
