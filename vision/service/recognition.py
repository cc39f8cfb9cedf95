"""The thread that looks at reaches: what was taken, by pictures and by bar code, told as ItemSeen. One thread for all cameras.

Nothing it is given makes it wait, grow or stop: what it cannot look at is told as "something happened here".
"""

from __future__ import annotations

import json
import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from vision.barcode import agreed_code, read_codes
from vision.facts import ItemSeen
from vision.pipeline.calibration import Likelihoods
from vision.pipeline.reach import Reach
from vision.recogniser import Recogniser
from vision.types import Picture

log = logging.getLogger(__name__)

MOST_SIDE: Final = 640  # pixels; a model looks at less than half of it, a bar code is still sharp, and waiting reaches stay small
MOST_WAITING_BYTES: Final = (
    16_000_000  # bytes of pictures that wait; a dozen reaches as they are cut, more than eight hands make in a second
)
MOST_WAITING: Final = 64  # reaches that wait, with or without pictures
MOST_NAMED: Final = 1_000  # products of one sighting; the controller takes no more
MOST_NAMED_BYTES: Final = 50_000  # of their names and numbers; the rest of a line of the socket is below 2 KB
NUMBER_BYTES: Final = 14  # brackets, commas and a number beside each product's name in its quotes


class Recognition:
    """Started by ``start``; ``take`` may be called from any thread, ``told`` and ``keep`` are called from its own.

    ``keep`` keeps the pictures of a reach and gives the name under which they are found, "" where none are kept; OSError where it cannot.
    """

    def __init__(
        self,
        recogniser: Recogniser | None,
        *,
        told: Callable[[ItemSeen], None],
        keep: Callable[[Reach], str],
        monotonic_ns: Callable[[], int],
    ) -> None:
        self.recogniser = recogniser
        self.left_unseen = 0
        self.failures = 0
        self._told = told
        self._keep = keep
        self._now_ns = monotonic_ns
        self._news = threading.Condition()
        self._waiting: deque[Reach] = deque()
        self._waiting_bytes = 0
        self._busy_since_ns: int | None = None
        self._ending = False
        self._thread = threading.Thread(target=self._run, name="recognition", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def take(self, reach: Reach) -> None:
        """Look at this reach when its turn comes. Where too much waits, its pictures are let go and the rest of it is told."""
        small = replace(reach, crops=tuple(_at_most(crop, MOST_SIDE) for crop in reach.crops))
        size = sum(crop.nbytes for crop in small.crops)
        with self._news:
            if self._waiting_bytes + size > MOST_WAITING_BYTES:
                self.left_unseen += 1
                small, size = replace(small, crops=()), 0
            if len(self._waiting) >= MOST_WAITING:
                self.left_unseen += 1
                self._waiting_bytes -= sum(crop.nbytes for crop in self._waiting.popleft().crops)
            self._waiting.append(small)
            self._waiting_bytes += size
            self._news.notify()

    @property
    def busy(self) -> bool:
        """Whether it looks at a reach, or one waits."""
        return self._busy_since_ns is not None or bool(self._waiting)

    def stuck_for_s(self) -> float:
        """Seconds since it began with the reach it looks at now; 0 between reaches."""
        since = self._busy_since_ns
        return 0.0 if since is None else (self._now_ns() - since) / 1e9

    def close(self, within_s: float = 5.0) -> None:
        """End the thread; what waits is not looked at any more."""
        with self._news:
            self._ending = True
            self._news.notify()
        if self._thread.is_alive():
            self._thread.join(within_s)

    def _run(self) -> None:
        while True:
            with self._news:
                self._news.wait_for(lambda: self._ending or bool(self._waiting))
                if self._ending:
                    return
                reach = self._waiting.popleft()
                self._waiting_bytes -= sum(crop.nbytes for crop in reach.crops)
            self._busy_since_ns = self._now_ns()
            try:
                self._told(self._seen(reach))
            except Exception:  # one reach that cannot be told must not end the telling
                self.failures += 1
                log.exception("a reach could not be told", extra={"camera": reach.camera, "reach": reach.number})
            finally:
                self._busy_since_ns = None

    def _seen(self, reach: Reach) -> ItemSeen:
        found = self._looked(reach)
        named = _named(found) if found is not None else ()
        barcode, evidence = self._code(reach.crops), self._kept(reach)
        return ItemSeen(
            at_ns=self._now_ns(),
            camera=reach.camera,
            reach=reach.number,
            plates=reach.plates,
            start_ns=reach.start_ns,
            end_ns=reach.end_ns,
            direction=reach.direction,
            log_likelihoods=named,
            log_other=round(found.log_other, 3) if found is not None and named else 0.0,
            units=reach.units,
            barcode=barcode,
            views=len(reach.crops),
            evidence=evidence,
        )

    def _looked(self, reach: Reach) -> Likelihoods | None:
        recogniser = self.recogniser
        if recogniser is None or not reach.crops:
            return None
        try:
            return recogniser.look(reach.crops)
        except Exception:  # whatever a model's runtime raises: the reach happened all the same
            self.failures += 1
            log.exception("a reach could not be looked at", extra={"camera": reach.camera, "reach": reach.number})
            return None

    def _code(self, crops: Sequence[Picture]) -> str | None:
        try:
            return agreed_code([read_codes(crop, thorough=False) for crop in crops])
        except Exception:  # a library in C that is fed from outside
            self.failures += 1
            log.exception("bar codes could not be looked for")
            return None

    def _kept(self, reach: Reach) -> str:
        try:
            return self._keep(reach)
        except OSError as error:
            log.warning("the pictures of a reach cannot be kept", extra={"camera": reach.camera, "error": str(error)})
            return ""


def _named(found: Likelihoods) -> tuple[tuple[str, float], ...]:
    """The products with their logs, likeliest first; all of them where they fit into a line, as they do in any shop of one room."""
    named, room = [], MOST_NAMED_BYTES
    for product, value in sorted(zip(found.products, found.logs.tolist(), strict=True), key=lambda pair: -pair[1])[:MOST_NAMED]:
        room -= len(json.dumps(product)) + NUMBER_BYTES  # a backslash in a name is two in the line
        if room < 0:
            break
        named.append((product, round(value, 3)))
    return tuple(named)


def _at_most(crop: Picture, side: int) -> Picture:
    """``crop`` with no side above ``side`` pixels, as an array of its own."""
    height, width = crop.shape[:2]
    scale = side / max(height, width)
    if scale >= 1.0:
        return crop if crop.base is None else crop.copy()
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(crop, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
