"""Searching a line for devices, address by address: what answers, what it says it is, what should be there and is silent.

Every known product of a protocol is asked who it is, as the station itself asks after opening a port. Nothing is written to a board and
nothing moves. On a line that a running station owns the questions are put to its bus, behind all others; a free port is opened here.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final, Literal, TypeAlias

from devices import registry
from devices.commissioning.said import CameToNothing, Said, Tell
from devices.config import BusSettings, DeviceSettings, Option
from devices.drivers.driver import Clock, Driver, Link, StreamDriver
from devices.errors import DeviceError, Garbled, Misconfigured, Refused, Unreachable
from devices.line import Line
from devices.ports import Identity
from devices.station.probe import OPEN_WITHIN_S, running

SETTLE_MS: Final = 60.0  # ms of silence after a question that nobody answered: replies carry their address, a late one is known as such
TRIES: Final = 2  # questions to an address before it counts as empty; one may be lost to noise
LISTEN_S: Final = 1.5  # s for a device that speaks by itself
ADDRESSES: Final = range(256)
SEARCHED: Final = "searched"  # the name of a device while it is asked who it is

Verdict: TypeAlias = Literal["configured", "other", "unknown", "silent", "unclear", "unfit"]


@dataclass(frozen=True, slots=True)
class Found:
    """What is at one address of a line, or should be. ``address`` None: the protocol has none. ``device``: its name in the configuration.
    ``fits``: all products that it answers as, the likeliest first; ``product`` is the configured one where that is among them.
    ``options``: what the device tells of itself that its product leaves open. ``words``: why it is ``unclear`` or ``unfit``."""

    verdict: Verdict
    bus: str
    baud: int
    address: int | None
    device: str | None = None
    driver: str = ""
    product: str = ""
    title: str = ""
    serial: str | None = None
    firmware: str | None = None
    fits: tuple[str, ...] = ()
    options: Mapping[str, Option] = field(default_factory=dict)
    words: str = ""


@dataclass(frozen=True, slots=True)
class Range:
    """Addresses ``first`` to ``last``, both asked."""

    first: int
    last: int

    def __post_init__(self) -> None:
        if not 0 <= self.first <= self.last <= ADDRESSES[-1]:
            raise ValueError(f"addresses go from {ADDRESSES[0]} to {ADDRESSES[-1]}, not from {self.first} to {self.last}")

    def __iter__(self) -> Iterator[int]:
        return iter(range(self.first, self.last + 1))


@dataclass(frozen=True, slots=True)
class _Kind:
    """One product of one driver."""

    driver: str
    product: str
    title: str
    detail: int  # fields that its file gives: who says more of a device knows it better


@dataclass(slots=True)
class _Answer:
    """What the products of a protocol came to at one address."""

    fits: list[tuple[_Kind, Identity, Mapping[str, Option]]] = field(default_factory=list)
    unfit: list[tuple[_Kind, str]] = field(default_factory=list)
    unclear: str = ""
    alive: bool = False


def wires() -> dict[str, tuple[str, ...]]:
    """The protocols of this installation, and the drivers that speak each."""
    found: dict[str, tuple[str, ...]] = {}
    for name in registry.driver_names():
        found[registry.driver_class(name).WIRE] = (*found.get(registry.driver_class(name).WIRE, ()), name)
    return found


class Search:
    """One search of one line. ``tell`` hears each address as it is asked, ``found`` each device as it is found, ``progress`` 0 to 1."""

    def __init__(
        self,
        bus: BusSettings,
        devices: Sequence[DeviceSettings],
        *,
        addresses: Range,
        tell: Tell,
        found: Callable[[Found], None],
        progress: Callable[[float], None],
        clock_ns: Clock = time.monotonic_ns,
    ) -> None:
        self._bus = bus
        self._devices = tuple(devices)
        self._addresses = addresses
        self._tell = tell
        self._found = found
        self._progress = progress
        self._clock_ns = clock_ns
        self._named: set[str] = set()

    async def on_owned(self, link: Link, known: Mapping[str, Identity]) -> None:
        """Search the line of a running station through ``link``, its own owner. ``known``: devices that answer it anyway; they are told and
        not asked. CameToNothing where the port is lost."""
        for device in self._devices:
            if device.name in known:
                self._report(self._told(device, known[device.name]))
        missing = [device for device in self._devices if device.name not in known]
        if isinstance(link, Line) or any(registry.driver_class(device.driver).ALONE for device in self._devices):
            for device in missing:
                self._report(self._silent(device, "It is alone on its line and does not answer."))
            return
        wire = registry.driver_class(self._devices[0].driver).WIRE if self._devices else ""
        taken = {_address(device) for device in self._devices if device.name in known}
        for name in (wire,) if wire else tuple(wires()):
            await self._ask_around(name, link, [address for address in self._addresses if address not in taken])
        for device in missing:
            if device.name not in self._named:
                self._report(self._silent(device, ""))

    async def on_free(self, asked: Sequence[str], bauds: Sequence[int]) -> None:
        """Search a port that no station uses, with these protocols at these speeds. CameToNothing where it does not open or is lost."""
        rounds = [(wire, baud) for wire in asked for baud in bauds]
        for number, (wire, baud) in enumerate(rounds):
            bus = self._bus.model_copy(update={"baud": baud})
            part = Search(
                bus,
                (),
                addresses=self._addresses,
                tell=self._tell,
                found=self._report,
                progress=partial(self._part_of, number, len(rounds)),
                clock_ns=self._clock_ns,
            )
            kind = registry.driver_class(wires()[wire][0])
            async with _opened(kind.link(bus)) as link:
                if isinstance(link, Line):
                    await part._hear(wire, link)
                elif kind.ALONE:
                    await part._ask_alone(wire, link)
                else:
                    await part._ask_around(wire, link, list(self._addresses))
            self._progress((number + 1) / len(rounds))

    async def _ask_around(self, wire: str, link: Link, addresses: Sequence[int]) -> None:
        kinds = _kinds(wire)
        for number, address in enumerate(addresses):
            self._tell(Said("asking", {"address": address, "baud": self._bus.baud}))
            self._progress(number / len(addresses))
            answer = await self._ask(kinds, link, address)
            if answer.alive or answer.unclear:
                self._report(self._judged(answer, address))
        self._progress(1.0)

    async def _ask_alone(self, wire: str, link: Link) -> None:
        answer = await self._ask(_kinds(wire), link, None)
        if answer.alive or answer.unclear:
            self._report(self._judged(answer, None))

    async def _hear(self, wire: str, line: Line[Any]) -> None:
        """A device that speaks by itself: what it says tells its address."""
        try:
            heard = await line.next(self._bus.name, timeout_s=LISTEN_S)
        except DeviceError:
            return
        address = getattr(heard.frame, "node", None)
        answer = await self._ask(_kinds(wire), line, address)
        self._report(self._judged(answer, address))

    async def _ask(self, kinds: Sequence[_Kind], link: Link, address: int | None) -> _Answer:
        """Every product at one address, until it is clear that nobody is there."""
        answer = _Answer()
        unread = 0
        for kind in kinds:
            if unread >= TRIES * TRIES and not answer.alive:
                return answer  # noise, or several that talk at once: more questions bring no more light
            for left in reversed(range(1 if answer.alive else TRIES)):
                try:
                    identity, options = await self._who(kind, link, address)
                except Unreachable as error:
                    if link.trouble is not None or not link.connected:
                        raise _gone(self._bus, link) from error
                    if not answer.alive and left == 0 and not answer.unclear:
                        return answer
                except Garbled as error:
                    answer.unclear = _words(error)
                    unread += 1
                except ValueError:
                    break  # an address that this protocol does not have
                except Refused:
                    answer.alive = True
                    break
                except Misconfigured as error:
                    answer.alive = True
                    answer.unfit.append((kind, _words(error)))
                    break
                else:
                    answer.alive = True
                    answer.fits.append((kind, identity, options))
                    break
        return answer

    async def _who(self, kind: _Kind, link: Link, address: int | None) -> tuple[Identity, Mapping[str, Option]]:
        settings = DeviceSettings(
            name=SEARCHED,
            driver=kind.driver,
            product=kind.product,
            bus=self._bus.name,
            address=address,
            settle_ms=SETTLE_MS,
        )
        driver = registry.make(settings, link, self._clock_ns)
        async with _listening(driver):
            try:
                options = await driver.fitted()
            except Misconfigured as error:
                raise Refused(driver.name, str(error)) from error  # another product
            if not options:
                return await driver.identify(), options
        driver = registry.make(settings.model_copy(update={"options": dict(options)}), link, self._clock_ns)
        async with _listening(driver):
            return await driver.identify(), options

    def _part_of(self, number: int, of: int, done: float) -> None:
        self._progress((number + done) / of)

    def _report(self, found: Found) -> None:
        if found.device is not None:
            self._named.add(found.device)
        self._found(found)

    def _judged(self, answer: _Answer, address: int | None) -> Found:
        device = next((one for one in self._devices if _address(one) == address), None) if address is not None else None
        blank = Found("unclear", self._bus.name, self._bus.baud, address, None if device is None else device.name)
        if not answer.fits:
            if answer.unfit:
                kind, words = max(answer.unfit, key=lambda one: one[0].detail)
                return replace(blank, verdict="unfit", driver=kind.driver, product=kind.product, title=kind.title, words=words)
            return replace(blank, words=answer.unclear or "It answers, and is none of the products that are known here.")
        ranked = sorted(answer.fits, key=lambda one: -one[0].detail)
        kind, identity, options = next((one for one in ranked if device is not None and one[0].product == device.product), ranked[0])
        if device is None:
            verdict: Verdict = "unknown"
        else:
            verdict = "configured" if (kind.driver, kind.product) == (device.driver, device.product) else "other"
        return replace(
            blank,
            verdict=verdict,
            driver=kind.driver,
            product=kind.product,
            title=kind.title,
            serial=identity.serial,
            firmware=identity.firmware,
            fits=tuple(one[0].product for one in ranked),
            options=options,
            words=answer.unclear and f"Some answers were not readable: {answer.unclear}",
        )

    def _told(self, device: DeviceSettings, identity: Identity) -> Found:
        product = registry.products(device.driver)[device.product]
        return Found(
            "configured",
            self._bus.name,
            self._bus.baud,
            _address(device),
            device.name,
            device.driver,
            device.product,
            product.title,
            identity.serial,
            identity.firmware,
            (device.product,),
        )

    def _silent(self, device: DeviceSettings, words: str) -> Found:
        return Found(
            "silent",
            self._bus.name,
            self._bus.baud,
            _address(device),
            device.name,
            device.driver,
            device.product,
            registry.products(device.driver)[device.product].title,
            words=words,
        )


def _kinds(wire: str) -> list[_Kind]:
    """The products of a protocol, the ones that say most of themselves first."""
    kinds = [
        _Kind(name, product, described.title, len(described.profile))
        for name in wires()[wire]
        for product, described in registry.products(name).items()
    ]
    return sorted(kinds, key=lambda kind: -kind.detail)


def _words(error: DeviceError) -> str:
    """Without the name that a searched device has for the moment."""
    return str(error).removeprefix(f"{SEARCHED}: ")


def _address(device: DeviceSettings) -> int | None:
    return registry.profile(device).address if device.address is None else device.address


def _gone(bus: BusSettings, link: Link) -> CameToNothing:
    return CameToNothing(
        f"{bus.url} is gone: {link.trouble or 'it is closed'}",
        "Plug the adapter in again, or free the port; then search again.",
        code="port_gone",
        figures={"url": bus.url},
    )


@contextlib.asynccontextmanager
async def _opened(link: Link) -> AsyncIterator[Link]:
    async with running(link.run(), "search"):
        deadline = time.monotonic() + OPEN_WITHIN_S
        while not link.connected:
            if link.trouble is not None or time.monotonic() > deadline:
                raise _gone(link.settings, link)
            await asyncio.sleep(0.01)
        yield link


@contextlib.asynccontextmanager
async def _listening(driver: Driver) -> AsyncIterator[None]:
    """A driver whose device speaks unasked hears it meanwhile."""
    if isinstance(driver, StreamDriver):
        async with running(driver.listen(), f"listen {driver.name}"):
            yield
        return
    yield
