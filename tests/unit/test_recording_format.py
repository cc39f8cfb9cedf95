"""The folder of a recording: what is written is read again, and whatever is wrong is named with file, place and what to do."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge.recordings.format import RecordingInvalid, read_recording, write_recording
from tests.recorded import T0_NS, recording, session, take, truth

Change = Callable[[Any], Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = recording(
        [take(2.0, "s1/p1")], [session("a", 1.0, 4.0), session("crew", 4.5, 4.8, staff=True)], seconds=5.0, known=truth(a={"tea": 1})
    )
    write_recording(tmp_path / "one", made)
    return tmp_path / "one"


def test_what_is_written_is_read_again(folder: Path) -> None:
    found = read_recording(folder)
    again = folder.parent / "again"
    write_recording(again, found)
    twice = read_recording(again)
    assert (found.shop, found.sessions, found.truth) == (twice.shop, twice.sessions, twice.truth)
    assert found.sessions[1].staff
    assert np.array_equal(found.times_ns, twice.times_ns)
    assert np.array_equal(found.grams, twice.grams)
    assert found.truth is not None
    assert [receipt.session_id for receipt in found.truth.receipts] == ["a"]


def test_plates_of_one_shelf_with_consecutive_numbers_are_neighbours(folder: Path) -> None:
    store = read_recording(folder).store
    assert {plate.plate: plate.neighbours for plate in store.plates} == {
        "s1/p1": ("s1/p2",),
        "s1/p2": ("s1/p1", "s1/p3"),
        "s1/p3": ("s1/p2", "s1/p4"),
        "s1/p4": ("s1/p3",),
        "s9/p1": (),
    }


def test_columns_may_lie_one_after_the_other(folder: Path) -> None:
    found = read_recording(folder)
    np.savez(folder / "weights.npz", t_ns=found.times_ns, grams=np.asfortranarray(found.grams))
    assert np.array_equal(read_recording(folder).grams, found.grams)


def test_nothing_that_exists_is_overwritten(folder: Path) -> None:
    with pytest.raises(FileExistsError, match="name another one"):
        write_recording(folder, read_recording(folder))
    assert [path.name for path in folder.parent.iterdir()] == ["one"]


@pytest.mark.parametrize("name", ["store.json", "weights.npz", "sessions.json"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(RecordingInvalid, match=rf"{name}: is missing"):
        read_recording(folder)


@pytest.mark.parametrize("name", ["store.json", "weights.npz", "sessions.json", "truth.json"])
@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"{", b"[" * 100_000, b"1" * 9999, b"null", b'"x"', b"PK\x05\x06" + bytes(18)])
def test_a_broken_file_is_named(folder: Path, name: str, content: bytes) -> None:
    (folder / name).write_bytes(content)
    with pytest.raises(RecordingInvalid, match=name):
        read_recording(folder)


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingInvalid, match="is no folder"):
        read_recording(tmp_path / "nowhere")
    (tmp_path / "store.json").mkdir()
    with pytest.raises(RecordingInvalid, match="is no file"):
        read_recording(tmp_path)


def put_in(*path: str | int, value: object) -> Change:
    """Replace what is at ``path``; the value ``...`` removes it."""

    def change(root: Any) -> Any:
        here = root
        for step in path[:-1]:
            here = here[step]
        if value is ...:
            del here[path[-1]]
        else:
            here[path[-1]] = value
        return root

    return change


def doubled(*path: str | int) -> Change:
    """Repeat the first entry of the list at ``path``."""

    def change(root: Any) -> Any:
        here = root
        for step in path:
            here = here[step]
        here.append(json.loads(json.dumps(here[0])))
        return root

    return change


WRONG = [
    ("store.json", put_in("plates", value=...), "'plates' is missing"),
    ("store.json", put_in("plates", value=[]), "plates: is empty"),
    ("store.json", put_in("plates", 0, "id", value=""), r"plates\[0\].id: must be a text"),
    ("store.json", put_in("plates", 0, "id", value="a\nb"), r"plates\[0\].id: must be a text"),
    ("store.json", put_in("plates", 0, "shelf", value=1.5), r"plates\[0\].shelf: must be a whole number"),
    ("store.json", put_in("plates", 0, "x_m", value=float("nan")), r"plates\[0\].x_m: must be a number .*metres"),
    ("store.json", doubled("plates"), r"plates\[5\]: the plate 's1/p1' is named twice"),
    ("store.json", put_in("plates", 1, "plate", value=1), r"plates\[1\]: 's1/p2' stands where 's1/p1' does"),
    ("store.json", put_in("catalogue", value=[]), "catalogue: is empty"),
    ("store.json", doubled("catalogue"), r"catalogue\[5\]: the SKU 'tea' is described twice"),
    ("store.json", put_in("catalogue", 0, "unit_weight_g", value=0), r"catalogue\[0\].unit_weight_g: must be at least 0.001"),
    ("store.json", put_in("catalogue", 0, "unit_weight_g", value=0.0009), r"catalogue\[0\].unit_weight_g: must be at least 0.001"),
    ("store.json", put_in("catalogue", 0, "unit_weight_g", value=-3), r"catalogue\[0\].unit_weight_g: must be a number"),
    ("store.json", put_in("catalogue", 0, "unit_weight_g", value=1e9), r"must be a number from 0 to 50000 \(grams\)"),
    ("store.json", put_in("catalogue", 0, "weight_sd_g", value=True), r"weight_sd_g: must be a number"),
    ("store.json", put_in("catalogue", 0, "price_minor", value=1.5), r"price_minor: must be a whole number"),
    ("store.json", put_in("planogram", 0, "sku", value="beer"), r"planogram\[0\].sku: 'beer' is not a SKU of the catalogue"),
    ("store.json", put_in("planogram", 0, "plates", value=["s7/p1"]), r"plates\[0\]: 's7/p1' is not an id of the plates"),
    ("store.json", put_in("planogram", 0, "plates", value=[]), r"planogram\[0\]: names no plate"),
    ("store.json", doubled("planogram"), r"planogram\[5\]: 'tea' stands on 's1/p1' twice"),
    ("store.json", put_in("planogram", 0, "count", value=-1), r"count: must be a whole number from 0"),
    ("sessions.json", doubled(), r"\[2\]: the session 'a' is named twice"),
    ("sessions.json", put_in(0, "end_ns", value=T0_NS), "is not after start_ns"),
    ("sessions.json", put_in(0, "end_ns", value=T0_NS + 10**11), "record the whole visit, or give both the same clock"),
    ("sessions.json", put_in(0, "start_ns", value=5), "record the whole visit, or give both the same clock"),
    ("sessions.json", put_in(0, "start_ns", value=10**30), r"\[0\].start_ns: must be a whole number"),
    ("sessions.json", put_in(0, "role", value="thief"), r"\[0\].role: must be 'shopper' or 'staff'"),
    ("truth.json", put_in("receipts", 0, "session_id", value="b"), r"receipts\[0\].session_id: 'b' is not a session"),
    ("truth.json", put_in("receipts", 0, "lines", 0, "sku", value="beer"), r"lines\[0\].sku: 'beer' is not a SKU"),
    ("truth.json", put_in("receipts", 0, "lines", 0, "quantity", value=0), r"quantity: must be a whole number from 1"),
    ("truth.json", doubled("receipts"), "has two receipts"),
    ("truth.json", doubled("receipts", 0, "lines"), "has two lines"),
    (
        "truth.json",
        put_in("events", value=[{"t_ns": 1, "plates": ["x"], "sku": "tea", "quantity": 1}]),
        r"plates\[0\]: 'x' is not an id of the plates",
    ),
    ("truth.json", put_in("events", value=[{"t_ns": 1, "plates": [], "sku": "tea", "quantity": 0}]), "quantity is 0"),
]


@pytest.mark.parametrize(("name", "change", "words"), WRONG, ids=[f"{name}-{words[:40]}" for name, _, words in WRONG])
def test_what_is_wrong_is_named_with_its_place(folder: Path, name: str, change: Change, words: str) -> None:
    file = folder / name
    file.write_text(json.dumps(change(json.loads(file.read_text()))))
    with pytest.raises(RecordingInvalid, match=words) as caught:
        read_recording(folder)
    assert str(caught.value).startswith(f"{file}: ")


def saved(folder: Path, **arrays: Any) -> None:
    found = read_recording(folder)
    np.savez_compressed(folder / "weights.npz", t_ns=arrays.get("t_ns", found.times_ns), grams=arrays.get("grams", found.grams))


def one_wrong(value: float) -> Change:
    def change(grams: Any) -> Any:
        grams = grams.copy()
        grams[7, 3] = value
        return grams

    return change


SAMPLES: list[tuple[str, Change, str]] = [
    ("grams", one_wrong(float("nan")), r"grams\[7, 3\]: is nan, no weight"),
    ("grams", one_wrong(float("inf")), r"grams\[7, 3\]: is inf, no weight"),
    ("grams", lambda grams: grams[:, :-1], r"grams: has shape \(300, 4\)"),
    ("grams", lambda grams: grams[:-1], r"grams: has shape \(299, 5\)"),
    ("grams", lambda grams: grams[:, 0], "grams: is float32 with shape"),
    ("grams", lambda grams: grams.astype(np.float64), "it must be float32"),
    ("grams", lambda grams: grams.astype(object), "is no NPZ archive|object"),
    ("t_ns", lambda times: times.astype(np.float64), "it must be int64"),
    ("t_ns", lambda times: times[::-1], r"t_ns\[1\]: time goes back"),
    ("t_ns", lambda times: times // 10**9, r"t_ns\[1\]: time stands still"),
    ("t_ns", lambda times: times + np.arange(len(times)) * 10**15, "more than a year"),
    ("t_ns", lambda times: times[:1], "has 1 samples|has shape"),
]


@pytest.mark.parametrize(("key", "change", "words"), SAMPLES, ids=[words for _, _, words in SAMPLES])
def test_samples_that_are_none_are_named_with_their_place(folder: Path, key: str, change: Change, words: str) -> None:
    found = read_recording(folder)
    saved(folder, **{key: change(found.times_ns if key == "t_ns" else found.grams)})
    with pytest.raises(RecordingInvalid, match=words):
        read_recording(folder)


def test_an_archive_that_unpacks_to_too_much_is_refused_before_it_is_unpacked(folder: Path) -> None:
    """The size in the archive's directory decides, and what the array's own header says must agree with it."""
    header = b"\x93NUMPY\x01\x00\x76\x00" + b"{'descr': '<f4', 'fortran_order': False, 'shape': (900000000000, 5), }".ljust(117) + b"\n"
    with zipfile.ZipFile(folder / "weights.npz") as archive:
        times = archive.read("t_ns.npy")
    with zipfile.ZipFile(folder / "weights.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("t_ns.npy", times)
        archive.writestr("grams.npy", header + bytes(1000))
    with pytest.raises(RecordingInvalid, match=r"grams: says shape \(900000000000, 5\), which does not fit its 1128 bytes"):
        read_recording(folder)


def test_an_array_that_is_missing_is_named(folder: Path) -> None:
    np.savez(folder / "weights.npz", t_ns=read_recording(folder).times_ns)
    with pytest.raises(RecordingInvalid, match="grams: is missing"):
        read_recording(folder)
