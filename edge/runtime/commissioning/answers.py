"""What the wizard answers to a wish: every code, and its words in the store's own English. Pure."""

from __future__ import annotations

from typing import Final

from edge.web.bench import BenchResult

REFUSALS: Final[dict[str, str]] = {
    "no_session": "Begin first: the cabinet is taken out of service.",
    "somebody_inside": "A shopper is inside. Wait until the visit is over.",
    "in_service": "The cabinet is in service again. Begin anew.",
    "busy": "Something is being done already. Let it end, or cancel it.",
    "idle": "Nothing runs.",
    "unknown_subject": "The store file has no line, plate or door of this name.",
    "no_rated_load": "A new plate needs its rated load in grams.",
    "no_mass": "Say how heavy the known mass is, in grams.",
    "light_mass": "The mass is too light: 100 g at least, and for calibrating a twentieth of the plate's rated load.",
    "heavy_mass": "The mass is heavier than the plate's rated load.",
    "bad_addresses": "The first address must not be behind the last one.",
    "port_used": "A line of the store file uses this port: search that line.",
    "unknown_wire": "No protocol of this name is known here.",
    "bad_port": "Name the port as serial:///dev/... or socket://HOST:PORT, with a standard speed.",
    "unknown_device": "The last search found nothing at this place that could be added.",
    "nothing_drafted": "There is nothing to write.",
}
"""Why something is not done, by code; the page has its own words."""

DONE: Final[dict[str, str]] = {
    "begun": "The cabinet is out of service; nobody new is let in.",
    "left": "The session is over. The cabinet stays out of service.",
    "left_in_service": "The session is over and the cabinet is back in service.",
    "started": "It runs.",
    "cancelled": "It was ended; nothing of it is kept.",
    "adopted": "It is in the draft.",
    "dropped": "It is out of the draft.",
}


def refused(code: str) -> BenchResult:
    """It is not done."""
    return BenchResult(accepted=False, code=code, words=REFUSALS[code])


def done(code: str) -> BenchResult:
    """It is done."""
    return BenchResult(accepted=True, code=code, words=DONE[code])
