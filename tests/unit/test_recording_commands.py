"""The commands that count and compare recordings: what they print, what they write, and that an error writes nothing."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from edge.cli.__main__ import main
from edge.recordings.format import write_recording
from tests.recorded import put, recording, session, take, truth

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "store.toml"
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two recordings: one with two visits, one with one."""
    one = recording(
        [take(2.0, "s1/p1"), take(4.0, "s1/p3", 2), take(8.0, "s1/p4"), put(9.5, "s1/p4", "bar")],
        [session("a", 1.0, 5.5), session("b", 7.0, 11.0)],
        seconds=12.0,
        known=truth(a={"tea": 1, "cola": 2}),
    )
    two = recording([take(2.0, "s1/p2")], [session("c", 1.0, 4.0)], seconds=5.0, known=truth(c={"chips": 1, "gum": 1}))
    write_recording(tmp_path / "recordings" / "one", one)
    write_recording(tmp_path / "recordings" / "two", two)
    return tmp_path / "recordings"


def test_receipts_are_printed_in_the_form_of_the_benchmark(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["receipts", str(folder / "one"), str(folder / "two")]) == 0
    out, err = capsys.readouterr()
    found = json.loads(out)
    assert err == ""
    assert [list(one) for one in found] == [["session_id", "status", "lines"]] * 3
    assert [(one["session_id"], one["status"]) for one in found] == [("a", "final"), ("b", "final"), ("c", "final")]
    assert [[(line["sku"], line["quantity"]) for line in one["lines"]] for one in found] == [[("tea", 1), ("cola", 2)], [], [("chips", 1)]]
    assert all(0.9 < line["probability"] <= 1.0 for one in found for line in one["lines"])


def test_receipts_go_to_a_file_as_a_whole(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out" / "receipts.json"
    out.parent.mkdir()
    out.write_text("old")
    assert main(["receipts", str(folder / "one"), "--out", str(out)]) == 0
    assert capsys.readouterr().out == ""
    assert [one["session_id"] for one in json.loads(out.read_text())] == ["a", "b"]
    assert [path.name for path in out.parent.iterdir()] == ["receipts.json"]


def test_words_take_the_place_of_json(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "receipts.json"
    assert main(["receipts", str(folder / "one"), "--explain", "--session", "b", "--out", str(out)]) == 0
    text = capsys.readouterr().out
    assert text.startswith("b: final\n")
    assert "nothing was taken" in text
    assert [one["session_id"] for one in json.loads(out.read_text())] == ["a", "b"]
    assert main(["receipts", str(folder / "one"), "--explain"]) == 0
    assert "2 x Cola (cola), probability 0.99" in capsys.readouterr().out


def test_a_picture_is_drawn(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = tmp_path / "one.png"
    assert main(["receipts", str(folder / "one"), "--plot", str(picture)]) == 0
    assert json.loads(capsys.readouterr().out)
    assert picture.read_bytes().startswith(PNG)
    assert picture.stat().st_size > 20_000
    assert main(["receipts", str(folder / "one"), "--plot", str(picture), "--session", "b", "--explain"]) == 0


def test_a_picture_without_changes_is_drawn_too(tmp_path: Path) -> None:
    write_recording(tmp_path / "still", recording([], [session("a", 1.0, 2.0)], seconds=3.0))
    assert main(["receipts", str(tmp_path / "still"), "--plot", str(tmp_path / "still.png")]) == 0
    assert (tmp_path / "still.png").read_bytes().startswith(PNG)


def test_without_the_library_that_draws_the_extra_is_named(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    for name in [name for name in sys.modules if name.startswith("matplotlib.") or name == "edge.recordings.picture"]:
        monkeypatch.delitem(sys.modules, name)
    assert main(["receipts", str(folder / "one"), "--plot", str(tmp_path / "one.png")]) == 2
    assert "pip install 'smartstore-edge[plot]'" in capsys.readouterr().err
    assert not (tmp_path / "one.png").exists()


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["{one}", "{nowhere}"], "nowhere: is no folder"),
        (["{one}", "{broken}"], "broken/store.json: line 1, column 2: is not JSON"),
        (["{one}", "{one}"], "one/sessions.json: a: is in"),
        (["{one}", "--session", "z"], "no session is called 'z'; there are a, b"),
        (["{one}", "{two}", "--plot", "{out}.png"], "--plot draws one recording"),
        (["{one}", "--config", "{nowhere}"], "nowhere"),
    ],
)
def test_an_error_names_the_fault_and_writes_nothing(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], complaint: str
) -> None:
    (folder / "broken").mkdir()
    (folder / "broken" / "store.json").write_text("{")
    places = {name: folder / name for name in ("one", "two", "broken", "nowhere")} | {"out": tmp_path / "out"}
    out = tmp_path / "receipts.json"
    assert main(["receipts", *(word.format(**places) for word in words), "--out", str(out)]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert complaint in printed.err
    assert printed.err.startswith("smartstore receipts: ")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["recordings"]


def test_a_place_that_cannot_be_written_is_named(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["receipts", str(folder / "one"), "--out", str(tmp_path / "no" / "where.json")]) == 2
    assert "where.json" in capsys.readouterr().err
    assert main(["receipts", str(folder / "one"), "--out", str(tmp_path)]) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["recordings"]


def test_a_stores_settings_decide_what_goes_to_a_person(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    strict = tmp_path / "strict.toml"
    text, count = re.subn(r"(?m)^min_line_probability = .*$", "min_line_probability = 1.0", EXAMPLE.read_text())
    assert count == 1
    strict.write_text(text)
    assert main(["receipts", str(folder / "one"), "--config", str(strict)]) == 0
    assert json.loads(capsys.readouterr().out)[0]["status"] == "provisional"


def test_a_terminal_sees_progress_and_a_pipe_does_not(folder: Path) -> None:
    controller, terminal = pty.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "edge.cli", "receipts", str(folder / "one"), str(folder / "two")],
            stdout=subprocess.PIPE,
            stderr=terminal,
            check=True,
            cwd=ROOT,
            timeout=60,
        )
        seen = os.read(controller, 65_536).decode()
    finally:
        os.close(controller)
        os.close(terminal)
    assert len(json.loads(done.stdout)) == 3
    assert "counting [" in seen
    assert "50%  two" in seen
    assert seen.endswith("\r\x1b[K")


def test_receipts_are_held_against_the_truth(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "receipts.json"
    assert main(["receipts", str(folder / "one"), str(folder / "two"), "--out", str(out)]) == 0
    assert main(["evaluate", str(folder), str(out), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["receipts"], found["missing"], found["final"]) == (3, 0, 3)
    assert found["micro"] == {"precision": 1.0, "recall": 0.8, "f1": pytest.approx(8 / 9)}
    assert found["perfect"] == pytest.approx(2 / 3)
    assert found["overcharged"] == 0.0
    assert sum(one["lines"] for one in found["reliability"]) == 3
    assert main(["evaluate", str(folder), str(out)]) == 0
    table = capsys.readouterr().out
    assert "perfect             66.7%   (2)" in table
    assert "expected calibration error 0.00" in table


def test_one_recording_one_file_and_folders_of_files_can_be_compared(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = tmp_path / "files"
    files.mkdir()
    for name in ("one", "two"):
        assert main(["receipts", str(folder / name), "--out", str(files / f"{name}.json")]) == 0
    assert main(["evaluate", str(folder / "one"), str(files / "one.json"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["receipts"] == 2  # a visit that took nothing has no line in the truth
    assert main(["evaluate", str(folder / "two" / "truth.json"), str(files / "two.json"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["receipts"] == 1
    assert main(["evaluate", str(folder), str(files), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["receipts"] == 3
    assert main(["evaluate", str(folder), str(files / "one.json"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["missing"] == 1


@pytest.mark.parametrize(
    ("receipts", "complaint"),
    [
        ("[", "is not JSON"),
        ("{}", "must be a list"),
        ('[{"session_id": "z", "status": "final", "lines": []}]', "'z' has a receipt but no truth"),
        ('[{"session_id": "a", "status": "maybe", "lines": []}]', "[0].status: must be 'final' or 'provisional'"),
        ('[{"session_id": "a", "status": "final"}]', "[0]: 'lines' is missing"),
        ('[{"session_id": "a", "status": "final", "lines": [{"sku": "tea", "quantity": 0, "probability": 1}]}]', "quantity: must be"),
        ('[{"session_id": "a", "status": "final", "lines": [{"sku": "tea", "quantity": 1, "probability": 1.1}]}]', "probability: must be"),
        ('[{"session_id": "a", "status": "final", "lines": []}, {"session_id": "a", "status": "final", "lines": []}]', "two receipts"),
    ],
)
def test_receipts_that_are_none_are_refused(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], receipts: str, complaint: str
) -> None:
    (tmp_path / "receipts.json").write_text(receipts)
    assert main(["evaluate", str(folder), str(tmp_path / "receipts.json")]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert complaint in err


def test_a_truth_that_is_nowhere_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    assert main(["evaluate", str(tmp_path / "empty"), str(tmp_path / "receipts.json")]) == 2
    assert "holds no truth.json" in capsys.readouterr().err
    assert main(["evaluate", str(tmp_path / "truth.json"), str(tmp_path / "receipts.json")]) == 2
    assert "truth.json: is missing" in capsys.readouterr().err


def test_receipts_are_not_written_where_the_picture_cannot_be(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, nowhere = tmp_path / "out" / "receipts.json", tmp_path / "nowhere" / "one.png"
    out.parent.mkdir()
    assert main(["receipts", str(folder / "one"), "--out", str(out), "--plot", str(nowhere)]) == 2
    assert capsys.readouterr().err == f"smartstore receipts: {nowhere} cannot be written (No such file or directory)\n"
    assert list(out.parent.iterdir()) == []


def test_receipts_that_are_missing_are_not_called_a_recording(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(folder), str(tmp_path / "none.json")]) == 2
    assert "none.json: is missing; name the file that 'smartstore receipts --out' wrote" in capsys.readouterr().err
