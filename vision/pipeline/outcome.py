"""What became of a part of the shelf: from two calm pictures and the views between to which things were taken or put. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.facts import Direction
from vision.pipeline.change import Change, at_work, changes
from vision.pipeline.crop import square_around
from vision.pipeline.views import SAME, Views, apart, colours
from vision.pipeline.zones import Zone
from vision.types import Box, Frame, Picture

MOST_CROPS: Final = 8  # views of one reach; more add nothing to what they say together and cost 3 ms each
SURE_SEEN: Final = 0.12  # of Change.vanished; below, one thing stands where another stood, or nobody can tell
SURE_CARRIED: Final = 0.3  # of the log of the hand's size, where something changed: 35 % more than when it came is a thing in it
SURE_ALONE: Final = 0.55  # of the same where nothing is seen to have changed: an empty sleeve may look 60 % larger coming than going
WHOLE_THING: Final = 0.35  # of the largest size of the hand with what it held; a smaller change is a part of what it took
MARGIN: Final = 0.05  # of the picture that is kept around a zone: a product's square is wider than the product
CALM_QUALITY: Final = 95  # of JPEG, in which calm pictures wait: a thirtieth of the memory, and no edge of a label is lost
MOVED: Final = 1.5  # longer sides of a thing; what is gone here and stands there within them was pushed, not taken
_AS_IT_LIES: Final = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION


@dataclass(frozen=True, slots=True, eq=False)
class Calm:
    """A frame in which nothing moved, for every zone that was calm: the ``whole`` picture at working size, and as it came, as ``jpeg``.

    Each zone waits for its next reach with such a picture, which for many zones would be many frames' worth of pixels.
    """

    at_ns: int
    whole: Picture
    jpeg: bytes

    def pixels(self) -> Picture:
        """The whole picture as it came."""
        return np.asarray(cv2.imdecode(np.frombuffer(self.jpeg, np.uint8), _AS_IT_LIES), np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """One kind of thing that was taken or put. Boxes in fractions of the picture: ``before``, what is gone; ``after``, what is there now;
    the same box in both where one thing stands where another stood. ``units``: pieces, 0 where that cannot be said."""

    direction: Direction
    units: int
    crops: tuple[Picture, ...]
    before: tuple[Box, ...]
    after: tuple[Box, ...]


def calm_picture(frame: Frame) -> Calm:
    """What is kept of a calm frame; the camera's own JPEG where it sent one."""
    jpeg = frame.jpeg or cv2.imencode(".jpg", frame.pixels, [cv2.IMWRITE_JPEG_QUALITY, CALM_QUALITY])[1].tobytes()
    return Calm(frame.at_ns, at_work(frame.pixels), jpeg)


def outcomes(zone: Zone, before: Calm | None, after: Calm, views: Views) -> tuple[Outcome, ...]:
    """What happened in ``zone``: one outcome for each kind of thing, none where nothing changed or no picture of before is known."""
    if before is None or before.whole.shape != after.whole.shape:
        return ()
    height, width = after.whole.shape[:2]
    found = changes(before.whole, after.whole, zone.mask(width, height))
    if not found:
        return ()
    carried = views.carried()
    was, now = _near(before, zone), _near(after, zone)
    leans = [(change, change.vanished / SURE_SEEN + carried / SURE_CARRIED) for change in found]
    gone = [_seen(change, was) for change, lean in leans if lean >= 1.0]
    come = [_seen(change, now) for change, lean in leans if lean <= -1.0]
    for one in list(gone):
        pushed = next((other for other in come if _was_pushed(one, other)), None)
        if pushed is not None:
            gone.remove(one)
            come.remove(pushed)
    kinds = [("taken", kind) for kind in _kinds(gone)] + [("put", kind) for kind in _kinds(come)]
    told = [_told("taken" if direction == "taken" else "put", kind, views, len(kinds)) for direction, kind in kinds]
    replaced = [change for change, lean in leans if abs(lean) < 1.0]
    if replaced and not told:
        squares = [_seen(change, picture).square for change in replaced for picture in (was, now)]
        boxes = tuple(change.box for change in replaced)
        crops = (*squares, *views.best(None, MOST_CROPS))[:MOST_CROPS]
        told.append(Outcome("unclear", 0, crops, boxes, boxes))
    return tuple(told)


def unseen(views: Views) -> Outcome:
    """A hand was there and nothing is seen to have changed: what it held, and whether it was more when it went, is all there is."""
    carried = views.carried()
    direction: Direction = "taken" if carried >= SURE_ALONE else "put" if carried <= -SURE_ALONE else "unclear"
    return Outcome(direction, 0, views.best(None, MOST_CROPS, 0.0 if direction == "unclear" else carried), (), ())


@dataclass(frozen=True, slots=True, eq=False)
class _Thing:
    """Something that stands in one of the calm pictures: its ``tight`` picture, the ``square`` for the embedder, its colours."""

    box: Box
    tight: Picture
    square: Picture
    colours: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class _Near:
    """A zone with a margin around it, as it came; ``box``: where it is in the picture."""

    pixels: Picture
    box: Box


def _near(calm: Calm, zone: Zone) -> _Near:
    box = zone.box
    wide = Box(max(0.0, box.left - MARGIN), max(0.0, box.top - MARGIN), min(1.0, box.right + MARGIN), min(1.0, box.bottom + MARGIN))
    return _Near(wide.cut(calm.pixels()), wide)


def _seen(change: Change, near: _Near) -> _Thing:
    wide, high = near.box.right - near.box.left, near.box.bottom - near.box.top
    box = Box(
        min(max((change.box.left - near.box.left) / wide, 0.0), 0.99),
        min(max((change.box.top - near.box.top) / high, 0.0), 0.99),
        max(min((change.box.right - near.box.left) / wide, 1.0), 0.01),
        max(min((change.box.bottom - near.box.top) / high, 1.0), 0.01),
    )
    tight = box.cut(near.pixels).copy()
    return _Thing(change.box, tight, square_around(near.pixels, box).copy(), colours(tight))


def _was_pushed(gone: _Thing, come: _Thing) -> bool:
    one, other = gone.box, come.box
    longer = max(one.right - one.left, one.bottom - one.top)
    middles = np.hypot(one.left + one.right - other.left - other.right, one.top + one.bottom - other.top - other.bottom) / 2
    alike = 0.5 <= one.area / other.area <= 2.0 and apart(gone.colours, come.colours) < SAME
    return bool(alike and middles <= MOVED * longer)


def _kinds(things: list[_Thing]) -> list[list[_Thing]]:
    """``things`` grouped by product, as far as their colours tell."""
    kinds: list[list[_Thing]] = []
    for thing in things:
        like = next((kind for kind in kinds if apart(kind[0].colours, thing.colours) < SAME), None)
        if like is None:
            kinds.append([thing])
        else:
            like.append(thing)
    return kinds


def _told(direction: Direction, kind: list[_Thing], views: Views, kinds: int) -> Outcome:
    boxes = tuple(thing.box for thing in kind)
    squares = [thing.square for thing in kind]
    side = 1.0 if direction == "taken" else -1.0
    held = views.best(kind[0].tight, MOST_CROPS, side)
    if not held and kinds == 1:
        held = views.best(None, 2, side)
    if kind[0].box.area >= WHOLE_THING * views.largest():
        # The picture from the shelf is the sharpest; a second one of the same product adds less than one in the hand.
        crops = (squares[0], *held[: MOST_CROPS - len(squares[:2])], *squares[1:])[:MOST_CROPS]
    else:
        # Only a part of it is seen to have changed, as where another one stands behind it.
        crops = (*held[: MOST_CROPS - 1], *squares)[:MOST_CROPS]
    return Outcome(direction, len(kind), crops, boxes if direction == "taken" else (), () if direction == "taken" else boxes)
