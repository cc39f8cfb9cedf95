"""Forms of the plain pages: read strictly, and sealed, so that no other site's page can send one and a forgotten page cannot either."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Callable
from typing import Final
from urllib.parse import parse_qsl

from edge.web.problem import Problem

MOST_FIELDS: Final = 12  # of one form; the largest has half of it
SEAL_LIFE_S: Final = 3600.0  # s from showing a form to sending it: a call, a search for the recovery code
BROWSER_COOKIE: Final = "smartstore_form"  # tells one browser from another before anybody is signed in
LONGEST_ONWARD: Final = 300  # characters of an address to go on to

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_BROWSER: Final = re.compile(r"[A-Za-z0-9_-]{22}")
_ONWARD: Final = re.compile(r"/(?!/)(?!(?:api|static|metrics|healthz|login|setup|recover|enter|signed-out)(?:[/?]|$))[A-Za-z0-9/_~%?=&-]*")


def read_form(body: bytes) -> dict[str, str]:
    """The fields of a form, each at most once, as text without control characters. Raises Problem where it is none of a browser's."""
    unreadable = Problem(400, "unreadable", "The form could not be read", "Open the page again and send its form.")
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, strict_parsing=bool(body), errors="strict", max_num_fields=MOST_FIELDS
        )
    except ValueError:
        raise unreadable from None
    found = dict(pairs)
    if len(found) < len(pairs) or any(_CONTROL.search(value) for value in found.values()):
        raise unreadable
    return found


def onward(text: str) -> str:
    """Where to go after signing in: an address of one of the store's screens, its first page where ``text`` is anything else."""
    return text if len(text) <= LONGEST_ONWARD and _ONWARD.fullmatch(text) else "/"


def new_browser() -> str:
    """What a browser is told from others by: 128 bit, in a cookie that only the server reads."""
    return secrets.token_urlsafe(16)


def browser(cookie: str | None) -> str | None:
    """The browser that a cookie speaks of, None where it is none of ours."""
    return cookie if cookie is not None and _BROWSER.fullmatch(cookie) else None


class Seals:
    """A seal says: this form was shown by this process, on this page, to this browser, not long ago. ``clock`` counts seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._key = secrets.token_bytes(32)
        self._clock = clock

    def seal(self, browser: str, page: str) -> str:
        """For the form on ``page`` that ``browser`` is about to be shown."""
        shown_s = f"{self._clock():.0f}"
        return f"{shown_s}.{self._proof(shown_s, browser, page)}"

    def holds(self, seal: str, browser: str | None, page: str) -> bool:
        """Whether a form that came back is one of those."""
        shown_s, _, proof = seal.partition(".")
        if browser is None or not re.fullmatch(r"[0-9]{1,12}", shown_s):
            return False
        genuine = hmac.compare_digest(proof.encode(), self._proof(shown_s, browser, page).encode())
        return genuine and self._clock() - float(shown_s) <= SEAL_LIFE_S

    def _proof(self, shown_s: str, browser: str, page: str) -> str:
        return hmac.new(self._key, f"{shown_s}\n{browser}\n{page}".encode(), hashlib.sha256).hexdigest()
