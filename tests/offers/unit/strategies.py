"""Random offers for property tests, each as the kernel's input and as the oracle's."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from hypothesis import strategies as st

from services.offers.domain.charges import Charge
from services.offers.domain.lines import Line
from tests.offers.unit.oracle import OracleCharge, OracleLine

CASCADES = ("", "10", "50+10+5", "33,42", "40 + -5", "2+2+2+2", "12.5+3", "0.01", "99.99", "1+2+3+4+5+6+7")
VATS = (("22", ""), ("10", ""), ("5", ""), ("4", ""), ("0", "N3.1"), ("0", "N6.9"))


@dataclass
class RandomOffer:
    lines: list[Line]
    header: str
    charges: list[Charge]
    oracle_lines: list[OracleLine]
    oracle_charges: list[OracleCharge]


def _decimal(low: int, high: int, places: int) -> st.SearchStrategy[str]:
    def text(units: int) -> str:
        sign, digits = ("-" if units < 0 else ""), str(abs(units)).rjust(places + 1, "0")
        return f"{sign}{digits[:-places]}.{digits[-places:]}"

    return st.integers(low, high).map(text)


QUANTITIES = st.one_of(st.sampled_from(["1", "2", "0.5", "12.25", "100"]), _decimal(0, 10**7, 3))
PRICES = st.one_of(_decimal(0, 10**7, 2), _decimal(0, 10**12, 8))


@st.composite
def offers(draw: st.DrawFn, *, max_lines: int = 8, max_charges: int = 3) -> RandomOffer:
    """Priced lines (some optional), a header cascade and charges of every formula; never negative, never
    empty.
    """
    lines, oracle_lines = [], []
    for i in range(draw(st.integers(1, max_lines))):
        rate, natura = draw(st.sampled_from(VATS))
        quantity, price = draw(QUANTITIES), draw(PRICES)
        discounts, weight = draw(st.sampled_from(CASCADES)), draw(_decimal(0, 10**6, 3))
        presence = draw(st.sampled_from(["standard", "standard", "option"]))
        selected = draw(st.booleans())
        lines.append(
            Line(
                id=f"l{i}",
                quantity=quantity,
                unit_price=price,
                discounts=discounts,
                vat_rate=rate,
                natura=natura,
                presence=presence,
                selected=selected,
                weight_kg=weight,
            )
        )
        oracle_lines.append(
            OracleLine(
                quantity, price, discounts, rate, natura, presence == "standard" or selected, weight_kg=weight
            )
        )
    lines.append(Line(id="last", quantity="1", unit_price="1.00", vat_rate="22"))
    oracle_lines.append(OracleLine("1", "1.00", "", "22"))
    charges, oracle_charges = [], []
    for _ in range(draw(st.integers(0, max_charges))):
        charge, twin = draw(_charges(len(lines)))
        charges.append(charge)
        oracle_charges.append(twin)
    header = draw(st.sampled_from(("", "", "3", "5+2", "-2", "99")))
    return RandomOffer(lines, header, charges, oracle_lines, oracle_charges)


@st.composite
def _charges(draw: st.DrawFn, count: int) -> tuple[Charge, OracleCharge]:
    formula = draw(st.sampled_from(["fixed", "percent", "per_kg", "per_piece", "per_km", "per_day"]))
    amount, rate = draw(_decimal(0, 10**6, 2)), draw(_decimal(0, 10**4, 3))
    units = draw(_decimal(0, 10**5, 1)) if formula in ("per_km", "per_day") or draw(st.booleans()) else ""
    base = draw(st.sampled_from(["net", "lines_net", "list"]))
    some = draw(st.one_of(st.none(), st.sets(st.integers(0, count - 2)))) if formula != "fixed" else None
    serves = None if some is None else (*sorted(some), count - 1)
    mode = draw(st.sampled_from(["shown", "spread", "absorbed"]))
    behaviour = draw(st.sampled_from(["accessory", "accessory", "own_rate", "excluded"]))
    own = {"own_rate": (Fraction(22), ""), "excluded": (Fraction(0), "N1")}.get(behaviour)
    names = [f"l{i}" for i in range(count - 1)] + ["last"]
    charge = Charge(
        amount=amount,
        formula=formula,
        rate=rate,
        units=units,
        base=base,
        serves=() if serves is None else tuple(names[i] for i in serves),
        mode=mode,
        vat=behaviour,
        vat_rate="22" if behaviour == "own_rate" else "",
    )
    return charge, OracleCharge(amount, formula, rate, units, base, serves, mode != "absorbed", own)
