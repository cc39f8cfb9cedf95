"""Settings of the device room: what is connected where. Pure: described, frozen, bounded models; nothing here opens anything."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, Self, TypeAlias
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema, field_validator, model_validator

from devices.commissioning.calibration import LEAST_FACTOR, MOST_FACTOR
from devices.weighing.crosstalk import LARGEST_SHARE, CrossTalk
from devices.weighing.knock import HIGHEST_HZ, LOWEST_HZ
from devices.weighing.settings import WeighingSettings

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

    @model_validator(mode="after")
    def _options_fit(self) -> Self:
        if self.reconnect_first_s > self.reconnect_most_s:
            raise ValueError(f"reconnect_first_s ({self.reconnect_first_s}) must not exceed reconnect_most_s ({self.reconnect_most_s})")
        if self.url.startswith("socket:") and (self.rs485 or self.low_latency):
            raise ValueError("rs485 and low_latency are options of a serial line; set them in the server behind the socket:// url")
        return self

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


@dataclass(frozen=True, slots=True)
class Terminal:
    """One output or input of a device, counted from 0; written ``device:index`` in the configuration."""

    device: str
    index: int

    def __str__(self) -> str:
        return f"{self.device}:{self.index}"


def _read_terminal(value: object) -> object:
    if not isinstance(value, str):
        return value
    device, colon, index = value.rpartition(":")
    if not colon or not device or not index.isascii() or not index.isdigit() or int(index) > 255:
        raise ValueError(f"write device:number with numbers from 0, as in locks:0, not {value!r}")
    return Terminal(device, int(index))


TerminalText: TypeAlias = Annotated[
    Terminal,
    BeforeValidator(_read_terminal),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^.+:[0-9]{1,3}$"}),
]

Id: TypeAlias = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9_.-]+$")]

Option: TypeAlias = bool | int | float | str | list[int | float] | dict[str, bool | int | float | str]


class DeviceSettings(BaseModel):
    """One device on a bus. What its product leaves open is set in ``options``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Id = Field(description="Name by which doors, plates and readers refer to this device.")
    driver: str = Field(description="The driver that speaks to it; docs/devices.md lists them.", min_length=1, max_length=40)
    product: str = Field(description="The product variant: its register map, pulse or dialect; docs/devices.md lists them.", min_length=1)
    bus: str = Field(description="The bus it is wired to.")
    address: int | None = Field(default=None, ge=0, le=255, description="Its address on the bus. Unset: the product's usual address.")
    serial: str | None = Field(
        default=None, min_length=1, max_length=64, description="The serial number it must report; another one means swapped cables."
    )
    timeout_ms: float | None = Field(
        default=None, ge=5.0, le=5000.0, description="Longest usual wait for a reply in milliseconds. Unset: the product's."
    )
    settle_ms: float | None = Field(
        default=None,
        ge=0.0,
        le=10_000.0,
        description="Worst-case reply time in milliseconds: after a time-out the bus stays silent for so long. Unset: the product's.",
    )
    poll_ms: float | None = Field(
        default=None,
        ge=0.0,
        le=10_000.0,
        description="Time between two readings in milliseconds; 0 is as fast as the line allows. Unset: the product's.",
    )
    options: dict[str, Option] = Field(default_factory=dict, description="Overrides of the product's own settings, checked by the driver.")


class DoorSettings(BaseModel):
    """One door: what releases it, what tells its position, and whether a person can be behind it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Id = Field(description="The door's name.")
    lock: TerminalText = Field(description="The lock output, device:output.")
    contact: TerminalText | None = Field(default=None, description="The door contact, device:input. Unset: the bolt tells the position.")
    bolt: TerminalText | None = Field(default=None, description="The bolt or hook sensor, device:input.")
    contact_open_when: bool = Field(
        default=False, description="Input level that means open. False is the safe wiring: a cut wire reads as an open door."
    )
    bolt_released_when: bool = Field(
        default=False, description="Input level that means released. False is the safe wiring: a cut wire reads as a released bolt."
    )
    proof_after_pulse_s: float = Field(
        default=1.5, ge=0.1, le=10.0, description="A sensor may move for so long after the pulse's end to prove the unlock, in seconds."
    )
    person_can_be_inside: bool = Field(description="True when a person fits behind this door, even a child.")
    egress: Literal["none", "mechanical", "hardware_button"] = Field(
        default="none",
        description="How a person inside gets out without this software: a mechanical release, or a button that cuts the lock's power.",
    )

    @model_validator(mode="after")
    def _someone_can_leave(self) -> DoorSettings:
        if self.person_can_be_inside and self.egress == "none":
            raise ValueError(
                f"door {self.id!r}: a person can be inside, so it needs a way out without software. Fit a mechanical release "
                'or a button that cuts the lock\'s power, then set egress = "mechanical" or "hardware_button".'
            )
        if self.contact is None and self.bolt is None:
            raise ValueError(f"door {self.id!r}: no sensor. Set contact or bolt: without one nobody knows whether it is shut.")
        if self.contact is not None and self.contact == self.bolt:
            raise ValueError(f"door {self.id!r}: contact and bolt are both {self.contact}; leave the one that is not fitted unset.")
        return self


class PlateSettings(BaseModel):
    """One weighing plate and the channel that measures it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Id = Field(description="The plate's name, as in the planogram.")
    device: str = Field(description="The scale that measures it.")
    channel: int = Field(default=0, ge=0, le=63, description="The scale's channel, from 0.")
    rated_g: float = Field(gt=0.0, le=1_000_000.0, description="Rated load in grams; more is an overload.")
    neighbours: tuple[str, ...] = Field(default=(), description="Plates that an item can straddle together with this one.")
    grams_per_shown_gram: float = Field(
        default=1.0,
        ge=LEAST_FACTOR,
        le=MOST_FACTOR,
        description="Grams that stand on the plate per gram that its scale shows; the page Commissioning measures it with a known mass. "
        "1 where the scale itself is calibrated.",
    )
    ringing_hz: float | None = Field(
        default=None,
        ge=LOWEST_HZ,
        le=HIGHEST_HZ,
        description="How fast the plate rings after a knock, in hertz; smartstore plates knock measures it. "
        "Unset: the moving average of [weighing] is taken.",
    )
    leaks: dict[str, Annotated[float, Field(ge=-LARGEST_SHARE, le=LARGEST_SHARE)]] = Field(
        default_factory=dict,
        description="Share of a load on this plate that shows on other plates, by plate, as in { A2 = 0.012 }; "
        "smartstore plates leaks measures it. It is calculated out of every change.",
    )


class ReaderSettings(BaseModel):
    """One QR, barcode or NFC reader."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Id = Field(description="The reader's name.")
    device: str = Field(description="The device that reads codes.")
    door: str | None = Field(default=None, description="The door it stands at, which a code opens. Unset: a code opens every door.")
    repeat_s: float = Field(
        default=3.0, ge=0.0, le=60.0, description="The same code again within this time is one presentation, in seconds."
    )


class DevicesSettings(BaseModel):
    """Everything that is wired to the controller. TOML sections: [[bus]], [[device]], [[door]], [[plate]], [[reader]], [weighing]."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    buses: tuple[BusSettings, ...] = Field(alias="bus", min_length=1, description="The ports.")
    devices: tuple[DeviceSettings, ...] = Field(alias="device", min_length=1, description="What is wired to them.")
    doors: tuple[DoorSettings, ...] = Field(alias="door", min_length=1, description="The doors.")
    plates: tuple[PlateSettings, ...] = Field(alias="plate", default=(), description="The weighing plates.")
    readers: tuple[ReaderSettings, ...] = Field(alias="reader", default=(), description="The code readers.")
    weighing: WeighingSettings = Field(default_factory=WeighingSettings, description="How weight samples become settled changes.")

    @model_validator(mode="after")
    def _fits_together(self) -> DevicesSettings:
        _no_doubles("bus", (bus.name for bus in self.buses))
        _no_doubles("bus url", (bus.url for bus in self.buses))
        _no_doubles("device", (device.name for device in self.devices))
        _no_doubles("door", (door.id for door in self.doors))
        _no_doubles("plate", (plate.id for plate in self.plates))
        _no_doubles("reader", (reader.id for reader in self.readers))
        _no_doubles("lock output", (door.lock for door in self.doors))
        _no_doubles("sensor input", (terminal for door in self.doors for terminal in (door.contact, door.bolt) if terminal is not None))
        _no_doubles("scale channel", (f"{plate.device}:{plate.channel}" for plate in self.plates))
        _no_doubles("address", (f"{device.bus} address {device.address}" for device in self.devices if device.address is not None))
        buses = {bus.name for bus in self.buses}
        devices = {device.name for device in self.devices}
        doors = {door.id for door in self.doors}
        plates = {plate.id for plate in self.plates}
        for device in self.devices:
            _known("bus", device.bus, buses, f"device {device.name!r}")
        for door in self.doors:
            for terminal in (door.lock, door.contact, door.bolt):
                if terminal is not None:
                    _known("device", terminal.device, devices, f"door {door.id!r}")
        for plate in self.plates:
            _known("device", plate.device, devices, f"plate {plate.id!r}")
            for neighbour in plate.neighbours:
                _known("plate", neighbour, plates - {plate.id}, f"plate {plate.id!r}, neighbours")
            for other in plate.leaks:
                _known("plate", other, plates - {plate.id}, f"plate {plate.id!r}, leaks")
        for reader in self.readers:
            _known("device", reader.device, devices, f"reader {reader.id!r}")
            if reader.door is not None:
                _known("door", reader.door, doors, f"reader {reader.id!r}")
        CrossTalk({plate.id: plate.leaks for plate in self.plates})
        return self

    def devices_on(self, bus: str) -> tuple[DeviceSettings, ...]:
        """The devices wired to this bus."""
        return tuple(device for device in self.devices if device.bus == bus)

    def check_wires(self, wires: Mapping[str, str]) -> None:
        """Refuse two protocols on one bus. ``wires``: driver name to the name of the protocol it speaks. Raises ValueError."""
        for bus in self.buses:
            spoken = {device.name: wires[device.driver] for device in self.devices_on(bus.name)}
            if len(set(spoken.values())) > 1:
                listed = ", ".join(f"{name} speaks {wire}" for name, wire in sorted(spoken.items()))
                raise ValueError(f"bus {bus.name!r}: {listed}. Give every protocol a bus of its own.")


def _no_doubles(what: str, values: Iterable[Hashable]) -> None:
    seen: set[Hashable] = set()
    for value in values:
        if value in seen:
            raise ValueError(f"{what} {str(value)!r} is given twice; every {what} may be used once")
        seen.add(value)


def _known(what: str, name: str, names: set[str], where: str) -> None:
    if name not in names:
        raise ValueError(f"{where}: unknown {what} {name!r}; known are {', '.join(sorted(names)) or 'none'}")
