"""The table of steps, in the order in which a cabinet is commissioned. A further step is one more row here and a component of the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from devices.config import DevicesSettings
from edge.runtime.commissioning import doors, golden, locks, searching, weighing
from edge.runtime.commissioning.work import StepKind
from edge.web.bench import Per, Step

STEPS: Final[Mapping[Step, StepKind]] = {
    kind.step: kind
    for kind in (
        searching.PORTS,
        searching.SCAN,
        weighing.PLATES,
        doors.DOORS,
        locks.LOCK,
        weighing.CALIBRATE,
        weighing.LEAKS,
        weighing.KNOCK,
        golden.GOLDEN,
    )
}


def subjects(per: Per, settings: DevicesSettings) -> tuple[str, ...]:
    """What a step is done for, each on its own; "" is the store."""
    match per:
        case "store":
            return ("",)
        case "bus":
            return tuple(bus.name for bus in settings.buses)
        case "plate":
            return tuple(plate.id for plate in settings.plates)
        case "door":
            return tuple(door.id for door in settings.doors)
