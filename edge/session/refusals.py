"""Why an entry is refused: one table of codes and what the person at the door reads. Pure."""

from __future__ import annotations

from typing import Final

_UNREADABLE: Final = "This code is not valid here. Please check your app."

TEXTS: Final[dict[str, str]] = {
    # the cabinet
    "not_configured": "This cabinet is not set up yet.",
    "starting": "One moment please, the cabinet is starting.",
    "busy": "One moment please, somebody else is shopping.",
    "out_of_service": "Sorry, this cabinet is out of service.",
    "storage_low": "Sorry, this cabinet cannot take new visits at the moment.",
    "unknown_door": "This cabinet has no such door.",
    # the credential as such
    "not_a_pass": _UNREADABLE,
    "too_long": _UNREADABLE,
    "malformed": _UNREADABLE,
    "unknown_key": _UNREADABLE,
    "bad_signature": _UNREADABLE,
    "bad_claims": _UNREADABLE,
    "wrong_audience": "This code is for another store.",
    # the code on the screen
    "code_unknown": "This code has been used or is too old. Please scan the one on the screen now.",
    # the pass in this store at this time
    "expired": "This code has expired. Please open a new one in your app.",
    "not_yet_valid": "This code is not valid yet.",
    "already_used": "This code has been used. Please open a new one in your app.",
    "denied": "This code is blocked. Please contact the operator.",
    "currency": "This code is for another currency.",
    "limit_too_low": "Your spending limit is too low for this cabinet.",
    "clock": "Sorry, codes cannot be checked at the moment. Please try again in a few minutes.",
    "pass_store_full": "Sorry, no code can be accepted at the moment. Please try again later.",
    # the cloud
    "cloud_refused": "Your code was not accepted. Please check your app.",
    "cloud_silent": "Sorry, your code cannot be checked at the moment. Please try again later.",
    "needs_cloud": "Sorry, cards cannot be checked at the moment. Please use the code in your app.",
    "interrupted": "Sorry, that was interrupted. Please present your code again.",
    # the offline risk budget
    "offline_too_long": "Sorry, this cabinet has been without a connection for too long.",
    "offline_visits": "Sorry, this cabinet needs its connection back before the next visit.",
    "offline_money": "Sorry, this cabinet needs its connection back before the next sale.",
}


def text_for(code: str) -> str:
    """What the person reads. Total: an unknown code reads as the general refusal."""
    return TEXTS.get(code, "Sorry, you cannot enter at the moment.")
