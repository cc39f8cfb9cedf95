"""A technician with a knuckle and a mass at a simulated cabinet, over real bytes; the commands say what to do, and are obeyed."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from devices.config import DevicesSettings
from devices.sim.cabinet import SimulatedCabinet
from devices.sim.layout import CabinetLayout, demo_layout, with_plates
from devices.sim.store_config import device_tables
from devices.station.commissioning import CannotWeigh
from edge.cli.__main__ import main
from edge.cli.commission.knock_test import knock_test
from edge.cli.commission.leak_test import leak_test

RING_HZ = 9.5
LEAK = 0.02


def cabinet_layout(plates: int = 3) -> CabinetLayout:
    """Plates that ring lower than usual and leak, on a transmitter without a filter of its own."""
    layout = demo_layout()
    names = [plate.plate for plate in layout.plates[:plates]]
    fewer = tuple(replace(plate, neighbours=tuple(set(plate.neighbours) & set(names))) for plate in layout.plates[:plates])
    shelf = replace(layout, plates=fewer, channel=replace(layout.channel, filter_length=1), scale_baud=115200)
    return with_plates(shelf, ring_hz=RING_HZ, leakage=LEAK)


def settings_of(cabinet: SimulatedCabinet) -> DevicesSettings:
    return DevicesSettings.model_validate(device_tables(cabinet))


def test_a_plate_is_knocked_on_as_told_and_the_line_for_the_store_file_fits(tmp_path: Path) -> None:
    config = tmp_path / "store.toml"
    with SimulatedCabinet(cabinet_layout(), directory=tmp_path) as cabinet:
        cabinet.write_config(config)
        command = [sys.executable, "-m", "edge.cli", "plates", "knock", "A2", "--knocks", "2", "--config", str(config)]
        said = []
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as technician:
            assert technician.stdout is not None
            for line in technician.stdout:
                said.append(line)
                if "knock ONCE on plate A2" in line:
                    asyncio.run(cabinet.knock("A2"))
        assert technician.returncode == 0
        (advised,) = (line for line in said if "ringing_hz" in line)
        text = config.read_text(encoding="utf-8").replace('id = "A2"\n', f'id = "A2"\n{advised.strip()}\n')
        config.write_text(text, encoding="utf-8")
        plates = {plate["id"]: plate for plate in tomllib.loads(text)["plate"]}
        assert plates["A2"]["ringing_hz"] == pytest.approx(RING_HZ, abs=0.15)
        assert main(["check-config", str(config), "--no-files"]) == 0


async def test_a_mass_on_each_plate_gives_the_matrix() -> None:
    async with SimulatedCabinet(with_plates(cabinet_layout(), damping=0.2)) as cabinet:
        on: list[str] = []
        errands: set[asyncio.Task[None]] = set()

        def obey(words: str) -> None:
            """The technician's hands; the first time they reach for the wrong plate."""
            if put := re.match(r"Put .* plate (\w+),", words):
                plate = put[1] if on else "A3"
                on.append(plate)
                errands.add(asyncio.create_task(cabinet.load(plate, 2000.0)))
            elif wrong := re.search(r"that was plate (\w+): put it on plate (\w+)", words):
                errands.add(asyncio.create_task(cabinet.load(wrong[1], -2000.0)))
                errands.add(asyncio.create_task(cabinet.load(wrong[2], 2000.0)))
                on.append(wrong[2])
            elif "take it off" in words:
                errands.add(asyncio.create_task(cabinet.load(on[-1], -2000.0)))

        leaks = await leak_test(settings_of(cabinet), ("A2",), mass_g=2000.0, patience_s=20.0, say=obey)
        await asyncio.gather(*errands)
    assert on == ["A3", "A2"]
    assert leaks == {"A2": {"A1": pytest.approx(LEAK, abs=0.001), "A3": pytest.approx(LEAK, abs=0.001)}}


async def test_a_filter_in_the_transmitter_that_hides_the_ringing_is_no_result() -> None:
    layout = with_plates(cabinet_layout(1), ring_hz=12.0)  # averaged over three whole periods
    async with SimulatedCabinet(replace(layout, channel=replace(layout.channel, filter_length=20))) as cabinet:
        errands: set[asyncio.Task[None]] = set()

        def obey(words: str) -> None:
            if "knock ONCE" in words and len(errands) < 1:
                errands.add(asyncio.create_task(cabinet.knock("A1")))

        with pytest.raises(CannotWeigh, match=r"no knock (was felt|could be used)"):
            await knock_test(settings_of(cabinet), "A1", knocks=1, patience_s=1.5, say=obey)
        await asyncio.gather(*errands)


async def test_nobody_knocks_and_nobody_brings_the_mass() -> None:
    async with SimulatedCabinet(cabinet_layout(1)) as cabinet:
        with pytest.raises(CannotWeigh, match=r"no knock was felt within 1\.2 s"):
            await knock_test(settings_of(cabinet), "A1", knocks=1, patience_s=1.2, say=lambda _: None)
        with pytest.raises(CannotWeigh, match="1000 g on plate A1: not seen within"):
            await leak_test(settings_of(cabinet), ("A1",), mass_g=1000.0, patience_s=1.2, say=lambda _: None)


async def test_a_broken_cell_is_named() -> None:
    async with SimulatedCabinet(cabinet_layout(1)) as cabinet:
        cabinet.shelf.plates["A1"].physics.troubles.fault = "saturated"
        with pytest.raises(CannotWeigh, match="plate A1 shows no weight: saturated"):
            await knock_test(settings_of(cabinet), "A1", knocks=1, patience_s=5.0, say=lambda _: None)


def test_what_keeps_a_technician_from_measuring_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "store.toml"
    plates = ["plates", "--config", str(config)]
    assert main([*plates, "show"]) == 2
    with SimulatedCabinet(cabinet_layout(), directory=tmp_path) as cabinet:
        cabinet.write_config(config)
        assert main([*plates, "knock", "Z9"]) == 2
        assert "unknown plate 'Z9'; known are A1, A2, A3" in capsys.readouterr().err
        assert main([*plates, "leaks", "--mass", "5"]) == 2
        assert main([*plates, "knock", "A1", "--knocks", "0"]) == 2
        held = os.open(tmp_path / "scales", os.O_RDWR | os.O_NOCTTY)
        try:
            assert main([*plates, "show"]) == 1
        finally:
            os.close(held)
        said = capsys.readouterr().err
        assert f"is held by {Path('/proc/self/comm').read_text().strip()} ({os.getpid()})" in said
        assert "systemctl stop smartstore" in said
        assert main([*plates, "show", "A1"]) == 0
        assert re.search(r"^A1 +\d+\.\d g .* samples per second$", capsys.readouterr().out, re.MULTILINE)
    assert main([*plates, "show"]) == 1
    assert "is not there" in capsys.readouterr().err
