"""The store file: what is accepted, and what is said about what is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.runtime.settings import SettingsError, effective, load_settings, store_model

EXAMPLE = Path(__file__).parents[2] / "examples" / "store.toml"


def written(tmp_path: Path, *replacements: tuple[str, str], more: str = "") -> Path:
    """The example with parts replaced; every part must be in it."""
    text = EXAMPLE.read_text(encoding="utf-8")
    for old, new in replacements:
        assert old in text, old
        text = text.replace(old, new, 1)
    path = tmp_path / "store.toml"
    path.write_text(text + more, encoding="utf-8")
    return path


def problems(path: Path, *, check_files: bool = False) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        load_settings(path, check_files=check_files)
    return caught.value.problems


def line_of(path: Path, text: str) -> int:
    return next(number for number, line in enumerate(path.read_text().splitlines(), start=1) if text in line)


def test_the_example_is_a_whole_store() -> None:
    settings = load_settings(EXAMPLE, check_files=False)
    model = store_model(settings)
    assert (model.tenant, model.store) == ("acme", "lobby-1")
    assert [door.door for door in model.doors] == ["front"]
    assert model.doors[0].has_bolt_sensor
    assert [plate.plate for plate in model.plates] == ["A1", "A2", "B1", "B2"]
    assert len(model.prices.products) == 6
    assert effective(settings)["visit"]["pulse_s"] == 0.7


def test_every_problem_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        ("open_within_s = 15.0", "open_within_s = 500"),
        ("held_open_after_s", "held_opn_after_s"),
        ("[journal]", "[jurnal]"),
        ('level = "info"', 'level = "loud"'),
        ('store = "lobby-1"\n', ""),
        ("rated_g = 10000", "rated_g = -1"),
        ("port = 8080", 'port = "eighty"'),
    )
    found = "\n".join(problems(path))
    for text, says in (
        ("open_within_s", "[visit] open_within_s = 500 is not possible; it must be a number from 3 to 120 (Time from the unlock"),
        ("held_opn_after_s", "[visit] unknown key 'held_opn_after_s'; did you mean 'held_open_after_s'?"),
        ("[jurnal]", "unknown section 'jurnal'; did you mean 'journal'?"),
        ('"loud"', '[log] level = "loud" is not possible; it must be "debug", "info", "warning" or "error"'),
        ("[store]", "[store] 'store' is missing; it must be text of 1 to 40 characters"),
        ("rated_g = -1", "[[plate]] number 1: rated_g = -1 is not possible; it must be a number above 0 up to 1000000"),
        ('"eighty"', '[web] port = "eighty" is not possible; it must be a whole number from 0 to 65535'),
    ):
        assert f"{path}:{line_of(path, text)}: {says}" in found
    assert len(found.splitlines()) == 7


def test_an_unknown_key_far_from_all_others_lists_them(tmp_path: Path) -> None:
    (problem,) = problems(written(tmp_path, ("[log]", "[log]\nzzz = 1")))
    assert "[log] unknown key 'zzz'; known are format, keep_lines, level" in problem


def test_a_door_that_a_person_can_be_locked_behind_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, ("person_can_be_inside = false", "person_can_be_inside = true "))
    (problem,) = problems(path)
    assert f"{path}:{line_of(path, '[[door]]')}: [[door]] number 1" in problem
    assert 'set egress = "mechanical" or "hardware_button"' in problem
    load_settings(
        written(tmp_path, ("person_can_be_inside = false", 'person_can_be_inside = true\negress = "mechanical"')), check_files=False
    )


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('bus = "scales"', 'bus = "scale"', "unknown bus 'scale'"),
        ('lock = "board:0"', 'lock = "board:64"', "door 'front': device 'board' has lock outputs 0 to 7, not 64"),
        ('lock = "board:0"', 'lock = "board"', "write device:number"),
        ('product = "waveshare-relay-8ch"', 'product = "waveshare-relay-8hc"', "did you mean 'waveshare-relay-8ch'?"),
        ('driver = "modbus_relay"', 'driver = "modbus_really"', "did you mean 'modbus_relay'?"),
        ("options = { channels = 4 }", "options = { chanels = 4 }", "did you mean 'channels'?"),
        ('gtin = "5400141000016"', 'gtin = "5400141000017"', "check digit"),
        ('plate = "A1"', 'plate = "A9"', "plate 'A9' is not among the plates"),
        ("count = 12", "count = 200", "would carry 70000 g when full"),
        ("[[door]]", "[door]", "write [[door]] with two brackets"),
        ("[visit]", "[[visit]]", "write [visit] with one bracket"),
        ("example = ", "exam.ple = ", "entry] "),
        ("example = ", 'short = "AAAA"\nexample = ', "entry.keys.short has 3 bytes; a raw Ed25519 public key has 32"),
        ('broker = "mqtts:', 'broker = "http:', "is not a broker address"),
    ],
)
def test_what_does_not_fit_together_is_named(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert says in "\n".join(problems(written(tmp_path, (old, new))))


def test_offline_passes_need_a_key(tmp_path: Path) -> None:
    lines = [line for line in EXAMPLE.read_text().splitlines() if not line.startswith("example = ")]
    path = tmp_path / "store.toml"
    path.write_text("\n".join(lines))
    assert "nobody could enter" in "\n".join(problems(path))


def test_text_that_is_no_toml_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "store.toml"
    path.write_text("[store]\ntenant = \n")
    (problem,) = problems(path)
    assert "not valid TOML" in problem
    assert "line 2" in problem


def test_a_file_that_is_not_there_or_no_text_is_named(tmp_path: Path) -> None:
    assert "cannot be read: No such file" in problems(tmp_path / "none.toml")[0]
    path = tmp_path / "store.toml"
    path.write_bytes(b"a = '\xff'")
    assert "not UTF-8 at byte 5" in problems(path)[0]


def test_relative_paths_are_beside_the_store_file(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, ("/var/lib/smartstore/journal.db", "journal.db")), check_files=False)
    assert settings.journal.path == tmp_path / "journal.db"


def test_secret_files_must_exist_and_be_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    for name in ("ca.pem", "lobby-1.pem", "client.key"):
        (tmp_path / name).write_text("x")
        (tmp_path / name).chmod(0o644)
    path = written(
        tmp_path,
        ("/etc/smartstore/ca.pem", "ca.pem"),
        ("/etc/smartstore/lobby-1.pem", "lobby-1.pem"),
        ("/run/credentials/smartstore.service/cloud_client.key", "client.key"),
    )
    (problem,) = problems(path, check_files=True)
    assert f"cloud.key_file = {tmp_path / 'client.key'}: may be read by others (mode 0644); type: chmod 600" in problem
    (tmp_path / "client.key").chmod(0o600)
    load_settings(path)
    (tmp_path / "ca.pem").unlink()
    assert "cloud.ca_file" in problems(path, check_files=True)[0]
    (tmp_path / "ca.pem").write_text("x")
    (tmp_path / "client.key").chmod(0o440)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    load_settings(path)  # the service manager guards its folder of credentials
