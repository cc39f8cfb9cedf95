"""``smartstore vision check``: what it says of cameras, zones, model and gallery, and that it leaves a running eye its cameras."""

from __future__ import annotations

import re
from pathlib import Path

import cv2
import pytest

from edge.cli.__main__ import main
from edge.cli.checkup import eye as checkup
from tests.vision.eye_rig import LEFT, RIGHT, EyeProcess, EyeStore, film


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A camera that sends nothing is given up soon."""
    monkeypatch.setattr(checkup, "FIRST_FRAME_S", 0.5)


def check(store: EyeStore, *more: str) -> int:
    return main(["vision", "check", "--config", str(store.config), "--seconds", "0.5", *more])


def test_all_is_looked_at_and_the_zones_are_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str], patient: None) -> None:
    store = EyeStore(tmp_path, pictures=film())
    store.enrol(LEFT, RIGHT)
    assert check(store, "--pictures", str(tmp_path / "drawn")) == 0
    said = capsys.readouterr().out
    assert "tiny@1 on cpu" in said
    assert "version 1 with 2 products; not enrolled: 4000000000013" in said
    assert "no camera sees B1, B2" in said
    assert re.search(r"cam: 640 × 360, \d\d\.\d frames a second, picture in", said)
    drawn, plain = cv2.imread(str(tmp_path / "drawn" / "cam.jpg")), cv2.imread(str(tmp_path / "film" / "0000.jpg"))
    assert drawn is not None
    assert plain is not None
    corner = (round(0.05 * 359), round(0.25 * 639))  # on the upper edge of the left zone, which is green
    assert drawn[corner][1] > plain[corner][1] + 40


def test_what_keeps_the_eye_from_seeing_is_told_with_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, patient: None
) -> None:
    monkeypatch.setattr("vision.pipeline.health.CHECK_NS", 250_000_000)
    store = EyeStore(tmp_path, cameras=("cam", "dark", "gone", "odd"), models=False)
    black = tmp_path / "black"
    black.mkdir()
    cv2.imwrite(str(black / "0.png"), film()[0] // 50)
    text = store.config.read_text()
    for name, url in (("dark", f"folder://{black}?repeat=1"), ("gone", f"folder://{tmp_path}/nowhere"), ("odd", "ftp://camera/1")):
        text = text.replace(f'id = "{name}"\nurl = "folder://{tmp_path}/film?repeat=1"', f'id = "{name}"\nurl = "{url}"')
    store.config.write_text(text.replace('id = "cam"\n', 'id = "cam"\npassword_file = "cam.password"\n'))
    assert check(store, "--seconds", "1.5") == 1
    captured = capsys.readouterr()
    assert "there is no model called 'tiny'" in captured.out
    assert f"cam: password_file {tmp_path / 'cam.password'}: there is no such file" in captured.out
    assert "the picture is black" in captured.out
    assert "gone: no picture within" in captured.out
    assert "neither a file nor a folder" in captured.out
    assert "odd: ftp://camera/1 is no camera address" in captured.out
    assert f"Put pictures at {tmp_path}/nowhere, or correct url in the store file." in captured.out
    assert not re.search("cable|power", captured.out)
    assert "cannot be read" not in captured.err
    assert "5 to mend" in captured.err


def test_a_password_that_only_the_service_gets_is_read_where_it_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, patient: None
) -> None:
    monkeypatch.setattr(checkup, "PASSWORDS", tmp_path / "passwords")
    store = EyeStore(tmp_path)
    named = "/run/credentials/smartstore-vision.service/camera_shelf"
    store.config.write_text(store.config.read_text().replace('id = "cam"\n', f'id = "cam"\npassword_file = "{named}"\n'))
    assert check(store) == 1
    said = capsys.readouterr().out
    assert f"password_file {tmp_path / 'passwords' / 'shelf'}: there is no such file" in said
    assert "sudo smartstore vision check" in said
    (tmp_path / "passwords").mkdir()
    (tmp_path / "passwords" / "shelf").write_text("eye:sesame")
    (tmp_path / "passwords" / "shelf").chmod(0o600)
    assert check(store) == 0


def test_a_gallery_that_is_missing_and_a_store_without_cameras(tmp_path: Path, capsys: pytest.CaptureFixture[str], patient: None) -> None:
    assert check(EyeStore(tmp_path / "one")) == 0
    assert "no product is enrolled" in capsys.readouterr().out
    assert check(EyeStore(tmp_path / "two", cameras=())) == 2
    assert "has no [[camera]]" in capsys.readouterr().err


def test_a_running_eye_is_asked_instead_of_its_cameras(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = EyeStore(tmp_path, pictures=film())
    store.enrol(LEFT, RIGHT)
    with EyeProcess(store) as running:
        running.heard("READY=1")
        assert check(store, "--pictures", str(tmp_path / "drawn")) == 0
        said = capsys.readouterr().out
        assert "runs with tiny@1, 2 products" in said
        assert "no pictures were drawn" in said
        assert "frames a second" not in said
        main(["doctor", "--config", str(store.config), "--no-probe", "--offline"])
        said = capsys.readouterr().out
        assert "runs with tiny@1, 2 products" in said
        assert "cam delivers" in said
    main(["doctor", "--config", str(store.config), "--no-probe", "--offline"])
    assert f"nobody answers at {store.socket}" in capsys.readouterr().out
