"""Driver names to classes and product names to profiles, loaded when asked for. Knows every device that this installation supports.

Outside drivers come by the entry point group ``smartstore.devices`` (entry name = driver name, value = module:Class) and bring their
products in a folder ``products`` of the package that their class names. ``python -m devices.registry --markdown`` prints the table of
docs/devices.md.
"""

from __future__ import annotations

import argparse
import difflib
import importlib
import re
import sys
import time
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import metadata, resources
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from devices.bus import Bus
from devices.config import BusSettings, DeviceSettings, DevicesSettings
from devices.drivers.driver import Clock, Driver, Link, Profile, RequestDriver, StreamDriver
from devices.errors import Misconfigured

ENTRY_POINTS = "smartstore.devices"

BUILT_IN: Mapping[str, str] = {
    "code_reader": "devices.drivers.code_reader:LineCodeReader",
    "kerong": "devices.drivers.kerong:KerongBoard",
    "modbus_relay": "devices.drivers.modbus_relay:ModbusRelay",
    "modbus_scale": "devices.drivers.modbus_scale:ModbusScale",
    "mt_sics": "devices.drivers.mt_sics:SicsScale",
    "node": "devices.drivers.node:CellNode",
}


class Product(BaseModel):
    """One product variant as its file describes it. ``profile`` is checked by its driver."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    driver: str = Field(description="The driver that speaks to it.")
    title: str = Field(description="Maker and model as a buyer finds it.")
    line: str = Field(description="Line settings as shipped.")
    source: str = Field(description="Where the numbers come from.")
    proven: str = Field(description="What it was tried against, and what was not.")
    note: str = Field(default="", description="What an installer must know.")
    profile: dict[str, object] = Field(default_factory=dict, description="The driver's profile fields.")


def driver_names() -> tuple[str, ...]:
    """Every driver of this installation, built-in and from entry points, sorted."""
    return tuple(sorted({*BUILT_IN, *_outside()}))


@cache
def driver_class(name: str) -> type[RequestDriver] | type[StreamDriver[Any]]:
    """The class of a driver; imported now. Raises KeyError with the nearest names for an unknown driver."""
    target = BUILT_IN.get(name) or _outside().get(name)
    if target is None:
        raise KeyError(f"unknown driver {name!r}{_nearest(name, driver_names())}")
    module, _, attribute = target.partition(":")
    loaded: object = getattr(importlib.import_module(module), attribute)
    if not (isinstance(loaded, type) and issubclass(loaded, (RequestDriver, StreamDriver))):
        raise KeyError(f"driver {name!r}: {target} is neither a RequestDriver nor a StreamDriver")
    return loaded


@cache
def products(driver: str) -> Mapping[str, Product]:
    """The driver's product variants by name. A broken product file raises ValueError with its name."""
    found: dict[str, Product] = {}
    folder = resources.files(driver_class(driver).PRODUCTS).joinpath("products")
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if not file.name.endswith(".toml"):
            continue
        try:
            product = Product.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
        except (tomllib.TOMLDecodeError, ValidationError) as error:
            raise ValueError(f"product file {file.name}: {error}") from error
        if product.driver == driver:
            found[file.name.removesuffix(".toml")] = product
    return found


def profile(settings: DeviceSettings) -> Profile:
    """The device's effective profile: its product's, with its own options on top. Raises Misconfigured with what to change."""
    try:
        kind = driver_class(settings.driver)
    except KeyError as error:
        raise Misconfigured(settings.name, str(error.args[0])) from error
    known = products(settings.driver)
    if settings.product not in known:
        raise Misconfigured(
            settings.name, f"unknown product {settings.product!r} of driver {settings.driver}{_nearest(settings.product, known)}"
        )
    try:
        return kind.PROFILE.model_validate({**known[settings.product].profile, **settings.options})
    except ValidationError as error:
        raise Misconfigured(settings.name, f"options: {_complaints(error, kind.PROFILE)}") from error


def make(settings: DeviceSettings, link: Link, clock_ns: Clock = time.monotonic_ns) -> Driver:
    """The driver of this device on this bus or line. Opens nothing. Raises Misconfigured."""
    return driver_class(settings.driver)(settings, profile(settings), link, clock_ns)


def connect(bus: BusSettings, devices: Sequence[DeviceSettings]) -> Link:
    """The owner of a port as its devices need it: a bus that is asked, or a line that is listened to. Opens nothing."""
    return driver_class(devices[0].driver).link(bus) if devices else Bus(bus)


def check(settings: DevicesSettings) -> None:
    """Refuse what the devices cannot do: unknown drivers and products, outputs, inputs and channels they do not have, mixed protocols.

    Raises Misconfigured or ValueError; the message says what to change.
    """
    shapes = {device.name: profile(device) for device in settings.devices}
    settings.check_wires({device.driver: driver_class(device.driver).WIRE for device in settings.devices})
    for device in settings.devices:
        if driver_class(device.driver).ALONE and len(settings.devices_on(device.bus)) > 1:
            raise ValueError(f"bus {device.bus!r}: {device.name} has no address or speaks unasked; give it a bus of its own")
    _check_addresses(settings, shapes)
    by_name = {device.name: device for device in settings.devices}
    for door in settings.doors:
        _has(f"door {door.id!r}", "lock output", door.lock.device, door.lock.index, shapes[door.lock.device].outputs)
        for terminal in (door.contact, door.bolt):
            if terminal is not None:
                _has(f"door {door.id!r}", "input", terminal.device, terminal.index, shapes[terminal.device].inputs)
        if driver_class(by_name[door.lock.device].driver).HOOK_PROVES and door.bolt != door.lock:
            raise ValueError(
                f'door {door.id!r}: on {door.lock.device} only the hook sensor of the same lock proves an unlock; set bolt = "{door.lock}"'
            )
    for plate in settings.plates:
        _has(f"plate {plate.id!r}", "weight channel", plate.device, plate.channel, shapes[plate.device].channels)
    for reader in settings.readers:
        if not hasattr(driver_class(by_name[reader.device].driver), "next_code"):
            raise ValueError(f"reader {reader.id!r}: device {reader.device!r} reads no codes")


def markdown() -> str:
    """The table of supported devices for docs/devices.md."""
    lines = ["| driver | product | device | line as shipped | outputs / inputs / channels | proven by |", "|---|---|---|---|---|---|"]
    for driver in driver_names():
        for name, product in products(driver).items():
            shape = driver_class(driver).PROFILE.model_validate(product.profile)
            counts = f"{shape.outputs} / {shape.inputs} / {shape.channels}"
            note = f" {product.note}" if product.note else ""
            lines.append(f"| `{driver}` | `{name}` | {product.title}.{note} | {product.line} | {counts} | {product.proven} |")
    return "\n".join(lines) + "\n"


@cache
def _outside() -> Mapping[str, str]:
    return {entry.name: entry.value for entry in metadata.entry_points(group=ENTRY_POINTS)}


def _nearest(name: str, known: Iterable[str]) -> str:
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; known are {', '.join(names) or 'none'}"


def _complaints(error: ValidationError, model: type[BaseModel]) -> str:
    complaints = []
    for item in error.errors():
        key = ".".join(str(part) for part in item["loc"])
        hint = _nearest(key, model.model_fields) if item["type"] == "extra_forbidden" else ""
        complaints.append(f"{key}: {item['msg']}{hint}")
    return "; ".join(complaints)


def _check_addresses(settings: DevicesSettings, shapes: Mapping[str, Profile]) -> None:
    seen: dict[tuple[str, int], str] = {}
    for device in settings.devices:
        address = shapes[device.name].address if device.address is None else device.address
        if address is None:
            continue
        other = seen.setdefault((device.bus, address), device.name)
        if other != device.name:
            raise ValueError(f"bus {device.bus!r}: {other} and {device.name} both have address {address}; set address for each")


def _has(where: str, what: str, device: str, index: int, count: int) -> None:
    if not 0 <= index < count:
        has = f"has {what}s 0 to {count - 1}" if count else f"has no {what}s"
        raise ValueError(f"{where}: device {device!r} {has}, not {index}")


def _main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m devices.registry", description="The devices this installation supports.")
    parser.add_argument("--markdown", action="store_true", help="print the table of docs/devices.md")
    parser.add_argument("--write", metavar="FILE", help="replace the table between the markers of this file")
    chosen = parser.parse_args(arguments)
    if chosen.write:
        with open(chosen.write, encoding="utf-8") as old:
            text = old.read()
        with open(chosen.write, "w", encoding="utf-8") as new:
            new.write(with_table(text))
    if chosen.markdown or not chosen.write:
        sys.stdout.write(markdown())
    return 0


def with_table(text: str) -> str:
    """The document with the table between its two markers replaced by the present one."""
    begin, end = "<!-- devices: begin -->", "<!-- devices: end -->"
    if begin not in text or end not in text:
        raise ValueError(f"the document needs the markers {begin} and {end}")
    return re.sub(f"{begin}.*{end}", lambda _: f"{begin}\n{markdown()}{end}", text, flags=re.DOTALL)


if __name__ == "__main__":
    raise SystemExit(_main(sys.argv[1:]))
