"""Puts together what the page of the wizard shows, from the settings, the feed and the record. Reads only."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

from devices import registry
from devices.commissioning.said import Said
from devices.config import DevicesSettings, DoorSettings, PlateSettings
from devices.station.live import StationLive
from edge.runtime.commissioning.feed import FRESH_NS, Feed, channel_name
from edge.runtime.commissioning.steps import STEPS, subjects
from edge.runtime.commissioning.work import StepKind
from edge.web.bench import (
    BenchView,
    ChannelView,
    DraftView,
    EndView,
    Figure,
    InputView,
    LineView,
    ProcedureView,
    RecordRow,
    SaidView,
    SessionView,
    StepView,
    SubjectView,
    TraceView,
)

POINTS_ALONE: Final = 360  # of a trace that is drawn alone: eight seconds of 45 per second
POINTS_TOGETHER: Final = 90  # of each where several are drawn
TRACES: Final = 6  # drawn at once: those that moved most


def bench_view(
    settings: DevicesSettings,
    *,
    on_channel: Mapping[tuple[str, int], PlateSettings],
    now_ns: int,
    session: SessionView | None,
    ended: EndView | None,
    procedure: ProcedureView | None,
    rows: Sequence[RecordRow],
    draft: tuple[DraftView, ...],
    restart_needed: bool,
    live: StationLive,
    feed: Feed,
    wires: tuple[str, ...],
) -> BenchView:
    """The whole picture at one moment."""
    latest = {(row.step, row.subject): row for row in rows if row.outcome in ("passed", "failed")}
    return BenchView(
        at_s=now_ns / 1e9,
        session=session,
        ended=ended,
        steps=tuple(_step(kind, subjects(kind.per, settings), latest) for kind in STEPS.values()),
        procedure=procedure,
        draft=draft,
        restart_needed=restart_needed,
        lines=_lines(settings, live),
        channels=_channels(on_channel, feed, now_ns),
        inputs=_inputs(settings, feed, now_ns),
        traces=_traces(on_channel, feed, procedure, now_ns),
        wires=wires,
    )


def said_view(said: Said) -> SaidView:
    """One thing told, as the page gets it."""
    return SaidView(code=said.code, figures={name: _figure(value) for name, value in said.figures.items()})


def _figure(value: Figure) -> Figure:
    return value if isinstance(value, str) or not math.isfinite(value) else round(value, 4)


def _step(kind: StepKind, names: Sequence[str], latest: Mapping[tuple[str, str], RecordRow]) -> StepView:
    found = []
    for name in names:
        row = latest.get((kind.step, name))
        if row is None:
            found.append(SubjectView(subject=name))
        else:
            found.append(
                SubjectView(subject=name, outcome="passed" if row.outcome == "passed" else "failed", at_unix_s=row.at_unix_s, by=row.by)
            )
    return StepView(step=kind.step, per=kind.per, subjects=tuple(found))


def _lines(settings: DevicesSettings, live: StationLive) -> tuple[LineView, ...]:
    found = []
    for bus in settings.buses:
        devices = settings.devices_on(bus.name)
        found.append(
            LineView(
                bus=bus.name,
                url=bus.url,
                baud=bus.baud,
                wire=registry.driver_class(devices[0].driver).WIRE if devices else "",
                connected=live.buses[bus.name].connected,
                devices=tuple(device.name for device in devices),
            )
        )
    return tuple(found)


def _channels(on_channel: Mapping[tuple[str, int], PlateSettings], feed: Feed, now_ns: int) -> tuple[ChannelView, ...]:
    found = []
    for device, channel in sorted({*on_channel, *feed.readings}):
        reading, plate = feed.readings.get((device, channel)), on_channel.get((device, channel))
        fresh = reading is not None and now_ns - reading.at_ns < FRESH_NS
        found.append(
            ChannelView(
                device=device,
                channel=channel,
                plate=None if plate is None else plate.id,
                grams=round(reading.grams, 1) + 0.0 if reading is not None and fresh and math.isfinite(reading.grams) else None,
                quality=reading.quality if reading is not None and fresh else "stale",
            )
        )
    return tuple(found)


def _inputs(settings: DevicesSettings, feed: Feed, now_ns: int) -> tuple[InputView, ...]:
    uses = {name: use for door in settings.doors for name, use in _uses(door)}
    found = []
    for device, reading in sorted(feed.bits.items()):
        fresh = now_ns - reading.at_ns < FRESH_NS
        for index, bit in enumerate(reading.bits):
            found.append(InputView(device=device, index=index, on=bit if fresh else None, use=uses.get(f"{device}:{index}", "")))
    return tuple(found)


def _uses(door: DoorSettings) -> list[tuple[str, str]]:
    return [
        (str(terminal), f"{door.id}:{use}") for terminal, use in ((door.contact, "contact"), (door.bolt, "bolt")) if terminal is not None
    ]


def _traces(
    on_channel: Mapping[tuple[str, int], PlateSettings], feed: Feed, procedure: ProcedureView | None, now_ns: int
) -> tuple[TraceView, ...]:
    """The plate of a procedure alone; where it could be any, those that moved most."""
    if procedure is None or procedure.state != "running":
        return ()
    named = {channel_name(*place): plate.id for place, plate in on_channel.items()}
    if procedure.step in ("calibrate", "knock"):
        wanted = [channel for channel, plate in named.items() if plate == procedure.subject]
        return tuple(TraceView(name=procedure.subject, points=feed.trace(channel, now_ns, POINTS_ALONE)) for channel in wanted)
    if procedure.step not in ("plates", "leaks"):
        return ()
    known = sorted({channel_name(*place) for place in feed.readings}, key=lambda channel: -feed.span(channel))[:TRACES]
    shown = {channel: channel if procedure.step == "plates" else named.get(channel, channel) for channel in sorted(known)}
    return tuple(TraceView(name=name, points=feed.trace(channel, now_ns, POINTS_TOGETHER)) for channel, name in shown.items())
