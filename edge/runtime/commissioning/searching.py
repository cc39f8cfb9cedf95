"""The steps about lines: which serial ports there are and who holds them, and which boards answer on a line."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Final

from pydantic import ValidationError

from devices.commissioning.said import CameToNothing, Said
from devices.config import BusSettings, DevicesSettings
from devices.station.live import BusLive
from devices.station.search import Found, Range, Search, wires
from devices.transports.port_list import PortFound, path_of, ports
from edge.runtime.commissioning.work import Done, StepKind, Work
from edge.web.bench import FoundView, PortState, PortView, ScannedView, StepOrder

USUAL_BAUDS: Final = (9600, 19200, 115200)
FREE_PORT: Final = "port"  # the name of a line while its port has none
SHORT_NAMES: Final = {
    "modbus_relay": "locks",
    "kerong": "locks",
    "modbus_scale": "scale",
    "mt_sics": "scale",
    "node": "node",
    "code_reader": "reader",
}


async def find_ports(work: Work) -> Done:
    """Look at the serial ports of this machine."""
    work.tell(Said("looking"))
    buses = {bus.name: bus for bus in work.settings.buses}
    named = {name: path for name, bus in buses.items() if (path := path_of(bus.url)) is not None}
    listed = await asyncio.to_thread(ports, named.values())
    live = work.live().buses
    views = [_port_view(port, named, live) for port in listed]
    views += [
        PortView(url=bus.url, names=(bus.url,), description="", bus=name, state=_of_bus(live[name]), trouble=live[name].trouble or "")
        for name, bus in buses.items()
        if name not in named
    ]
    views.sort(key=lambda view: (view.bus is None, view.bus or "", view.url))
    work.show(FoundView(ports=tuple(views)))
    closed = [name for name in buses if not live[name].connected]
    words = f"{len(views)} ports; not open: {', '.join(closed)}" if closed else f"{len(views)} ports; every line is open"
    return Done(words=words, figures={"ports": len(views), "lines": len(buses), "closed": len(closed)}, well=not closed)


def _port_view(port: PortFound, named: dict[str, str], live: dict[str, BusLive] | object) -> PortView:
    bus = next((name for name, path in named.items() if path in port.names), None)
    state: PortState = "free"
    trouble = ""
    if bus is not None:
        assert isinstance(live, dict)  # noqa: S101 - narrows the type
        state, trouble = _of_bus(live[bus]), live[bus].trouble or ""
    if not port.there:
        state = "missing"
    elif state == "free" and not port.permitted:
        state = "denied"
    elif state == "free" and port.holders:
        state = "held"
    return PortView(
        url=port.url, names=port.names, description=port.description, bus=bus, state=state, holders=port.holders, trouble=trouble
    )


def _of_bus(live: BusLive) -> PortState:
    return "used" if live.connected else "missing"


async def search_line(work: Work) -> Done:
    """Ask around on one line, or on a port that no line uses."""
    order = work.order
    views: list[ScannedView] = []

    def found(device: Found) -> None:
        work.devices.append(device)
        views.append(_scanned_view(device, work.draft.names("device") | {view.new_name for view in views}))
        work.show(FoundView(scanned=tuple(views)))

    bus = next((one for one in work.settings.buses if one.name == order.subject), None) or _free_bus(order)
    search = Search(
        bus,
        work.settings.devices_on(bus.name),
        addresses=Range(order.first, order.last),
        tell=work.tell,
        found=found,
        progress=work.progress,
    )
    if order.subject:
        live = work.live()
        if not live.buses[bus.name].connected:
            raise CameToNothing(
                live.buses[bus.name].trouble or f"{bus.url} is not open",
                "See the step about ports.",
                code="port_gone",
                figures={"url": bus.url},
            )
        known = {
            name: device.identity
            for name, device in live.devices.items()
            if device.bus == bus.name and device.state == "online" and device.identity is not None
        }
        await search.on_owned(work.bench.lent(bus.name), known)
    else:
        await search.on_free(order.wires or tuple(wires()), order.bauds or USUAL_BAUDS)
    counts: dict[str, int] = {
        verdict: sum(view.verdict == verdict for view in views) for verdict in dict.fromkeys(view.verdict for view in views)
    }
    words = ", ".join(f"{count} {verdict}" for verdict, count in counts.items()) or "nothing answers"
    well = bool(views) and not {"silent", "other", "unclear", "unfit"} & counts.keys()
    return Done(words=words, figures={"first": order.first, "last": order.last, **counts}, well=well)


def search_refused(order: StepOrder, settings: DevicesSettings) -> str:
    """Why a line cannot be searched so."""
    if order.first > order.last:
        return "bad_addresses"
    if order.subject:
        return "" if any(bus.name == order.subject for bus in settings.buses) else "unknown_subject"
    if any(bus.url == order.url for bus in settings.buses):
        return "port_used"
    if not set(order.wires) <= wires().keys():
        return "unknown_wire"
    try:
        _free_bus(order)
    except ValidationError:
        return "bad_port"
    return ""


def _free_bus(order: StepOrder) -> BusSettings:
    bauds = order.bauds or USUAL_BAUDS
    for baud in bauds:
        bus = BusSettings(name=FREE_PORT, url=order.url, baud=baud, parity=order.parity)
    return bus


def _scanned_view(found: Found, taken: Collection[str]) -> ScannedView:
    return ScannedView(
        verdict=found.verdict,
        bus=found.bus,
        baud=found.baud,
        address=found.address,
        device=found.device,
        driver=found.driver,
        product=found.product,
        title=found.title,
        serial=found.serial,
        firmware=found.firmware,
        fits=found.fits,
        words=found.words,
        new_name=free_name(found, taken) if found.verdict == "unknown" else "",
    )


def free_name(found: Found, taken: Collection[str]) -> str:
    """A name for a device that the store file does not have yet."""
    base = SHORT_NAMES.get(found.driver, found.driver.replace("_", "-"))
    names = (base, *(f"{base}-{number}" for number in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)


def free_bus_name(found: Found, taken: Collection[str]) -> str:
    """A name for the line of a port that no line uses yet."""
    base = {"locks": "locks", "scale": "scales"}.get(SHORT_NAMES.get(found.driver, ""), "line")
    names = (base, *(f"{base}-{number}" for number in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)


PORTS: Final = StepKind(step="ports", per="store", do=find_ports)
SCAN: Final = StepKind(step="scan", per="bus", do=search_line, refused=search_refused)
