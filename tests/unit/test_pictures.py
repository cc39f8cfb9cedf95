"""The page reads pictures of the evidence folder and nothing else, and asks a camera to show itself no more often than it must."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from edge.runtime.pictures import MAX_BYTES, MOST_LISTED, PictureShelf
from vision.wire import ShowPicture, Wish, shown_name

JPEG = b"\xff\xd8\xff\xe0 a picture"


class Told:
    def __init__(self) -> None:
        self.wishes: list[Wish] = []

    def tell(self, wish: Wish) -> None:
        self.wishes.append(wish)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    kept = tmp_path / "evidence"
    (kept / "v1" / "c1-4").mkdir(parents=True)
    for name in ("v1/c1-4/0.jpg", "v1/c1-4/1.jpg", "v1/c1-5.jpg", "v1/c1-50.jpg", "v1/c1-5-1.jpg"):
        (kept / name).write_bytes(JPEG)
    (kept / "v1/c1-4/notes.txt").write_text("no picture")
    (tmp_path / "secret.jpg").write_bytes(JPEG)
    return kept


def shelf(folder: Path | None, told: Told | None = None, now_ns: int = 0) -> PictureShelf:
    return PictureShelf(folder, ["c1"], told, lambda: now_ns)


async def test_pictures_are_found_in_a_folder_or_by_the_beginning_of_their_names(folder: Path) -> None:
    pictures = shelf(folder)
    assert await pictures.listing("v1/c1-4") == ("v1/c1-4/0.jpg", "v1/c1-4/1.jpg")
    assert await pictures.listing("v1/c1-5") == ("v1/c1-5-1.jpg", "v1/c1-5.jpg")
    assert await pictures.listing("v1/c1-5.jpg") == ("v1/c1-5.jpg",)
    assert await pictures.listing("v1/c1-6") == ()
    assert await pictures.listing("v2/c1-6") == ()
    assert await pictures.read("v1/c1-4/1.jpg") == JPEG
    for number in range(100):
        (folder / f"v1/c1-4/{number:03}.jpg").write_bytes(JPEG)
    assert len(await pictures.listing("v1/c1-4")) == MOST_LISTED


async def test_no_name_leads_out_of_the_folder(folder: Path, tmp_path: Path) -> None:
    (folder / "out").symlink_to(tmp_path)
    (folder / "link.jpg").symlink_to(tmp_path / "secret.jpg")
    (folder / "round.jpg").symlink_to(folder / "round.jpg")
    os.mkfifo(folder / "pipe.jpg")
    (folder / "v1" / "note.jpg").write_text("no picture")
    (folder / "v1" / "large.jpg").write_bytes(JPEG + bytes(MAX_BYTES))
    pictures = shelf(folder)
    for name in (
        *("", ".", "..", "../secret.jpg", "v1/../../secret.jpg", "/etc/passwd", str(tmp_path / "secret.jpg"), "out/secret.jpg", "link.jpg"),
        "round.jpg",
        *("pipe.jpg", "v1/note.jpg", "v1/large.jpg", "v1", "v1/c1-4", "v1/gone.jpg", "v1/c1-4/0.jpg\x00", "v1//c1-5.jpg", "x" * 5000),
    ):
        assert await pictures.read(name) is None, name
    for name in ("out", "..", "../evidence", "/", "v1/../v1/c1-4"):
        assert await pictures.listing(name) == (), name


async def test_a_camera_is_asked_to_show_itself_now_and_then(folder: Path) -> None:
    told = Told()
    moment = 0
    pictures = PictureShelf(folder, ["c1"], told, lambda: moment)
    first = await pictures.of_camera("c1")
    assert first is not None
    assert first.picture is None
    (folder / "now").mkdir()
    (folder / shown_name("c1")).write_bytes(JPEG)
    for second in range(1, 9):
        moment = second * 10**9
        seen = await pictures.of_camera("c1")
        assert seen is not None
        assert seen.picture == shown_name("c1")
        assert seen.version == (folder / shown_name("c1")).stat().st_mtime_ns
    assert [wish.until_ns for wish in told.wishes if isinstance(wish, ShowPicture)] == [10 * 10**9, 14 * 10**9, 18 * 10**9]
    assert await pictures.of_camera("ghost") is None
    assert len(told.wishes) == 3


async def test_a_store_without_cameras_has_no_pictures() -> None:
    pictures = shelf(None)
    assert await pictures.read("v1/c1-4/0.jpg") is None
    assert await pictures.listing("v1/c1-4") == ()
    assert await pictures.of_camera("c1") is None
