"""Real brokers for tests: mosquitto on a free loopback port with its own directory, optionally with TLS, access rules, persistence.

Not for production code. Every broker ends with its context manager.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

START_S = 10.0  # s; a loaded machine may need a while to start a process


def mosquitto_path() -> str:
    """The mosquitto binary. Raises RuntimeError where it is not installed, so that no test passes by not running."""
    path = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
    if path is None:
        raise RuntimeError("mosquitto is not installed; the tests need it (apt-get install mosquitto)")
    return path


def free_port() -> int:
    """A TCP port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for_port(port: int, process: subprocess.Popen[bytes] | None = None) -> None:
    """Returned: something accepts connections on the loopback port. Raises RuntimeError when nothing does in time."""
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        if process is not None and process.poll() is not None:
            raise RuntimeError(f"the process ended with {process.returncode} before it listened on {port}")
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=0.5):
                return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError(f"nothing listens on {port}")


@dataclass
class Mosquitto:
    """One mosquitto. ``extra`` lines go to its configuration as they are."""

    directory: Path
    port: int = field(default_factory=free_port)
    extra: tuple[str, ...] = ()
    anonymous: bool = True
    tls: bool = False
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The broker's address for settings."""
        return f"{'mqtts' if self.tls else 'mqtt'}://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Returned: it accepts connections. After ``kill`` it starts empty, as mosquitto without persistence does."""
        self.directory.mkdir(parents=True, exist_ok=True)
        config = self.directory / "mosquitto.conf"
        lines = [
            f"listener {self.port} 127.0.0.1",
            f"allow_anonymous {'true' if self.anonymous else 'false'}",
            "persistence false",
            "set_tcp_nodelay true",
            "max_queued_messages 100000",
            "max_inflight_messages 2000",
            "log_type none",
            *(["user root"] if os.geteuid() == 0 else []),
            *self.extra,
        ]
        config.write_text("\n".join(lines) + "\n")
        self.process = subprocess.Popen(
            [mosquitto_path(), "-c", str(config)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_for_port(self.port, self.process)

    def kill(self) -> None:
        """kill -9: everything it held in memory is gone."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def freeze(self) -> None:
        """Stop it without closing anything: connections stay open and nobody answers."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """End it, frozen or not."""
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.kill()
            self.process = None


@contextmanager
def mosquitto(*, extra: tuple[str, ...] = (), anonymous: bool = True, tls: bool = False) -> Iterator[Mosquitto]:
    """A running mosquitto in a temporary directory."""
    with tempfile.TemporaryDirectory(prefix="mosquitto-") as directory:
        broker = Mosquitto(Path(directory), extra=extra, anonymous=anonymous, tls=tls)
        broker.start()
        try:
            yield broker
        finally:
            broker.stop()
