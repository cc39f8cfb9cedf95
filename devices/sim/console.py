"""Typed commands for a standalone simulated cabinet: one line, one thing that happens. What is printed is for people."""

from __future__ import annotations

import math
import shlex
from collections.abc import Awaitable, Callable

from devices.sim.cabinet import SimulatedCabinet
from devices.sim.line import LateReply
from devices.sim.physics import NS, CellFault

HELP = """\
open DOOR [SECONDS]       pull at a door until it opens        close DOOR | ajar DOOR | force DOOR | release DOOR
take PLATE [COUNT]        take units                           put PLATE [COUNT]   put the last taken units down
lean PLATE GRAMS SECONDS  lean on a plate                      touch PLATE         feel, take nothing
knock PLATE               knock on a plate with a knuckle      load PLATE GRAMS    put a weight down (negative: take it off)
present TEXT              show a code to the reader            leave               walk away with what is in the hands
unplug BUS | replug BUS   pull an adapter, put it back         babble BUS SECONDS  a station talks without pause
echo BUS on|off           noise BUS RATE | loss BUS RATE       silence STATION on|off
late STATION SECONDS [N]  every N-th answer is late (0: off)   plate PLATE ok|stuck|disconnected|saturated
zero PLATE                press zero at its transmitter        drift PLATE G_PER_H its cell creeps
shake PLATE GRAMS HZ      a compressor beside it (0: off)
lock DOOR ok|dead|jammed|welded                                show                what is where now
help, quit"""

_CELL_FAULTS: dict[str, CellFault] = {"ok": "none", "stuck": "stuck", "disconnected": "disconnected", "saturated": "saturated"}


class CommandError(Exception):
    """The line cannot be carried out; the text says what to type instead."""


class Console:
    """Carries typed lines out on a cabinet. ``run`` returns what to print."""

    def __init__(self, cabinet: SimulatedCabinet) -> None:
        self.cabinet = cabinet
        self._verbs: dict[str, Callable[[list[str]], Awaitable[str]]] = {
            "open": self._open,
            "close": self._close,
            "ajar": self._ajar,
            "force": self._force,
            "release": self._release,
            "take": self._take,
            "put": self._put,
            "lean": self._lean,
            "touch": self._touch,
            "knock": self._knock,
            "load": self._load,
            "present": self._present,
            "leave": self._leave,
            "unplug": self._unplug,
            "replug": self._replug,
            "babble": self._babble,
            "echo": self._echo,
            "noise": self._noise,
            "loss": self._loss,
            "silence": self._silence,
            "late": self._late,
            "plate": self._plate,
            "zero": self._zero,
            "drift": self._drift,
            "shake": self._shake,
            "lock": self._lock,
            "show": self._show,
            "help": self._help,
        }

    async def run(self, line: str) -> str:
        """One line. Raises CommandError."""
        try:
            words = shlex.split(line)
        except ValueError as error:
            raise CommandError(f"{error}; quote texts with spaces") from error
        if not words:
            return ""
        verb, *arguments = words
        if verb not in self._verbs:
            raise CommandError(f"unknown command {verb!r}; type help")
        try:
            return await self._verbs[verb](arguments)
        except (IndexError, ValueError, KeyError, RuntimeError) as error:
            raise CommandError(f"{verb}: {error}; type help") from error

    async def _open(self, words: list[str]) -> str:
        patience = float(words[1]) if len(words) > 1 else 10.0
        opened = await self.cabinet.open_door(self._door(words), patience)
        return "open" if opened else f"still locked after {patience:g} s"

    async def _close(self, words: list[str]) -> str:
        await self.cabinet.close_door(self._door(words))
        return "shut"

    async def _ajar(self, words: list[str]) -> str:
        await self.cabinet.close_door(self._door(words), ajar=True)
        return "ajar"

    async def _force(self, words: list[str]) -> str:
        await self.cabinet.force_door(self._door(words))
        return "broken open"

    async def _release(self, words: list[str]) -> str:
        """Trip the coil by hand for five seconds, for trying the console without a controller."""
        door = self._door(words)
        with self.cabinet.lock:
            now = self.cabinet.clock_ns()
            self.cabinet.doors[door].energise(now, now + 5 * NS)
        return "released for 5 s"

    async def _take(self, words: list[str]) -> str:
        units = await self.cabinet.take(self._plate_name(words), int(words[1]) if len(words) > 1 else 1)
        return ", ".join(f"{unit.gtin} ({unit.grams:.1f} g)" for unit in units)

    async def _put(self, words: list[str]) -> str:
        plate = self._plate_name(words)
        count = int(words[1]) if len(words) > 1 else 1
        units = self.cabinet.hands[-count:] if count > 0 else []
        if len(units) < max(count, 1):
            raise ValueError(f"there are {len(self.cabinet.hands)} units in the hands")
        await self.cabinet.put(plate, units)
        return f"{count} on {plate}"

    async def _lean(self, words: list[str]) -> str:
        await self.cabinet.lean(self._plate_name(words), float(words[1]), float(words[2]))
        return "gone again"

    async def _touch(self, words: list[str]) -> str:
        await self.cabinet.touch(self._plate_name(words))
        return "touched"

    async def _knock(self, words: list[str]) -> str:
        await self.cabinet.knock(self._plate_name(words))
        return "knocked"

    async def _load(self, words: list[str]) -> str:
        grams = float(words[1])
        await self.cabinet.load(self._plate_name(words), grams)
        return f"{grams:g} g {'on' if grams > 0 else 'off'} {words[0]}"

    async def _present(self, words: list[str]) -> str:
        self.cabinet.present(words[0])
        return "shown"

    async def _leave(self, words: list[str]) -> str:
        return f"left with {len(self.cabinet.walk_away())} units"

    async def _unplug(self, words: list[str]) -> str:
        self.cabinet.buses[words[0]].unplug()
        return "unplugged"

    async def _replug(self, words: list[str]) -> str:
        self.cabinet.buses[words[0]].replug()
        return "plugged in"

    async def _babble(self, words: list[str]) -> str:
        self.cabinet.buses[words[0]].babble(float(words[1]))
        return "babbling"

    async def _echo(self, words: list[str]) -> str:
        self.cabinet.buses[words[0]].faults.echo = _switch(words[1])
        return f"echo {words[1]}"

    async def _noise(self, words: list[str]) -> str:
        self.cabinet.buses[words[0]].faults.noise = _rate(words[1])
        return f"noise {words[1]}"

    async def _loss(self, words: list[str]) -> str:
        self.cabinet.buses[words[0]].faults.loss = _rate(words[1])
        return f"loss {words[1]}"

    async def _silence(self, words: list[str]) -> str:
        for bus in self.cabinet.buses.values():
            (bus.faults.silent.add if _switch(words[1]) else bus.faults.silent.discard)(words[0])
        return f"{words[0]} is {'silent' if _switch(words[1]) else 'answering'}"

    async def _late(self, words: list[str]) -> str:
        seconds, every = float(words[1]), int(words[2]) if len(words) > 2 else 1
        for bus in self.cabinet.buses.values():
            if seconds > 0:
                bus.faults.late[words[0]] = LateReply(seconds, max(1, every))
            else:
                bus.faults.late.pop(words[0], None)
        return f"{words[0]} answers {seconds:g} s late" if seconds > 0 else f"{words[0]} answers in time"

    async def _plate(self, words: list[str]) -> str:
        fault = _CELL_FAULTS[words[1]]
        with self.cabinet.lock:
            self.cabinet.shelf.plates[self._plate_name(words)].physics.troubles.fault = fault
        return f"plate {words[0]}: {words[1]}"

    async def _zero(self, words: list[str]) -> str:
        with self.cabinet.lock:
            self.cabinet.channels[self._plate_name(words)].zero_now(self.cabinet.clock_ns())
        return f"plate {words[0]} shows zero"

    async def _drift(self, words: list[str]) -> str:
        with self.cabinet.lock:
            self.cabinet.shelf.plates[self._plate_name(words)].physics.troubles.extra_drift_g_per_h = float(words[1])
        return f"plate {words[0]} creeps by {float(words[1]):g} g/h"

    async def _shake(self, words: list[str]) -> str:
        grams, hertz = float(words[1]), float(words[2]) if len(words) > 2 else 7.0
        with self.cabinet.lock:
            troubles = self.cabinet.shelf.plates[self._plate_name(words)].physics.troubles
            troubles.vibration_g, troubles.vibration_hz = grams, hertz
        return f"plate {words[0]} shakes by {grams:g} g at {hertz:g} Hz"

    async def _lock(self, words: list[str]) -> str:
        door, fault = self._door(words), words[1]
        if fault not in ("ok", "dead", "jammed", "welded"):
            raise ValueError(f"a lock is ok, dead, jammed or welded, not {fault}")
        board, output = self.cabinet.wiring.lock_board, list(self.cabinet.doors).index(door)
        with self.cabinet.lock:
            troubles, now = self.cabinet.doors[door].troubles, self.cabinet.clock_ns()
            troubles.coil_dead, troubles.latch_jammed = fault == "dead", fault == "jammed"
            if fault == "welded":
                board.welded.add(output)
            elif output in board.welded:
                board.welded.discard(output)
                self.cabinet.doors[door].de_energise(now)
        return f"lock {door}: {fault}"

    async def _show(self, words: list[str]) -> str:
        truth, now = self.cabinet.truth(), self.cabinet.clock_ns()
        names = {product.gtin: product.name for product in self.cabinet.layout.products}
        lines = [f"line {name}: {path}" for name, path in self.cabinet.ports().items()]
        with self.cabinet.lock:
            for name, door in self.cabinet.doors.items():
                lines.append(f"door {name}: {door.leaf}, {'held by its latch' if door.bolt_holds(now) else 'not held'}")
            for plate, goods in truth.plates.items():
                grams = self.cabinet.shelf.plates[plate].physics.resting_g()
                lines.append(f"plate {plate}: {grams:8.1f} g  " + ", ".join(f"{count} x {names[gtin]}" for gtin, count in goods.items()))
        lines.append("hands: " + (", ".join(f"{count} x {names[gtin]}" for gtin, count in truth.hands.items()) or "empty"))
        return "\n".join(lines)

    async def _help(self, words: list[str]) -> str:
        return HELP

    def _door(self, words: list[str]) -> str:
        if not words or words[0] not in self.cabinet.doors:
            raise ValueError(f"name a door: {', '.join(self.cabinet.doors)}")
        return words[0]

    def _plate_name(self, words: list[str]) -> str:
        if not words or words[0] not in self.cabinet.shelf.plates:
            raise ValueError(f"name a plate: {', '.join(self.cabinet.shelf.plates)}")
        return words[0]


def _switch(word: str) -> bool:
    if word not in ("on", "off"):
        raise ValueError(f"write on or off, not {word!r}")
    return word == "on"


def _rate(word: str) -> float:
    rate = float(word)
    if not (math.isfinite(rate) and 0.0 <= rate <= 1.0):
        raise ValueError(f"a rate is 0 to 1, not {word}")
    return rate
