"""The reach: a hand comes to a part of the shelf, does something, and goes. One state machine per zone of a camera. Pure.

A zone is *calm* while nothing moves in it, and its newest calm picture is kept. It is *reached into* from the first frame in which
something moves and stands out from that picture, until nothing has moved for QUIET_NS and no arm is left in it. Then the calm pictures of
before and after are compared, and a Reach says what is different, with the best views of the thing: where it stood, and in the hand.

Reaches into several zones run beside each other. An arm that only crosses a zone on its way is no reach into it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.facts import Direction
from vision.pipeline.change import shows_thing
from vision.pipeline.hand import Hand, Mask, hands, held
from vision.pipeline.motion import SAME_LIGHT, Motion, MotionGate, difference
from vision.pipeline.outcome import Calm, Outcome, calm_picture, outcomes, unseen
from vision.pipeline.views import MOST_VIEWS, Views
from vision.pipeline.zones import Zone, zones_of
from vision.ports import Detector
from vision.settings import CameraSettings
from vision.types import Box, Floats, Frame, Picture

QUIET_NS: Final = 350_000_000  # ns; a hand that grips pauses for less
STILL_NS: Final = (
    8_000_000_000  # ns; what reaches in from the rim and has not moved for so long is no arm: who leans or lifts slowly is quicker
)
WAS_THERE: Final = -0.25  # of shows_thing; below, it was in the quiet picture and has gone
SETTLE_NS: Final = 2_000_000_000  # ns without movement after which a place is taken into the quiet picture
GHOST_NS: Final = 5_000_000_000  # ns; what stands out beside the zones and has not moved for so long belongs to the quiet picture
LONGEST_NS: Final = 20_000_000_000  # ns; a reach that takes longer is told as far as it got, and a new one begins
REFRESH_NS: Final = 1_000_000_000  # ns between two calm pictures that are kept
MOST_VIEWS_IN_ALL: Final = 48  # kept of all zones together, 15 MB at most: a light may stir every zone at once
LEAST_TOUCH: Final = 0.01  # of a zone that must move, and stand out, for a reach
NEAR: Final = 0.25  # of the picture between a hand's tip now and a frame ago; farther away it is another hand
DWELL_NS: Final = 300_000_000  # ns that a hand's tip stays in a zone into which it reaches; one that passes takes half of it
STANDS_OUT: Final = 4.0  # grey levels above the threshold of motion by which something stands out: the quiet picture is some seconds old
_NEVER_NS: Final = 2**62
_MELT: Final = (
    0.0625  # share of each calm frame in the quiet picture: a changed daylight is taken in within two seconds at 10 frames a second
)


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """A hand was at ``plates`` of ``camera`` from ``start_ns`` to ``end_ns`` (both CLOCK_MONOTONIC, of frames).

    ``number`` grows by one with each reach of the camera. ``before``: where things stood that are gone; ``after``: where things stand that
    did not; without boxes the hand changed nothing that can be seen, as when it takes one of many that stand one behind the other.
    ``direction``: by what is gone or there, and by how much larger the hand was when it went than when it came. ``units``: how many pieces
    it was, 0 where it cannot be said. ``crops``: squares about the thing, best first, at most outcome.MOST_CROPS, may be empty. Two kinds
    of things moved by one hand are two reaches over the same time.
    """

    camera: str
    number: int
    start_ns: int
    end_ns: int
    plates: tuple[str, ...]
    direction: Direction
    units: int
    crops: tuple[Picture, ...]
    before: tuple[Box, ...]
    after: tuple[Box, ...]


@dataclass(slots=True, eq=False)
class _Watched:
    """A zone and how far its reach has got; all from ``start_ns`` on holds while it is ``reached``.

    ``moved_ns``: last movement in it; ``held_ns``: last movement or arm in it; ``entered``: a hand came from the rim; ``frames``: with a
    hand in it, ``tips``: of these with its tip in it, which was so without a break for ``dwelt_ns``.
    """

    zone: Zone
    mask: Mask
    pixels: int
    calm: Calm | None = None
    moved_ns: int = 0
    reached: bool = False
    start_ns: int = 0
    held_ns: int = 0
    entered: bool = False
    frames: int = 0
    tips: int = 0
    tip_since_ns: int = 0
    dwelt_ns: int = 0
    tip: tuple[float, float] = (0.5, 0.5)
    views: Views = field(default_factory=Views)


class ReachWatcher:
    """Watches the zones of one camera. Feed it every frame that is to be looked at, in order.

    ``detector``: finds hands better than movement does, where one is configured; asked only for frames in which something is in a zone.
    """

    def __init__(self, settings: CameraSettings, detector: Detector | None = None) -> None:
        self.camera = settings.id
        self._zones = zones_of(settings.zones)
        self._detector = detector
        self._gate = MotionGate()
        self._watched: list[_Watched] = []
        self._shape: tuple[int, ...] = ()
        self._quiet: Floats = np.zeros((0, 0, 3), dtype=np.float32)
        self._moved_ns: NDArray[np.int64] = np.zeros((0, 0), dtype=np.int64)  # when each pixel of the small copy last moved
        self._last_ns = -1
        self._number = 0

    @property
    def busy(self) -> bool:
        """Whether somebody reaches into any zone now."""
        return any(one.reached for one in self._watched)

    def feed(self, frame: Frame) -> tuple[Reach, ...]:
        """The reaches that ended with this frame, in the order of their start; nearly always none.

        A frame that is not newer than the last one is skipped. Frames of another size begin anew: what ran is told as far as it got.
        ValueError for a frame of another camera.
        """
        if frame.camera != self.camera:
            raise ValueError(f"this watches camera {self.camera!r}, the frame is of {frame.camera!r}; give each camera its own watcher")
        if frame.at_ns <= self._last_ns:
            return ()
        self._last_ns = frame.at_ns
        ended: tuple[Reach, ...] = ()
        motion = self._gate.feed(frame.pixels)
        if frame.pixels.shape != self._shape:
            ended = self.end()
            self._begin(frame, motion)
        if motion.gain != SAME_LIGHT:
            self._quiet = np.minimum(self._quiet * np.array(motion.gain, dtype=np.float32), np.float32(255.0))
        if motion.share == 0.0 and not self.busy:
            self._rest(motion, frame, None)
            return ended
        self._moved_ns[motion.moving > 0] = frame.at_ns
        standing_out = self._standing_out(motion)
        over = self._step_all(frame, motion, hands(standing_out, motion.moving))
        self._rest(motion, frame, standing_out)
        return ended + over

    def end(self) -> tuple[Reach, ...]:
        """What runs now, told as far as it got: the camera is lost, or nobody will feed this any more."""
        ended = [one for one in self._watched if one.reached]
        reaches = [self._reach(one, unseen(one.views)) for one in ended]
        for one in ended:
            one.reached, one.calm, one.views = False, None, Views()
        return tuple(reaches)

    def _begin(self, frame: Frame, motion: Motion) -> None:
        height, width = motion.small.shape[:2]
        self._shape = frame.pixels.shape
        self._quiet = motion.small.astype(np.float32)
        self._moved_ns = np.full((height, width), frame.at_ns - SETTLE_NS, dtype=np.int64)
        masks = [(zone, zone.mask(width, height)) for zone in self._zones]
        self._watched = [_Watched(zone, mask, cv2.countNonZero(mask), moved_ns=frame.at_ns) for zone, mask in masks]

    def _standing_out(self, motion: Motion) -> Mask:
        apart, gain = difference(motion.small, np.rint(self._quiet).astype(np.uint8))
        mask = cv2.threshold(apart, self._gate.threshold(gain) + STANDS_OUT, 255, cv2.THRESH_BINARY)[1]
        return np.asarray(cv2.medianBlur(mask, 3), dtype=np.uint8)

    def _rest(self, motion: Motion, frame: Frame, standing_out: Mask | None) -> None:
        """Take what is calm in this frame into the quiet picture, and keep a calm picture of each zone now and then.

        What stands out is taken in once it has been still for long: it was put there, or the light stays so.
        """
        still_ns = frame.at_ns - self._moved_ns
        calm = (still_ns >= SETTLE_NS).astype(np.uint8)
        if standing_out is not None:
            calm[(cv2.dilate(standing_out, np.ones((5, 5), np.uint8)) > 0) & (still_ns < GHOST_NS)] = 0
        kept: Calm | None = None
        for one in self._watched:
            if one.reached:
                calm[one.mask > 0] = 0
            elif motion.share and cv2.countNonZero(cv2.bitwise_and(motion.moving, one.mask)):
                one.moved_ns = frame.at_ns
            elif frame.at_ns - one.moved_ns >= QUIET_NS and (one.calm is None or frame.at_ns - one.calm.at_ns >= REFRESH_NS):
                kept = one.calm = kept or calm_picture(frame)
        cv2.accumulateWeighted(motion.small, self._quiet, _MELT, mask=calm)

    def _step_all(self, frame: Frame, motion: Motion, found: Sequence[Hand]) -> tuple[Reach, ...]:
        over = [one for one in self._watched if self._step(one, frame, motion, found)]
        reaches: list[Reach] = []
        if over:
            after = calm_picture(frame)
            for one in sorted(over, key=lambda watched: watched.start_ns):
                reaches.extend(self._closed(one, after, motion))
        return tuple(reaches)

    def _step(self, one: _Watched, frame: Frame, motion: Motion, found: Sequence[Hand]) -> bool:
        """Take this frame into the zone's reach; whether the reach is over."""
        least = LEAST_TOUCH * one.pixels
        moved = motion.share > 0.0 and cv2.countNonZero(cv2.bitwise_and(motion.moving, one.mask)) >= least
        inside = [hand for hand in found if cv2.countNonZero(cv2.bitwise_and(hand.mask, one.mask)) >= least]
        if not one.reached:
            if not (moved and inside):
                return False
            one.reached, one.start_ns, one.views = True, frame.at_ns, Views()
            one.frames = one.tips = one.dwelt_ns = 0
            one.entered = False
            one.tip_since_ns = _NEVER_NS
        if moved:
            one.moved_ns = one.held_ns = frame.at_ns
        elif frame.at_ns - one.moved_ns < STILL_NS and any(self._is_arm(hand, motion, found) for hand in inside):
            one.held_ns = frame.at_ns
        self._look(one, frame, inside, found)
        return frame.at_ns - one.held_ns >= QUIET_NS or frame.at_ns - one.start_ns >= LONGEST_NS

    def _is_arm(self, hand: Hand, motion: Motion, found: Sequence[Hand]) -> bool:
        """Whether something reaches in from the rim now, and not in the quiet picture, in which somebody may have stood."""
        if not hand.enters:
            return False
        elsewhere = np.maximum.reduce([other.mask for other in found])
        return shows_thing(motion.small, np.rint(self._quiet).astype(np.uint8), hand.mask, elsewhere) > WAS_THERE

    def _look(self, one: _Watched, frame: Frame, inside: Sequence[Hand], found: Sequence[Hand]) -> None:
        """Keep this frame's view of the hand in this zone, or of the one that has just left it."""
        near = inside or [hand for hand in found if hand.moves and math.dist(hand.tip, one.tip) < NEAR]
        if not near:
            return
        hand = next((hand for hand in near if _tip_in(hand, one)), near[0])
        one.tip = hand.tip
        if inside:
            one.frames += 1
            one.entered = one.entered or hand.enters
            one.tips += _tip_in(hand, one)
            if hand.moves:
                one.tip_since_ns = min(one.tip_since_ns, frame.at_ns) if _tip_in(hand, one) else _NEVER_NS
            one.dwelt_ns = max(one.dwelt_ns, frame.at_ns - one.tip_since_ns)
        if not hand.moves:
            return
        grip = held(hand, self._detector.detect(frame.pixels)) if self._detector else hand.grip
        one.views.add(frame, grip, min(MOST_VIEWS, MOST_VIEWS_IN_ALL // sum(other.reached for other in self._watched)))

    def _closed(self, one: _Watched, after: Calm, motion: Motion) -> list[Reach]:
        """The reach is over: compare, tell, and begin anew from this frame.

        Without a change, an arm that only crossed the zone tells nothing, nor does what came from nowhere: a camera that shook, a light.
        """
        told = outcomes(one.zone, one.calm, after, one.views)
        if not told and one.entered and (one.tips * 2 >= one.frames or one.dwelt_ns >= DWELL_NS):
            told = (unseen(one.views),)
        reaches = [self._reach(one, outcome) for outcome in told]
        one.reached, one.calm, one.views = False, after, Views()  # a zone that nobody reaches into keeps no hands
        self._quiet[one.mask > 0] = motion.small[one.mask > 0]
        return reaches

    def _reach(self, one: _Watched, outcome: Outcome) -> Reach:
        self._number += 1
        return Reach(
            camera=self.camera,
            number=self._number,
            start_ns=one.start_ns,
            end_ns=max(one.moved_ns, one.start_ns),
            plates=one.zone.plates,
            direction=outcome.direction,
            units=outcome.units,
            crops=outcome.crops,
            before=outcome.before,
            after=outcome.after,
        )


def _tip_in(hand: Hand, one: _Watched) -> bool:
    height, width = one.mask.shape
    return bool(one.mask[min(int(hand.tip[1] * height), height - 1), min(int(hand.tip[0] * width), width - 1)])
