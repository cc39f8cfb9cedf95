"""The technician's bench at a running station: everything that every board says, also what no door and no plate uses yet.

While it is open all scales are read as fast as their lines allow. It moves nothing; all that it changes is a scale's zero, when told to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from devices.bus import Bus, LentBus
from devices.drivers.driver import Link
from devices.errors import Misconfigured
from devices.ports import InputBits, LockBoard, Reading, Scale
from devices.station.device_watch import DeviceWatch, Job


class BenchListener(Protocol):
    """Who sits at the bench. Must not raise and must not wait."""

    def weights(self, device: str, readings: Sequence[Reading]) -> None:
        """One round of a scale, as the scale shows it."""
        ...

    def inputs(self, device: str, reading: InputBits) -> None:
        """One reading of a board's inputs, as the wires are."""
        ...


class Bench:
    """``watches`` and ``links`` are the station's. ``weighs``/``senses``: devices whose channels, whose inputs it reads anyway."""

    def __init__(
        self,
        watches: Mapping[str, DeviceWatch],
        links: Mapping[str, Link],
        *,
        weighs: frozenset[str],
        senses: frozenset[str],
        paced: Callable[[], None],
    ) -> None:
        self._watches = watches
        self._links = links
        self._weighs = weighs
        self._senses = senses
        self._paced = paced
        self._listener: BenchListener | None = None
        self._jobs: list[tuple[DeviceWatch, Job]] = []

    @property
    def is_open(self) -> bool:
        """Somebody sits at it."""
        return self._listener is not None

    def open(self, listener: BenchListener) -> None:
        """Read everything from now on, for ``listener``. RuntimeError while it is open."""
        if self._listener is not None:
            raise RuntimeError("the bench is taken; close it first")
        self._listener = listener
        for name, watch in self._watches.items():
            driver = watch.driver
            if name not in self._weighs and driver.channels and isinstance(driver, Scale):
                self._lend(watch, self._weigh(driver), driver.weight_poll_s, weighs=True)
            if name not in self._senses and driver.inputs and isinstance(driver, LockBoard):
                self._lend(watch, self._sense(driver), driver.poll_s, weighs=False)
        self._paced()

    def close(self) -> None:
        """Read only what is used again. May be called at any time."""
        self._listener = None
        for watch, job in self._jobs:
            watch.drop(job)
        self._jobs.clear()
        self._paced()

    def weights(self, device: str, readings: Sequence[Reading]) -> None:
        """The station has read a scale."""
        if self._listener is not None:
            self._listener.weights(device, readings)

    def inputs(self, device: str, reading: InputBits) -> None:
        """The station has read a board's inputs."""
        if self._listener is not None:
            self._listener.inputs(device, reading)

    async def zero(self, device: str, channel: int) -> None:
        """Set the zero of an empty channel at its scale. Raises errors of :mod:`devices.errors`; RuntimeError while the bench is closed."""
        if self._listener is None:
            raise RuntimeError("the bench is closed")
        driver = self._watches[device].driver
        if not isinstance(driver, Scale):
            raise Misconfigured(device, "it is no scale")
        await driver.zero(channel)

    def lent(self, bus: str) -> Link:
        """The line for questions that may wait; a line that is only listened to is given as it is. KeyError for an unknown one."""
        link = self._links[bus]
        return LentBus(link) if isinstance(link, Bus) else link

    def _lend(self, watch: DeviceWatch, job: Job, period_s: float, *, weighs: bool) -> None:
        watch.add(job, period_s, weighs=weighs)
        self._jobs.append((watch, job))

    def _weigh(self, scale: Scale) -> Job:
        async def read_all() -> None:
            self.weights(scale.name, await scale.read())

        return read_all

    def _sense(self, board: LockBoard) -> Job:
        async def read_all() -> None:
            self.inputs(board.name, await board.read_inputs())

        return read_all
