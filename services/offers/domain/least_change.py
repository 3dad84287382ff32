"""Moving a sum by the least change of its parts.

The measure is the sum, over the parts, of change squared over amount. Its least value for a given sum is the
same percentage everywhere, which is what people mean by "a little off each line"; in whole cents it is the
nearest thing to that. For whole numbers the optimum is found exactly: no exchange of a cent between two parts
lowers the measure, and for a sum of convex functions of one variable each that is optimal (Gross 1956; Fox
1966).
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

PRECISION: Final = 128
"""Binary places of a measure; two different quotients of amounts below 2**60 differ in the first 120."""


@dataclass(frozen=True, slots=True)
class Moves:
    """Changes in minor units, in the order of the parts, and their measure scaled by 2**128."""

    changes: tuple[int, ...]
    measure: int


def least_moves(change: int, amounts: Sequence[int], low: Sequence[int], high: Sequence[int]) -> Moves | None:
    """The changes with sum `change` and least measure; None when the bounds forbid it.

    `amounts` are above 0; part i may change from `low[i]` (0 or less) to `high[i]` (0 or more). Equal
    measures: the larger amount moves, then the earlier.
    """
    if not sum(low) <= change <= sum(high):
        return None
    moves = _proportional(change, amounts, low, high)
    _complete(change - sum(moves), moves, amounts, low, high)
    _exchange(moves, amounts, low, high)
    measure = sum((move * move << PRECISION) // amount for move, amount in zip(moves, amounts, strict=True))
    return Moves(tuple(moves), measure)


def _proportional(change: int, amounts: Sequence[int], low: Sequence[int], high: Sequence[int]) -> list[int]:
    """The same share of every amount, cut down to whole units; parts that would leave their bounds stop
    there.
    """
    moves = [0] * len(amounts)
    free = list(range(len(amounts)))
    while free:
        total = sum(amounts[i] for i in free)
        stopped = []
        for i in free:
            moves[i] = change * amounts[i] // total
            if not low[i] <= moves[i] <= high[i]:
                stopped.append(i)
        if not stopped:
            break
        for i in stopped:
            moves[i] = low[i] if moves[i] < low[i] else high[i]
            change -= moves[i]
        free = [i for i in free if i not in set(stopped)]
    return moves


def _complete(
    missing: int, moves: list[int], amounts: Sequence[int], low: Sequence[int], high: Sequence[int]
) -> None:
    """Move single units, cheapest first, until the sum is right."""
    step = 1 if missing > 0 else -1
    bound = high if step > 0 else low
    queue = [_priced(i, step, moves, amounts) for i in range(len(amounts)) if moves[i] != bound[i]]
    heapq.heapify(queue)
    for _ in range(abs(missing)):
        i = heapq.heappop(queue)[2]
        moves[i] += step
        if moves[i] != bound[i]:
            heapq.heappush(queue, _priced(i, step, moves, amounts))


def _priced(i: int, step: int, moves: Sequence[int], amounts: Sequence[int]) -> tuple[int, int, int]:
    """What one more unit costs part i, with the order of ties."""
    cost = (2 * moves[i] * step + 1 << PRECISION) // amounts[i]
    return cost, -amounts[i], i


def _exchange(moves: list[int], amounts: Sequence[int], low: Sequence[int], high: Sequence[int]) -> None:
    """Pass single units between parts while that lowers the measure; after `_complete` this takes few steps.

    An entry that has become cheaper since it was queued may stay behind: what it could still exchange with is
    never cheaper than what made it so.
    """
    ups = [_priced(i, 1, moves, amounts) for i in range(len(amounts)) if moves[i] < high[i]]
    downs = [_priced(i, -1, moves, amounts) for i in range(len(amounts)) if moves[i] > low[i]]
    heapq.heapify(ups)
    heapq.heapify(downs)
    while ups and downs:
        up, down = ups[0], downs[0]
        if up != _priced(up[2], 1, moves, amounts) or moves[up[2]] >= high[up[2]]:
            _refresh(ups, 1, moves, amounts, high)
        elif down != _priced(down[2], -1, moves, amounts) or moves[down[2]] <= low[down[2]]:
            _refresh(downs, -1, moves, amounts, low)
        elif up[0] + down[0] >= 0 or up[2] == down[2]:
            return
        else:
            moves[up[2]] += 1
            moves[down[2]] -= 1


def _refresh(
    queue: list[tuple[int, int, int]],
    step: int,
    moves: Sequence[int],
    amounts: Sequence[int],
    bound: Sequence[int],
) -> None:
    """Replace the first entry, whose price is out of date."""
    i = heapq.heappop(queue)[2]
    if moves[i] != bound[i]:
        heapq.heappush(queue, _priced(i, step, moves, amounts))
