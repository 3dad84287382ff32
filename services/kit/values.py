"""Exact numbers and money, the same on every machine.

Nothing here ever meets a float: numbers arrive as text (`"12.25"`), as `int` or as `Decimal`, are exact until
one named rounding, and leave as canonical text. Money is rounded half up, away from zero for negatives,
because that is how Italian invoices are checked; Python, babel and py-moneyed round half to even by default,
and at 22 % VAT the two differ for one cent amount in a hundred.

    >>> parse_decimal("48.65") * 2
    Decimal('97.30')
    >>> Money.rounded(Decimal("2.345"), "EUR").text
    '2.35'
"""

from __future__ import annotations

import decimal
import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache
from typing import Final, TypeAlias

from services.kit.errors import Invalid

Number: TypeAlias = str | int | Decimal
"""What a caller may pass as a number; text is preferred, a float is refused."""

_TRAPS = [decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow, decimal.FloatOperation]

EXACT: Final = Context(
    prec=250, rounding=ROUND_HALF_UP, Emin=-9999, Emax=9999, traps=[*_TRAPS, decimal.Inexact]
)
"""For products and sums that must lose nothing: 250 digits hold the longest line of an offer (a quantity of
18 digits, a price of 20, ten discount steps of 60 characters together); what would not fit raises."""

ROUNDING: Final = Context(prec=250, rounding=ROUND_HALF_UP, Emin=-9999, Emax=9999, traps=_TRAPS)
"""For the places where a figure is rounded on purpose."""

MAX_TEXT: Final = 64

_PLAIN = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_STEPS: Final = tuple(Decimal(1).scaleb(-places) for places in range(13))


def parse_decimal(value: Number, *, integer_digits: int = 12, decimals: int = 8) -> Decimal:
    """The exact number written in `value`.

    Text is an optional minus, digits without leading zeros, and optionally a dot and digits: no exponent,
    plus sign, separator, space or foreign digit. `-0` is 0. Trailing zeros are kept.

    Raises:
        Invalid: NUMBER_IS_FLOAT, NUMBER_MALFORMED, NUMBER_TOO_LONG (text), NUMBER_TOO_LARGE (more integer
            digits than allowed), NUMBER_TOO_FINE (more decimals than allowed).
    """
    if isinstance(value, str):
        if len(value) > MAX_TEXT:
            raise Invalid("NUMBER_TOO_LONG", params={"max": str(MAX_TEXT)})
        return _read_text(value, integer_digits, decimals)
    return _within(_from_object(value), integer_digits, decimals)


@lru_cache(maxsize=16384)
def _read_text(text: str, integer_digits: int, decimals: int) -> Decimal:
    # Cached because an offer is priced again at every keystroke and repeats its quantities.
    if _PLAIN.fullmatch(text) is None:
        raise Invalid("NUMBER_MALFORMED", params={"value": text})
    return _within(Decimal(text), integer_digits, decimals)


def _within(number: Decimal, integer_digits: int, decimals: int) -> Decimal:
    if not number:
        return abs(number)
    if number.adjusted() >= integer_digits:
        raise Invalid("NUMBER_TOO_LARGE", params={"value": _short(number), "max": str(integer_digits)})
    if -int(number.as_tuple().exponent) > decimals:
        number = number.normalize(ROUNDING)
        if -int(number.as_tuple().exponent) > decimals:
            raise Invalid("NUMBER_TOO_FINE", params={"value": _short(number), "max": str(decimals)})
    return number


def _from_object(value: object) -> Decimal:
    if isinstance(value, float):
        raise Invalid("NUMBER_IS_FLOAT")
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise Invalid("NUMBER_MALFORMED", params={"value": type(value).__name__})
    if isinstance(value, int):
        if value.bit_length() > 210:  # some 64 digits; `str` of a huge int is slow or refused
            raise Invalid("NUMBER_TOO_LONG", params={"max": str(MAX_TEXT)})
        return Decimal(value)
    if not value.is_finite():
        raise Invalid("NUMBER_MALFORMED", params={"value": str(value)})
    if len(value.as_tuple().digits) > MAX_TEXT or abs(value.adjusted()) > MAX_TEXT:
        raise Invalid("NUMBER_TOO_LONG", params={"max": str(MAX_TEXT)})
    return value


def _short(number: Decimal) -> str:
    return canonical(number)[:MAX_TEXT]


def canonical(number: Decimal) -> str:
    """The one text of a number: no exponent, no trailing zeros after the dot, no negative zero.

    Source of the form: design.md, section 4 (amounts and quantities are plain decimal strings).
    """
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def round_half_up(number: Decimal, places: int) -> Decimal:
    """`number` with exactly `places` decimals (0 to 12), halves away from zero; never a negative zero."""
    rounded = ROUNDING.quantize(number, _STEPS[places])
    return rounded if rounded else abs(rounded)


def to_minor(number: Decimal, places: int) -> int:
    """`number` rounded half up, as a count of minor units: `Decimal("2.345")`, 2 -> 235."""
    return int(ROUNDING.to_integral_value(ROUNDING.scaleb(number, places)))


def from_minor(minor: int, places: int) -> Decimal:
    """The amount of `minor` minor units, with exactly `places` decimals: 235, 2 -> `Decimal("2.35")`."""
    return Decimal(minor).scaleb(-places, ROUNDING)


_CODES: Final = frozenset(
    """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF
    CHF CLF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ
    GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR
    LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN
    PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SYP SZL THB TJS
    TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UYW UZS VED VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG
    """.split()  # noqa: SIM905 - two hundred quoted codes would say no more
)
_MINOR_UNITS: Final = (
    dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX"), 0)
    | dict.fromkeys(("VND", "VUV", "XAF", "XOF", "XPF"), 0)
    | dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3)
    | dict.fromkeys(("CLF", "UYW"), 4)
)


@lru_cache(maxsize=512)
def minor_units(currency: str) -> int:
    """How many decimals money of this ISO 4217 code has: EUR 2, JPY 0, TND 3.

    Raises:
        Invalid: CURRENCY_UNKNOWN.
    """
    if currency not in _CODES:
        raise Invalid("CURRENCY_UNKNOWN", params={"value": str(currency)[:MAX_TEXT]})
    return _MINOR_UNITS.get(currency, 2)


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in one currency, always with exactly that currency's decimals.

    Build it with `Money.of` (text that must already fit) or `Money.rounded` (the one place where a finer
    figure becomes money). Adding two currencies is an error, never a conversion.
    """

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        places = minor_units(self.currency)
        number = parse_decimal(self.amount, integer_digits=30, decimals=12)
        amount = round_half_up(number, places)
        if amount != number:
            raise Invalid("MONEY_TOO_FINE", params={"value": _short(number), "currency": self.currency})
        object.__setattr__(self, "amount", amount)

    @classmethod
    def of(cls, value: Number, currency: str) -> Money:
        """Money from a number that already has no more decimals than the currency.

        Raises:
            Invalid: those of `parse_decimal`, MONEY_TOO_FINE, CURRENCY_UNKNOWN.
        """
        return cls(parse_decimal(value, integer_digits=30, decimals=12), currency)

    @classmethod
    def rounded(cls, number: Decimal, currency: str) -> Money:
        """Money nearest to `number`, halves away from zero."""
        if not isinstance(number, Decimal):
            raise Invalid("NUMBER_IS_FLOAT" if isinstance(number, float) else "NUMBER_MALFORMED")
        return cls(round_half_up(number, minor_units(currency)), currency)

    @property
    def text(self) -> str:
        """The amount as plain text with the currency's decimals: `"98000.00"`."""
        return format(self.amount, "f")

    @property
    def minor(self) -> int:
        """The amount in minor units (cents)."""
        return to_minor(self.amount, minor_units(self.currency))

    def __add__(self, other: Money) -> Money:
        return Money(EXACT.add(self.amount, self._same(other)), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(EXACT.subtract(self.amount, self._same(other)), self.currency)

    def __neg__(self) -> Money:
        return Money(EXACT.minus(self.amount), self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.amount <= self._same(other)

    def _same(self, other: Money) -> Decimal:
        if not isinstance(other, Money):
            raise Invalid("MONEY_EXPECTED", params={"value": type(other).__name__})
        if other.currency != self.currency:
            raise Invalid("CURRENCY_MIXED", params={"left": self.currency, "right": other.currency})
        return other.amount
