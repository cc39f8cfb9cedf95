"""The store file that matches a simulated cabinet: what a technician would have written for it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from devices.sim.load_cell_node import COUNTS_PER_G, EMPTY_COUNTS
from devices.sim.wiring import LOCKS_BUS, NODE_BAUD, READER_BAUD, READER_BUS, SCALES_BUS

if TYPE_CHECKING:
    from devices.sim.cabinet import SimulatedCabinet

Value: TypeAlias = "str | int | float | bool | Sequence[Value] | Mapping[str, Value]"
Table: TypeAlias = Mapping[str, Value]

_LOCK_PRODUCTS = {
    "waveshare": ("modbus_relay", "waveshare-relay-8ch"),
    "pulse-0100": ("modbus_relay", "pulse-0100-8ch"),
    "kr-cu16": ("kerong", "kr-cu16"),
    "kr-cu-wide": ("kerong", "kr-cu-wide"),
}


def store_tables(
    cabinet: SimulatedCabinet,
    *,
    tenant: str = "demo",
    store: str = "cabinet-1",
    broker: str = "mqtt://127.0.0.1:1883",
    keys: Mapping[str, str] | None = None,
    sections: Mapping[str, Table] | None = None,
    cameras: Sequence[Table] = (),
) -> dict[str, Table | list[Table]]:
    """Every section of the store file. ``keys``: key id to base64 public key of accepted passes; without any, the
    cloud is asked about every entry. ``sections`` adds keys to single
    sections or replaces them, as in ``{"web": {"port": 0}, "journal": {"path": "journal.db"}}``; ``cameras``: one table each."""
    single: dict[str, dict[str, Value]] = {
        "store": {"tenant": tenant, "store": store, "currency": cabinet.layout.currency},
        "visit": {},
        "entry": {"keys": dict(keys)} if keys else {"verify": "cloud"},
        "cloud": {"broker": broker},
        "web": {},
        "journal": {"path": "journal.db"},
    }
    for name, table in (sections or {}).items():
        single.setdefault(name, {}).update(table)
    tables: dict[str, Table | list[Table]] = {name: table for name, table in single.items() if table}
    tables.update(device_tables(cabinet))
    tables["product"] = [
        {
            "gtin": product.gtin,
            "name": product.name,
            "price_minor": product.price_minor,
            "tax_bp": product.tax_bp,
            "unit_weight_g": product.unit_weight_g,
            "weight_sd_g": product.weight_sd_g,
        }
        for product in cabinet.layout.products
    ]
    tables["planogram"] = [{"plate": plate.plate, "gtin": plate.gtin, "count": plate.count} for plate in cabinet.layout.plates]
    if cameras:
        tables["camera"] = list(cameras)
    return tables


def device_tables(cabinet: SimulatedCabinet) -> dict[str, list[Table]]:
    """The sections of what is wired: bus, device, door, plate, reader."""
    layout, ports = cabinet.layout, cabinet.ports()
    scale_baud = NODE_BAUD if layout.scales == "node" else layout.scale_baud
    bauds = {LOCKS_BUS: layout.lock_baud, SCALES_BUS: scale_baud, READER_BUS: READER_BAUD}
    driver, product = _LOCK_PRODUCTS[layout.lock]
    devices: list[Table] = [{"name": "locks", "driver": driver, "product": product, "bus": LOCKS_BUS}]
    count = len(layout.plates)
    match layout.scales:
        case "multi":
            devices.append(_device("scale", "modbus_scale", "transmitter-multi", options={"channels": count}))
        case "single":
            devices += [
                _device(cabinet.wiring.plate_at[plate.plate][0], "modbus_scale", "transmitter-1ch", address=number)
                for number, plate in enumerate(layout.plates, start=1)
            ]
        case "node":
            counts: dict[str, Value] = {
                "channels": count,
                "inputs": 0,
                "outputs": 0,
                "grams_per_count": [1.0 / COUNTS_PER_G] * count,
                "zero_counts": [EMPTY_COUNTS] * count,
            }
            devices.append(_device("scale", "node", "cell-node", options=counts))
    tables: dict[str, list[Table]] = {
        "bus": [{"name": name, "url": f"serial://{path}", "baud": bauds[name]} for name, path in ports.items()],
        "device": devices,
        "door": [_door(cabinet, index) for index in range(len(layout.doors))],
        "plate": [
            {
                "id": plate.plate,
                "device": cabinet.wiring.plate_at[plate.plate][0],
                "channel": cabinet.wiring.plate_at[plate.plate][1],
                "rated_g": plate.traits.rated_g,
                "neighbours": list(plate.neighbours),
            }
            for plate in layout.plates
        ],
    }
    if layout.reader:
        devices.append({"name": "reader", "driver": "code_reader", "product": "line-reader", "bus": READER_BUS})
        tables["reader"] = [{"id": "front-reader", "device": "reader", "door": layout.doors[0].door}]
    return tables


def toml_text(tables: Mapping[str, Table | list[Table]]) -> str:
    """The tables as TOML: single sections first as they come, lists of tables as [[name]]."""
    lines: list[str] = []
    for name, content in tables.items():
        for table in content if isinstance(content, list) else [content]:
            lines.append(f"[[{name}]]" if isinstance(content, list) else f"[{name}]")
            lines += [f"{key} = {_value(value)}" for key, value in table.items()]
            lines.append("")
    return "\n".join(lines)


def _device(
    name: str, driver: str, product: str, *, address: int | None = None, options: Mapping[str, Value] | None = None
) -> dict[str, Value]:
    table: dict[str, Value] = {"name": name, "driver": driver, "product": product, "bus": SCALES_BUS}
    if address is not None:
        table["address"] = address
    if options is not None:
        table["options"] = options
    return table


def _door(cabinet: SimulatedCabinet, index: int) -> Table:
    door = cabinet.layout.doors[index]
    table: dict[str, Value] = {"id": door.door, "lock": f"locks:{index}", "person_can_be_inside": False}
    if cabinet.layout.lock in ("kr-cu16", "kr-cu-wide"):
        table["bolt"] = f"locks:{index}"
        return table
    if door.has_contact:
        table["contact"] = f"locks:{2 * index}"
    table["bolt"] = f"locks:{2 * index + 1}"
    return table


def _value(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)  # a JSON string is a TOML basic string
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{json.dumps(key)} = {_value(inner)}" for key, inner in value.items()) + " }" if value else "{}"
    return "[" + ", ".join(_value(inner) for inner in value) + "]"


def write_store_file(path: Path, tables: Mapping[str, Table | list[Table]]) -> Path:
    """Write the tables to ``path``; returned: the path."""
    path.write_text(toml_text(tables), encoding="utf-8")
    return path
