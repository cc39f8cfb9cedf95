"""Devices, lines and what goes over them, as the technician's page shows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Literal

from devices import registry
from devices.config import BusSettings, DevicesSettings
from devices.station.live import BusLive, DeviceLive, StationLive
from devices.station.wire_watch import WireRow, WireRows
from devices.wire_log import BusCounters
from edge.runtime.clock import ClockReading
from edge.snapshot import DeviceCondition
from edge.web.care.machine import (
    ChannelView,
    DeviceDetail,
    InputView,
    LineDetail,
    MachineView,
    MeaningView,
    OutputView,
    WireRowView,
    WireTraceView,
)

_Sensor = tuple[str, Literal["contact", "bolt"]]


class MachineRows:
    """Rows over one configuration; what does not change is looked up once."""

    def __init__(self, settings: DevicesSettings) -> None:
        self._settings = settings
        self._titles = {device.name: registry.products(device.driver)[device.product].title for device in settings.devices}
        self._protocols = {
            bus.name: next((registry.driver_class(device.driver).WIRE for device in settings.devices_on(bus.name)), "")
            for bus in settings.buses
        }
        self._sensors: dict[tuple[str, int], _Sensor] = {}
        for door in settings.doors:
            if door.contact is not None:
                self._sensors[door.contact.device, door.contact.index] = door.id, "contact"
            if door.bolt is not None:
                self._sensors[door.bolt.device, door.bolt.index] = door.id, "bolt"
        self._plates = {(plate.device, plate.channel): plate.id for plate in settings.plates}
        self._locks = {(door.lock.device, door.lock.index): door.id for door in settings.doors}

    def view(self, live: StationLive, now_ns: int) -> MachineView:
        """Everything now."""
        return MachineView(
            at_s=now_ns / 1e9,
            devices=tuple(self._device(device) for device in live.devices.values()),
            lines=tuple(self._line(bus, live.buses[bus.name]) for bus in self._settings.buses),
        )

    def _device(self, device: DeviceLive) -> DeviceDetail:
        condition: DeviceCondition = "up" if device.state == "online" else device.state
        failed = device.last_failure
        given = {pulse.output: pulse for pulse in device.pulses}
        outputs = []
        for (board, index), door in self._locks.items():
            if board == device.device:
                pulse = given.get(index)
                outputs.append(
                    OutputView(
                        index=index,
                        door=door,
                        pulse_s=None if pulse is None else pulse.seconds,
                        pulsed_s=None if pulse is None else pulse.sent_ns / 1e9,
                    )
                )
        return DeviceDetail(
            name=device.device,
            driver=device.driver,
            product=device.product,
            title=self._titles[device.device],
            bus=device.bus,
            address=device.address,
            condition=condition,
            serial=None if device.identity is None else device.identity.serial,
            firmware=None if device.identity is None else device.identity.firmware,
            seen_s=None if device.last_seen_ns is None else device.last_seen_ns / 1e9,
            failure=None if failed is None else failed[1],
            failed_s=None if failed is None else failed[0] / 1e9,
            inputs=tuple(self._inputs(device)),
            inputs_s=None if device.inputs is None else device.inputs.at_ns / 1e9,
            channels=tuple(
                ChannelView(
                    index=reading.channel,
                    grams=round(reading.grams, 1) + 0.0,
                    quality=reading.quality,
                    plate=self._plates.get((device.device, reading.channel)),
                )
                for reading in device.readings
            ),
            weighed_s=device.readings[0].at_ns / 1e9 if device.readings else None,
            outputs=tuple(outputs),
            counters={"hits": device.hits, "misses": device.misses, "times_lost": device.times_lost},
        )

    def _inputs(self, device: DeviceLive) -> list[InputView]:
        views = []
        for index, high in enumerate(() if device.inputs is None else device.inputs.bits):
            door, sensor = self._sensors.get((device.device, index), (None, None))
            views.append(InputView(index=index, high=high, door=door, sensor=sensor))
        return views

    def _line(self, settings: BusSettings, live: BusLive) -> LineDetail:
        return LineDetail(
            name=settings.name,
            url=settings.url,
            connected=live.connected,
            trouble=live.trouble,
            protocol=self._protocols[settings.name],
            speed=f"{settings.baud} {settings.data_bits}{settings.parity[0].upper()}{settings.stop_bits}",
            devices=tuple(device.name for device in self._settings.devices_on(settings.name)),
            busy_fraction=round(live.counters.busy_fraction, 3) if isinstance(live.counters, BusCounters) else None,
            counters=_counts(asdict(live.counters)),
        )


def trace_view(bus: str, found: WireRows, clock: ClockReading) -> WireTraceView:
    """What went over a line."""
    return WireTraceView(
        bus=bus,
        at_s=clock.monotonic_ns / 1e9,
        at_unix_s=clock.wall_ns / 1e9,
        rows=tuple(map(_row, found.rows)),
        newest=found.newest,
        missed=found.missed,
    )


def _row(row: WireRow) -> WireRowView:
    return WireRowView(
        number=row.number,
        at_s=row.at_ns / 1e9,
        direction=row.direction,
        hex=row.message.hex(" ") if row.message else None,
        size=row.size,
        device=row.device,
        meanings=tuple(MeaningView(code=one.code, values=one.values) for one in row.meanings),
    )


def _counts(counters: Mapping[str, object]) -> dict[str, int]:
    return {name: value for name, value in counters.items() if isinstance(value, int) and not isinstance(value, bool)}
