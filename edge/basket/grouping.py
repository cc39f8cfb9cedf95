"""Which plate changes of one settled movement may belong to one item: an item can stand on two or three neighbouring plates. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

MAX_TOGETHER = 3  # plates one item can stand on
MAX_GROUPINGS = 10  # ways tried per movement, a bound on time
FULL_SEARCH = 4  # up to that many plates every way is tried; beyond it one pair at a time

Group = tuple[int, ...]


def groupings(parts: Sequence[tuple[str, float]], neighbours: set[tuple[str, str]]) -> tuple[tuple[Group, ...], ...]:
    """Ways to split ``parts`` (plate, and -1 lighter, 1 heavier or 0 unknown) into groups, each explained as one change.

    Every part alone comes first. A group's plates are connected as neighbours and none changed in the other direction than another. Groups
    keep the order of their first parts.
    """
    count = len(parts)

    def together(group: Group, place: int) -> bool:
        same_direction = all(parts[place][1] * parts[other][1] >= 0 for other in group)
        return len(group) < MAX_TOGETHER and same_direction and any((parts[place][0], parts[other][0]) in neighbours for other in group)

    alone: tuple[Group, ...] = tuple((place,) for place in range(count))
    ways: list[tuple[Group, ...]] = [alone]
    if count <= FULL_SEARCH:
        candidates: Iterator[tuple[Group, ...]] = _splits(count, together)
    else:
        candidates = (
            tuple(sorted([(one, two), *((place,) for place in range(count) if place not in (one, two))]))
            for one in range(count)
            for two in range(one + 1, count)
            if together((one,), two)
        )
    for way in candidates:
        if way not in ways:
            ways.append(way)
        if len(ways) == MAX_GROUPINGS:
            break
    return tuple(ways)


def _splits(count: int, together: Callable[[Group, int], bool]) -> Iterator[tuple[Group, ...]]:
    """Every split of ``range(count)`` whose groups ``together`` accepts when built up in order."""

    def extend(way: tuple[Group, ...], place: int) -> Iterator[tuple[Group, ...]]:
        if place == count:
            yield way
            return
        for index, group in enumerate(way):
            if together(group, place):
                yield from extend((*way[:index], (*group, place), *way[index + 1 :]), place + 1)
        yield from extend((*way, (place,)), place + 1)

    yield from extend((), 0)
