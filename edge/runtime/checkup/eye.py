"""The eye as far as it can be told without opening a camera or a model: what its zones cover, and what it says of itself while it runs."""

from __future__ import annotations

import importlib.util
import os
import socket
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from edge.runtime.checkup.finding import Finding, failure, ok, warning
from edge.runtime.settings import StoreSettings
from edge.snapshot import EyeView
from edge.store.counted import counted
from vision.facts import CameraFound, CameraLost, EyeOpened, VisionFact
from vision.settings import CameraSettings
from vision.wire import MAX_LINE, fact_of

NEEDED = ("cv2", "onnxruntime")  # what the eye stands on and a store that only weighs need not have
GREETING_S = 2.0  # s; the eye greets at once
LOOK = "Look at its lens, its light and where it points."


def check_running(settings: StoreSettings) -> Iterator[Finding]:
    """The zones, and what the running eye says of itself."""
    missing = next((name for name in NEEDED if importlib.util.find_spec(name) is None), None)
    if missing is not None:
        advice = "Type: pip install 'smartstore-edge[vision]', or systemd/install.sh --vision"
        yield failure("eye", "eye_not_installed", f"{missing} is not installed", advice, name=missing)
        return
    yield from check_zones(settings)
    greeting = running_eye(settings.vision.socket)
    if greeting:
        yield from its_words(greeting, settings.cameras)
    else:
        text, advice = f"nobody answers at {settings.vision.socket}", "Start smartstore-vision; `smartstore vision check` looks closer."
        yield warning("eye", "eye_silent", text, advice, path=str(settings.vision.socket))


def check_known(settings: StoreSettings, eye: EyeView) -> Iterator[Finding]:
    """The zones, and what a running store knows of its eye: that has one place for a store, which is taken."""
    yield from check_zones(settings)
    if eye.condition != "open":
        text, advice = "the eye does not answer", "Start smartstore-vision; `smartstore vision check` looks closer."
        yield warning("eye", "eye_lost", text, advice)
        return
    yield _runs(eye.model, eye.products)
    advice_of = _advice_of(settings.cameras)
    for camera in eye.cameras:
        if camera.condition == "seeing":
            yield _delivers(camera.camera)
        elif camera.condition == "lost":
            yield _lost(camera.camera, camera.detail, advice_of.get(camera.camera, LOOK))


def check_zones(settings: StoreSettings) -> Iterator[Finding]:
    """Whether every camera has a zone and every plate is in one."""
    seen = {plate for camera in settings.cameras for zone in camera.zones for plate in zone.plates}
    for camera in settings.cameras:
        if not camera.zones:
            text, advice = f"camera {camera.id} has no zones", "Say with [[camera.zones]] which plates are where in its picture."
            yield warning("zones", "zones_none", text, advice, camera=camera.id)
    unseen = ", ".join(plate.id for plate in settings.devices.plates if plate.id not in seen)
    if unseen:
        advice = "What is taken there is told by weight alone; draw a zone, or leave it."
        yield warning("zones", "zones_unseen", f"no camera sees {unseen}", advice, plates=unseen)
    elif seen:
        text = f"{'the one plate is' if len(seen) == 1 else f'all {len(seen)} plates are'} in sight"
        yield ok("zones", "zones", text, count=len(seen))


def running_eye(path: Path) -> list[VisionFact]:
    """What the eye that listens at ``path`` says of itself and its cameras; empty where none does."""
    found: list[VisionFact] = []
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(GREETING_S)
        try:
            client.connect(os.fspath(path))
            with client.makefile("rb") as lines:
                while not found or len(found) <= len(_cameras(found)):
                    line = lines.readline(MAX_LINE)
                    if not line:
                        break
                    fact = fact_of(line)
                    if isinstance(fact, EyeOpened | CameraFound | CameraLost):
                        found.append(fact)
        except OSError:  # not there, or no more to say in time
            pass
    return found


def its_words(greeting: Sequence[VisionFact], cameras: Sequence[CameraSettings]) -> Iterator[Finding]:
    """What an eye that runs said of itself."""
    advice_of = _advice_of(cameras)
    for fact in greeting:
        match fact:
            case EyeOpened():
                yield _runs(fact.model, fact.products)
            case CameraFound():
                yield _delivers(fact.camera)
            case CameraLost():
                problem = f"{fact.reason.replace('_', ' ')}{f' ({fact.detail})' if fact.detail else ''}"
                yield _lost(fact.camera, problem, advice_of.get(fact.camera, LOOK) if fact.reason == "no_frames" else LOOK)


def advice_for(camera: CameraSettings) -> str:
    """What to do about a camera that shows nothing."""
    scheme, _, place = camera.url.partition("://")
    if scheme in ("file", "folder"):
        what = "a video" if scheme == "file" else "pictures"
        return f"Put {what} at {place.partition('?')[0]}, or correct url in the store file."
    return "Look at its plug and its cable." if scheme == "v4l2" else "Look at its cable, its power and its url."


def _advice_of(cameras: Sequence[CameraSettings]) -> Mapping[str, str]:
    return {camera.id: advice_for(camera) for camera in cameras}


def _cameras(found: Sequence[VisionFact]) -> tuple[str, ...]:
    return found[0].cameras if isinstance(found[0], EyeOpened) else ()


def _runs(model: str, products: int) -> Finding:
    return ok("eye", "eye", f"runs with {model}, {counted(products, 'product')}", model=model, count=products)


def _delivers(camera: str) -> Finding:
    return ok("camera", "camera", f"{camera} delivers", camera=camera)


def _lost(camera: str, problem: str, advice: str) -> Finding:
    return failure("camera", "camera_lost", f"{camera} is lost: {problem}", advice, camera=camera, problem=problem)
