"""Our own load-cell and lock node: it streams its samples, reports inputs as they change, and times pulses itself.

While the controller's heartbeat is missing the node drops its lock outputs by itself, so this driver sends one as long as it listens.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import deque
from collections.abc import Callable, Mapping

from pydantic import Field, model_validator

from devices.config import DeviceSettings, Option
from devices.drivers.driver import Clock, Link, Profile, StreamDriver
from devices.errors import DeviceError, Expired, Misconfigured, Refused, Unreachable
from devices.ports import Identity, InputBits, Reading
from devices.protocols.meaning import Explainer
from devices.protocols.node import (
    MAX_CHANNELS,
    AskInputs,
    ControllerHeartbeat,
    Hello,
    Inputs,
    Message,
    NodeDecoder,
    NodeExplainer,
    NodeFrame,
    Pulse,
    PulseAnswer,
    Samples,
    WhoIs,
    encode_frame,
)
from devices.protocols.reply import StreamDecoder

HEARTBEAT_PERIOD_S = 0.5
"""Of the controller's heartbeat: four fit into the node's limit of 2 s, so that single losses do not drop an output."""

INPUTS_FRESH_NS = 1_000_000_000
"""Inputs are repeated twice a second; older ones are asked for."""

SAMPLES_KEPT = 64
"""Unread sample frames; more than this means nobody reads, and the oldest are dropped."""

RAIL_COUNTS = 8_388_607
"""A 24-bit converter at its limit."""


class NodeProfile(Profile):
    """One node. The calibration is the controller's: counts become grams here."""

    poll_ms: float = Field(default=20.0, ge=0.0, le=10_000.0, description="Time between two looks at the inputs in milliseconds.")
    timeout_ms: float = Field(default=300.0, ge=5.0, le=5000.0, description="Longest usual wait for an answer or a sample in milliseconds.")
    channels: int = Field(default=4, ge=0, le=MAX_CHANNELS, description="Weight channels.")
    grams_per_count: tuple[float, ...] = Field(default=(1.0,), min_length=1, description="Per channel, or one for all.")
    zero_counts: tuple[int, ...] = Field(default=(0,), min_length=1, description="Counts of the empty plate, per channel, or one for all.")

    @model_validator(mode="after")
    def _one_number_per_channel(self) -> NodeProfile:
        for what, numbers in (("grams_per_count", self.grams_per_count), ("zero_counts", self.zero_counts)):
            if len(numbers) not in (1, self.channels):
                raise ValueError(f"{what} needs 1 or {self.channels} numbers, not {len(numbers)}")
        return self


class CellNode(StreamDriver[NodeFrame]):
    """A LockBoard and a Scale over the node protocol. ``listen`` must be running."""

    WIRE = "node"
    PROFILE = NodeProfile

    def __init__(self, settings: DeviceSettings, profile: NodeProfile, link: Link, clock_ns: Clock = time.monotonic_ns) -> None:
        super().__init__(settings, profile, link, clock_ns)
        self._profile = profile
        self._seq = 0
        self._samples: deque[tuple[Samples, int]] = deque(maxlen=SAMPLES_KEPT)
        self._inputs: tuple[Inputs, int] | None = None
        self._answers: dict[int, asyncio.Future[PulseAnswer]] = {}
        self._hello: Hello | None = None
        self._identity: Identity | None = None
        self._heard = asyncio.Event()

    @classmethod
    def decoder(cls) -> StreamDecoder[NodeFrame]:
        return NodeDecoder()

    def explainer(self) -> Explainer:
        return NodeExplainer()

    @property
    def weight_poll_s(self) -> float:
        """Every sample frame is taken as it comes."""
        return 0.0

    async def listen(self) -> None:
        """Sort what the node says, and send it the heartbeat."""
        beat_due = 0.0
        while True:
            if time.monotonic() >= beat_due:
                beat_due = time.monotonic() + HEARTBEAT_PERIOD_S
                self._try_to_send(ControllerHeartbeat())
            try:
                heard = await self.line.next(self.name, timeout_s=max(0.01, beat_due - time.monotonic()))
            except DeviceError:
                if not self.line.connected:
                    await asyncio.sleep(0.05)
                continue
            if heard.frame.node == self.address:
                self._sort(heard.frame.message, heard.at_ns)

    async def fitted(self) -> Mapping[str, Option]:
        """What its hello says of its terminals."""
        self._hello = None
        self._send(WhoIs())
        hello = await self._wait_for_hello()
        return {"channels": hello.channels, "inputs": hello.inputs, "outputs": hello.outputs}

    async def identify(self) -> Identity:
        """Returned: a node with this address, these channels, inputs and outputs said hello."""
        self._hello = self._identity = None
        self._samples.clear()
        self._inputs = None
        self._send(WhoIs())
        hello = await self._wait_for_hello()
        for what, has, wanted in (
            ("channels", hello.channels, self.channels),
            ("inputs", hello.inputs, self.inputs),
            ("outputs", hello.outputs, self.outputs),
        ):
            if has != wanted:
                raise Misconfigured(self.name, f"has {has} {what}, the configuration says {wanted}: another node, or set {what}")
        self._identity = self.check_serial(_identity(hello))
        self._try_to_send(ControllerHeartbeat())
        return self._identity

    async def read(self) -> tuple[Reading, ...]:
        """Returned: the oldest unread sample of every channel, taken together. Waits for one; Unreachable when the node is silent."""
        await self._until(lambda: bool(self._samples), "no samples")
        samples, at_ns = self._samples.popleft()
        if len(samples.counts) != self.channels:
            raise Misconfigured(self.name, f"sends {len(samples.counts)} channels, the configuration says {self.channels}")
        return tuple(self._reading(channel, counts, at_ns) for channel, counts in enumerate(samples.counts))

    async def zero(self, channel: int) -> None:
        """Refused: the node has no zero of its own."""
        raise Refused(self.name, "its zero is in the configuration: set zero_counts")

    async def read_inputs(self) -> InputBits:
        """Returned: the inputs as last reported, at most a second old."""
        if not self._fresh():
            self._send(AskInputs())
            await self._until(self._fresh, "no report of its inputs")
        assert self._inputs is not None, "_fresh says so"  # noqa: S101 - narrows the type
        inputs, at_ns = self._inputs
        if len(inputs.bits) != self.inputs:
            raise Misconfigured(self.name, f"reports {len(inputs.bits)} inputs, the configuration says {self.inputs}")
        return InputBits(at_ns=at_ns, bits=inputs.bits)

    async def pulse(self, output: int, seconds: float, *, expires_ns: int | None = None) -> float:
        """Returned: the node accepted this pulse, with the length it gives. The token is fresh, so the node serves it once."""
        self.check_output(output)
        token = secrets.randbits(32)
        answered: asyncio.Future[PulseAnswer] = asyncio.get_running_loop().create_future()
        self._answers[token] = answered
        try:
            self._try_to_send(ControllerHeartbeat())
            self.pulse_sent_ns = self._send(Pulse(token, output, max(1, round(seconds * 1000.0))), expires_ns)
            async with asyncio.timeout(self.timeout_s):
                answer = await answered
        except TimeoutError as error:
            raise Unreachable(self.name, f"no answer to a pulse within {self.timeout_s * 1000:.0f} ms") from error
        finally:
            del self._answers[token]
        if answer.result != "accepted":
            raise Refused(self.name, f"pulse on output {output}: {answer.result.replace('_', ' ')}")
        return answer.granted_ms / 1000.0

    def _sort(self, message: Message, at_ns: int) -> None:
        match message:
            case Samples():
                self._samples.append((message, at_ns))
            case Inputs():
                self._inputs = (message, at_ns)
            case PulseAnswer():
                answered = self._answers.get(message.token)
                if answered is not None and not answered.done():
                    answered.set_result(message)
            case Hello():
                self._hello = message
            case _:
                pass  # its heartbeat: the samples and inputs show that it lives
        self._heard.set()

    def _reading(self, channel: int, counts: int, at_ns: int) -> Reading:
        profile = self._profile
        scale = profile.grams_per_count[channel if len(profile.grams_per_count) > 1 else 0]
        zero = profile.zero_counts[channel if len(profile.zero_counts) > 1 else 0]
        grams = (counts - zero) * scale
        return Reading(channel=channel, at_ns=at_ns, grams=grams, quality="saturated" if abs(counts) >= RAIL_COUNTS else "ok")

    def _fresh(self) -> bool:
        return self._inputs is not None and self.clock_ns() - self._inputs[1] < INPUTS_FRESH_NS

    async def _wait_for_hello(self) -> Hello:
        await self._until(lambda: self._hello is not None, "no hello")
        assert self._hello is not None, "waited for"  # noqa: S101 - narrows the type
        return self._hello

    def _check_same(self) -> None:
        """A node that said hello by itself, after a restart or a swap, must be the one that was identified."""
        if self._hello is not None and self._identity is not None and _identity(self._hello) != self._identity:
            raise Misconfigured(self.name, f"another node took its place: {_identity(self._hello)} instead of {self._identity}")

    async def _until(self, there: Callable[[], bool], otherwise: str) -> None:
        """Wait until ``there()``, at most the time-out."""
        deadline = time.monotonic() + self.timeout_s
        while not there():
            self._heard.clear()
            if not self.line.connected:
                raise Unreachable(self.name, self.line.trouble or "its port is not open yet")
            try:
                async with asyncio.timeout(deadline - time.monotonic()):
                    await self._heard.wait()
            except TimeoutError as error:
                raise Unreachable(self.name, f"{otherwise} within {self.timeout_s * 1000:.0f} ms") from error
        self._check_same()

    def _send(self, message: Message, expires_ns: int | None = None) -> int:
        if expires_ns is not None and self.clock_ns() >= expires_ns:
            raise Expired(self.name, "its time was over before it was sent; nothing was sent")
        self._seq = (self._seq + 1) & 0xFFFF
        t_us = self.clock_ns() // 1000 & 0xFFFF_FFFF
        return self.line.send(self.name, encode_frame(NodeFrame(self.address, self._seq, t_us, message)))

    def _try_to_send(self, message: Message) -> None:
        """For the heartbeat, which is repeated anyway."""
        try:
            self._send(message)
        except Unreachable:
            pass


def _identity(hello: Hello) -> Identity:
    """The serial number as text where it is printable, else in hexadecimal."""
    text = hello.serial.decode("ascii", errors="replace")
    serial = text if text.isascii() and text.isprintable() else hello.serial.hex()
    return Identity(product=hello.product, serial=serial, firmware=".".join(str(part) for part in hello.firmware))
