"""The codes that the shopper's screen shows: random, one after the other, each good for one entry while it is fresh.

Whoever has such a code stands before the screen now, or stood there moments ago: it is derived from nothing, told to nobody but the
screen, and forgotten as soon as it was used.
"""

from __future__ import annotations

import hmac
import secrets
from collections import deque
from collections.abc import Callable
from typing import Final
from urllib.parse import urlencode

from edge.session.settings import EntrySettings

CODE_BYTES: Final = 16  # of randomness: nobody guesses one within the seconds that it holds
KEPT: Final = 8  # codes at once; one that is used brings the next at once, and the one before may still be on its way


class EntryCodes:
    """``rules``: the rules of entry now. ``store``: tenant/store, as the address names it. Belongs to the event loop's thread."""

    def __init__(self, store: str, rules: Callable[[], EntrySettings], monotonic_ns: Callable[[], int]) -> None:
        self._store = store
        self._rules = rules
        self._now_ns = monotonic_ns
        self._codes: deque[tuple[int, str]] = deque(maxlen=KEPT)  # oldest first: when it was first shown, and what it is

    def shown(self) -> str | None:
        """The address to show as a QR code, None where this store has none. Changes every ``offer_code_s`` and with every use."""
        rules = self._rules()
        if not rules.offer_url:
            return None
        now_ns = self._now_ns()
        if not self._codes or now_ns - self._codes[-1][0] >= rules.offer_code_s * 1e9:
            self._codes.append((now_ns, secrets.token_urlsafe(CODE_BYTES)))
        asked = "&" if "?" in rules.offer_url else "?"
        return f"{rules.offer_url}{asked}{urlencode({'s': self._store, 'c': self._codes[-1][1]}, safe='/')}"

    def take(self, code: str) -> bool:
        """Use a code. False for one that was never shown, is too old, or was used."""
        rules = self._rules()
        good_ns = round((rules.offer_code_s + rules.offer_grace_s) * 1e9)
        now_ns = self._now_ns()
        known = [one for one in self._codes if now_ns - one[0] < good_ns]
        found = [one for one in known if hmac.compare_digest(one[1].encode(), code.encode())]
        self._codes = deque((one for one in known if one not in found), maxlen=KEPT)
        return bool(found)
