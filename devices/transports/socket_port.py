"""TCP connections to RS-485 servers and simulators: the same bytes as on a serial line."""

from __future__ import annotations

import asyncio
import errno
import socket
from typing import Final

from devices.transports.port import DescriptorPort, Port, PortError, Receiver

CONNECT_TIMEOUT_S: Final = 3.0  # s; a server in the same building answers in milliseconds or not at all
_KEEPALIVE: Final = ((socket.TCP_KEEPIDLE, 5), (socket.TCP_KEEPINTVL, 2), (socket.TCP_KEEPCNT, 3))  # s, s, probes: silent death in ~11 s


async def open_socket(host: str, port: int, receiver: Receiver) -> Port:
    """Connect to ``host``:``port``. Raises :class:`PortError`."""
    name = f"socket://{host}:{port}"
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            connection = await _connected(host, port)
    except TimeoutError as error:
        raise PortError("missing", f"{name} does not answer within {CONNECT_TIMEOUT_S:g} s; check the address and the server") from error
    except OSError as error:
        if error.errno == errno.ECONNREFUSED:
            raise PortError("missing", f"{name} refuses the connection; start the server or correct the port") from error
        raise PortError("unusable", f"{name} cannot be reached: {error}") from error
    return DescriptorPort(connection.fileno(), receiver, name=name, give_back=connection.close)


async def _connected(host: str, port: int) -> socket.socket:
    loop = asyncio.get_running_loop()
    failure = OSError("the name has no address")
    for family, kind, protocol, _, address in await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        connection = socket.socket(family, kind, protocol)
        try:
            connection.setblocking(False)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            for option, value in _KEEPALIVE:
                connection.setsockopt(socket.IPPROTO_TCP, option, value)
            await loop.sock_connect(connection, address)
        except OSError as error:
            connection.close()
            failure = error
        except BaseException:
            connection.close()
            raise
        else:
            return connection
    raise failure
