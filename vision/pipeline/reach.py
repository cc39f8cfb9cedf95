"""The reach: a hand comes to a part of the shelf, does something, and goes. One state machine per zone of a camera. Pure.

A zone is *calm* while nothing moves in it, and its newest calm picture is kept. It is *reached into* from the first frame in which
something moves and stands out from that picture, until nothing has moved for QUIET_NS and no arm is left in it. Then the calm pictures of
before and after are compared, and a Reach says what is different, with the best views of the thing: where it stood, and in the hand.

Reaches into several zones run beside each other. An arm that only crosses a zone on its way is no reach into it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.facts import Direction
from vision.pipeline.change import Change, changes
from vision.pipeline.hand import Hand, Mask, crop_around, hands, sharpness
from vision.pipeline.motion import Motion, MotionGate, difference
from vision.pipeline.zones import Zone, zones_of
from vision.settings import CameraSettings
from vision.types import Box, Floats, Frame, Picture

MOST_CROPS: Final = 8  # views of one reach; more add nothing to what they say together and cost 3 ms each
QUIET_NS: Final = 350_000_000  # ns; a hand that grips pauses for less
STILL_NS: Final = 1_500_000_000  # ns; what looks like an arm and has not moved for so long is a thing that was put there
GHOST_NS: Final = 5_000_000_000  # ns; what stands out beside the zones and has not moved for so long belongs to the quiet picture
LONGEST_NS: Final = 20_000_000_000  # ns; a reach that takes longer is told as far as it got, and a new one begins
REFRESH_NS: Final = 1_000_000_000  # ns between two calm pictures that are kept
MOST_VIEWS: Final = 16  # views kept while a reach runs
LEAST_TOUCH: Final = 0.01  # of a zone that must move, and stand out, for a reach
_MELT: Final = (
    0.0625  # share of each calm frame in the quiet picture: a changed daylight is taken in within two seconds at 10 frames a second
)


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """A hand was at ``plates`` of ``camera`` from ``start_ns`` to ``end_ns`` (both CLOCK_MONOTONIC, of frames).

    ``number`` grows by one with each reach of the camera. ``before``: where things stood that are gone; ``after``: where things stand that
    did not. ``direction``: *taken* where there is only the first, *put* where there is only the second, else *unclear*. ``units``: how
    many pieces that are, 0 where it cannot be said. ``crops``: pictures of the thing, best first, at most MOST_CROPS, may be empty.
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


@dataclass(frozen=True, slots=True, eq=False)
class _View:
    at_ns: int
    crop: Picture
    quality: float


@dataclass(slots=True, eq=False)
class _Watched:
    """A zone and how far its reach has got; ``start_ns`` holds while it is ``reached``."""

    zone: Zone
    mask: Mask
    calm: Picture | None = None
    calm_ns: int = 0
    reached: bool = False
    start_ns: int = 0
    moved_ns: int = 0
    held_ns: int = 0
    frames: int = 0
    tips: int = 0
    tip: tuple[float, float] = (0.5, 0.5)
    views: list[_View] = field(default_factory=list)


class ReachWatcher:
    """Watches the zones of one camera. Feed it every frame that is to be looked at, in order."""

    def __init__(self, settings: CameraSettings) -> None:
        self.camera = settings.id
        self._zones = zones_of(settings.zones)
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

        A frame that is not newer than the last one is skipped. Frames of another size begin anew: what ran is told as unclear.
        ValueError for a frame of another camera.
        """
        if frame.camera != self.camera:
            raise ValueError(f"this watches camera {self.camera!r}, the frame is of {frame.camera!r}; give each camera its own watcher")
        if frame.at_ns <= self._last_ns:
            return ()
        self._last_ns = frame.at_ns
        ended: tuple[Reach, ...] = ()
        if frame.pixels.shape != self._shape:
            ended = self.end()
            self._begin(frame)
        motion = self._gate.feed(frame.pixels)
        if motion.share == 0.0 and not self.busy:
            self._rest(motion, frame, None)
            return ended
        self._moved_ns[motion.moving > 0] = frame.at_ns
        standing_out = self._standing_out(motion)
        found = hands(standing_out)
        reaches = [reach for one in self._watched if (reach := self._step(one, frame, motion, found)) is not None]
        self._rest(motion, frame, standing_out)
        return ended + tuple(sorted(reaches, key=lambda reach: reach.start_ns))

    def end(self) -> tuple[Reach, ...]:
        """What runs now, told as far as it got: the camera is lost, or nobody will feed this any more."""
        return tuple(self._told(one, one.moved_ns, ()) for one in self._watched if one.reached)

    def _begin(self, frame: Frame) -> None:
        self._shape = frame.pixels.shape
        small = self._gate.feed(frame.pixels).small
        height, width = small.shape[:2]
        self._quiet = small.astype(np.float32)
        self._moved_ns = np.full((height, width), frame.at_ns - STILL_NS, dtype=np.int64)
        self._watched = [_Watched(zone, zone.mask(width, height), calm_ns=frame.at_ns, moved_ns=frame.at_ns) for zone in self._zones]

    def _standing_out(self, motion: Motion) -> Mask:
        apart, light = difference(motion.small, np.rint(self._quiet).astype(np.uint8))
        mask = cv2.threshold(apart, self._gate.threshold(light) + 4.0, 255, cv2.THRESH_BINARY)[1]
        return np.asarray(cv2.medianBlur(mask, 3), dtype=np.uint8)

    def _rest(self, motion: Motion, frame: Frame, standing_out: Mask | None) -> None:
        """Take what is calm in this frame into the quiet picture, and keep a calm picture of each zone now and then.

        What stands out is taken in once it has been still for long: it was put there, or the light stays so.
        """
        still_ns = frame.at_ns - self._moved_ns
        calm = (still_ns >= STILL_NS).astype(np.uint8)
        if standing_out is not None:
            calm[(cv2.dilate(standing_out, np.ones((5, 5), np.uint8)) > 0) & (still_ns < GHOST_NS)] = 0
        for one in self._watched:
            if one.reached:
                calm[one.mask > 0] = 0
            elif cv2.countNonZero(cv2.bitwise_and(motion.moving, one.mask)):
                one.moved_ns = frame.at_ns
            elif frame.at_ns - one.moved_ns >= QUIET_NS and (one.calm is None or frame.at_ns - one.calm_ns >= REFRESH_NS):
                one.calm, one.calm_ns = one.zone.box.cut(frame.pixels).copy(), frame.at_ns
        cv2.accumulateWeighted(motion.small, self._quiet, _MELT, mask=calm)

    def _step(self, one: _Watched, frame: Frame, motion: Motion, found: tuple[Hand, ...]) -> Reach | None:
        least = LEAST_TOUCH * cv2.countNonZero(one.mask)
        moved = cv2.countNonZero(cv2.bitwise_and(motion.moving, one.mask)) >= least
        inside = [hand for hand in found if cv2.countNonZero(cv2.bitwise_and(hand.mask, one.mask)) >= least]
        if not one.reached:
            if not (moved and inside):
                return None
            one.reached = True
            one.start_ns = one.moved_ns = one.held_ns = frame.at_ns
        if moved:
            one.moved_ns = one.held_ns = frame.at_ns
        if any(hand.enters for hand in inside) and frame.at_ns - one.moved_ns < STILL_NS:
            one.held_ns = frame.at_ns
        self._look(one, frame, inside, found)
        if frame.at_ns - one.start_ns >= LONGEST_NS:
            return self._closed(one, frame, motion)
        if frame.at_ns - one.held_ns >= QUIET_NS:
            return self._closed(one, frame, motion)
        return None

    def _look(self, one: _Watched, frame: Frame, inside: list[Hand], found: tuple[Hand, ...]) -> None:
        """Keep this frame's view of the hand at this zone, if it is among the best."""
        near = inside or [hand for hand in found if np.hypot(hand.tip[0] - one.tip[0], hand.tip[1] - one.tip[1]) < 0.25]
        if not near:
            return
        hand = near[0]
        height, width = one.mask.shape
        if inside:
            one.frames += 1
            one.tips += bool(one.mask[min(int(hand.tip[1] * height), height - 1), min(int(hand.tip[0] * width), width - 1)])
        one.tip = hand.tip
        crop = crop_around(frame.pixels, hand.tip, 0.35)
        one.views.append(_View(frame.at_ns, crop, sharpness(crop)))
        if len(one.views) > MOST_VIEWS:
            one.views.remove(min(one.views, key=lambda view: view.quality))

    def _closed(self, one: _Watched, frame: Frame, motion: Motion) -> Reach | None:
        """The reach is over: compare, tell, and begin anew from this frame."""
        after = one.zone.box.cut(frame.pixels).copy()
        found: tuple[Change, ...] = ()
        if one.calm is not None:
            found = changes(one.calm, after, one.zone.mask_in_box(after.shape[1], after.shape[0]))
        reached = bool(found) or (one.frames > 0 and one.tips * 2 >= one.frames)
        reach = self._told(one, one.moved_ns, found, after) if reached else None
        one.reached, one.views, one.frames, one.tips = False, [], 0, 0
        one.calm, one.calm_ns = after, frame.at_ns
        self._quiet[one.mask > 0] = motion.small[one.mask > 0]
        return reach

    def _told(self, one: _Watched, end_ns: int, found: tuple[Change, ...], after: Picture | None = None) -> Reach:
        self._number += 1
        gone = tuple(change for change in found if change.vanished > 0)
        come = tuple(change for change in found if change.vanished <= 0)
        direction: Direction = "taken" if gone and not come else "put" if come and not gone else "unclear"
        crops: list[Picture] = []
        for picture, part in ((one.calm, gone), (after, come)):
            if picture is not None:
                crops.extend(change.box.cut(picture).copy() for change in part)
        crops.extend(view.crop for view in sorted(one.views, key=lambda view: -view.quality))
        return Reach(
            camera=self.camera,
            number=self._number,
            start_ns=one.start_ns,
            end_ns=max(end_ns, one.start_ns),
            plates=one.zone.plates,
            direction=direction,
            units=len(found),
            crops=tuple(crops[:MOST_CROPS]),
            before=tuple(_in_picture(change.box, one.zone.box) for change in gone),
            after=tuple(_in_picture(change.box, one.zone.box) for change in come),
        )


def _in_picture(box: Box, within: Box) -> Box:
    """``box``, given in fractions of ``within``, in fractions of the picture."""
    wide, high = within.right - within.left, within.bottom - within.top
    left, top = within.left + box.left * wide, within.top + box.top * high
    return Box(left, top, min(1.0, within.left + box.right * wide), min(1.0, within.top + box.bottom * high))
