"""The eye's part of the store file: [vision] and [[camera]]."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.runtime import settings_markdown
from edge.runtime.settings import SettingsError, StoreSettings, effective, load_settings

EXAMPLE = Path(__file__).parents[2] / "examples" / "store.toml"
CAMERA = """
[[camera]]
id = "shelf"
url = "v4l2:///dev/video0"
password_file = "shelf.password"

[[camera.zones]]
plates = ["A1", "A2"]
polygon = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]]
"""


def loaded(tmp_path: Path, more: str) -> StoreSettings:
    path = tmp_path / "store.toml"
    path.write_text(EXAMPLE.read_text(encoding="utf-8") + more, encoding="utf-8")
    return load_settings(path, check_files=False)


def problem(tmp_path: Path, more: str) -> str:
    with pytest.raises(SettingsError) as caught:
        loaded(tmp_path, more)
    (found,) = caught.value.problems
    return found


@pytest.mark.parametrize("name", ["_shelf", "-shelf", "", "a/b", "a.b", "x" * 33])
def test_a_camera_has_a_name_under_which_its_picture_can_be_asked_for(tmp_path: Path, name: str) -> None:
    assert "id" in problem(tmp_path, CAMERA.replace('"shelf"', f'"{name}"'))


def test_a_store_without_cameras_needs_no_word_about_the_eye(tmp_path: Path) -> None:
    settings = loaded(tmp_path, "")
    assert settings.cameras == ()
    assert settings.vision.embedder == "product-embedder"


def test_the_eye_of_the_example_can_be_uncommented(tmp_path: Path) -> None:
    head, mark, eye = EXAMPLE.read_text(encoding="utf-8").partition("#[vision]")
    path = tmp_path / "store.toml"
    path.write_text(head + "\n".join(line.removeprefix("#") for line in (mark + eye).splitlines()), encoding="utf-8")
    (camera,) = load_settings(path, check_files=False).cameras
    assert [zone.plates for zone in camera.zones] == [("A1", "A2"), ("B1", "B2")]
    assert camera.frames_per_s == 10.0


def test_relative_paths_of_the_eye_are_beside_the_store_file(tmp_path: Path) -> None:
    settings = loaded(tmp_path, '[vision]\ngallery = "goods"\n' + CAMERA)
    assert settings.vision.gallery == tmp_path / "goods"
    assert settings.vision.socket == tmp_path / "vision.sock"
    assert settings.vision.models is None
    assert settings.cameras[0].password_file == tmp_path / "shelf.password"


def test_the_log_s_first_line_has_the_cameras(tmp_path: Path) -> None:
    shown = effective(loaded(tmp_path, CAMERA))
    assert shown["cameras"][0]["zones"][0]["plates"] == ["A1", "A2"]
    assert shown["vision"]["evidence_days"] == 14


def test_a_zone_over_a_plate_that_is_not_there_is_told_with_its_line(tmp_path: Path) -> None:
    found = problem(tmp_path, CAMERA.replace('"A2"', '"A7"'))
    text = (tmp_path / "store.toml").read_text(encoding="utf-8")
    line = next(number for number, written in enumerate(text.splitlines(), start=1) if written.startswith("plates = [") and "A7" in written)
    assert found.startswith(f"{tmp_path / 'store.toml'}:{line}: [[camera]] number 1: camera 'shelf': unknown plate 'A7'; did you mean 'A")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('id = "shelf"', 'id = "a shelf"', 'id = "a shelf" is not possible; it must be text matching'),
        ('id = "shelf"', 'id = "shelf"\nframes_per_s = 0.1', "frames_per_s = 0.1 is not possible; it must be a number from 1 to 60"),
        ('id = "shelf"', 'id = "shelf"\nrotate = 45', "rotate = 45 is not possible; it must be 0, 90, 180 or 270"),
        ('id = "shelf"', 'id = "shelf"\nfps = 10', "unknown key 'fps'"),
        ("[1.0, 1.0]", "[1.0, 1.5]", "it must be a number from 0 to 1"),
        (", [1.0, 1.0]", "", "3 to 32 of them"),
        ("[1.0, 1.0]", "[1.0]", "polygon = [1.0] is not possible; it must be a list of a number from 0 to 1 (2 of them)"),
        ("[[camera]]", "[camera]", "write [[camera]] with two brackets"),
    ],
)
def test_a_camera_that_cannot_be_is_refused_in_words(tmp_path: Path, old: str, new: str, says: str) -> None:
    more = CAMERA.replace(old, new) if not new.startswith("[camera]") else '[camera]\nid = "shelf"\n'
    assert says in problem(tmp_path, more)


def test_two_cameras_of_one_name_are_refused(tmp_path: Path) -> None:
    assert "two cameras are called 'shelf'; give each its own id" in problem(tmp_path, CAMERA + CAMERA)


def test_a_password_in_the_url_is_refused_and_not_repeated(tmp_path: Path) -> None:
    found = problem(tmp_path, CAMERA.replace("v4l2:///dev/video0", "rtsp://admin:hunter2@192.168.1.20/1"))
    assert "write user:password into a password_file" in found
    assert "hunter2" not in found


def test_an_unknown_key_of_the_eye_names_the_nearest(tmp_path: Path) -> None:
    assert "[vision] unknown key 'evidence_day'; did you mean 'evidence_days'?" in problem(tmp_path, "[vision]\nevidence_day = 3\n")


def test_the_page_has_a_table_for_zones() -> None:
    assert "### `[[camera.zones]]`" in settings_markdown.markdown()
