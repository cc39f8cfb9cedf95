"""Why the access room says no. Pure: codes that travel, words for a log or a terminal."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

RefusalCode: TypeAlias = Literal[
    "bad_name",
    "taken",
    "too_many",
    "password_short",
    "password_long",
    "password_name",
    "password_simple",
    "password_common",
    "unknown_user",
    "unknown_session",
    "unknown_token",
    "last_admin",
    "bad_link",
    "set_up_already",
]

WORDS: Final[dict[RefusalCode, str]] = {
    "bad_name": "A name has 1 to 40 letters, digits, dots, lines or dashes, and begins with a letter or digit.",
    "taken": "This name is taken.",
    "too_many": "There are too many of them; end some that nobody needs.",
    "password_short": "A password has at least 12 characters.",
    "password_long": "A password has at most 200 characters.",
    "password_name": "A password does not contain the name of its user.",
    "password_simple": "A password has at least 5 different characters and no plain row of them.",
    "password_common": "This password is one of those that are tried first.",
    "unknown_user": "There is no such user, or they are disabled.",
    "unknown_session": "There is no such session.",
    "unknown_token": "There is no such token.",
    "last_admin": "The last admin stays: make another one first.",
    "bad_link": "This link has been used, has been replaced, or is too old.",
    "set_up_already": "The store has its first user already.",
}


class AccessRefused(Exception):
    """What was asked for is not allowed or not possible; nothing has changed. ``code`` is stable."""

    def __init__(self, code: RefusalCode) -> None:
        super().__init__(WORDS[code])
        self.code: RefusalCode = code
        self.words = WORDS[code]


class Throttled(Exception):
    """Too many attempts: nothing was tried. ``wait_s``: seconds until the next one may be."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"try again in {wait_s:.0f} s")
        self.wait_s = wait_s


class AccessError(RuntimeError):
    """The access file cannot be used. The message says what to do."""
