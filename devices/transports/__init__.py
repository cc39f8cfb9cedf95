"""Opening ports by url. What moves over them belongs to the bus and the line that own them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias
from urllib.parse import urlsplit

from devices.config import BusSettings
from devices.transports.port import Port, PortError, Receiver
from devices.transports.serial_port import open_serial
from devices.transports.socket_port import open_socket

__all__ = ["OpenTransport", "Port", "PortError", "Receiver", "open_transport"]

OpenTransport: TypeAlias = Callable[[BusSettings, Receiver], Awaitable[Port]]


async def open_transport(settings: BusSettings, receiver: Receiver) -> Port:
    """Open the port of a bus. Raises :class:`PortError`, whose message says what to do."""
    parts = urlsplit(settings.url)
    if parts.scheme == "serial":
        return await open_serial(parts.path, settings, receiver)
    if parts.hostname is None or parts.port is None:
        raise PortError("unusable", f"{settings.url} names no host and port; use socket://HOST:PORT")
    return await open_socket(parts.hostname, parts.port, receiver)
