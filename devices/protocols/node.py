"""The line protocol of our own load-cell and lock node: framed messages in both directions. Pure; described in docs/protocols/node.md.

Frame: ``COBS( type u8 | node u8 | seq u16 | t_us u32 | payload | CRC16 ) 00``, everything little-endian, CRC-16 polynomial 1021 start
FFFF over all bytes before it. ``t_us`` is the sender's free-running microsecond clock (wraps after 71.6 minutes), ``seq`` counts the
sender's frames (wraps at 65536). Types below 80 come from the node, the others from the controller.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, assert_never

from devices.protocols.cobs import cobs_decode, cobs_encode
from devices.protocols.crc import crc16_ccitt
from devices.protocols.meaning import Meaning, levels

PROTOCOL_VERSION: Final = 1
MAX_CHANNELS: Final = 16
MAX_INPUTS: Final = 32
MAX_OUTPUTS: Final = 16
MAX_PULSE_MS: Final = 30_000  # ms; longer than any legitimate grant, short enough not to hold a solenoid on
HEARTBEAT_LIMIT_S: Final = 2.0  # s; a node drops its lock outputs when the controller's heartbeat is older than this
_HEAD: Final = struct.Struct("<BBHI")
_MAX_PAYLOAD: Final = 4 * MAX_CHANNELS
_MAX_WIRE: Final = _HEAD.size + _MAX_PAYLOAD + 2 + 1  # COBS adds one byte below 255 bytes
_MIN_RAW: Final = _HEAD.size + 2

PulseResult: TypeAlias = Literal["accepted", "busy", "no_such_output", "no_heartbeat", "bad_length"]
_PULSE_RESULTS: Final[tuple[PulseResult, ...]] = ("accepted", "busy", "no_such_output", "no_heartbeat", "bad_length")


@dataclass(frozen=True, slots=True)
class Samples:
    """One converter value per channel, taken together: signed counts, not grams."""

    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class NodeHeartbeat:
    """Sent by the node every second. ``outputs_enabled``: the controller's heartbeat is young enough for the lock outputs."""

    uptime_s: int
    outputs_enabled: bool


@dataclass(frozen=True, slots=True)
class Inputs:
    """All digital inputs, input 0 first; sent at every change, on request, and twice a second."""

    bits: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class PulseAnswer:
    """Answer to :class:`Pulse`: the same token, and the pulse length that the node really gives."""

    token: int
    output: int
    result: PulseResult
    granted_ms: int


@dataclass(frozen=True, slots=True)
class Hello:
    """Who the node is; sent after start and as answer to :class:`WhoIs`. ``serial`` is 8 bytes, ``product`` printable ASCII."""

    channels: int
    inputs: int
    outputs: int
    firmware: tuple[int, int, int]
    serial: bytes
    product: str
    version: int = PROTOCOL_VERSION


@dataclass(frozen=True, slots=True)
class WhoIs:
    """Controller asks for :class:`Hello`."""


@dataclass(frozen=True, slots=True)
class ControllerHeartbeat:
    """Controller is alive; sent at least once a second while lock outputs may be used."""


@dataclass(frozen=True, slots=True)
class AskInputs:
    """Controller asks for :class:`Inputs`."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """Switch one output on for ``length_ms``, timed by the node. A token that the node has already served is answered, not repeated."""

    token: int
    output: int
    length_ms: int


NodeMessage: TypeAlias = Samples | NodeHeartbeat | Inputs | PulseAnswer | Hello
ControllerMessage: TypeAlias = WhoIs | ControllerHeartbeat | AskInputs | Pulse
Message: TypeAlias = NodeMessage | ControllerMessage

SAMPLES: Final = 0x01
NODE_HEARTBEAT: Final = 0x02
INPUTS: Final = 0x03
PULSE_ANSWER: Final = 0x04
HELLO: Final = 0x05
WHO_IS: Final = 0x81
CONTROLLER_HEARTBEAT: Final = 0x82
ASK_INPUTS: Final = 0x83
PULSE: Final = 0x84


@dataclass(frozen=True, slots=True)
class NodeFrame:
    """One message with its address, its sender's counter and its sender's clock."""

    node: int
    seq: int
    t_us: int
    message: Message


def _check(what: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise ValueError(f"{what} must be {low}..{high}, not {value}")


def encode_frame(frame: NodeFrame) -> bytes:
    """The bytes of a frame, closing zero included."""
    kind, payload = _payload(frame.message)
    _check("node", frame.node, 0, 0xFF)
    _check("seq", frame.seq, 0, 0xFFFF)
    _check("t_us", frame.t_us, 0, 0xFFFF_FFFF)
    raw = _HEAD.pack(kind, frame.node, frame.seq, frame.t_us) + payload
    return cobs_encode(raw + crc16_ccitt(raw).to_bytes(2, "little")) + b"\x00"


def _payload(message: Message) -> tuple[int, bytes]:
    match message:
        case Samples(counts):
            _check("channels", len(counts), 1, MAX_CHANNELS)
            for count in counts:
                _check("count", count, -(2**31), 2**31 - 1)
            return SAMPLES, struct.pack(f"<{len(counts)}i", *counts)
        case NodeHeartbeat(uptime_s, outputs_enabled):
            _check("uptime_s", uptime_s, 0, 0xFFFF_FFFF)
            return NODE_HEARTBEAT, struct.pack("<IB", uptime_s, outputs_enabled)
        case Inputs(bits):
            _check("inputs", len(bits), 0, MAX_INPUTS)
            return INPUTS, struct.pack("<BI", len(bits), sum(1 << index for index, bit in enumerate(bits) if bit))
        case PulseAnswer(token, output, result, granted_ms):
            _check("token", token, 0, 0xFFFF_FFFF)
            _check("output", output, 0, 0xFF)
            _check("granted_ms", granted_ms, 0, MAX_PULSE_MS)
            return PULSE_ANSWER, struct.pack("<IBBH", token, output, _PULSE_RESULTS.index(result), granted_ms)
        case Hello():
            return HELLO, _hello_payload(message)
        case WhoIs():
            return WHO_IS, b""
        case ControllerHeartbeat():
            return CONTROLLER_HEARTBEAT, b""
        case AskInputs():
            return ASK_INPUTS, b""
        case Pulse(token, output, length_ms):
            _check("token", token, 0, 0xFFFF_FFFF)
            _check("output", output, 0, MAX_OUTPUTS - 1)
            _check("length_ms", length_ms, 1, MAX_PULSE_MS)
            return PULSE, struct.pack("<IBH", token, output, length_ms)
        case _:
            assert_never(message)


def _hello_payload(hello: Hello) -> bytes:
    _check("version", hello.version, 0, 0xFF)
    _check("channels", hello.channels, 0, MAX_CHANNELS)
    _check("inputs", hello.inputs, 0, MAX_INPUTS)
    _check("outputs", hello.outputs, 0, MAX_OUTPUTS)
    for part in hello.firmware:
        _check("firmware part", part, 0, 0xFF)
    _check("serial bytes", len(hello.serial), 8, 8)
    _check("product characters", len(hello.product), 1, 40)
    if not hello.product.isascii() or not hello.product.isprintable():
        raise ValueError(f"product must be printable ASCII, not {hello.product!r}")
    numbers = (hello.version, hello.channels, hello.inputs, hello.outputs, *hello.firmware)
    return bytes(numbers) + hello.serial + hello.product.encode("ascii")


def _parse(kind: int, payload: bytes) -> Message | None:
    """The message, None when the type is unknown or its payload impossible. Never raises."""
    size = len(payload)
    match kind:
        case 0x01 if size % 4 == 0 and 1 <= size // 4 <= MAX_CHANNELS:
            return Samples(struct.unpack(f"<{size // 4}i", payload))
        case 0x02 if size == 5 and payload[4] <= 1:
            uptime_s, enabled = struct.unpack("<IB", payload)
            return NodeHeartbeat(uptime_s, bool(enabled))
        case 0x03 if size == 5:
            count, value = struct.unpack("<BI", payload)
            if count > MAX_INPUTS or value >> count:
                return None
            return Inputs(tuple(bool(value >> index & 1) for index in range(count)))
        case 0x04 if size == 8:
            token, output, result, granted_ms = struct.unpack("<IBBH", payload)
            if result >= len(_PULSE_RESULTS) or granted_ms > MAX_PULSE_MS:
                return None
            return PulseAnswer(token, output, _PULSE_RESULTS[result], granted_ms)
        case 0x05 if 16 <= size <= 55:
            return _parse_hello(payload)
        case 0x81 if size == 0:
            return WhoIs()
        case 0x82 if size == 0:
            return ControllerHeartbeat()
        case 0x83 if size == 0:
            return AskInputs()
        case 0x84 if size == 7:
            token, output, length_ms = struct.unpack("<IBH", payload)
            return Pulse(token, output, length_ms) if output < MAX_OUTPUTS and 1 <= length_ms <= MAX_PULSE_MS else None
        case _:
            return None


def _parse_hello(payload: bytes) -> Hello | None:
    version, channels, inputs, outputs, major, minor, patch = payload[:7]
    product = payload[15:].decode("ascii", errors="replace")
    if channels > MAX_CHANNELS or inputs > MAX_INPUTS or outputs > MAX_OUTPUTS or not product.isascii() or not product.isprintable():
        return None
    return Hello(channels, inputs, outputs, (major, minor, patch), payload[7:15], product, version)


class NodeDecoder:
    """Frames of either direction out of a byte stream (a :class:`devices.protocols.reply.StreamDecoder`).

    ``skipped`` counts bytes of damaged frames, ``unknown`` valid frames with a type or payload this version does not read.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._overlong = False
        self.skipped = 0
        self.unknown = 0

    def feed(self, chunk: bytes) -> list[NodeFrame]:
        """Take the next bytes; returned: the frames that became complete. Never raises."""
        frames: list[NodeFrame] = []
        *closed, rest = chunk.split(b"\x00")
        for piece in closed:
            self._take(piece)
            if (frame := self._close()) is not None:
                frames.append(frame)
        self._take(rest)
        return frames

    def reset(self) -> None:
        """Forget a half-received frame."""
        self._buffer.clear()
        self._overlong = False

    def _take(self, piece: bytes) -> None:
        if self._overlong:
            self.skipped += len(piece)
        elif len(self._buffer) + len(piece) > _MAX_WIRE:
            self.skipped += len(self._buffer) + len(piece)
            self._buffer.clear()
            self._overlong = True
        else:
            self._buffer += piece

    def _close(self) -> NodeFrame | None:
        stuffed = bytes(self._buffer)
        overlong = self._overlong
        self.reset()
        if overlong or not stuffed:
            return None
        raw = cobs_decode(stuffed)
        if raw is None or len(raw) < _MIN_RAW or crc16_ccitt(raw[:-2]) != int.from_bytes(raw[-2:], "little"):
            self.skipped += len(stuffed)
            return None
        kind, node, seq, t_us = _HEAD.unpack_from(raw)
        message = _parse(kind, raw[_HEAD.size : -2])
        if message is None:
            self.unknown += 1
            return None
        return NodeFrame(node, seq, t_us, message)


def explain(frame: NodeFrame) -> Meaning:
    """What a frame says."""
    message = frame.message
    match message:
        case Samples(counts):
            return Meaning("node_samples", {"counts": " ".join(map(str, counts))}, frame.node)
        case NodeHeartbeat(uptime_s, enabled):
            return Meaning("node_alive" if enabled else "node_alive_locked", {"seconds": uptime_s}, frame.node)
        case Inputs(bits):
            return Meaning("node_inputs", {"levels": levels(bits)}, frame.node)
        case PulseAnswer(_, output, result, granted_ms):
            return Meaning("node_pulse_answer", {"output": output, "result": result, "milliseconds": granted_ms}, frame.node)
        case Hello():
            return Meaning("node_hello", {"product": message.product}, frame.node)
        case WhoIs():
            return Meaning("node_who_is", {}, frame.node)
        case ControllerHeartbeat():
            return Meaning("node_controller_alive", {}, frame.node)
        case AskInputs():
            return Meaning("node_ask_inputs", {}, frame.node)
        case Pulse(_, output, length_ms):
            return Meaning("node_pulse", {"output": output, "milliseconds": length_ms}, frame.node)
        case _:
            assert_never(message)


class NodeExplainer:
    """A :class:`devices.protocols.meaning.Explainer`; both ends speak unasked, so nothing is ever due."""

    unanswered: Meaning | None = None

    def __init__(self) -> None:
        self._decoder = NodeDecoder()

    def sent(self, message: bytes) -> Sequence[Meaning]:
        """A frame of the controller."""
        return tuple(map(explain, NodeDecoder().feed(message)))

    def received(self, chunk: bytes) -> Sequence[Meaning]:
        """The node's frames that became complete."""
        return tuple(map(explain, self._decoder.feed(chunk)))
