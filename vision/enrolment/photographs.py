"""Photographs of one product out of files, clips and cameras, cut to the part that the embedder will see. Nothing is embedded here.

What moves gives more pictures than are needed: the sharpest ones are kept, spread over the time, and no shot twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from vision.barcode import read_codes
from vision.pipeline.crop import LOOK_SHARES, PRODUCT_SHARE, centre_square, looks, square_around
from vision.pipeline.photo_quality import PhotoQuality, photo_quality
from vision.pipeline.reach import ReachWatcher
from vision.ports import Source
from vision.settings import CameraSettings
from vision.sources import SourceError, every_picture, read_still
from vision.types import Box, Frame, Picture, checked_picture

MOST: Final = 10  # photographs of one product; more add nothing to its mean that can be measured
CAMERA_S: Final = 15.0  # s; time to turn a product once in the hand
PER_REACH: Final = 4  # views of one reach; more of them show the same side
FIRST_FRAME_S: Final = 10.0  # s; what a camera on the network takes to answer

CROP_SIDE: Final = 640  # pixels; a bar code can still be read
HELD_SHARE: Final = max(LOOK_SHARES)  # of the short side: the most that the embedder looks at
HELD_SIDE: Final = 768  # pixels; of a camera of 720 lines all that there is
LOOK_SIDE: Final = 448  # pixels; twice what embedders look at

_POOL: Final = 24  # candidates held at once, whatever the length of a clip: 75 MB at most

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and of how much; 0 where that is not known."""


@dataclass(frozen=True, slots=True, eq=False)
class Photograph:
    """``crop``: the part with the product, at most ``CROP_SIDE`` pixels wide, by which it is judged; ``looks``: what the embedder looks at,
    one crop or the same from several distances; ``codes``: bar codes that were read, as 13 digits.
    """

    name: str
    crop: Picture
    quality: PhotoQuality
    looks: tuple[Picture, ...]
    codes: tuple[str, ...] = ()


def photograph(name: str, pixels: Picture, box: Box | None = None, *, read: bool = True) -> Photograph:
    """``box``: where the product is; without one it fills the middle. ``read``: look for bar codes. ValueError for what is no picture."""
    part = centre_square(checked_picture(pixels)) if box is None else square_around(pixels, box)
    seen = tuple(_at_most(look, LOOK_SIDE) for look in (looks(pixels) if box is None else (part,)))
    return Photograph(name, _at_most(part, CROP_SIDE), photo_quality(part), seen, read_codes(pixels) if read else ())


def held_part(pixels: Picture) -> Picture:
    """The part of a camera's picture in which somebody holds a product, as it is kept while it is enrolled. ValueError as above."""
    return _at_most(centre_square(pixels, HELD_SHARE), HELD_SIDE)


def held(name: str, part: Picture) -> Photograph:
    """What ``held_part`` has cut out of a picture. ValueError for what is no picture."""
    crop = centre_square(part, PRODUCT_SHARE / HELD_SHARE)
    seen = tuple(_at_most(look, LOOK_SIDE) for look in looks(part, HELD_SHARE))
    return Photograph(name, _at_most(crop, CROP_SIDE), photo_quality(crop), seen, read_codes(crop))


def cropped(name: str, crop: Picture) -> Photograph:
    """A picture that is cut to the product already, as the eye cuts what it sees. ValueError for what is no picture."""
    quality = photo_quality(checked_picture(crop))
    return Photograph(name, _at_most(crop, CROP_SIDE), quality, (_at_most(crop, LOOK_SIDE),), read_codes(crop))


def from_file(path: Path, box: Box | None = None) -> Photograph:
    """The photograph in a JPEG or PNG file. SourceError where there is none, with what to do."""
    return photograph(path.name, read_still(path), box)


def from_clip(path: Path, box: Box | None = None, progress: Progress | None = None) -> list[Photograph]:
    """At most ``MOST`` different views out of a video, a clip of the eye or a folder of frames. SourceError where it cannot be read."""
    return views(_counted(every_picture(path), progress), path.name, box)


def from_camera(
    source: Source,
    seconds: float = CAMERA_S,
    box: Box | None = None,
    progress: Progress | None = None,
    wait_s: float = FIRST_FRAME_S,
) -> list[Photograph]:
    """At most ``MOST`` different views out of what a started camera shows in ``seconds`` from its first frame on.

    SourceError where that does not come within ``wait_s``.
    """
    return views(_counted((frame.pixels for frame in frames(source, seconds, wait_s)), progress), source.name, box)


def from_reaches(
    source: Source, settings: CameraSettings, seconds: float, progress: Progress | None = None, wait_s: float = FIRST_FRAME_S
) -> list[Photograph]:
    """What the eye itself sees of a product that is taken from the shelf and put back in front of a started camera, several times.

    At most ``MOST`` crops, as the eye cuts them. SourceError where the camera shows nothing, or nobody took or put anything in ``seconds``.
    """
    watcher, found = ReachWatcher(settings), []
    for frame in frames(source, seconds, wait_s):
        for reach in watcher.feed(frame):
            if reach.before or reach.after:
                names = (f"{source.name}, reach {reach.number}, view {number}" for number in range(1, PER_REACH + 1))
                found += [cropped(name, crop) for name, crop in zip(names, reach.crops, strict=False)]
                if progress is not None:
                    progress("views taken", len(found), MOST)
        if len(found) >= MOST:
            break
    if not found:
        raise SourceError(f"{source.name} saw nobody take anything; take the product from its place and put it back, more slowly")
    return found[:MOST]


def views(pictures: Iterable[Picture], name: str, box: Box | None = None) -> list[Photograph]:
    """At most ``MOST`` of the pictures: the sharpest of each stretch of time, none twice, in their order."""
    pool: list[Photograph] = []
    fresh: Photograph | None = None
    block = 1  # pictures behind each candidate
    for number, pixels in enumerate(pictures, 1):
        found = photograph(f"{name}, picture {number}", pixels, box, read=False)
        fresh = found if fresh is None else _better(fresh, found)
        if number % block == 0:
            pool.append(fresh)
            fresh = None
        if len(pool) == _POOL:
            pool = [_better(*pair) for pair in zip(pool[::2], pool[1::2], strict=True)]
            block *= 2
    if fresh is not None:
        pool.append(fresh)
    chosen: list[Photograph] = []
    for one in [one for one in pool if one.quality.flaw is None] or pool:
        if not any(one.quality.same_shot(other.quality) for other in chosen):
            chosen.append(one)
    kept = [chosen[round(place * (len(chosen) - 1) / (MOST - 1))] for place in range(MOST)] if len(chosen) > MOST else chosen
    return [replace(one, codes=read_codes(one.crop)) for one in kept]


def _better(one: Photograph, two: Photograph) -> Photograph:
    """The one without a flaw, of two such the sharper."""
    return min(one, two, key=lambda found: (found.quality.flaw is not None, found.quality.blur))


def _at_most(crop: Picture, side: int) -> Picture:
    """``crop`` with no side above ``side`` pixels, in memory of its own."""
    scale = side / max(crop.shape[:2])
    if scale >= 1.0:
        return crop.copy()
    size = (max(1, round(crop.shape[1] * scale)), max(1, round(crop.shape[0] * scale)))
    return np.asarray(cv2.resize(crop, size, interpolation=cv2.INTER_AREA), np.uint8)


def _counted(pictures: Iterable[Picture], progress: Progress | None) -> Iterator[Picture]:
    number = 0
    for number, pixels in enumerate(pictures, 1):
        if progress is not None and number % 10 == 0:
            progress("pictures looked at", number, 0)
        yield pixels
    if number == 0:
        raise SourceError("not one picture came")


def frames(source: Source, seconds: float, wait_s: float = FIRST_FRAME_S) -> Iterator[Frame]:
    """What a started camera shows in ``seconds`` from its first frame on. SourceError where that does not come within ``wait_s``."""
    frame = source.newest(0, wait_s)
    if frame is None:
        raise SourceError(f"{source.name} shows nothing: {source.state().trouble or 'no frame came'}")
    until_ns = frame.at_ns + round(seconds * 1e9)
    while frame is not None and frame.at_ns <= until_ns:
        yield frame
        frame = source.newest(frame.number, 2.0)
