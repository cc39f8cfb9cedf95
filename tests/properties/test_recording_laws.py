"""Laws of recordings for all inputs: a hostile folder raises one kind of error, what is written is read, scores are bounded."""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.recordings.format import RecordingInvalid, read_recording, write_recording
from edge.recordings.receipt_file import read_receipts, receipts_json
from edge.recordings.receipts import receipts
from edge.recordings.scores import score
from edge.recordings.session_receipt import CountedLine, SessionReceipt
from tests.recorded import recording, session, take, truth

NAMES = ("store.json", "sessions.json", "truth.json")
SKUS = st.sampled_from(["tea", "cola", "bar"])
BASKETS = st.dictionaries(SKUS, st.integers(1, 5), max_size=3)
JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**25), 10**25)
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["s1/p1", "tea", "a", "\ud800"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3) | st.sampled_from(["id", "sku", "plates"]), inner, max_size=3)
    ),
    max_leaves=5,
)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of a short recording that is in order."""
    folder = tmp_path_factory.mktemp("made") / "one"
    made = recording([take(0.5, "s1/p1")], [session("a", 0.2, 1.0)], seconds=1.2, known=truth(a={"tea": 1}))
    write_recording(folder, made)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def read_changed(files: dict[str, bytes], changed: dict[str, bytes]) -> None:
    """Reading may succeed, or raise RecordingInvalid with one line of text; what can be read can be counted."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, content in (files | changed).items():
            (folder / file).write_bytes(content)
        complaint = ""
        try:
            found = read_recording(folder)
        except RecordingInvalid as error:
            complaint = str(error)
        if complaint:
            assert complaint.isprintable()
            assert complaint.startswith(name)
            return
        assert len(receipts(found)) == sum(not one.staff for one in found.sessions)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(found=st.data())
def test_changed_json_raises_nothing_else(files: dict[str, bytes], found: st.DataObject) -> None:
    file = found.draw(st.sampled_from(NAMES))
    root = json.loads(files[file])
    here: Any = root
    while True:
        keys = list(here) if isinstance(here, dict) else list(range(len(here)))
        if not keys:
            break
        key = found.draw(st.sampled_from(keys))
        if isinstance(here[key], dict | list) and found.draw(st.booleans()):
            here = here[key]
            continue
        if found.draw(st.booleans()) and isinstance(here, list):
            here.append(here[key])
        else:
            here[key] = found.draw(JUNK)
        break
    read_changed(files, {file: json.dumps(root).encode()})


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    file=st.sampled_from([*NAMES, "weights.npz"]),
    places=st.lists(st.tuples(st.floats(0.0, 0.9999), st.integers(0, 255)), min_size=1, max_size=4),
    cut=st.floats(0.5, 1.0),
)
def test_changed_bytes_raise_nothing_else(files: dict[str, bytes], file: str, places: list[tuple[float, int]], cut: float) -> None:
    content = bytearray(files[file])
    for place, value in places:
        content[int(place * len(content))] = value
    if cut < 0.75:
        content = content[: int(cut * len(content))]
    read_changed(files, {file: bytes(content)})


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    header=st.binary(max_size=120),
    descr=st.sampled_from(["<f4", "<i8", "|O", ">f4", "<f8", "|V0", "?"]),
    shape=st.text("0123456789,()- L", max_size=12),
)
def test_a_changed_array_header_raises_nothing_else(files: dict[str, bytes], header: bytes, descr: str, shape: str) -> None:
    told = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(files["weights.npz"])) as old, zipfile.ZipFile(target, "w") as new:
        new.writestr("t_ns.npy", old.read("t_ns.npy"))
        new.writestr("grams.npy", b"\x93NUMPY\x01\x00" + len(told + header).to_bytes(2, "little") + told + header)
    read_changed(files, {"weights.npz": target.getvalue()})


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**31), rows=st.integers(2, 50), order=st.sampled_from("CF"))
def test_samples_survive_the_way_through_the_file(seed: int, rows: int, order: Literal["C", "F"]) -> None:
    made = recording([], [], seconds=rows / 60.0, seed=seed)
    with tempfile.TemporaryDirectory() as name:
        write_recording(Path(name) / "one", made)
        np.savez(Path(name) / "one" / "weights.npz", t_ns=made.times_ns, grams=made.grams.astype(np.float32, order=order))
        again = read_recording(Path(name) / "one")
    assert np.array_equal(again.grams, made.grams)
    assert np.array_equal(again.times_ns, made.times_ns)


@given(taken=st.dictionaries(st.sampled_from("abcd"), BASKETS, min_size=1), found=st.data())
def test_scores_are_bounded_and_right_receipts_are_perfect(taken: dict[str, dict[str, int]], found: st.DataObject) -> None:
    known = truth(**taken)
    right = [
        SessionReceipt(one.session_id, "final", tuple(CountedLine(line.sku, line.quantity, 1.0) for line in one.lines))
        for one in known.receipts
    ]
    perfect = score(known, right)
    assert perfect.perfect_share == perfect.f1 == perfect.receipt_f1 == perfect.precision == perfect.recall == 1.0
    assert (perfect.overcharged, perfect.expected_calibration_error, perfect.missing) == (0, 0.0, 0)
    other = [
        SessionReceipt(
            one.session_id,
            "provisional",
            tuple(CountedLine(sku, units, found.draw(st.floats(0.0, 1.0))) for sku, units in found.draw(BASKETS).items()),
        )
        for one in known.receipts
    ]
    scores = score(known, other)
    shares = (scores.precision, scores.recall, scores.f1, scores.receipt_f1, scores.perfect_share, scores.overcharged_share)
    assert all(0.0 <= share <= 1.0 for share in (*shares, scores.expected_calibration_error))
    assert scores.review_rate == 1.0
    assert scores.perfect + scores.overcharged <= scores.receipts


@given(taken=st.dictionaries(st.text("abc/-1", min_size=1, max_size=6), BASKETS), sure=st.floats(0.0, 1.0))
def test_receipts_survive_the_way_through_the_file(taken: dict[str, dict[str, int]], sure: float) -> None:
    made = [
        SessionReceipt(name, "final", tuple(CountedLine(sku, units, round(sure, 4)) for sku, units in basket.items()))
        for name, basket in taken.items()
    ]
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "receipts.json"
        file.write_text(receipts_json(made))
        assert read_receipts(file) == made
