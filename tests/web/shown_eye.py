"""A store with cameras as pages see it: one that sees, one that is covered, and a receipt with what they saw."""

from __future__ import annotations

from dataclasses import replace

from edge.snapshot import CameraView, EyeView, GuessView, SightView, StoreSnapshot
from tests.web.shown_store import BARS, COLA, WATER, quiet_store

WATER_SEEN = SightView(
    camera="upper",
    plates=("P1", "P2"),
    direction="taken",
    at_unix_s=1_763_899_969.4,
    guesses=(
        GuessView(gtin=WATER.gtin, name=WATER.name, probability=0.964),
        GuessView(gtin=BARS.gtin, name=BARS.name, probability=0.03),
    ),
    barcode="4006381333931",
    evidence="0193-visit-0002/upper-4",
)
HAND_SEEN = replace(WATER_SEEN, camera="lower", plates=("P3",), direction="unclear", guesses=(), barcode=None, evidence="")
COLA_SEEN = replace(
    WATER_SEEN,
    camera="lower",
    plates=("P3",),
    at_unix_s=None,
    direction="put",
    guesses=(
        GuessView(gtin=COLA.gtin, name=COLA.name, probability=0.81),
        GuessView(gtin="", name="none of the known products", probability=0.19),
    ),
    barcode=None,
    evidence="0193-visit-0002/lower-1",
)
EYE = EyeView(
    condition="open",
    words="1 of 2 cameras sees nothing.",
    model="product-embedder",
    gallery="gallery 3",
    products=24,
    cameras=(
        CameraView(camera="upper", plates=("P1", "P2"), condition="seeing", last=replace(WATER_SEEN, at_unix_s=None), last_s=4969.0),
        CameraView(camera="lower", plates=("P3", "P4"), condition="lost", detail="its picture is black: covered, or without light"),
    ),
)


def watched_store() -> StoreSnapshot:
    """A cabinet with two cameras; the last receipt has pictures, and part of it goes by weight alone."""
    quiet = quiet_store()
    last = quiet.receipts[0]
    water, wrap = last.lines
    words = "The cameras were out of sight for part of the visit: that part goes by weight alone."
    seen = replace(last, lines=(replace(water, pictures=(WATER_SEEN,)), wrap), notes=(words,), pictures=(HAND_SEEN, COLA_SEEN))
    return replace(quiet, eye=EYE, receipts=(seen, *quiet.receipts[1:]))
