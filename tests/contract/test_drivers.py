"""Every driver of the registry keeps the ports it claims, product by product, over real bytes."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from pathlib import Path

import pytest

from devices import registry
from devices.drivers.driver import Driver
from devices.errors import Expired, Garbled, Misconfigured, Refused, Unreachable
from devices.ports import CodeReader, Device, Identity, LockBoard, Scale
from devices.protocols.node import Hello, NodeFrame, encode_frame
from devices.sim.code_reader import SimulatedReader
from devices.sim.kerong_board import KerongBoard
from devices.sim.load_cell_node import LoadCellNode
from devices.sim.paced_bus import PacedBus
from tests.contract.driver_peers import PEERS, Peer, channels, connected

WITHOUT_CHECKSUM = ("code_reader", "mt_sics")  # a damaged digit is a digit: short cables, and the pass's signature

EVERY = [(driver, product) for driver in registry.driver_names() for product in registry.products(driver)]


@pytest.mark.parametrize(("driver", "product"), EVERY)
async def test_a_product_keeps_its_ports(driver: str, product: str, tmp_path: Path) -> None:
    assert (driver, product) in PEERS, "a driver needs a simulated far end in tests/contract/driver_peers.py"
    peer = PEERS[driver, product]()
    async with connected(driver, product, peer, tmp_path) as wired:
        device: Driver = wired.driver
        assert isinstance(device, Device)
        identity = await device.identify()
        assert isinstance(identity, Identity)
        assert identity.product
        if device.channels:
            await keeps_scale(device, peer)
        if device.inputs:
            await keeps_inputs(device)
        if device.outputs:
            await keeps_lock(device, peer)
        if isinstance(peer.station, SimulatedReader):
            await keeps_reader(device, peer.station, wired.bus)
        assert device.channels or device.inputs or isinstance(device, CodeReader), "a device must be good for something"


async def keeps_scale(device: Driver, peer: Peer) -> None:
    assert isinstance(device, Scale)
    before = time.monotonic_ns()
    async with asyncio.timeout(5.0):
        readings = await device.read()
        while any(reading.quality != "ok" for reading in readings):
            readings = await device.read()
    assert [reading.channel for reading in readings] == list(range(device.channels))
    assert [reading.grams for reading in readings] == pytest.approx(peer.grams, abs=1.0)
    assert all(before < reading.at_ns <= time.monotonic_ns() for reading in readings)


async def keeps_inputs(device: Driver) -> None:
    assert isinstance(device, LockBoard)
    before = time.monotonic_ns()
    reading = await device.read_inputs()
    assert len(reading.bits) == device.inputs
    assert before - 1_000_000_000 < reading.at_ns <= time.monotonic_ns()


async def keeps_lock(device: Driver, peer: Peer) -> None:
    """The pulse is timed by the board, ends by itself, happens once, moves the right lock, and an expired one is never sent."""
    assert isinstance(device, LockBoard)
    assert peer.doors
    assert (await device.read_inputs()).bits[:2] == (True, True)
    with pytest.raises(Expired):
        await device.pulse(1, 0.5, expires_ns=time.monotonic_ns() - 1)
    assert device.pulse_sent_ns is None
    asked_ns = time.monotonic_ns()
    given_s = await device.pulse(1, 0.5, expires_ns=asked_ns + 1_000_000_000)
    assert given_s == pytest.approx(0.5, abs=0.05)
    sent_ns = device.pulse_sent_ns
    assert sent_ns is not None
    assert asked_ns <= sent_ns <= time.monotonic_ns()
    for _ in range(200):
        if (await device.read_inputs()).bits[:2] == (True, False):
            break
        await asyncio.sleep(0.01)
    else:
        pytest.fail("the pulse released no lock, or another one")
    assert [output for output, _, _ in peer.pulses] == [1]
    _, start_ns, end_ns = peer.pulses[0]
    assert (end_ns - start_ns) / 1e9 == pytest.approx(given_s, abs=0.01)
    with pytest.raises(Misconfigured):
        await device.pulse(device.outputs, 0.5)


async def keeps_reader(device: Driver, reader: SimulatedReader, line: PacedBus) -> None:
    assert isinstance(device, CodeReader)
    reader.show("ss1.k1.abc")
    line.poke()
    async with asyncio.timeout(2.0):
        assert await device.next_code() == "ss1.k1.abc"


@pytest.mark.parametrize(("driver", "product"), [each for each in EVERY if each[0] != "code_reader"])
async def test_a_dead_device_is_unreachable(driver: str, product: str, tmp_path: Path) -> None:
    peer = PEERS[driver, product]()
    async with connected(driver, product, peer, tmp_path, timeout_ms=60.0, settle_ms=60.0) as wired:
        wired.bus.faults.absent.add("peer")
        with pytest.raises(Unreachable):
            await wired.driver.identify()


@pytest.mark.parametrize(
    ("driver", "product"), [("modbus_relay", "waveshare-relay-8ch"), ("kerong", "kr-cu16"), ("modbus_scale", "transmitter-1ch")]
)
async def test_another_address_is_not_answered(driver: str, product: str, tmp_path: Path) -> None:
    async with connected(driver, product, PEERS[driver, product](), tmp_path, address=7, timeout_ms=60.0, settle_ms=60.0) as wired:
        with pytest.raises(Unreachable):
            await wired.driver.identify()


@pytest.mark.parametrize(("driver", "product"), [("mt_sics", "mt-sics"), ("node", "cell-node")])
async def test_another_serial_number_is_misconfigured(driver: str, product: str, tmp_path: Path) -> None:
    async with connected(driver, product, PEERS[driver, product](), tmp_path, serial="OTHER") as wired:
        with pytest.raises(Misconfigured, match="the configuration expects OTHER: cables swapped or device replaced"):
            await wired.driver.identify()


@pytest.mark.parametrize(("driver", "product"), [each for each in EVERY if each[0] not in WITHOUT_CHECKSUM])
async def test_noise_gives_errors_and_never_wrong_values(driver: str, product: str, tmp_path: Path) -> None:
    """One byte in fifty is damaged. Weights are checked as a whole; a board guarded by one-byte sums only by what it believes."""
    peer = PEERS[driver, product]()
    async with connected(driver, product, peer, tmp_path, timeout_ms=40.0, settle_ms=20.0) as wired:
        device = wired.driver
        await device.identify()
        wired.bus.faults.noise = 0.02
        for _ in range(15):
            try:
                if isinstance(device, Scale) and device.channels:
                    grams = [reading.grams for reading in await device.read()]
                    assert grams == pytest.approx(peer.grams, abs=1.0)
                elif isinstance(device, LockBoard):
                    holding = (True, True, *[False] * (device.inputs - 2)) if driver != "kerong" else ((True,) * 16 + (False,) * 16)
                    assert (await device.read_inputs()).bits == holding
            except (Unreachable, Garbled, Refused):
                continue


async def test_a_state_that_only_one_weak_reply_tells_is_not_believed(tmp_path: Path) -> None:
    """One-byte sums let errors through: a hook that opens for one reply stays closed, one that stays open is believed."""
    replies: deque[bool] = deque()
    board = KerongBoard("peer", "classic", hooks=[lambda at_ns: replies.popleft() if replies else True])
    async with connected("kerong", "kr-cu16", Peer(board, baud=19200), tmp_path) as wired:
        driver = wired.driver
        assert isinstance(driver, LockBoard)
        await driver.identify()
        replies.append(False)
        assert (await driver.read_inputs()).bits[0] is True
        replies.extend([False, False])
        assert (await driver.read_inputs()).bits[0] is False
        replies.extend([True, False, True, False, True])
        assert (await driver.read_inputs()).bits[0] is False, "believed before, and said again"


async def test_the_other_lock_board_dialect_is_named(tmp_path: Path) -> None:
    async with connected("kerong", "kr-cu16", PEERS["kerong", "kr-cu-wide"](), tmp_path) as wired:
        with pytest.raises(Misconfigured, match="it speaks the wide dialect"):
            await wired.driver.identify()


async def test_a_node_that_was_swapped_while_running_is_noticed(tmp_path: Path) -> None:
    """Another node says hello after its own start, on the same line and with the same address."""
    first, second = PEERS["node", "cell-node"](), LoadCellNode("other", channels(5.0, 6.0), serial=b"SIMNODE2")
    async with connected("node", "cell-node", first, tmp_path) as wired:
        node = wired.driver
        assert isinstance(node, Scale)
        assert (await node.identify()).serial == "SIMNODE1"
        wired.bus.detach(first.station)
        wired.bus.attach(second)
        wired.bus.say(encode_frame(NodeFrame(1, 0, 0, Hello(2, 0, 0, (1, 0, 0), b"SIMNODE2", "cell-node-8"))))

        async def read_on() -> None:
            for _ in range(200):
                await node.read()

        with pytest.raises(Misconfigured, match="another node took its place"):
            await read_on()


def test_no_driver_can_hold_a_door() -> None:
    """The only thing a driver does to a lock is a pulse."""
    verbs = {"lock", "hold", "latch", "engage", "secure", "switch_on", "close_door"}
    for name in registry.driver_names():
        assert not verbs & set(dir(registry.driver_class(name)))
