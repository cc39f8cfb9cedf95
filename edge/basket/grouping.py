"""Which plate changes of one settled movement may belong to one item: an item can stand on two or three neighbouring plates. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

MAX_TOGETHER = 3  # plates one item can stand on
MAX_GROUPINGS = 16  # ways tried per movement, a bound on time
FEW = 5  # plates; more of them cost more per way
MAX_GROUPINGS_OF_MANY = 6
FULL_SEARCH = 7  # up to that many plates every way is looked at; beyond it one pair at a time

Group = tuple[int, ...]


def groupings(parts: Sequence[tuple[str, float]], neighbours: set[tuple[str, str]]) -> tuple[tuple[Group, ...], ...]:
    """Ways to split ``parts`` (plate, and -1 lighter, 1 heavier or 0 unknown) into groups, each explained as one change.

    Every part alone comes first, then the ways with the fewest groups. Parts come in the order in which their plates stand. A group's
    plates are connected as neighbours and none changed in the other direction than another. Groups keep the order of their first parts.
    """
    count = len(parts)

    def together(group: Group, place: int) -> bool:
        same_direction = all(parts[place][1] * parts[other][1] >= 0 for other in group)
        return len(group) < MAX_TOGETHER and same_direction and any((parts[place][0], parts[other][0]) in neighbours for other in group)

    alone: tuple[Group, ...] = tuple((place,) for place in range(count))
    if count <= FULL_SEARCH:
        ways: Iterator[tuple[Group, ...]] = _splits(count, together)
    else:
        ways = (
            tuple(sorted([(one, two), *((place,) for place in range(count) if place not in (one, two))]))
            for one in range(count)
            for two in range(one + 1, count)
            if together((one,), two)
        )
    fewest_first = sorted({way for way in ways if way != alone}, key=lambda way: (len(way), way))
    return (alone, *fewest_first[: (MAX_GROUPINGS if count <= FEW else MAX_GROUPINGS_OF_MANY) - 1])


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
