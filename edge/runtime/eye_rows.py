"""The eye as the page shows it: cameras in words, and what they saw with the names of today's catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from edge.session.details import Said, words_of
from edge.session.eye_state import CameraState, EyeCondition, EyeState
from edge.session.looks import evidence_of
from edge.session.receipt import PictureEvidence
from edge.snapshot import CameraView, EyeView, GuessView, SightView

NONE_OF_THESE: Final = "none of the known products"
WORDS: Final[dict[EyeCondition, str]] = {
    "unknown": "The eye has not answered yet.",
    "open": "The eye watches.",
    "lost": "The eye does not answer: visits go by weight alone.",
}


def sight_view(picture: PictureEvidence, names: Mapping[str, str], at_unix_s: float | None) -> SightView:
    """One reach. ``names``: what the catalogue calls a GTIN."""
    return SightView(
        camera=picture.camera,
        plates=picture.plates,
        direction=picture.direction,
        at_unix_s=at_unix_s,
        guesses=tuple(
            GuessView(gtin=one.gtin, name=names.get(one.gtin, one.gtin) if one.gtin else NONE_OF_THESE, probability=one.probability)
            for one in picture.guesses
        ),
        barcode=picture.barcode,
        evidence=picture.evidence,
    )


def eye_view(eye: EyeState, names: Mapping[str, str]) -> EyeView:
    """All cameras now."""
    if not eye.cameras:
        return EyeView()

    def shown(camera: CameraState) -> CameraView:
        said = None if camera.trouble is None else Said(f"camera_{camera.trouble}", more=camera.detail)
        last = None if camera.last is None else evidence_of(camera.last)
        return CameraView(
            camera=camera.camera,
            plates=camera.plates,
            condition=camera.condition,
            detail="" if said is None else words_of(said),
            said=said,
            last=None if last is None else sight_view(last, names, None),
            last_s=None if last is None else last.at_ns / 1e9,
        )

    lost = [camera for camera in eye.cameras if camera.condition == "lost"]
    words = (
        f"{len(lost)} of {len(eye.cameras)} cameras {'sees' if len(lost) == 1 else 'see'} nothing."
        if eye.condition == "open" and lost
        else WORDS[eye.condition]
    )
    return EyeView(
        condition=eye.condition,
        words=f"{words} {eye.reason[:1].upper()}{eye.reason[1:]}." if eye.condition == "lost" and eye.reason else words,
        model=eye.model,
        gallery=eye.gallery,
        products=eye.products,
        cameras=tuple(shown(camera) for camera in eye.cameras),
    )
