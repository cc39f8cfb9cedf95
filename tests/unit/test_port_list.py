"""The list of serial ports: every name of each, the stable ones first, and who holds it."""

from __future__ import annotations

import os
from pathlib import Path

from devices.transports.port_list import path_of, ports, stable_names


def adapter(dev: Path, number: int, *names: str) -> Path:
    """A device file, and its names under serial/."""
    port = dev / f"ttyUSB{number}"
    port.touch()
    for name in names:
        link = dev / "serial" / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(port)
    return port


def holder(proc: Path, pid: int, name: str, port: Path) -> None:
    folder = proc / str(pid) / "fd"
    folder.mkdir(parents=True)
    (folder / "3").symlink_to(port)
    (folder.parent / "comm").write_text(f"{name}\n", encoding="utf-8")


def test_a_port_is_known_by_its_stable_names_first_and_by_who_holds_it(tmp_path: Path) -> None:
    dev, proc = tmp_path / "dev", tmp_path / "proc"
    dev.mkdir()
    proc.mkdir()
    port = adapter(dev, 0, "by-path/pci-1", "by-id/usb-FTDI-A1")
    holder(proc, 77, "minicom", port)
    (proc / "78").mkdir()  # a program that ended meanwhile
    assert [str(name.relative_to(dev)) for name in stable_names(dev)] == ["serial/by-id/usb-FTDI-A1", "serial/by-path/pci-1"]
    (found,) = [one for one in ports((), dev=dev, proc=proc) if str(port) in one.names]
    assert found.url == f"serial://{dev}/serial/by-id/usb-FTDI-A1"
    assert found.names == (f"{dev}/serial/by-id/usb-FTDI-A1", f"{dev}/serial/by-path/pci-1", str(port))
    assert found.holders == ("minicom (77)",)
    assert found.there
    assert found.permitted


def test_a_port_that_is_named_and_not_there_is_told_too(tmp_path: Path) -> None:
    (found,) = [one for one in ports([str(tmp_path / "gone")], dev=tmp_path, proc=tmp_path) if one.names[0].endswith("gone")]
    assert (found.there, found.permitted, found.holders) == (False, False, ())


def test_a_port_that_this_process_has_open_is_held_by_it(tmp_path: Path) -> None:
    port = adapter(tmp_path, 1, "by-id/own")
    held = os.open(port, os.O_RDWR)
    try:
        (found,) = [one for one in ports((), dev=tmp_path) if str(port) in one.names]
    finally:
        os.close(held)
    assert any(f"({os.getpid()})" in who for who in found.holders)


def test_only_a_serial_url_has_a_path() -> None:
    assert path_of("serial:///dev/ttyS1") == "/dev/ttyS1"
    assert path_of("socket://10.0.0.1:4001") is None
