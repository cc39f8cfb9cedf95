"""A broker for demonstrations and development, from the ``iotcore`` package: MQTT 5, loopback only, everything in memory.

Not for trading: it has no TLS and no access control here, and forgets sessions, queues and retained messages when it ends. The stores
lose nothing by that (the watermark brings everything again), but anybody on the machine may publish.
"""

from __future__ import annotations

import argparse
import os
import socket
import sys
import tempfile
from pathlib import Path
from types import TracebackType

from cloud_bridge.fleet.ending import Ending

MAX_PAYLOAD_BYTES = 1024 * 1024  # bytes; as much as a consumer reads
IN_FLIGHT = 100  # messages; the broker delivers no more than this unacknowledged
PARENT_LOOK_S = 1.0  # s; a demonstration that was killed must not leave brokers behind
CONNECTIONS = 1000  # a laptop's worth of simulated stores

_CONFIG = """
id = 0
[router]
id = 0
max_connections = {connections}
max_outgoing_packet_count = 200
max_segment_size = 16777216
max_segment_count = 8
[v5.1]
name = "loopback"
listen = "127.0.0.1:{port}"
next_connection_delay_ms = 1
[v5.1.connections]
connection_timeout_ms = 5000
max_payload_size = {payload}
max_inflight_count = {in_flight}
dynamic_filters = true
"""


class DevBroker:
    """One broker in a child process that ends with this one. ``port`` 0 takes a free one."""

    def __init__(self, port: int = 0) -> None:
        self.port = port or free_port()
        self._directory = tempfile.TemporaryDirectory(prefix="smartstore-broker-")
        config = Path(self._directory.name, "broker.toml")
        config.write_text(_CONFIG.format(connections=CONNECTIONS, port=self.port, payload=MAX_PAYLOAD_BYTES, in_flight=IN_FLIGHT))
        from iotcore import Broker  # an extra: only demonstrations need it

        self._broker = Broker(config_path=str(config))

    @property
    def url(self) -> str:
        """The address for ``broker`` in the settings."""
        return f"mqtt://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Returned: it accepts connections. Raises OSError where the port is taken, RuntimeError where it does not come up."""
        self._broker.start()

    def stop(self) -> None:
        """End it and free the port."""
        self._broker.stop()
        self._directory.cleanup()

    def __enter__(self) -> DevBroker:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()


def free_port() -> int:
    """A TCP port on the loopback interface that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def main(arguments: list[str] | None = None) -> int:
    """``python -m cloud_bridge.fleet.dev_broker [--port N]``: run until interrupted, or until whoever started it is gone."""
    parser = argparse.ArgumentParser(prog="python -m cloud_bridge.fleet.dev_broker", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--port", type=int, default=1883, help="TCP port on the loopback interface; 0 takes a free one (default 1883)")
    port = parser.parse_args(arguments).port
    stop = Ending()
    parent = os.getppid()
    try:
        with DevBroker(port) as broker:
            print(f"broker for development at {broker.url} (memory only, no access control); Ctrl-C ends it", flush=True)
            while os.getppid() == parent and not stop.wait(PARENT_LOOK_S):
                pass
    except (OSError, RuntimeError) as error:
        print(f"the broker does not start: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
