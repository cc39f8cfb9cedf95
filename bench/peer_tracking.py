"""What one would write with roboflow supervision for a shelf: detections, a tracker, polygon zones, and what to make of them.

supervision (MIT) and trackers (Apache-2.0) are loaded when they are asked for, from a folder of their own; nothing of the project needs
them.
"""

from __future__ import annotations

import importlib
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

import cv2
import numpy as np

from bench.peer_films import FRAMES_PER_S, SIZE, Boxes
from vision.backends.detector import OnnxDetector
from vision.recogniser import MAX_VIEWS, spread
from vision.settings import ZoneSettings
from vision.types import Frame, Picture

GONE_FRAMES: Final = 3  # a track that is lost for that long has left; shorter gaps are the detector's
DWELT_FRAMES: Final = 3  # a hand that only crosses a zone is there for less
CHANGED_FRAMES: Final = 10  # a second: goods behind a hand are gone for as long as that
LEAST_AREA: Final = 2000.0  # pixels; of what background subtraction calls a thing
SAME_THING: Final = 0.3  # overlap of two boxes of one product that nobody moved
SLICE: Final = 640  # pixels; what supervision takes by default, as the overlap
OVERLAP: Final = 100
NO_BOXES: Final = np.zeros((0, 4), dtype=np.float32)


class NoPeer(ValueError):
    """It cannot be measured; the words say what to do."""


@dataclass(frozen=True, slots=True)
class Libraries:
    """supervision and trackers."""

    supervision: Any
    trackers: Any

    @property
    def versions(self) -> str:
        """In words."""
        return f"supervision {self.supervision.__version__}, ByteTrack of trackers"


def load_peer(folder: Path | None) -> Libraries:
    """Both, from ``folder`` if they are not installed; the libraries that the project has itself are used in their stead. Raises NoPeer."""
    if folder is not None:
        if not folder.is_dir():
            raise NoPeer(f"there is no folder {folder}")
        sys.path.append(str(folder.resolve()))
    try:
        return Libraries(importlib.import_module("supervision"), importlib.import_module("trackers"))
    except ImportError as error:
        raise NoPeer(f"supervision and trackers are not there ({error})") from error


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a pipeline noticed in this frame. ``direction`` "": it cannot say."""

    plates: tuple[str, ...]
    direction: str
    crops: Sequence[Picture]


@dataclass(frozen=True, slots=True)
class Told:
    """An event with the likeliest product, and the moment at which it was known."""

    plates: tuple[str, ...]
    direction: str
    product: str
    at_ns: int


class Peer(Protocol):
    """A pipeline."""

    name: str

    def feed(self, frame: Frame, true: Boxes) -> list[Event]:
        """What it notices; ``true``: boxes of the hands in the frame, for those that are spared a detector."""


class Moving:
    """Boxes of what moves, by background subtraction."""

    def __init__(self) -> None:
        self._background = cv2.createBackgroundSubtractorMOG2(detectShadows=True)

    def boxes(self, pixels: Picture) -> Boxes:
        """Of every thing that is large enough."""
        mask = cv2.threshold(self._background.apply(pixels), 200, 255, cv2.THRESH_BINARY)[1]
        outlines, _ = cv2.findContours(cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((5, 5))), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        found = [cv2.boundingRect(one) for one in outlines if cv2.contourArea(one) > LEAST_AREA]
        return np.array([(left, top, left + wide, top + high) for left, top, wide, high in found], dtype=np.float32).reshape(-1, 4)


@dataclass(slots=True)
class _Track:
    """One hand: frames in each zone, its crops there, and the frame in which it was seen last."""

    zones: Counter[int] = field(default_factory=Counter)
    crops: list[Picture] = field(default_factory=list)
    last: int = 0


class HandsByTrack:
    """A hand that is tracked through a polygon zone and leaves it is an event of that zone."""

    def __init__(
        self,
        peer: Libraries,
        zones: tuple[ZoneSettings, ...],
        name: str,
        *,
        finder: Moving | None = None,
        detector: OnnxDetector | None = None,
        paid: OnnxDetector | None = None,
    ) -> None:
        """Boxes are those of ``finder``, of ``detector``, or the true ones, for which ``paid`` is run and not heard."""
        self.name = name
        self._sv = peer.supervision
        self._zones, self._plates = _polygon_zones(peer, zones, "TOP_CENTER"), [zone.plates for zone in zones]
        self._tracker = _tracker(peer)
        self._finder, self._detector, self._paid = finder, detector, paid
        self._tracks: dict[int, _Track] = {}
        self._number = 0

    def feed(self, frame: Frame, true: Boxes) -> list[Event]:
        """Events of the hands that are gone."""
        self._number += 1
        boxes, scores = self._found(frame.pixels, true)
        tracked = self._tracker.update(self._sv.Detections(xyxy=boxes, confidence=scores, class_id=np.zeros(len(boxes), dtype=int)))
        inside = [zone.trigger(tracked) for zone in self._zones] if len(tracked) else []
        for row in range(len(tracked)):
            if tracked.tracker_id[row] < 0:
                continue  # not yet confirmed
            track = self._tracks.setdefault(int(tracked.tracker_id[row]), _Track())
            track.last = self._number
            here = [zone for zone, mask in enumerate(inside) if mask[row]]
            track.zones.update(here)
            if here:
                track.crops.append(_square(self._sv, frame.pixels, tracked.xyxy[row]))
        gone = [number for number, track in self._tracks.items() if self._number - track.last >= GONE_FRAMES]
        events = []
        for track in (self._tracks.pop(number) for number in gone):
            most = track.zones.most_common(1)
            if most and most[0][1] >= DWELT_FRAMES:
                events.append(Event(self._plates[most[0][0]], "", spread(track.crops, MAX_VIEWS)))
        return events

    def _found(self, pixels: Picture, true: Boxes) -> tuple[Boxes, Any]:
        if self._detector is not None:
            return _detected(self._detector, pixels)
        if self._paid is not None:
            self._paid.detect(pixels)
        boxes = true if self._finder is None else self._finder.boxes(pixels)
        return boxes, np.ones(len(boxes), dtype=np.float32)


class GoodsByDetector:
    """Goods that a detector sees in each zone; what stays away, or is new, for a second was taken or put there."""

    def __init__(
        self, peer: Libraries, zones: tuple[ZoneSettings, ...], name: str, detector: OnnxDetector, *, sliced: bool = False
    ) -> None:
        """``sliced``: the detector sees the picture in overlapping parts, as is advised where things are small."""
        self.name = name
        self._sv = peer.supervision
        self._zones, self._plates = _polygon_zones(peer, zones, "CENTER"), [zone.plates for zone in zones]
        self._tracker = _tracker(peer)
        self._find = peer.supervision.InferenceSlicer(callback=self._within, slice_wh=SLICE, overlap_wh=OVERLAP) if sliced else self._within
        self._detector = detector
        self._known: list[Boxes | None] = [None] * len(zones)  # boxes of the last second that was like the one before
        self._picture: Picture = np.zeros((1, 1, 3), dtype=np.uint8)
        self._changed = [0] * len(zones)

    def feed(self, frame: Frame, true: Boxes) -> list[Event]:
        """Events of the zones in which the number of things has been another for long enough."""
        tracked = self._tracker.update(self._find(frame.pixels))
        events = []
        for number, zone in enumerate(self._zones):
            now = tracked.xyxy[zone.trigger(tracked)] if len(tracked) else NO_BOXES
            known = self._known[number]
            if known is None or len(known) == len(now):
                self._known[number], self._changed[number] = now, 0
                continue
            self._changed[number] += 1
            if self._changed[number] >= CHANGED_FRAMES:
                events.append(self._event(number, known, now, frame.pixels))
                self._known[number], self._changed[number] = now, 0
        if not any(self._changed):
            self._picture = frame.pixels
        return events

    def _within(self, pixels: Picture) -> Any:
        boxes, scores = _detected(self._detector, pixels)
        return self._sv.Detections(xyxy=boxes, confidence=scores, class_id=np.zeros(len(boxes), dtype=int))

    def _event(self, number: int, known: Boxes, now: Boxes, pixels: Picture) -> Event:
        taken = len(now) < len(known)
        more, fewer, picture = (known, now, self._picture) if taken else (now, known, pixels)
        overlap = self._sv.box_iou_batch(more, fewer) if len(fewer) else np.zeros((len(more), 1))
        moved = more[overlap.max(axis=1) < SAME_THING]
        return Event(self._plates[number], "taken" if taken else "put", [_square(self._sv, picture, box) for box in moved])


def _detected(detector: OnnxDetector, pixels: Picture) -> tuple[Boxes, Any]:
    """Boxes in pixels of this picture, and their scores."""
    high, wide = pixels.shape[:2]
    found = detector.detect(pixels)
    sides = [(one.box.left * wide, one.box.top * high, one.box.right * wide, one.box.bottom * high) for one in found]
    return np.array(sides, dtype=np.float32).reshape(-1, 4), np.array([one.score for one in found], dtype=np.float32)


def _tracker(peer: Libraries) -> Any:
    return peer.trackers.ByteTrackTracker(frame_rate=FRAMES_PER_S, track_activation_threshold=0.5, high_conf_det_threshold=0.5)


def _polygon_zones(peer: Libraries, zones: tuple[ZoneSettings, ...], anchor: str) -> list[Any]:
    sv = peer.supervision
    corners = [np.array([(x * (SIZE[0] - 1), y * (SIZE[1] - 1)) for x, y in zone.polygon]).round().astype(np.int64) for zone in zones]
    return [sv.PolygonZone(polygon=one, triggering_anchors=[getattr(sv.Position, anchor)]) for one in corners]


def _square(sv: Any, pixels: Picture, box: Any) -> Picture:
    """The square at the upper end of a box, where a hand holds things; at most half as high as the picture."""
    left, top, right, bottom = map(float, box)
    side = min(max(right - left, bottom - top), SIZE[1] / 2)
    middle = (left + right) / 2
    cut = np.array([max(0.0, middle - side / 2), max(0.0, top), min(SIZE[0], middle + side / 2), min(SIZE[1], max(0.0, top) + side)])
    return np.ascontiguousarray(sv.crop_image(pixels, cut), dtype=np.uint8)
