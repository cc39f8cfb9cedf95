"""Settings of the device room: what is connected where. Pure: described, frozen, bounded models; nothing here opens anything."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

STANDARD_BAUDS = (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600)


class BusSettings(BaseModel):
    """One port: a serial line or a TCP connection to an RS-485 server. Everything on it speaks one protocol."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(description="Name by which devices refer to this bus.", min_length=1, max_length=40, pattern=r"^[A-Za-z0-9_.-]+$")
    url: str = Field(
        description="serial:///dev/serial/by-id/NAME (or by-path), or socket://HOST:PORT for an RS-485 server. "
        "Avoid /dev/ttyUSBn: the number changes when adapters are replugged."
    )
    baud: int = Field(default=9600, description="Line speed in bits per second; also for socket://, where it only sets the silent gap.")
    parity: Literal["none", "even", "odd"] = Field(default="none", description="Parity bit of each character.")
    data_bits: Literal[7, 8] = Field(default=8, description="Data bits of each character.")
    stop_bits: Literal[1, 2] = Field(default=1, description="Stop bits of each character.")
    echo: bool = Field(default=False, description="True when the adapter hears what it sends (2-wire adapters); it is stripped.")
    gap_ms: float | None = Field(
        default=None, ge=0.0, le=100.0, description="Silence kept between frames in milliseconds. Unset: 3.5 characters, at least 1.75 ms."
    )
    rs485: bool = Field(default=False, description="Let the kernel driver switch the RS-485 transmitter (TIOCSRS485).")
    low_latency: bool = Field(default=False, description="Ask the driver for its low-latency mode (FTDI: 1 ms instead of 16 ms).")
    reconnect_first_s: float = Field(default=0.25, ge=0.05, le=60.0, description="Longest wait before the first reopening, in seconds.")
    reconnect_most_s: float = Field(default=5.0, ge=0.05, le=300.0, description="Longest wait between reopening attempts, in seconds.")
    trace_frames: int = Field(default=64, ge=0, le=4096, description="How many recent transmissions are kept for diagnosis.")

    @field_validator("baud")
    @classmethod
    def _known_baud(cls, baud: int) -> int:
        if baud not in STANDARD_BAUDS:
            raise ValueError(f"baud must be one of {', '.join(map(str, STANDARD_BAUDS))}, not {baud}")
        return baud

    @field_validator("url")
    @classmethod
    def _known_url(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme == "serial":
            if parts.netloc or not parts.path.startswith("/") or parts.query or parts.fragment:
                raise ValueError(f"a serial url is serial:// and an absolute path, as in serial:///dev/serial/by-id/NAME, not {url!r}")
        elif parts.scheme == "socket":
            if not parts.hostname or parts.port is None or parts.path not in ("", "/"):
                raise ValueError(f"a socket url is socket://HOST:PORT, not {url!r}")
        else:
            raise ValueError(f"a bus url starts with serial:// or socket://, not {url!r}")
        return url

    @property
    def character_bits(self) -> int:
        """Bits of one character on the line, start bit included."""
        return 1 + self.data_bits + (self.parity != "none") + self.stop_bits

    @property
    def character_s(self) -> float:
        """Seconds that one character takes on the line."""
        return self.character_bits / self.baud

    @property
    def gap_s(self) -> float:
        """Seconds of silence kept before every transmission.

        3.5 characters of 11 bits up to 19200 Bd and fixed 1.75 ms above, as the Modbus over serial line specification counts them.
        """
        if self.gap_ms is not None:
            return self.gap_ms / 1000.0
        return 3.5 * 11 / self.baud if self.baud <= 19200 else 0.00175
