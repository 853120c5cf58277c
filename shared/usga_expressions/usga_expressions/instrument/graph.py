"""In which order the parts of a form are evaluated, and where it goes round in circles."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from usga_expressions.form import Definition

Edges = Callable[[Definition], Iterable[Definition]]


class Reads(Protocol):
    """What a definition reads: in its own place, and in other instances of a repeat."""

    uses: frozenset[Definition]
    across: frozenset[Definition]


def evaluation_order(
    definitions: Sequence[Definition], reads: Mapping[Definition, Reads]
) -> tuple[list[list[Definition]], list[list[Definition]]]:
    """Return groups to evaluate one after the other, and what goes round in circles.

    A group of several is evaluated instance by instance: its members read each other's value in
    another instance, as a running balance does.
    """
    place = {definition: at for at, definition in enumerate(definitions)}

    def near(definition: Definition) -> list[Definition]:
        above = definition.parent
        around = [above] if above is not None and above in place else []
        return around + sorted(
            (use for use in reads[definition].uses if use in place), key=place.__getitem__
        )

    def everything(definition: Definition) -> list[Definition]:
        across = (use for use in reads[definition].across if use in place)
        return near(definition) + sorted(across, key=place.__getitem__)

    order, circles = [], []
    for component in components(definitions, everything):
        members = sorted(component, key=place.__getitem__)
        inside = set(members)

        def within(one: Definition, inside: set[Definition] = inside) -> list[Definition]:
            return [use for use in near(one) if use in inside]

        groups = components(members, within)
        circles += [group for group in groups if is_circle(group, near)]
        if len({definition.repeat for definition in members}) > 1:
            circles.append(members)
        order.append([definition for group in groups for definition in group])
    return order, circles


def components(definitions: Sequence[Definition], edges: Edges) -> list[list[Definition]]:
    """Group definitions that depend on each other, dependencies first (Tarjan 1972)."""
    index: dict[Definition, int] = {}
    low: dict[Definition, int] = {}
    stack: list[Definition] = []
    waiting: set[Definition] = set()
    found: list[list[Definition]] = []
    for start in definitions:
        if start in index:
            continue
        work = [(start, iter(list(edges(start))))]
        index[start] = low[start] = len(index)
        stack.append(start)
        waiting.add(start)
        while work:
            node, targets = work[-1]
            following = next((t for t in targets if t not in index or t in waiting), None)
            if following is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    found.append(_component(node, stack, waiting))
            elif following in index:
                low[node] = min(low[node], index[following])
            else:
                index[following] = low[following] = len(index)
                stack.append(following)
                waiting.add(following)
                work.append((following, iter(list(edges(following)))))
    return found


def _component(
    node: Definition, stack: list[Definition], waiting: set[Definition]
) -> list[Definition]:
    members = []
    while True:
        member = stack.pop()
        waiting.discard(member)
        members.append(member)
        if member is node:
            return members


def way_round(members: Sequence[Definition], edges: Edges) -> list[Definition]:
    """Return the shortest way from the first member back to it: each reads the next one."""
    start, inside = members[0], set(members)
    ways = [[start]]
    seen: set[Definition] = set()
    while ways:
        way = ways.pop(0)
        for following in edges(way[-1]):
            if following is start:
                return [*way, start]
            if following in inside and following not in seen:
                seen.add(following)
                ways.append([*way, following])
    return [*members, start]


def is_circle(component: list[Definition], edges: Edges) -> bool:
    """Tell whether a component depends on itself."""
    return len(component) > 1 or component[0] in set(edges(component[0]))
