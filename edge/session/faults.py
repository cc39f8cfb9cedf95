"""The fault table: every fault, how bad it is, what the operator reads and does, and what it does to the cabinet. Pure.

``python -m edge.session.faults`` prints docs/faults.md. Refusals of entry are no faults: they live in :mod:`edge.session.refusals`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from vision.facts import CameraTrouble

Severity: TypeAlias = Literal["notice", "warning", "critical"]
Effect: TypeAlias = Literal["none", "review", "closes", "as_set"]
"""``none``: trading goes on. ``review``: a visit it touches goes to a person. ``closes``: no new visit begins; the running one goes on to
its end and is reviewed where the fault touches it. ``as_set``: ``closes`` or ``review``, by the setting ``visit.lost_plate``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One row. ``latched``: stays until ``clear_faults``; otherwise it clears itself when its cause is gone.

    ``bars_restocker``: doors or safety are concerned, so that only a technician may still open the cabinet.
    """

    code: str
    severity: Severity
    words: str
    action: str
    effect: Effect
    latched: bool = False
    bars_restocker: bool = False


TABLE: Final[tuple[Fault, ...]] = (
    Fault(
        code="held_open",
        severity="warning",
        words="The door has been open for a long time.",
        action="Close the door. The visit goes on until it is closed or the longest visit is over.",
        effect="none",
    ),
    Fault(
        code="door_left_open",
        severity="critical",
        words="The door is open and nobody is shopping.",
        action="Go there, close the door, count the goods.",
        effect="closes",
        bars_restocker=True,
    ),
    Fault(
        code="forced_door",
        severity="critical",
        words="The door opened although nobody was let in.",
        action="Look for damage, count the goods, then acknowledge. The visit was handed to a person.",
        effect="review",
        latched=True,
    ),
    Fault(
        code="relock_fault",
        severity="critical",
        words="The bolt does not hold although it should.",
        action="Press the door shut; check what jams the bolt. Clears when the bolt holds.",
        effect="closes",
        bars_restocker=True,
    ),
    Fault(
        code="unlock_failed",
        severity="warning",
        words="An unlock was ordered and the door did not let go.",
        action="Nothing yet; clears with the next unlock that works.",
        effect="none",
    ),
    Fault(
        code="lock_failing",
        severity="critical",
        words="Several unlocks in a row have failed.",
        action="Check lock, wiring and board, open the cabinet as technician, then acknowledge.",
        effect="closes",
        latched=True,
        bars_restocker=True,
    ),
    Fault(
        code="door_sensors_disagree",
        severity="critical",
        words="The door's sensors contradict each other or the scales: goods moved behind a closed door, or it opened past a held bolt.",
        action="Check the door contact and the bolt sensor, then acknowledge.",
        effect="closes",
        latched=True,
        bars_restocker=True,
    ),
    Fault(
        code="door_lost",
        severity="critical",
        words="The device that controls and watches the door does not answer.",
        action="Check its power and cable. Clears when it answers.",
        effect="closes",
        bars_restocker=True,
    ),
    Fault(
        code="plate_lost",
        severity="critical",
        words="A weighing plate does not answer.",
        action="Check its power and cable. Clears when it answers.",
        effect="as_set",
    ),
    Fault(
        code="plate_faulted",
        severity="critical",
        words="A weighing plate delivers values that cannot be weights.",
        action="Look for an unplugged or overloaded cell or a transmitter reset to factory values. Clears when the weights are plausible.",
        effect="as_set",
    ),
    Fault(
        code="plate_drifting",
        severity="warning",
        words="A resting weighing plate creeps faster than a healthy cell does.",
        action="Look for a loose cell, a chafed cable, water, a fan that blows onto it; exchange the cell if it goes on. Then acknowledge.",
        effect="none",
        latched=True,
    ),
    Fault(
        code="plate_disturbed",
        severity="notice",
        words="Something leans on a weighing plate, or it does not come to rest.",
        action="Look for a bag or a hand on the shelf, a plate that touches its neighbour, vibration. Clears when the plate is at rest.",
        effect="none",
    ),
    Fault(
        code="device_lost",
        severity="warning",
        words="A device that holds no door and no plate does not answer.",
        action="Check its power and cable. Clears when it answers.",
        effect="none",
    ),
    Fault(
        code="eye_lost",
        severity="warning",
        words="The process that watches the cameras does not answer, or dies again and again. Visits go by weight alone while it is away.",
        action="Look at 'systemctl status smartstore-vision' and its log. Clears when it answers; after several losses in a row, which the "
        "fault counts, when it has answered for five minutes.",
        effect="none",
    ),
    Fault(
        code="camera_lost",
        severity="warning",
        words="A camera sees nothing that could be used. What happens before it goes by weight alone.",
        action="Look at its picture on the page, clean it, check its cable, its power and where it points. Clears when it sees again.",
        effect="none",
    ),
    Fault(
        code="goods_moved_unattended",
        severity="warning",
        words="Goods moved through an open door while no visit was running.",
        action="Count the goods, compare with the stock report, then acknowledge. Nobody is billed for it.",
        effect="none",
        latched=True,
    ),
    Fault(
        code="unit_weight_disagrees",
        severity="warning",
        words="A product weighs something else than the catalogue says.",
        action="Weigh ten pieces of it ('smartstore weigh') and correct unit_weight_g. Clears when the catalogue agrees with the plates.",
        effect="none",
    ),
    Fault(
        code="cloud_lost",
        severity="warning",
        words="There has been no word from the cloud for longer than allowed.",
        action="Check the internet connection. The store sells on within its offline limits.",
        effect="none",
    ),
    Fault(
        code="offline_budget_spent",
        severity="critical",
        words="The store has used up what it may do on its own; entries are refused until the cloud answers.",
        action="Restore the internet connection.",
        effect="none",
    ),
    Fault(
        code="pass_store_full",
        severity="warning",
        words="Too many used passes are still valid; passes are refused until some expire.",
        action="Issue passes with a shorter life.",
        effect="none",
    ),
    Fault(
        code="clock_untrusted",
        severity="critical",
        words="Nobody vouches for the date and time, so no pass can be judged; passes are refused.",
        action="Let the machine reach a time server, or fit a battery-backed clock. Clears with the next pass after that.",
        effect="none",
    ),
    Fault(
        code="storage_low",
        severity="critical",
        words="The disk is nearly full: no new visit can be recorded safely.",
        action="Free space or restore the connection, so that events drain. Clears when there is room.",
        effect="closes",
        bars_restocker=True,
    ),
    Fault(
        code="changes_stepped_back",
        severity="warning",
        words="The last change of goods or settings could not be used; what held before it holds again.",
        action="Look at what holds now, prices first, and make the change again, otherwise. Clears with the next change.",
        effect="none",
    ),
    Fault(
        code="changes_unreadable",
        severity="critical",
        words="What was changed of goods and settings cannot be read any more, so prices may be old: the store file holds alone.",
        action="Check the disk. Then make the changes again, or go back to the store file on the page of changes if it is right.",
        effect="closes",
    ),
    Fault(
        code="out_of_service",
        severity="notice",
        words="An operator took the cabinet out of service.",
        action="Return it to service when the work is done.",
        effect="closes",
    ),
)
FAULTS: Final[dict[str, Fault]] = {fault.code: fault for fault in TABLE}

PLATE_WORDS: Final[dict[str, str]] = {
    "disconnected": "no cell: its cable is off or cut",
    "overload": "more than its rated load stands on it",
    "saturated": "its converter is at its limit: short circuit, water or a bent cell",
    "below_zero": "it rests below its zero: something lifts it, or its calibration is lost",
    "stuck": "it repeats one value bit for bit: the converter hangs, switch its power off and on",
    "unsteady": "it never comes to rest: a loose cable, or something shakes it",
    "no_samples": "no weights come from it any more",
    "not_a_number": "its transmitter sends no numbers",
    "factory_reset": "its weight jumped without any movement: zeroed, reset or calibrated anew; calibrate it, restart the controller",
}
"""What the operator reads beside ``plate_faulted``, by the reason that the weighing stage gives."""

CAMERA_WORDS: Final[dict[CameraTrouble, str]] = {
    "no_frames": "no picture comes from it",
    "black": "its picture is black: covered, or without light",
    "frozen": "its picture does not change any more",
    "blurred": "its picture is blurred: dirty, wet or out of focus",
    "moved": "it points elsewhere than when its zones were drawn",
}
"""What the operator reads beside ``camera_lost``, by the trouble that the eye names."""

_EFFECTS: Final[dict[Effect, str]] = {
    "none": "trading goes on",
    "review": "the visit goes to a person",
    "closes": "no new visit",
    "as_set": "by `visit.lost_plate`",
}


def as_markdown() -> str:
    """docs/faults.md, whole."""
    rows = [
        f"| `{f.code}` | {f.severity} | {f.words} | {f.action} | {_EFFECTS[f.effect]} |"
        f" {'until acknowledged' if f.latched else 'by itself'} | {'technician' if f.bars_restocker else 'restocker, technician'} |"
        for f in TABLE
    ]
    head = (
        "# Faults\n\n"
        "Generated by `python -m edge.session.faults`; a test compares. A fault never keeps anybody from leaving and never ends the\n"
        "running visit: what it does to the cabinet begins with the next entry.\n\n"
        "| code | severity | what the operator reads | what to do | cabinet | clears | who may still open |\n"
        "|---|---|---|---|---|---|---|\n"
    )
    return head + "\n".join(rows) + "\n"


if __name__ == "__main__":
    print(as_markdown(), end="")
