"""Our own reply addresses: believed only if we made them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.mail.domain import reply_address
from services.mail.domain.addresses import is_writable

KEY = b"k" * 32
TOKEN = bytes(range(8))
MADE = reply_address.make("vendite@rossi.example", TOKEN, KEY)


def test_what_we_made_names_its_token() -> None:
    claimed = reply_address.read(MADE, KEY)
    assert claimed == reply_address.Claimed(reply_address.token_text(TOKEN), genuine=True)
    assert is_writable(MADE)


def test_capitals_on_the_way_do_no_harm() -> None:
    claimed = reply_address.read(MADE.upper(), KEY)
    assert claimed is not None and claimed.genuine


@pytest.mark.parametrize("position", range(len("vendite+r-"), len("vendite+r-") + 29))
def test_one_changed_character_makes_a_forgery(position: int) -> None:
    # The last character carries two bits only; its neighbours in the alphabet may spell the same bytes.
    other = "q" if MADE[position] != "q" else "a"
    claimed = reply_address.read(MADE[:position] + other + MADE[position + 1 :], KEY)
    assert claimed is not None and not claimed.genuine


@pytest.mark.parametrize(
    ("address", "key"),
    [(MADE.replace("vendite", "acquisti"), KEY), (MADE.replace("rossi", "bianchi"), KEY), (MADE, b"x" * 32)],
)
def test_another_mailbox_or_key_makes_a_forgery(address: str, key: bytes) -> None:
    claimed = reply_address.read(address, key)
    assert claimed is not None and not claimed.genuine


@pytest.mark.parametrize("address", ["vendite@rossi.example", "vendite+altro@rossi.example", "", "r-", "+@"])
def test_other_addresses_claim_nothing(address: str) -> None:
    assert reply_address.read(address, KEY) is None


def test_a_long_name_has_no_room_for_a_token() -> None:
    assert reply_address.make(f"{'n' * 32}@rossi.example", TOKEN, KEY)
    assert reply_address.make(f"{'n' * 33}@rossi.example", TOKEN, KEY) == ""


@given(st.text(max_size=200))
def test_no_text_is_believed_or_breaks_it(text: str) -> None:
    claimed = reply_address.read(text, KEY)
    assert claimed is None or not claimed.genuine
