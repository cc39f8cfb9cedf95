"""The step about doors: which inputs watch a door, and which way round. Nothing here moves or holds a door."""

from __future__ import annotations

from typing import Any, Final

from devices import registry
from devices.commissioning.doors import MovedInput, Sensors, told_apart, which_inputs
from devices.commissioning.said import CameToNothing
from devices.config import DevicesSettings, DoorSettings
from edge.runtime.commissioning.work import Done, StepKind, Work
from edge.web.bench import DoorInputsView, FoundView, SensedView, StepOrder


async def map_door(work: Work) -> Done:
    """Open a door and close it, and see which inputs follow."""
    door = _door(work.settings, work.order.subject)
    if door is None:
        raise ValueError(f"there is no door {work.order.subject!r}")  # refused before it begins
    with work.feed.boards() as inputs:
        moved = await which_inputs(inputs, door.id, patience_s=work.patience_s, tell=work.tell)
    drivers = {device.name: device.driver for device in work.settings.devices}
    hook_only = registry.driver_class(drivers[door.lock.device]).HOOK_PROVES
    known = {str(terminal): use for terminal, use in ((door.contact, "contact"), (door.bolt, "bolt")) if terminal is not None}
    sensors = told_apart(moved, known, hook_only=hook_only)
    _all_moved(door, sensors)
    wanted = _wanted(sensors, hook_only=hook_only)
    same = not _differs(door, wanted)
    work.show(FoundView(sensed=DoorInputsView(door=door.id, inputs=tuple(_sensed(sensors)), same=same)))
    work.draft.want("door", door.id, **wanted)
    figures = {key: str(value) for key, value in wanted.items()}
    return Done(words=", ".join(f"{key} {value}" for key, value in figures.items()), figures=figures)


def door_refused(order: StepOrder, settings: DevicesSettings) -> str:
    """A door that is there."""
    return "" if _door(settings, order.subject) is not None else "unknown_subject"


def _door(settings: DevicesSettings, name: str) -> DoorSettings | None:
    return next((door for door in settings.doors if door.id == name), None)


def _all_moved(door: DoorSettings, sensors: Sensors) -> None:
    """A sensor that the store file names and that did not follow the door is broken, or was never fitted."""
    for name, terminal, moved in (("contact", door.contact, sensors.contact), ("bolt", door.bolt, sensors.bolt)):
        if terminal is not None and moved is None:
            raise CameToNothing(
                f"the {name} sensor {terminal} of door {door.id} did not follow it",
                "Check the sensor and its wire; where none is fitted, take it out of the store file.",
                code="sensor_missing",
                figures={"use": name, "terminal": str(terminal)},
            )


def _wanted(sensors: Sensors, *, hook_only: bool) -> dict[str, Any]:
    """As the door's settings write it."""
    wanted: dict[str, Any] = {}
    if sensors.contact is not None:
        wanted |= {"contact": sensors.contact.terminal, "contact_open_when": sensors.contact.open_level}
    if sensors.bolt is not None:
        wanted |= {"bolt": sensors.bolt.terminal, "bolt_released_when": sensors.bolt.open_level}
        if hook_only:
            wanted["lock"] = sensors.bolt.terminal
    return wanted


def _differs(door: DoorSettings, wanted: dict[str, Any]) -> bool:
    present = door.model_dump(mode="json")
    return any(present[key] != value for key, value in wanted.items())


def _sensed(sensors: Sensors) -> list[SensedView]:
    found: list[SensedView] = []
    if sensors.contact is not None:
        found.append(_view(sensors.contact, is_contact=True))
    if sensors.bolt is not None:
        found.append(_view(sensors.bolt, is_contact=False))
    return found


def _view(moved: MovedInput, *, is_contact: bool) -> SensedView:
    return SensedView(device=moved.device, index=moved.index, use="contact" if is_contact else "bolt", open_level=moved.open_level)


DOORS: Final = StepKind(step="doors", per="door", do=map_door, refused=door_refused)
