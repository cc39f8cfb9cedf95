"""What is known of one fault beside its words: sentences by code, with holes for figures, so that every language can say them. Pure.

What a driver, a broker or a person says in its own words has no code: it is kept as it was told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from edge.session.faults import CAMERA_WORDS, PLATE_WORDS

DETAILS: Final[dict[str, str]] = {
    **{f"plate_{reason}": words for reason, words in PLATE_WORDS.items()},
    **{f"camera_{trouble}": words for trouble, words in CAMERA_WORDS.items()},
    "moved_behind_closed": "goods moved, the contact said closed",
    "bolt_did_not_move": "the door opened, the bolt sensor did not move",
    "drifting": "{g_per_h} g per hour while nobody is shopping",
    "weight_disagrees": "the plates say {mean_g} g (standard deviation {sd_g} g, {units} units weighed), "
    "the catalogue says {catalogue_g} g",
    "unlock_expired": "the order to unlock came too late to be carried out",
    "unlock_no_movement": "the board took the order, and no sensor moved",
    "unlock_unreachable": "the board did not answer",
    "unlock_refused": "the board refused the order",
    "unlock_misconfigured": "the board is set up otherwise than the store file says",
    "unlock_unconfirmed": "no sensor moved in time",
    "unlocks_in_a_row": "{failures} unlocks in a row failed",
    "eye_again": "{times} times in a row",
    "offline_too_long": "it has been without the cloud for too long",
    "offline_visits": "it has let in as many visits as it may without the cloud",
    "offline_money": "it has sold for as much as it may without the cloud",
    "cloud_outbox": "the outbox cannot be read or marked",
    "cloud_unreached": "the broker cannot be reached",
    "cloud_closed": "the connection was lost",
    "cloud_refused": "the broker does not take messages: check this store's rights at the broker",
}
"""By code; ``{holes}`` are the values."""


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence of ``DETAILS`` with the values for its holes. ``more``: what a machine told besides, in its own words."""

    code: str
    values: Mapping[str, str] = field(default_factory=dict)
    more: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One fault that keeps the cabinet out of service: its code, its words, and what has it; no subjects where it is the whole cabinet."""

    code: str
    words: str
    subjects: tuple[str, ...] = ()


def words_of(said: Said) -> str:
    """The sentence in English. Raises KeyError for a code or a hole that is not there."""
    words = DETAILS[said.code].format_map(said.values)
    return f"{words} ({said.more})" if said.more else words
