"""Whether a camera's pictures can be relied on: dark, frozen, out of focus, or looking elsewhere than when its zones were drawn. Pure.

One picture a second is looked at, 320 by 180 grey, for some milliseconds. The time comes with the frames.
"""

from __future__ import annotations

import functools
import math
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.facts import CameraTrouble
from vision.types import Floats, Frame, Picture

CHECK_NS: Final = 1_000_000_000  # between two looks
SILENT_NS: Final = 5_000_000_000  # without a frame: the slowest camera that can be set sends one a second
FROZEN_NS: Final = 30_000_000_000  # of equal pictures: a sensor's noise and key frames, every few seconds, change some pixel
DARK: Final = 30  # brightness (0 to 255) below which all but 2 % of a black picture's pixels are
FLAT: Final = 4.0  # standard deviation of the brightness below which there is nothing to see: a covered lens, glare, a wall of fog
BLURRED_BELOW: Final = 0.55  # of the camera's own sharpness; real photographs keep 0.65 to 0.88 of it with 4 pixels of blur in 1280
BLURRED: Final = 0.2  # sharpest detail over contrast; 155 real photographs had 0.32 or more, with 12 pixels of blur in 1280 0.04 to 0.27
MOVED_PIXELS: Final = 3.0  # of 320: one percent of the picture's width
MOVED_RESPONSE: Final = 0.25  # of the phase correlation; 99 % of quarters of photographs without anything in common stay below
SAME_LOOKS: Final = {"black": 3, "blurred": 10, "moved": 5, "elsewhere": 60}  # looks in a row before it is said
FIRST_LOOKS: Final = 3  # of a camera that never was well: nothing can have come before its lens since
GOOD_LOOKS: Final = 2  # in a row before a trouble is over
RETURN_NS: Final = 10_000_000_000  # after a gap in which it may have been turned; longer is not waited for a moment without movement
FOLLOWING: Final = 1.0 / 3600.0  # share of the reference that a good look replaces at least: it follows goods and light within an hour
QUIET_SHARE: Final = 0.02  # of the picture that may differ from a second ago while it counts as quiet; a hand covers more
QUIET_STEP: Final = 14.0  # brightness by which it differs then, beyond what the whole picture became brighter

_WIDTH: Final = 320
_HEIGHT: Final = 180
_QUARTERS: Final = [np.s_[y : y + _HEIGHT // 2, x : x + _WIDTH // 2] for y in (0, _HEIGHT // 2) for x in (0, _WIDTH // 2)]
_FINE: Final = 1.0  # pixels
_SURROUNDINGS: Final = (41, 41)  # pixels over which edges are set against their neighbours, so that light falls out
_EDGE_FLOOR: Final = 12.0  # brightness per pixel; weaker edges are noise
_NARROW: Final = 640  # pixels; a narrower camera has less fine detail by nature and is held against itself only

Grey = NDArray[np.float32]


class PictureHealth:
    """Follows one camera. What it shows in its first good looks counts as right, also after a gap; a new instance learns anew.

    After a gap it is "no_frames" until it is seen to look where it did, or something else is wrong, or RETURN_NS are over.
    """

    def __init__(self) -> None:
        self._last_frame_ns: int | None = None
        self._looked_ns: int | None = None
        self._sample: Picture | None = None
        self._sample_ns = 0
        self._previous: Grey | None = None
        self._edges: Floats | None = None
        self._sharpness = 0.0
        self._learned = 0
        self._suspicion = ""
        self._looks = 0
        self._good = 0
        self._trouble: CameraTrouble | None = None
        self._returned_ns: int | None = None  # since when frames come again after a gap, until that is judged

    def feed(self, frame: Frame) -> CameraTrouble | None:
        """What is wrong after this frame, None where nothing is.

        Focus and direction are judged only while nothing moves: a hand or a person in front of the lens is neither.
        """
        gone = self._last_frame_ns is not None and frame.at_ns - self._last_frame_ns >= SILENT_NS
        self._last_frame_ns = frame.at_ns
        if gone or (self._trouble == "no_frames" and self._returned_ns is None):
            self._back(frame.at_ns)
        if self._looked_ns is None or frame.at_ns - self._looked_ns >= CHECK_NS:
            self._looked_ns = frame.at_ns
            self._look(frame)
        return self._trouble

    def overdue(self, now_ns: int) -> CameraTrouble | None:
        """What is wrong at a moment without a frame: "no_frames" where the last one is too long ago."""
        if self._last_frame_ns is None:
            self._last_frame_ns = now_ns
        if now_ns - self._last_frame_ns >= SILENT_NS:
            self._trouble = "no_frames"
        return self._trouble

    def _back(self, at_ns: int) -> None:
        self._suspicion, self._looks, self._good, self._previous = "", 0, 0, None
        self._returned_ns = at_ns if self._learned else None
        self._trouble = "no_frames" if self._learned else None

    def _look(self, frame: Frame) -> None:
        if self._returned_ns is not None and frame.at_ns - self._returned_ns >= RETURN_NS:
            self._returned_ns = None
            self._trouble = None if self._trouble == "no_frames" else self._trouble
        if self._is_frozen(frame):
            self._trouble = "frozen"
            return
        grey = _grey(frame.pixels)
        quiet, self._previous = self._previous is not None and _alike(grey, self._previous), grey
        if _is_black(grey):
            self._suspect("black")
        elif quiet:
            self._judge(grey, narrow=frame.pixels.shape[1] < _NARROW)
        elif self._trouble not in {"blurred", "moved"} and self._returned_ns is None:  # those are not over because a hand is in front
            self._well()

    def _judge(self, grey: Grey, *, narrow: bool) -> None:
        sharpness, edges = _sharpness(grey), _edges(grey)
        if sharpness < BLURRED_BELOW * self._sharpness or (not narrow and _is_blurred(grey)):
            self._suspect("blurred")
            return
        fit = self._fit(edges)
        if fit != "fits":
            self._suspect(fit)
            return
        self._well()
        self._learned += 1
        share = max(1.0 / self._learned, FOLLOWING)
        self._sharpness += share * (sharpness - self._sharpness)
        self._edges = edges if self._edges is None else self._edges + np.float32(share) * (edges - self._edges)

    def _is_frozen(self, frame: Frame) -> bool:
        sample = frame.pixels[::7, ::5]
        if self._sample is None or not np.array_equal(sample, self._sample):
            self._sample, self._sample_ns = sample.copy(), frame.at_ns
        return frame.at_ns - self._sample_ns >= FROZEN_NS

    def _fit(self, edges: Floats) -> str:
        """ "moved": quarters of the picture are recognised at another place; "elsewhere": nothing is recognised at its own; else "fits"."""
        if self._edges is None:
            return "fits"
        still = gone = 0
        for place in _QUARTERS:
            shift, response = _shift(self._edges[place], edges[place])
            still += shift < MOVED_PIXELS
            gone += shift >= MOVED_PIXELS and response >= MOVED_RESPONSE
        if gone >= 2 and gone > still:
            return "moved"
        if still == 0 and _shift(self._edges, edges)[0] >= MOVED_PIXELS:  # the whole finds what little stayed after a restock
            return "elsewhere"
        return "fits"

    def _suspect(self, what: str) -> None:
        self._good = 0
        self._looks = self._looks + 1 if what == self._suspicion else 1
        self._suspicion = what
        soon = not self._learned or (what == "moved" and self._returned_ns is not None)  # who pulls a plug turns a camera
        if self._looks >= (FIRST_LOOKS if soon else SAME_LOOKS[what]):
            self._returned_ns = None
            match what:
                case "black":
                    self._trouble = "black"
                case "blurred":
                    self._trouble = "blurred"
                case _:
                    self._trouble = "moved"

    def _well(self) -> None:
        self._suspicion, self._looks = "", 0
        self._good += 1
        if self._good >= GOOD_LOOKS:
            self._trouble = self._returned_ns = None


def _grey(pixels: Picture) -> Grey:
    small = cv2.resize(pixels, (_WIDTH, _HEIGHT), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), np.float32)


def _alike(grey: Grey, before: Grey) -> bool:
    """Whether hardly anything moved between two looks."""
    change = grey - before
    return float(np.mean(np.abs(change - np.median(change)) > QUIET_STEP)) <= QUIET_SHARE


def _is_black(grey: Grey) -> bool:
    return float(np.percentile(grey, 98)) < DARK or float(grey.std()) < FLAT


def _is_blurred(grey: Grey) -> bool:
    """Whether not even the sharpest half percent of the picture is sharp; little of it need be, as an empty cabinet is plain."""
    return float(np.percentile(np.abs(_fine(grey)), 99.5)) < BLURRED * max(float(grey.std()), FLAT)


def _sharpness(grey: Grey) -> float:
    """Fine detail against contrast: its root mean square over the standard deviation of the brightness."""
    fine = _fine(grey)
    return float(np.sqrt(np.mean(fine * fine))) / max(float(grey.std()), FLAT)


def _fine(grey: Grey) -> Grey:
    """What a blur of one pixel takes away."""
    return grey - cv2.GaussianBlur(grey, (0, 0), _FINE)


def _edges(grey: Grey) -> Floats:
    """Strength of the edges against that of their surroundings: what stays when the light changes."""
    strength = np.hypot(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1))
    strength /= cv2.boxFilter(strength, -1, _SURROUNDINGS) + np.float32(_EDGE_FLOOR)
    return np.asarray(cv2.GaussianBlur(strength, (0, 0), 0.7), np.float32)  # a wider blur leaves frequencies that are alike in any picture


def _shift(before: Floats, after: Floats) -> tuple[float, float]:
    """How far ``after`` lies from ``before``, in pixels, and how surely (the response of the phase correlation, 0 to about 1)."""
    (right, down), response = cv2.phaseCorrelate(before.copy(), after.copy(), _window(before.shape[1], before.shape[0]))
    return math.hypot(right, down), response


@functools.cache
def _window(width: int, height: int) -> Floats:
    return np.asarray(cv2.createHanningWindow((width, height), cv2.CV_32F), np.float32)
