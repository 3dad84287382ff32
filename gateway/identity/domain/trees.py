"""Trees of teams and of territories."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tree:
    """Nodes by id, each with the id of the one above it; "" for the top ones."""

    parents: Mapping[str, str]

    def below(self, tops: Iterable[str]) -> frozenset[str]:
        """These nodes and everything below them; ids that are not in the tree are left out."""
        children = defaultdict(list)
        for node, parent in self.parents.items():
            children[parent].append(node)
        found: set[str] = set()
        open_nodes = [node for node in tops if node in self.parents]
        while open_nodes:
            node = open_nodes.pop()
            if node not in found:
                found.add(node)
                open_nodes.extend(children[node])
        return frozenset(found)

    def circle(self) -> str:
        """Id of a node that is above itself; "" if there is none."""
        sound: set[str] = set()
        for node in self.parents:
            path: set[str] = set()
            current = node
            while current and current not in sound:
                if current in path:
                    return current
                path.add(current)
                current = self.parents.get(current, "")
            sound |= path
        return ""
