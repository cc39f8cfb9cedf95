"""What a technician is shown of a wire: bytes, who is meant, what they say, and nothing that could be used."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices import registry
from devices.config import BusSettings, DeviceSettings
from devices.drivers.driver import Link
from devices.protocols.code_line import CodeExplainer, encode_code
from devices.protocols.kerong import KerongExplainer, KerongStatus, KerongStatusRequest, KerongUnlock, encode_status
from devices.protocols.kerong import encode_request as kerong
from devices.protocols.meaning import Explainer, Meaning, Untold
from devices.protocols.modbus_frames import (
    Bits,
    ExceptionReply,
    ReadBits,
    ReadRegisters,
    Registers,
    WriteBits,
    WriteOne,
    WriteRegisters,
    Written,
)
from devices.protocols.modbus_rtu import ModbusExplainer, encode_reply, encode_request
from devices.protocols.mt_sics import SicsAction, SicsExplainer, SicsIdentity, SicsRefusal, SicsWeight
from devices.protocols.mt_sics import encode_command as sics_command
from devices.protocols.mt_sics import encode_reply as sics_reply
from devices.protocols.node import (
    AskInputs,
    ControllerHeartbeat,
    Hello,
    Inputs,
    Message,
    NodeExplainer,
    NodeFrame,
    NodeHeartbeat,
    Pulse,
    PulseAnswer,
    Samples,
    WhoIs,
    encode_frame,
)
from devices.station import wire_watch
from devices.station.wire_watch import EVENTS_WATCHED, WireWatch
from devices.wire_log import WireTrace

SCALE = DeviceSettings(name="scale", driver="modbus_scale", product="transmitter-1ch", bus="a", address=1)
RELAY = DeviceSettings(name="relay", driver="modbus_relay", product="waveshare-relay-8ch", bus="a", address=2)


@dataclass
class Wire:
    """A link of which only the trace is looked at."""

    settings: BusSettings = field(default_factory=lambda: BusSettings(name="a", url="socket://127.0.0.1:1", trace_frames=4))
    trace: WireTrace = field(default_factory=lambda: WireTrace(4))
    at_ns: int = 0

    def sent(self, message: bytes) -> None:
        self.at_ns += 1000
        self.trace.add(self.at_ns, "sent", message)

    def received(self, *chunks: bytes) -> None:
        for chunk in chunks:
            self.at_ns += 1000
            self.trace.add(self.at_ns, "received", chunk)


def watch_of(wire: Wire, *devices: DeviceSettings) -> WireWatch:
    link = registry.connect(wire.settings, devices)
    return WireWatch(cast("Link", wire), [registry.make(device, link) for device in devices])


def told(meanings: Any) -> list[tuple[str, dict[str, str | int], int | None]]:
    return [(one.code, dict(one.values), one.address) for one in meanings]


@pytest.mark.parametrize(
    ("request_", "reply", "asked", "answered"),
    [
        (ReadBits(2, 2, 0, 8), Bits(2, 2, (True,) + (False,) * 7), ("modbus_read_inputs", {"first": 0, "last": 7}), "10000000"),
        (ReadBits(2, 1, 3, 2), Bits(2, 1, (False, True)), ("modbus_read_coils", {"first": 3, "last": 4}), "01"),
        (
            ReadRegisters(1, 3, 0x50, 2),
            Registers(1, 3, (0, 132)),
            ("modbus_read_registers", {"first": "0050", "last": "0051"}),
            "0000 0084",
        ),
        (WriteOne(2, 5, 0x200, 7), Written(2, 5, 0x200, 7), ("modbus_write_coil", {"place": "0200", "value": "0007"}), "0200"),
        (WriteOne(2, 6, 1, 2), Written(2, 6, 1, 2), ("modbus_write_register", {"place": "0001", "value": "0002"}), "0001"),
        (WriteBits(2, 0, (True, False)), Written(2, 15, 0, 2), ("modbus_write_coils", {"first": 0, "levels": "10"}), "0000"),
        (
            WriteRegisters(1, 0x5E, (1,)),
            Written(1, 16, 0x5E, 1),
            ("modbus_write_registers", {"first": "005E", "last": "005E", "values": "0001"}),
            "005E",
        ),
        (ReadRegisters(1, 3, 0, 1), ExceptionReply(1, 3, 2), ("modbus_read_registers", {"first": "0000", "last": "0000"}), "illegal"),
    ],
)
def test_modbus_is_told_in_its_terms(request_: Any, reply: Any, asked: tuple[str, dict[str, str | int]], answered: str) -> None:
    explainer = ModbusExplainer()
    assert told(explainer.sent(encode_request(request_))) == [(*asked, request_.address)]
    assert explainer.unanswered is not None
    raw = encode_reply(reply)
    assert told(explainer.received(raw[:3])) == []
    ((code, values, address),) = told(explainer.received(raw[3:]))
    assert code.startswith("modbus_")
    assert address == request_.address
    assert any(answered in str(value) for value in values.values())
    assert explainer.unanswered is None
    assert told(explainer.received(raw)) == []


def test_a_broadcast_is_not_waited_for() -> None:
    explainer = ModbusExplainer()
    assert told(explainer.sent(encode_request(WriteOne(0, 5, 0, 0)))) == [("modbus_write_coil", {"place": "0000", "value": "0000"}, 0)]
    assert explainer.unanswered is None


@pytest.mark.parametrize("dialect", ["classic", "wide"])
def test_lock_boards_are_told_in_their_terms(dialect: Any) -> None:
    explainer = KerongExplainer(dialect)
    assert told(explainer.sent(kerong(KerongUnlock(1, 3), dialect))) == [("kerong_unlock", {"lock": 3}, 1)]
    assert explainer.unanswered is None
    assert told(explainer.sent(kerong(KerongStatusRequest(1), dialect))) == [("kerong_ask_status", {}, 1)]
    hooks = (False, True) + (False,) * 14
    raw = encode_status(KerongStatus(1, hooks, (False,) * 16), dialect)
    assert told(explainer.received(raw)) == [("kerong_status", {"hooks": "01" + "0" * 14, "infrared": "0" * 16}, 1)]
    assert told(explainer.received(raw)) == []
    assert told(explainer.sent(b"")) == told(explainer.sent(b"\xff\xff\xff")) == []


def test_line_scales_are_told_in_their_terms() -> None:
    explainer = SicsExplainer()
    assert told(explainer.sent(sics_command("SI"))) == [("sics_command", {"command": "SI"}, None)]
    assert explainer.unanswered is not None
    assert told(explainer.received(sics_reply(SicsWeight("stable", 100.0, "g")))) == [
        ("sics_weight", {"status": "stable", "weight": "100 g"}, None)
    ]
    assert explainer.unanswered is None
    replies = (SicsWeight("busy"), SicsAction("Z", "done"), SicsIdentity("I4", ("4711",)), SicsRefusal("ES"))
    codes = [one.code for reply in replies for one in explainer.received(sics_reply(reply))]
    assert codes == ["sics_state", "sics_action", "sics_identity", "sics_refusal"]
    assert told(explainer.sent(b"nonsense")) == []


def test_the_node_is_told_in_its_terms() -> None:
    explainer = NodeExplainer()
    ours: tuple[Message, ...] = (WhoIs(), ControllerHeartbeat(), AskInputs(), Pulse(99, 1, 500))
    theirs: tuple[Message, ...] = (
        Samples((1, -2)),
        NodeHeartbeat(5, True),
        NodeHeartbeat(5, False),
        Inputs((True, False)),
        PulseAnswer(99, 1, "accepted", 500),
        Hello(2, 2, 2, (1, 0, 0), b"serial..", "cell-node"),
    )
    told_ = [told(explainer.sent(encode_frame(NodeFrame(7, 1, 2, message)))) for message in ours]
    told_ += [told(explainer.received(encode_frame(NodeFrame(7, 1, 2, message)))) for message in theirs]
    assert all(len(one) == 1 and one[0][2] == 7 for one in told_)
    assert "99" not in str(told_), "the token of a pulse is nobody's business"


def test_a_code_is_not_shown() -> None:
    explainer = CodeExplainer()
    assert told(explainer.sent(b"hello")) == []
    assert told(explainer.received(encode_code("ss1.secret"))) == [("code_read", {"characters": 10}, None)]


EXPLAINERS = {
    "modbus": lambda: _asked(ModbusExplainer(), encode_request(ReadRegisters(1, 3, 0, 4))),
    "kerong": lambda: _asked(KerongExplainer("classic"), kerong(KerongStatusRequest(1), "classic")),
    "sics": lambda: _asked(SicsExplainer(), sics_command("SI")),
    "node": NodeExplainer,
    "code": CodeExplainer,
    "untold": Untold,
}


def _asked(explainer: Explainer, request: bytes) -> Explainer:
    explainer.sent(request)
    return explainer


@pytest.mark.parametrize("name", EXPLAINERS)
@given(chunks=st.lists(st.tuples(st.booleans(), st.binary(max_size=40)), max_size=8))
def test_no_bytes_disturb_an_explainer(name: str, chunks: list[tuple[bool, bytes]]) -> None:
    explainer: Explainer = EXPLAINERS[name]()
    for ours, chunk in chunks:
        found = explainer.sent(chunk) if ours else explainer.received(chunk)
        assert all(isinstance(one, Meaning) for one in found)


async def test_rows_tell_who_is_meant_and_what_was_not_answered() -> None:
    wire = Wire()
    watch = watch_of(wire, SCALE, RELAY)
    assert watch.look(0).rows == ()
    request, reply = encode_request(ReadRegisters(1, 3, 0x50, 2)), encode_reply(Registers(1, 3, (0, 132)))
    wire.sent(request)
    wire.received(reply[:4], reply[4:])
    wire.sent(encode_request(ReadBits(2, 2, 0, 8)))
    wire.sent(request)
    wire.trace.add(wire.at_ns, "dropped", b"\x00")
    looked = watch.look(0)
    assert [(row.direction, row.device, [one.code for one in row.meanings]) for row in looked.rows] == [
        ("sent", "scale", ["modbus_read_registers"]),
        ("received", "scale", []),
        ("received", "scale", ["modbus_registers"]),
        ("sent", "relay", ["modbus_read_inputs"]),
        ("silent", "relay", ["modbus_read_inputs"]),
        ("sent", "scale", ["modbus_read_registers"]),
        ("dropped", None, ["unasked"]),
    ]
    assert [row.number for row in looked.rows] == list(range(1, 8))
    assert looked.newest == 7
    assert looked.rows[0].message == request
    assert watch.look(looked.newest).rows == ()
    assert [row.number for row in watch.look(5).rows] == [6, 7]
    assert watch.look(10**9).rows == looked.rows, "a number of an earlier life of the store begins anew"


async def test_an_adapter_that_hears_itself_is_told_so() -> None:
    wire = Wire(settings=BusSettings(name="a", url="socket://127.0.0.1:1", echo=True))
    watch = watch_of(wire, SCALE)
    watch.look(0)
    request, reply = encode_request(ReadRegisters(1, 3, 0x50, 2)), encode_reply(Registers(1, 3, (0, 132)))
    wire.sent(request)
    wire.received(request[:3], request[3:] + reply)
    assert [[one.code for one in row.meanings] for row in watch.look(0).rows] == [
        ["modbus_read_registers"],
        ["own_echo"],
        ["modbus_registers"],
    ]


async def test_a_reader_shows_that_a_code_came_and_not_which() -> None:
    wire = Wire()
    watch = watch_of(wire, DeviceSettings(name="qr", driver="code_reader", product="line-reader", bus="a"))
    wire.received(encode_code("ss1.secret"))
    (row,) = watch.look(0).rows
    assert (row.message, row.size, row.device) == (None, 12, "qr")
    assert "secret" not in str(row)


async def test_nothing_is_kept_once_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire_watch, "WATCHED_FOR_S", 0.02)
    wire = Wire()
    watch = watch_of(wire, SCALE)
    for _ in range(10):
        wire.received(b"\x00")
    assert len(watch.look(0).rows) == 4, "before anybody looked the link's own few are kept"
    for _ in range(10):
        wire.received(b"\x00")
    assert len(watch.look(4).rows) == 10
    await asyncio.sleep(0.02)  # the timer was set before, for the same time
    wire.received(b"\x00", b"\x01", b"\x02", b"\x03", b"\x04")
    looked = watch.look(0)
    assert len(looked.rows) == 4
    assert looked.missed == 0


async def test_who_is_behind_is_told_how_much_was_missed() -> None:
    wire = Wire()
    watch = watch_of(wire, SCALE)
    wire.received(b"\x00")
    first = watch.look(0)
    wire.received(*[b"\x01"] * (EVENTS_WATCHED + 100))
    looked = watch.look(first.newest)
    assert len(looked.rows) == EVENTS_WATCHED
    assert looked.missed == 100
    assert looked.newest == first.newest + EVENTS_WATCHED + 100


def numbered(limit: int, count: int) -> Iterator[tuple[WireTrace, int]]:
    trace = WireTrace(limit)
    for number in range(count):
        trace.add(number, "sent", b"")
        yield trace, number


def test_a_trace_gives_what_came_since() -> None:
    for trace, number in numbered(5, 20):
        assert trace.count == number + 1
        for since in range(number + 2):
            kept = [event.at_ns for event in trace.since(since)]
            assert kept == list(range(max(since, number - 4), number + 1))
    trace.keep(8)
    assert len(trace.events()) == 5
    trace.keep(0)
    assert all(later.at_ns == earlier.at_ns + 1 for earlier, later in pairwise(trace.events()))
