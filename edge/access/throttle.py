"""How often passwords may be tried: some freely, then ever more slowly, by name and by address. Times are passed in.

Nobody is locked out: a name waits a minute at most, and attempts from the machine itself are counted apart from all others, so that
nothing that comes over a network keeps the owner away from it. What is remembered is bounded.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final, TypeAlias

FREE_ATTEMPTS: Final = 4  # slips of the finger
LONGEST_NAME_WAIT_S: Final = 60.0  # s; an attacker makes 1440 guesses a day of a name, its owner waits a minute at most
LONGEST_ADDRESS_WAIT_S: Final = 300.0  # s; behind one address may be a whole office
FORGOTTEN_AFTER_S: Final = 3600.0  # s without an attempt
MOST_ENTRIES: Final = 2048  # of each kind; an entry is a hundred bytes
NEAR: Final = "near"

Key: TypeAlias = tuple[str, str]


@dataclass(slots=True)
class _Tries:
    failed: int
    last_s: float


class Throttle:
    """Every attempt counts as failed when it begins, so that many at once cannot slip through, and is taken back when it was right."""

    def __init__(self) -> None:
        self._names: OrderedDict[Key, _Tries] = OrderedDict()
        self._strangers: OrderedDict[Key, _Tries] = OrderedDict()
        self._addresses: OrderedDict[Key, _Tries] = OrderedDict()

    def begin(self, name: str, address: str, *, known: bool, near: bool, now_s: float) -> float:
        """Seconds to wait before an attempt; 0.0: it may be made now and is counted. ``known``: there is such a user, whose entry no flood
        of invented names may push out. ``near``: it comes from this machine itself."""
        kept, by_name, by_address = self._keys(name, address, known=known, near=near)
        wait_s = max(
            _wait_s(kept.get(by_name), LONGEST_NAME_WAIT_S, now_s), _wait_s(self._addresses.get(by_address), LONGEST_ADDRESS_WAIT_S, now_s)
        )
        if wait_s > 0.0:
            return wait_s
        _count(kept, by_name, now_s)
        _count(self._addresses, by_address, now_s)
        return 0.0

    def take_back(self, name: str, address: str, *, known: bool, near: bool, right: bool) -> int:
        """The attempt was ``right``, or was not made after all. A right one clears its name, but of its address only itself: who knows one
        password must not buy free guesses at others by it. Returns the failures of the name before it."""
        kept, by_name, by_address = self._keys(name, address, known=known, near=near)
        failed = kept[by_name].failed - 1 if by_name in kept else 0
        if right:
            kept.pop(by_name, None)
        for entries, key in ((kept, by_name), (self._addresses, by_address)):
            if (tries := entries.get(key)) is not None:
                tries.failed -= 1
        return failed

    def failures(self, name: str, address: str, *, known: bool, near: bool) -> int:
        """How often in a row the name or the address has failed, whichever is more."""
        kept, by_name, by_address = self._keys(name, address, known=known, near=near)
        return max(entries[key].failed if key in entries else 0 for entries, key in ((kept, by_name), (self._addresses, by_address)))

    def __len__(self) -> int:
        return len(self._names) + len(self._strangers) + len(self._addresses)

    def _keys(self, name: str, address: str, *, known: bool, near: bool) -> tuple[OrderedDict[Key, _Tries], Key, Key]:
        where = NEAR if near else "far"
        return self._names if known else self._strangers, (where, name), (where, NEAR if near else _network(address))


def _network(address: str) -> str:
    """An address as one caller has it: of IPv6, a household has 2^64 of them."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "?"
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)


def _wait_s(tries: _Tries | None, longest_s: float, now_s: float) -> float:
    if tries is None or tries.failed < FREE_ATTEMPTS or now_s - tries.last_s >= FORGOTTEN_AFTER_S:
        return 0.0
    pause_s = min(longest_s, 2.0 ** min(tries.failed - FREE_ATTEMPTS, 30))
    return max(0.0, tries.last_s + pause_s - now_s)


def _count(entries: OrderedDict[Key, _Tries], key: Key, now_s: float) -> None:
    tries = entries.get(key)
    if tries is None or now_s - tries.last_s >= FORGOTTEN_AFTER_S:
        entries[key] = _Tries(1, now_s)
    else:
        tries.failed += 1
        tries.last_s = now_s
    entries.move_to_end(key)
    while len(entries) > MOST_ENTRIES:
        entries.popitem(last=False)
