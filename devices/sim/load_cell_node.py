"""Simulated microcontroller node of our own line protocol: streams converter counts, times lock pulses, watches the heartbeat."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from devices.protocols.node import (
    HEARTBEAT_LIMIT_S,
    AskInputs,
    ControllerHeartbeat,
    Hello,
    Inputs,
    NodeDecoder,
    NodeFrame,
    NodeHeartbeat,
    NodeMessage,
    Pulse,
    PulseAnswer,
    PulseResult,
    Samples,
    WhoIs,
    encode_frame,
)
from devices.sim.converter import FULL_SCALE_COUNTS, WeighingChannel
from devices.sim.line import NS, Transmission
from devices.sim.relay_board import Coil

COUNTS_PER_G = 420.0  # a 10 kg cell of 2 mV/V on a 24-bit converter at gain 128
EMPTY_COUNTS = -38_000  # a real bridge is never balanced
_INPUTS_EVERY_NS = NS // 2  # inputs are repeated even without a change
_LIMIT_NS = round(HEARTBEAT_LIMIT_S * NS)


class LoadCellNode:
    """``loads`` are its lock outputs, ``senses`` its inputs. ``rate_hz``: samples per second and channel on the wire."""

    framing: Literal["gap", "stream"] = "stream"

    def __init__(
        self,
        name: str,
        channels: Sequence[WeighingChannel],
        *,
        node: int = 1,
        loads: Sequence[Coil] = (),
        senses: Sequence[Callable[[int], bool]] = (),
        rate_hz: int = 80,
        serial: bytes = b"SIMNODE1",
        product: str = "cell-node-8",
    ) -> None:
        self.name = name
        self.channels = tuple(channels)
        self.node = node
        self.pulses: list[tuple[int, int, int]] = []  # (output, start, end) in ns
        self._loads, self._senses = tuple(loads), tuple(senses)
        self._serial, self._product = serial, product
        self._ear = NodeDecoder()
        self._period_ns = NS // rate_hz
        self._start_ns = channels[0].physics.start_ns if channels else 0
        self._next_sample_ns = self._start_ns + self._period_ns
        self._next_beat_ns = self._start_ns
        self._next_inputs_ns = self._start_ns
        self._last_bits: tuple[bool, ...] | None = None
        self._heard_beat_ns: int | None = None
        self._busy_until: dict[int, int] = {}
        self._answers: dict[int, PulseAnswer] = {}
        self._seq = 0

    def hear(self, data: bytes, at_ns: int) -> tuple[Transmission, ...]:
        said: list[NodeMessage] = []
        for frame in self._ear.feed(data):
            if frame.node != self.node:
                continue
            match frame.message:
                case WhoIs():
                    said.append(self._hello())
                case ControllerHeartbeat():
                    self._heard_beat_ns = at_ns
                case AskInputs():
                    said.append(self._inputs(at_ns))
                case Pulse() as pulse:
                    said.append(self._pulse(pulse, at_ns))
                case _:
                    pass  # a controller sends nothing else
        return tuple(self._sent(message, at_ns) for message in said)

    def due_ns(self) -> int | None:
        return min(self._next_sample_ns, self._next_inputs_ns) if self.channels else self._next_inputs_ns

    def speak(self, at_ns: int) -> tuple[Transmission, ...]:
        said: list[NodeMessage] = []
        self._watch_heartbeat(at_ns)
        if at_ns >= self._next_beat_ns:
            self._next_beat_ns = at_ns + NS
            said.append(NodeHeartbeat((at_ns - self._start_ns) // NS, self._enabled(at_ns)))
        if self.channels and at_ns >= self._next_sample_ns:
            late = (at_ns - self._next_sample_ns) // self._period_ns
            self._next_sample_ns += (late + 1) * self._period_ns
            said.append(Samples(tuple(self._counts(channel, at_ns) for channel in self.channels)))
        bits = self._bits(at_ns)
        if bits != self._last_bits or at_ns >= self._next_inputs_ns:
            said.append(self._inputs(at_ns))
        if not self.channels:
            self._next_inputs_ns = min(self._next_inputs_ns, at_ns + NS // 50)
        return tuple(self._sent(message, at_ns) for message in said)

    def _counts(self, channel: WeighingChannel, at_ns: int) -> int:
        if channel.physics.troubles.fault == "saturated":
            return FULL_SCALE_COUNTS
        grams = channel.newest_g(at_ns)
        return max(-FULL_SCALE_COUNTS, min(FULL_SCALE_COUNTS, round(grams * COUNTS_PER_G) + EMPTY_COUNTS))

    def _bits(self, at_ns: int) -> tuple[bool, ...]:
        return tuple(sense(at_ns) for sense in self._senses)

    def _inputs(self, at_ns: int) -> Inputs:
        self._last_bits = self._bits(at_ns)
        self._next_inputs_ns = at_ns + _INPUTS_EVERY_NS
        return Inputs(self._last_bits)

    def _hello(self) -> Hello:
        return Hello(len(self.channels), len(self._senses), len(self._loads), (1, 0, 0), self._serial, self._product)

    def _enabled(self, at_ns: int) -> bool:
        return self._heard_beat_ns is not None and at_ns - self._heard_beat_ns <= _LIMIT_NS

    def _watch_heartbeat(self, at_ns: int) -> None:
        if not self._enabled(at_ns):
            for output, until in self._busy_until.items():
                if until > at_ns:
                    self._loads[output].de_energise(at_ns)
            self._busy_until.clear()

    def _pulse(self, pulse: Pulse, at_ns: int) -> PulseAnswer:
        if (served := self._answers.get(pulse.token)) is not None:
            return served
        result: PulseResult = "accepted"
        if pulse.output >= len(self._loads):
            result = "no_such_output"
        elif not self._enabled(at_ns):
            result = "no_heartbeat"
        elif self._busy_until.get(pulse.output, 0) > at_ns:
            result = "busy"
        granted = pulse.length_ms if result == "accepted" else 0
        answer = PulseAnswer(pulse.token, pulse.output, result, granted)
        if result == "accepted":
            until = at_ns + granted * 1_000_000
            self._busy_until[pulse.output] = until
            self._loads[pulse.output].energise(at_ns, until)
            self.pulses.append((pulse.output, at_ns, until))
            self._answers[pulse.token] = answer
        return answer

    def _sent(self, message: NodeMessage, at_ns: int) -> Transmission:
        self._seq = (self._seq + 1) & 0xFFFF
        clock_us = (at_ns - self._start_ns) // 1000 & 0xFFFF_FFFF
        return Transmission(encode_frame(NodeFrame(self.node, self._seq, clock_us, message)))
