"""What a procedure tells the technician while it runs, and why it came to nothing. Pure: codes with figures, and the words to each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

Figure: TypeAlias = int | float | str


@dataclass(frozen=True, slots=True)
class Said:
    """One thing told: ``code`` of :data:`SAYINGS`, and the figures that belong into its sentence, named with their units."""

    code: str
    figures: Mapping[str, Figure] = field(default_factory=dict)


Tell: TypeAlias = Callable[[Said], None]

SAYINGS: Final[dict[str, str]] = {
    "leave_plate": "Leave plate {plate} alone …",
    "leave_shelf": "Leave the shelf alone …",
    "leave_door": "Leave door {door} shut …",
    "knock": "Knock {number:.0f} of {of:.0f}: knock ONCE on plate {plate} with a knuckle, now, and take the hand away.",
    "knock_unused": "  not used: {why}",
    "knock_used": "  {hertz:.2f} Hz, damping {damping:.3f}, {amplitude_g:.0f} g, {rate_hz:.0f} samples per second",
    "put_mass": "Put the mass of {mass_g:g} g on the middle of plate {plate}, and take the hands away.",
    "other_plate": "  that was plate {other}: put it on plate {plate}.",
    "take_mass": "  … and take it off again.",
    "leaks_of": "  {plate} shows {shown_g:.1f} g; on the others: {shares}",
    "press": "Press on the middle of plate {plate} with a hand, now, and let go.",
    "pressed": "  {channel} moved by {peak_g:.0f} g.",
    "open_door": "Open door {door}, now.",
    "close_door": "  … and close it again, until it is held.",
    "empty_plate": "Take everything off plate {plate}, and take the hands away.",
    "zeroing": "Zero is being set at the transmitter …",
    "load": "Load {number:.0f} of {of:.0f}: put {mass_g:g} g on the middle of plate {plate}, and take the hands away.",
    "unload": "  … and take it off again.",
    "loaded": "  it shows {shown_g:.1f} g for {mass_g:g} g.",
    "asking": "Asking address {address:.0f} at {baud:.0f} baud …",
    "looking": "Looking at the ports …",
    "unlocking": "Door {door} is being unlocked … ({number:.0f} of {of:.0f})",
    "open_unlocked": "Open door {door} within {within_s:.0f} seconds.",
    "take_goods": "Take {units:.0f} of {product} from plate {plate}.",
    "give_back": "  … put {units:.0f} back on plate {plate}.",
    "close_up": "  … and close the door.",
    "counting": "The plates are being counted …",
    "asking_cloud": "Waiting for the cloud to confirm …",
}
"""Every code that a procedure tells, and how the command line says it; the page has its own words by the same codes."""


TROUBLES: Final = frozenset(
    {
        "no_weight",
        "no_rest",
        "no_mass",
        "mass_stays",
        "silent",
        "too_slow",
        "too_short",
        "no_ringing",
        "vibration",
        "unclear",
        "no_knock",
        "knocks_disagree",
        "leak_impossible",
        "two_channels",
        "upside_down",
        "still_pressed",
        "no_press",
        "zero_not_taken",
        "zero_refused",
        "not_repeatable",
        "not_linear",
        "factor_upside_down",
        "factor_kilograms",
        "factor_pounds",
        "factor_ounces",
        "factor_decimal_point",
        "factor_half_the_load",
        "factor_twice_the_load",
        "factor_uncalibrated",
        "restless_inputs",
        "no_input",
        "bounced",
        "not_closed",
        "many_inputs",
        "inputs_silent",
        "sensor_missing",
        "port_gone",
        "door_lost",
        "door_not_shut",
        "not_let_in",
        "lock_silent",
        "unlock_not_sent",
        "no_bolt_movement",
        "not_opened",
        "not_opened_no_bolt",
        "held_open",
        "not_locked_again",
        "empty_shelf",
        "not_taken",
        "not_put_back",
        "not_counted",
        "miscounted",
        "cloud_silent",
        "cannot_weigh",
        "device",
        "internal",
    }
)
"""Every code of what can go wrong; the page has words and an advice for each."""


def in_words(said: Said) -> str:
    """As the command line says it."""
    return SAYINGS[said.code].format(**said.figures)


class CameToNothing(Exception):
    """The procedure came to nothing; ``str`` says why, ``advice`` what to do, ``code`` is one of TROUBLES, for the words of the page.

    Raises ValueError for another code.
    """

    def __init__(self, why: str, advice: str, *, code: str = "cannot_weigh", figures: Mapping[str, Figure] | None = None) -> None:
        super().__init__(why)
        if code not in TROUBLES:
            raise ValueError(f"{code!r} is no trouble that anybody has words for")
        self.advice = advice
        self.code = code
        self.figures: Mapping[str, Figure] = figures or {}


class CannotWeigh(CameToNothing):
    """The plates cannot be read, or what they say is no result."""
