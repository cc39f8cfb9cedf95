"""``python -m devices.sim`` as somebody types it."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import serial

from devices.protocols.crc import crc16_modbus
from devices.sim.__main__ import _layout, _parser
from devices.sim.cabinet import SimulatedCabinet
from devices.sim.console import CommandError, Console
from edge.runtime.settings import load_settings

ROOT = Path(__file__).parents[2]


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "devices.sim", *arguments]


def test_it_serves_ports_until_it_is_stopped(tmp_path: Path) -> None:
    with subprocess.Popen(_command("--no-input", "--directory", str(tmp_path)), stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            assert process.stdout is not None
            told = dict(line.split("  ")[0].split(": ") for line in (process.stdout.readline() for _ in range(3)))
            assert set(told) == {"locks", "scales", "reader"}
            with serial.Serial(told["locks"], 9600, timeout=1.0) as port:
                port.write(bytes.fromhex("01 02 00 00 00 08 79 CC"))
                reply = port.read(6)
            assert crc16_modbus(reply[:-2]) == int.from_bytes(reply[-2:], "little")
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert not (tmp_path / "locks").is_symlink()


@pytest.mark.parametrize("extra", [(), ("--layout", "kerong"), ("--scales", "node"), ("--locks", "pulse-0100")])
def test_the_store_file_it_writes_is_accepted(tmp_path: Path, extra: tuple[str, ...]) -> None:
    store = tmp_path / "store.toml"
    commands = "release front\nopen front\ntake A1 2\nshow\nfly\nquit\n"
    done = subprocess.run(
        _command("--write-config", str(store), *extra), input=commands, capture_output=True, text=True, timeout=30, check=True, cwd=ROOT
    )
    if "--layout" not in extra:
        assert re.search(r"hands: 2 x Oat", done.stdout)
    assert "unknown command 'fly'; type help" in done.stdout
    settings = load_settings(store)
    assert len(settings.devices.plates) == (4 if "--layout" in extra else 6)
    assert settings.entry.verify == "cloud"


async def test_wrong_commands_say_what_to_type(tmp_path: Path) -> None:
    with SimulatedCabinet(directory=tmp_path) as cabinet:
        console = Console(cabinet)
        for line, text in (
            ("open", "name a door: front"),
            ("take Z9", "name a plate: A1, A2, A3, B1, B2, B3"),
            ("noise locks 2", "a rate is 0 to 1, not 2"),
            ("put A1", "there are 0 units in the hands"),
            ("echo locks maybe", "write on or off, not 'maybe'"),
            ('present "', "quote texts with spaces"),
        ):
            with pytest.raises(CommandError, match=re.escape(text)):
                await console.run(line)
        assert "late STATION" in await console.run("help")
        assert await console.run("") == ""


def test_faults_are_switched_by_command(tmp_path: Path) -> None:
    with SimulatedCabinet(directory=tmp_path) as cabinet:
        console = Console(cabinet)
        for line in ("echo locks on", "noise scales 0.02", "silence locks on", "late scale 0.1 3", "plate A1 stuck"):
            asyncio.run(console.run(line))
        locks, scales = cabinet.buses["locks"].faults, cabinet.buses["scales"].faults
        assert locks.echo
        assert scales.noise == 0.02
        assert "locks" in locks.silent
        assert scales.late["scale"].every == 3
        assert cabinet.shelf.plates["A1"].physics.troubles.fault == "stuck"
        asyncio.run(console.run("lock front welded"))
        assert cabinet.wiring.lock_board.welded == {0}
        asyncio.run(console.run("lock front ok"))
        assert not cabinet.wiring.lock_board.welded
        asyncio.run(console.run("unplug locks"))
        assert not os.path.lexists(cabinet.ports()["locks"])
        asyncio.run(console.run("replug locks"))
        assert os.path.lexists(cabinet.ports()["locks"])


def test_a_technician_s_hands_and_a_cell_s_troubles_are_commands(tmp_path: Path) -> None:
    with SimulatedCabinet(directory=tmp_path) as cabinet:
        console = Console(cabinet)
        physics = cabinet.shelf.plates["A1"].physics
        before_g = physics.resting_g()
        for line, said in (
            ("load A1 2000", "2000 g on A1"),
            ("load A1 -500", "-500 g off A1"),
            ("knock A1", "knocked"),
            ("drift A1 90", "plate A1 creeps by 90 g/h"),
            ("shake A1 3 12", "plate A1 shakes by 3 g at 12 Hz"),
            ("zero A1", "plate A1 shows zero"),
        ):
            assert asyncio.run(console.run(line)) == said
        assert physics.resting_g() == pytest.approx(before_g + 1500.0)
        assert physics.troubles.extra_drift_g_per_h == 90.0
        assert (physics.troubles.vibration_g, physics.troubles.vibration_hz) == (3.0, 12.0)
        assert abs(cabinet.channels["A1"].sample(cabinet.clock_ns()).grams) < 50.0


def test_other_plates_can_be_asked_for() -> None:
    parsed = _parser().parse_args(["--ring-hz", "9.5", "--leakage", "0.02", "--filter", "1", "--scales", "single"])
    layout = _layout(parsed)
    assert {(plate.traits.ring_hz, plate.traits.leakage) for plate in layout.plates} == {(9.5, 0.02)}
    assert (layout.channel.filter_length, layout.scales) == (1, "single")
