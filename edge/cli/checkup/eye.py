"""The eye from the inside: its models and gallery, the folder of its pictures, and a look through every camera."""

from __future__ import annotations

import logging
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

import cv2
import numpy as np

from edge.runtime.checkup.eye import LOOK, advice_for, check_zones, its_words, running_eye
from edge.runtime.checkup.finding import Finding, failure, ok, warning
from edge.runtime.secret_files import file_problem
from edge.runtime.settings import StoreSettings
from edge.store.counted import counted
from models.manifest import ModelRefused
from vision.facts import CameraTrouble
from vision.pipeline.health import PictureHealth
from vision.ports import Source
from vision.recogniser import MAX_VIEWS
from vision.service.knowledge import Knowledge
from vision.settings import CameraSettings
from vision.sources import open_source
from vision.types import Frame, Picture

FIRST_FRAME_S = 15.0  # s; a network camera takes up to ten to open its stream
LATE_SHARE = 0.7  # of the frames asked for; with less a quick hand is missed
SLOW_REACH_S = 1.0  # s for the pictures of one reach; a receipt waits for the last one
VIEW_SIDE = 256  # pixels of the pictures the model is timed with
HANDED_OVER = "/run/credentials/smartstore-vision.service/camera_"  # how the unit hands passwords over, while it runs
PASSWORDS = Path("/etc/smartstore/camera-credentials")  # where they are kept, for root only
ZONE_COLOURS = ((60, 200, 60), (220, 140, 40), (60, 120, 240), (200, 60, 200))  # blue, green, red


def check_eye(settings: StoreSettings, *, seconds: float, pictures: Path | None = None) -> Iterator[Finding]:
    """Everything the eye needs. Through each camera it looks for ``seconds``, unless the eye runs: then its own words are told."""
    for room in ("vision.service", "vision.sources"):  # what they lack are findings here
        logging.getLogger(room).addHandler(logging.NullHandler())
    yield from _check_models(settings)
    yield from check_zones(settings)
    yield from _check_folders(settings)
    greeting = running_eye(settings.vision.socket)
    if greeting:
        yield from its_words(greeting, settings.cameras)
        if pictures is not None:
            yield warning(
                "camera", "", "no pictures were drawn: the eye runs and has the cameras", "Stop smartstore-vision first to see the zones."
            )
    else:
        yield from _check_cameras(settings.cameras, seconds, pictures)


def _check_models(settings: StoreSettings) -> Iterator[Finding]:
    try:
        knowledge = Knowledge(settings.vision)
    except (ModelRefused, OSError) as error:
        yield failure("model", "", str(error), "Without its model the eye does not start; `smartstore models list` shows what is here.")
        return
    views = [np.full((VIEW_SIDE, VIEW_SIDE, 3), 16 * view, np.uint8) for view in range(MAX_VIEWS)]
    begun = time.perf_counter()
    knowledge.embedder.embed(views)
    took_s = time.perf_counter() - begun
    words = f"{knowledge.known.model} on {knowledge.embedder.provider}, {took_s * 1000:.0f} ms for the {MAX_VIEWS} pictures of a reach"
    if took_s > SLOW_REACH_S:
        yield warning("model", "", words, "Give it another provider or more threads in [vision], or take a smaller model.")
    else:
        yield ok("model", "", words)
    if knowledge.recogniser is None:
        yield warning("gallery", "", knowledge.known.trouble, "Until then the eye says only that something was taken.")
        return
    enrolled, sold = set(knowledge.recogniser.gallery.products), {product.gtin for product in settings.products}
    words = f"version {knowledge.known.gallery} with {counted(len(enrolled), 'product')}"
    if missing := sorted(sold - enrolled):
        named = ", ".join(missing[:5]) + (f" and {len(missing) - 5} more" if len(missing) > 5 else "")
        yield warning("gallery", "", f"{words}; not enrolled: {named}", "Enrol them: smartstore models enrol GTIN PHOTO...")
    else:
        yield ok("gallery", "", f"{words}, all that are sold")


def _check_folders(settings: StoreSettings) -> Iterator[Finding]:
    folder = settings.vision.evidence
    existing = next(parent for parent in (folder, *folder.parents) if parent.is_dir())
    if not os.access(existing, os.W_OK | os.X_OK):
        yield failure(
            "evidence", "", f"{existing} may not be written by this user", "Change [vision] evidence, or run this as the eye's user."
        )
    elif (free_mb := shutil.disk_usage(existing).free // 1_000_000) < settings.vision.evidence_max_mb:
        yield warning("evidence", "", f"{free_mb} MB free for {folder}", "Less than evidence_max_mb; lower it or make room.")
    else:
        yield ok("evidence", "", f"{free_mb} MB free for {folder}")


def _check_cameras(cameras: Sequence[CameraSettings], seconds: float, pictures: Path | None) -> Iterator[Finding]:
    with ExitStack() as opened:
        sources: list[tuple[CameraSettings, Source]] = []
        for camera in map(_with_its_password, cameras):
            problem = file_problem(camera.password_file, secret=True) if camera.password_file is not None else None
            if problem is not None:
                advice = "One line in it, user:password; only the service and root may read it (sudo smartstore vision check)."
                yield failure("camera", "", f"{camera.id}: password_file {camera.password_file}: {problem}", advice)
                continue
            try:
                source = opened.enter_context(closing(open_source(camera)))
            except (ValueError, OSError) as error:
                yield failure("camera", "", f"{camera.id}: {error}", "Correct url in the store file.")
                continue
            source.start()
            sources.append((camera, source))
        for camera, source in sources:
            yield from _check_camera(camera, source, seconds, pictures)


def _with_its_password(camera: CameraSettings) -> CameraSettings:
    """With the file that its password is kept in, where it is one that the service manager hands to nobody but the running eye."""
    named = str(camera.password_file or "")
    if not named.startswith(HANDED_OVER) or os.path.exists(named):
        return camera
    return camera.model_copy(update={"password_file": PASSWORDS / named.removeprefix(HANDED_OVER)})


def _check_camera(camera: CameraSettings, source: Source, seconds: float, pictures: Path | None) -> Iterator[Finding]:
    frame = source.newest(0, FIRST_FRAME_S)
    if frame is None:
        why = source.state().trouble or "it sends nothing"
        yield failure("camera", "", f"{camera.id}: no picture within {FIRST_FRAME_S:.0f} s: {why}", advice_for(camera))
        return
    health, count = PictureHealth(), 1
    trouble: CameraTrouble | None = None
    first_ns = last_ns = frame.at_ns
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        newer = source.newest(frame.number, left)
        if newer is not None:
            frame, count, last_ns = newer, count + 1, newer.at_ns
            trouble = health.feed(frame)
    height, width = frame.pixels.shape[:2]
    rate = (count - 1) * 1e9 / (last_ns - first_ns) if last_ns > first_ns else 0.0
    slow = rate < LATE_SHARE * camera.frames_per_s
    words = f"{camera.id}: {width} × {height}, {rate:.1f} {f'of {camera.frames_per_s:g} ' if slow else ''}frames a second"
    if pictures is not None:
        words += f", picture in {_drawn(camera, frame, pictures)}"
    if trouble is not None:
        yield failure("camera", "", f"{words}; the picture is {trouble}", LOOK)
    elif slow:
        yield warning("camera", "", words, "Ask the camera for more, or lower frames_per_s.")
    else:
        yield ok("camera", "", words)


def _drawn(camera: CameraSettings, frame: Frame, folder: Path) -> Path:
    """A JPEG of the frame with the camera's zones and their plates."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{camera.id}.jpg"
    cv2.imwrite(os.fspath(path), drawn_zones(camera, frame.pixels))
    return path


def drawn_zones(camera: CameraSettings, pixels: Picture) -> Picture:
    """A copy of the picture with every zone outlined and the names of its plates in it."""
    height, width = pixels.shape[:2]
    drawn = pixels.copy()
    size = max(0.5, height / 720)
    for number, zone in enumerate(camera.zones):
        colour = ZONE_COLOURS[number % len(ZONE_COLOURS)]
        corners = np.array([[x * (width - 1), y * (height - 1)] for x, y in zone.polygon]).round().astype(np.int32)
        cv2.polylines(drawn, [corners], True, colour, max(2, height // 240), cv2.LINE_AA)
        words, where = " ".join(zone.plates), (int(corners[:, 0].min()) + 8, int(corners[:, 1].min()) + round(28 * size))
        cv2.putText(drawn, words, where, cv2.FONT_HERSHEY_SIMPLEX, size, (0, 0, 0), round(4 * size), cv2.LINE_AA)
        cv2.putText(drawn, words, where, cv2.FONT_HERSHEY_SIMPLEX, size, colour, max(1, round(2 * size)), cv2.LINE_AA)
    return drawn
