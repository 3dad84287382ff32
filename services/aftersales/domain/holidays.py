"""The national holidays of Italy, as data for a calendar: a company adds its patron saint and its closures.

Source: legge 260/1949 with its amendments (1977, 1985, 2000); 4 October is one again from 2026 on (legge
151/2025). Easter Sunday is left out: it is a Sunday.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

_FIXED = (
    (1, 1, "Capodanno"),
    (1, 6, "Epifania"),
    (4, 25, "Liberazione"),
    (5, 1, "Festa del lavoro"),
    (6, 2, "Festa della Repubblica"),
    (8, 15, "Ferragosto"),
    (11, 1, "Ognissanti"),
    (12, 8, "Immacolata"),
    (12, 25, "Natale"),
    (12, 26, "Santo Stefano"),
)
_SAINT_FRANCIS_FROM = 2026


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (Meeus, Astronomical Algorithms, chapter 8)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    f = (b + 8) // 25
    g = (b - f + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def national_holidays(year: int) -> Iterator[tuple[date, str]]:
    """Day and name of each holiday of a year."""
    for month, day, name in _FIXED:
        yield date(year, month, day), name
    if year >= _SAINT_FRANCIS_FROM:
        yield date(year, 10, 4), "San Francesco"
    yield easter(year) + timedelta(days=1), "Lunedì dell'Angelo"
