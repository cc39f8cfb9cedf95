"""Serial lines through pyserial: opened exclusively, by a name that survives replugging. Linux."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import os
import termios
from pathlib import Path
from typing import Final

import serial
from serial import rs485

from devices.config import BusSettings
from devices.transports.port import DescriptorPort, Port, PortError, Receiver

_PARITY: Final = {"none": serial.PARITY_NONE, "even": serial.PARITY_EVEN, "odd": serial.PARITY_ODD}
_STABLE_NAMES: Final = (Path("/dev/serial/by-id"), Path("/dev/serial/by-path"))


def present_ports() -> tuple[str, ...]:
    """Stable names of the serial ports that are plugged in now: by-id where the chip has a serial number, and by-path."""
    return tuple(str(name) for folder in _STABLE_NAMES if folder.is_dir() for name in sorted(folder.iterdir()))


async def open_serial(path: str, settings: BusSettings, receiver: Receiver) -> Port:
    """Open the serial line at ``path`` for this process alone. Raises :class:`PortError`.

    Opened in a thread, since configuring a broken USB adapter can take seconds; a port that opens after the caller was cancelled is
    closed again.
    """
    opening = asyncio.get_running_loop().run_in_executor(None, _open, path, settings)
    try:
        line = await asyncio.shield(opening)
    except asyncio.CancelledError:
        opening.add_done_callback(_discard)
        raise
    return DescriptorPort(line.fileno(), receiver, name=path, give_back=lambda: _give_back(line))


def _open(path: str, settings: BusSettings) -> serial.Serial:
    try:
        line = serial.Serial(
            path,
            baudrate=settings.baud,
            bytesize=settings.data_bits,
            parity=_PARITY[settings.parity],
            stopbits=settings.stop_bits,
            timeout=0,
            write_timeout=0,
            inter_byte_timeout=0,  # makes VMIN 1: an empty read is then the end of the port and never "nothing yet"
            exclusive=True,
        )
    except (serial.SerialException, OSError, termios.error, ValueError) as error:
        raise explained(path, error) from error
    asked = "exclusive use"
    try:
        claim(line.fileno(), path)
        if settings.rs485:
            asked = "rs485 = true"
            line.rs485_mode = rs485.RS485Settings()
        if settings.low_latency:
            asked = "low_latency = true"
            line.set_low_latency_mode(True)
    except (ValueError, OSError) as error:
        _give_back(line)
        raise PortError("unsupported", f"{path}: the driver refuses {asked} ({error}); change bus {settings.name}") from error
    return line


def claim(fd: int, path: str) -> None:
    """Keep every later open away (TIOCEXCL): the flock that pyserial takes stops only those who ask for it.

    Pseudo-terminals are left out: they keep the mark after a crash of its owner for as long as their other end lives.
    """
    if not os.path.realpath(path).startswith("/dev/pts/"):
        fcntl.ioctl(fd, termios.TIOCEXCL)


def _give_back(line: serial.Serial) -> None:
    # Output that a stopped line still holds would block the close.
    with contextlib.suppress(OSError, termios.error, serial.SerialException):
        termios.tcflush(line.fileno(), termios.TCOFLUSH)
    with contextlib.suppress(OSError):
        fcntl.ioctl(line.fileno(), termios.TIOCNXCL)
    with contextlib.suppress(OSError, serial.SerialException):
        line.close()


def _discard(opening: asyncio.Future[serial.Serial]) -> None:
    if not opening.cancelled() and opening.exception() is None:
        _give_back(opening.result())


def explained(path: str, error: Exception) -> PortError:
    """What a failed opening means and what to do about it."""
    number = error.errno if isinstance(error, OSError) else None
    if number in (errno.ENOENT, errno.ENODEV, errno.ENXIO):
        present = ", ".join(present_ports()) or "none"
        return PortError("missing", f"{path} is not there; plug the adapter in or correct the url (ports present now: {present})")
    if number in (errno.EBUSY, errno.EAGAIN):
        return PortError("busy", f"{path} is in use by another program; stop it (a second controller, a serial console, ModemManager)")
    if number in (errno.EACCES, errno.EPERM):
        return PortError("denied", f"no permission to open {path}; add this user to the port's group (ls -l {path} shows it)")
    return PortError("unusable", f"{path} cannot be used as a serial line: {error}")
