"""Figures as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tests.bench.support.figures import Figure

_EMPTY = ""


def table(title: str, figures: Sequence[Figure]) -> str:
    """One benchmark's figures, a column for each measure."""
    columns = list(dict.fromkeys(name for figure in figures for name in figure.values))
    rows = [[figure.name, *(number(figure.values.get(column)) for column in columns)] for figure in figures]
    notes = [f"  {figure.name}: {figure.note}" for figure in figures if figure.note]
    return "\n".join([f"\n{title}", *_aligned([["", *columns], *rows]), *notes])


def verdicts(figures: Mapping[str, Sequence[Figure]]) -> str:
    """Every goal beside what was measured."""
    rows = [["goal", "", "wished", "measured", "lowest-highest", ""]]
    for of_module in figures.values():
        for figure in of_module:
            rows.extend(_verdict_rows(figure))
    return "\n".join(["\nGoals", *_aligned(rows, left=(0, 1, 5))])


def _verdict_rows(figure: Figure) -> Iterator[list[str]]:
    for goal in figure.goals:
        value = figure.values[goal.measure]
        low_high = figure.spread.get(goal.measure)
        yield [
            figure.name,
            goal.measure,
            goal.text,
            number(value),
            f"{number(low_high[0])}-{number(low_high[1])}" if low_high else _EMPTY,
            "met" if goal.met_by(value) else "NOT MET",
        ]


def number(value: float | None) -> str:
    """Three digits that count, at least."""
    if value is None:
        return _EMPTY
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}" if abs(value) < 1 else f"{value:.1f}"


def _aligned(rows: Sequence[Sequence[str]], left: Sequence[int] = (0,)) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = [
            cell.ljust(width) if column in left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  " + "  ".join(cells).rstrip()
