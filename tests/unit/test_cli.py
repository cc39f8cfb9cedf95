"""The command line: dispatch, exit codes, passes, check-config."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from edge.cli.__main__ import SUBCOMMANDS, main
from edge.runtime.release import versions

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "store.toml"


def test_no_word_shows_the_help_and_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "check-config" in capsys.readouterr().err


def test_an_unknown_word_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["rnu"])
    assert ended.value.code == 2
    assert "rnu" in capsys.readouterr().err


def test_help_imports_no_subcommand() -> None:
    """The help and the version answer at once, however large the rest grows."""
    script = "import sys; from edge.cli.__main__ import main, parser; parser().format_help(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT).stdout.split()
    assert not {entry.module for entry in SUBCOMMANDS.values()} & set(loaded)
    assert "pydantic" not in loaded


def test_the_version_names_program_and_libraries(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["version", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found == versions()
    assert found["smartstore-edge"] != "not installed"
    assert {"pydantic", "paho-mqtt", "pyserial", "sqlite", "kernel"} <= found.keys()
    assert main(["--version"]) == 0


def test_a_good_store_file_is_summed_up(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check-config", "--no-files", str(EXAMPLE)]) == 0
    shown = capsys.readouterr().out
    assert "acme/lobby-1" in shown
    assert "70 units of 6 products" in shown
    assert "camera" not in shown


def test_the_cameras_of_a_store_file_are_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seeing = tmp_path / "store.toml"
    zone = '[[camera.zones]]\nplates = ["A1", "A2"]\npolygon = [[0, 0], [1, 0], [1, 1]]\n'
    seeing.write_text(f'{EXAMPLE.read_text()}\n[[camera]]\nid = "shelf"\nurl = "folder:///pictures"\n{zone}')
    assert main(["check-config", "--no-files", str(seeing)]) == 0
    assert "camera     shelf at folder:///pictures: A1, A2" in capsys.readouterr().out


def test_a_store_file_that_is_not_there_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["vision", "check", "--config", str(tmp_path / "none.toml")]) == 2
    assert "name the store file with --config FILE" in capsys.readouterr().err


def test_the_effective_settings_are_complete(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check-config", "--no-files", "--effective", str(EXAMPLE)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["visit"]["pulse_s"] == 0.7
    assert found["devices"]["door"][0]["lock"] == "board:0"


def test_a_bad_store_file_lists_everything_and_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = tmp_path / "store.toml"
    bad.write_text(EXAMPLE.read_text().replace("baud = 19200", "baud = 19201").replace('level = "info"', "level = 3"))
    assert main(["check-config", "--no-files", str(bad)]) == 2
    shown = capsys.readouterr().err
    assert "baud" in shown
    assert "level" in shown
    assert "2 problems" in shown


def key_and_config(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[Path, Path]:
    key = tmp_path / "test.key"
    assert main(["pass", "keygen", "--kid", "k1", "--out", str(key)]) == 0
    line = capsys.readouterr().out.strip()
    config = tmp_path / "store.toml"
    config.write_text(EXAMPLE.read_text().replace("[entry.keys]", f"[entry.keys]\n{line}"))
    return key, config


def test_a_signed_pass_opens_the_store_it_is_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key, config = key_and_config(tmp_path, capsys)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    limit = ["--limit-minor", "3000", "--currency", "EUR"]
    assert main(["pass", "sign", "--key", str(key), "--kid", "k1", "--audience", "acme/lobby-1", "--holder", "anna", *limit]) == 0
    text = capsys.readouterr().out.strip()
    assert main(["pass", "check", "--config", str(config), text]) == 0
    assert "genuine: shopper anna" in capsys.readouterr().out
    assert main(["pass", "check", "--config", str(config), text[:-2] + "AA"]) == 1
    assert "refused" in capsys.readouterr().out


def test_a_pass_for_elsewhere_or_of_yesterday_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key, config = key_and_config(tmp_path, capsys)
    for arguments in (["--audience", "acme/lobby-2"], ["--audience", "acme/*", "--hours", "0"]):
        assert main(["pass", "sign", "--key", str(key), "--kid", "k1", *arguments]) == 0
        text = capsys.readouterr().out.strip()
        assert main(["pass", "check", "--config", str(config), text]) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["keygen", "--kid", "no spaces", "--out", "NEW"],
        ["keygen", "--kid", "k1", "--out", "OLD"],
        ["sign", "--key", "OLD", "--kid", "k1", "--audience", "acme/lobby-1"],
        ["sign", "--key", "NEW", "--kid", "k1", "--audience", "acme/lobby-1"],
    ],
)
def test_an_impossible_key_is_refused_in_words(arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_text("not a key")
    words = [{"OLD": str(old), "NEW": str(new)}.get(word, word) for word in arguments]
    assert main(["pass", *words]) == 2
    assert capsys.readouterr().err.startswith("smartstore pass: ")
    assert not new.exists()
    assert old.read_text() == "not a key"
