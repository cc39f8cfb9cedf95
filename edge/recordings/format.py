"""A recording as a folder: ``store.json``, ``weights.npz``, ``sessions.json``, where a camera watched ``sightings.jsonl``, and, where it is
known, ``truth.json``.

Times are nanoseconds of one clock, grams have an arbitrary tare per plate: only changes mean something.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from edge.recordings.fields import RecordingInvalid
from edge.recordings.samples import Grams, Times, read_samples, write_samples
from edge.recordings.shop import Place, RecordedFacing, Shop, read_shop, shop_json, store_model
from edge.recordings.sightings import read_sightings, sightings_lines
from edge.recordings.visits import (
    Session,
    Truth,
    TruthEvent,
    TruthLine,
    TruthReceipt,
    read_sessions,
    read_truth,
    sessions_json,
    truth_json,
)
from edge.store.model import StoreModel
from vision.facts import ItemSeen

__all__ = [
    "Place",
    "RecordedFacing",
    "Recording",
    "RecordingInvalid",
    "Session",
    "Shop",
    "Truth",
    "TruthEvent",
    "TruthLine",
    "TruthReceipt",
    "read_recording",
    "write_recording",
]


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """``times_ns`` (T,) int64 strictly increasing; ``grams`` (T, P) float32, columns as ``shop.places``; sessions by their start,
    sightings by when they were said."""

    name: str
    shop: Shop
    times_ns: Times
    grams: Grams
    sessions: tuple[Session, ...]
    truth: Truth | None = None
    sightings: tuple[ItemSeen, ...] = ()
    store: StoreModel = field(init=False)

    def __post_init__(self) -> None:
        if self.grams.shape != (len(self.times_ns), len(self.shop.places)):
            raise ValueError(f"grams has shape {self.grams.shape}, expected {(len(self.times_ns), len(self.shop.places))}")
        object.__setattr__(self, "store", store_model(self.shop, self.name))


def read_recording(folder: Path) -> Recording:
    """Read and check a whole folder, or the one file that the page hands out. Raises RecordingInvalid, and nothing else, whatever is
    there."""
    try:
        if folder.is_file():
            from edge.recordings.captured import read_captured  # which stands on this module

            return read_captured(folder)
        if not folder.is_dir():
            raise RecordingInvalid(folder, "", "is no folder and no file; name a recording")
        shop = read_shop(folder / "store.json")
        times_ns, grams = read_samples(folder / "weights.npz", len(shop.places))
        first_ns, last_ns = int(times_ns[0]), int(times_ns[-1])
        sessions = read_sessions(folder / "sessions.json", first_ns, last_ns)
        plates = {place.plate for place in shop.places}
        sightings = read_sightings(folder / "sightings.jsonl", first_ns, last_ns, plates)
        file, truth = folder / "truth.json", None
        if file.exists():
            truth = read_truth(
                file,
                visits=sessions,
                plates=plates,
                skus={product.gtin for product in shop.products},
            )
    except OSError as error:
        raise RecordingInvalid(folder, "", f"cannot be read ({error.strerror or error})") from error
    return Recording(folder.name, shop, times_ns, grams, sessions, truth, sightings)


def write_recording(folder: Path, recording: Recording) -> None:
    """Write the folder as a whole or not at all. Raises FileExistsError where it holds something already, OSError where it cannot."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FileExistsError(f"{folder} exists and is not an empty folder; name another one")
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        _write_json(made / "store.json", shop_json(recording.shop))
        write_samples(made / "weights.npz", recording.times_ns, recording.grams)
        _write_json(made / "sessions.json", sessions_json(recording.sessions))
        if recording.sightings:
            (made / "sightings.jsonl").write_bytes(sightings_lines(recording.sightings))
        if recording.truth is not None:
            _write_json(made / "truth.json", truth_json(recording.truth))
        made.chmod(0o755)
        os.replace(made, folder)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise


def _write_json(file: Path, content: object) -> None:
    file.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
