"""Passwords: which ones are taken, and how they are kept (argon2id). One hash at a time, on a thread that gives way to all others."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from edge.access.refusals import AccessRefused, Throttled

MEMORY_KIB: Final = 19_456  # KiB; with the next two one of OWASP's equal choices, the one with the least memory that takes one core
PASSES: Final = 2
LANES: Final = 1  # of the others' cores none is taken: scales are read meanwhile
SHORTEST: Final = 12  # characters
LONGEST: Final = 200  # characters
FEWEST_DIFFERENT: Final = 5
MOST_WAITING: Final = 8  # hashes of one kind that wait for their turn; a small box makes some ten in a second
_NICE: Final = 10  # how far the thread stands behind the store's own

NOBODY: Final = (
    f"$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${'A' * 22}${'A' * 43}"  # a hash as any other, of no password that is known
)
_ROWS: Final = ("abcdefghijklmnopqrstuvwxyz", "0123456789" * 3, "qwertyuiopasdfghjklzxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p")
_COMMON: Final = ("password", "passwort", "letmein", "welcome", "iloveyou", "administrator", "smartstore", "changeme", "qwerty")


def check_new(password: str, name: str) -> str:
    """The password as it is kept, one spelling of it. Raises AccessRefused where it is too easy to guess."""
    text = _spelled(password)
    if len(text) < SHORTEST:
        raise AccessRefused("password_short")
    if len(text) > LONGEST:
        raise AccessRefused("password_long")
    small = text.casefold()
    if len(name) >= 3 and name in small:
        raise AccessRefused("password_name")
    if len(set(small)) < FEWEST_DIFFERENT or any(small in row or small in row[::-1] for row in _ROWS):
        raise AccessRefused("password_simple")
    plain = "".join(sign for sign in small if sign.isalpha())
    if plain in {word * times for word in _COMMON for times in (1, 2, 3)}:
        raise AccessRefused("password_common")
    return text


class Passwords:
    """Makes and checks hashes. ``checks`` counts what was checked."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES, hash_len=32, salt_len=16)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="password", initializer=_step_back)
        self._waiting = {True: 0, False: 0}
        self.checks = 0

    async def kept(self, password: str) -> str:
        """The hash of a password."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._hasher.hash, _spelled(password))

    async def fits(self, kept: str | None, password: str, *, near: bool = True) -> bool:
        """Whether this is the password of hash ``kept``. Without one the same work is done and the answer is no.

        Raises Throttled where too many wait already; those who ask from the machine itself (``near``) wait apart from all others.
        """
        if self._waiting[near] >= MOST_WAITING:
            raise Throttled(1.0)
        self._waiting[near] += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._fits, kept, _spelled(password[: 4 * LONGEST]))
        finally:
            self._waiting[near] -= 1

    def outdated(self, kept: str) -> bool:
        """Whether a hash was made by an older release's choice and should be made anew with the password at hand."""
        return self._hasher.check_needs_rehash(kept)

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _fits(self, kept: str | None, password: str) -> bool:
        self.checks += 1
        try:
            return self._hasher.verify(NOBODY if kept is None else kept, password) and kept is not None
        except (VerificationError, InvalidHashError):
            return False


def _spelled(password: str) -> str:
    """One spelling for a password that keyboards compose in different ways."""
    return unicodedata.normalize("NFKC", password.encode("utf-8", "replace").decode())


def _step_back() -> None:
    with contextlib.suppress(OSError):  # a service manager may forbid it; then people wait no longer, and scales a little
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
