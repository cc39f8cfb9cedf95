"""What the kernel knows of our connections to a broker: read from the sockets themselves, on both sides of the broker."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import psutil

from cloud_bridge.backends.mqtt import MqttLink
from cloud_bridge.ports import LinkMessage, LinkWill
from cloud_bridge.settings import CloudSettings
from tests.brokers import Mosquitto


def sockets_to(port: int) -> list[socket.socket]:
    """Copies of this process's TCP sockets that are connected to ``port`` on the loopback address."""
    found = psutil.Process().net_connections("tcp")
    return [socket.socket(fileno=os.dup(one.fd)) for one in found if one.status == psutil.CONN_ESTABLISHED and one.raddr.port == port]


async def test_small_messages_do_not_wait_for_each_other(tmp_path: Path) -> None:
    """Without TCP_NODELAY every round trip takes 40 ms more."""
    broker = Mosquitto(tmp_path / "mosquitto")
    broker.start()
    link = MqttLink(CloudSettings(broker=f"mqtt://127.0.0.1:{broker.port}"), "S0001")
    try:
        await link.open((), LinkWill(LinkMessage("will/none", b"gone", 1), 0))
        (ours,) = sockets_to(broker.port)
        with ours:
            assert ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
    finally:
        await link.close()
        broker.stop()
