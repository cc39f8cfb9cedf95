"""Versions of a gallery on a real disk: the newest is used, one can go back, and no interruption leaves a store without its gallery."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.vision.galleries import MADE_AT, MODEL_SHA256, content, gallery, public_text, signer
from vision.gallery_file import GalleryRefused, StoredGallery, trusted_keys
from vision.gallery_folder import IN_USE, KEPT, GalleryFolder, read_gallery

CHAIN = signer()
TRUSTED = trusted_keys({CHAIN.kid: public_text(CHAIN)})


def save(folder: GalleryFolder, products: int) -> StoredGallery:
    return folder.save(gallery(products), made_at=MADE_AT, model="tiny@1", model_sha256=MODEL_SHA256)


def used(folder: GalleryFolder) -> int:
    current = folder.current()
    return len(current.gallery.products) if current is not None else -1


def test_a_folder_that_is_not_there_holds_no_gallery(tmp_path: Path) -> None:
    folder = GalleryFolder(tmp_path / "none")
    assert (folder.current(), folder.in_use(), folder.names()) == (None, "", ())
    with pytest.raises(GalleryRefused, match=r"no gallery in .* to go back to"):
        folder.roll_back()


def test_each_save_is_a_version_and_the_newest_is_in_use(tmp_path: Path) -> None:
    folder = GalleryFolder(tmp_path / "gallery")
    save(folder, 1)
    first = folder.in_use()
    assert save(folder, 2).manifest.version == 2
    assert used(folder) == 2
    assert folder.in_use() != first
    assert [(one.version, one.in_use) for one in folder.names()] == [(1, False), (2, True)]


def test_going_back_leads_to_what_was_in_use_before_not_to_what_was_left(tmp_path: Path) -> None:
    folder = GalleryFolder(tmp_path)
    for products in (1, 2, 3):
        save(folder, products)
    assert len(folder.roll_back().gallery.products) == 2
    save(folder, 5)
    assert used(folder) == 5
    folder.roll_back()
    assert used(folder) == 2
    folder.roll_back()
    assert used(folder) == 1
    with pytest.raises(GalleryRefused, match="to go back to"):
        folder.roll_back()
    assert used(folder) == 1


def test_a_kept_version_can_be_named(tmp_path: Path) -> None:
    folder = GalleryFolder(tmp_path)
    for products in (1, 2, 3):
        save(folder, products)
    folder.use("1")
    folder.use("1")
    assert used(folder) == 1
    folder.roll_back()
    assert used(folder) == 3
    with pytest.raises(GalleryRefused, match=r"gallery 9 is not kept .*; kept: 1, 2, 3"):
        folder.use("9")


def test_old_versions_go_but_never_those_one_can_go_back_to(tmp_path: Path) -> None:
    folder = GalleryFolder(tmp_path)
    for products in range(1, KEPT + 4):
        save(folder, products)
    versions = [one.version for one in folder.names()]
    assert versions == list(range(4, KEPT + 4))
    folder.use("4")
    for _ in range(KEPT - 1):
        save(folder, 2)
    assert 4 in [one.version for one in folder.names()]
    for _ in range(KEPT - 1):
        folder.roll_back()
    assert used(folder) == 4
    assert len(folder.names()) <= 2 * KEPT


def test_a_gallery_of_another_store_is_installed_as_it_is(tmp_path: Path) -> None:
    headquarters, shop = GalleryFolder(tmp_path / "a"), GalleryFolder(tmp_path / "b", TRUSTED)
    headquarters.save(gallery(6), made_at=MADE_AT, model="tiny@1", model_sha256=MODEL_SHA256, signer=CHAIN)
    shop.install(headquarters.folder / headquarters.in_use())
    assert shop.in_use() == headquarters.in_use()
    assert used(shop) == 6
    current = shop.current()
    assert current is not None
    assert current.signed_by == "chain-1"


def test_two_galleries_of_one_version_are_told_apart_by_name(tmp_path: Path) -> None:
    headquarters, shop = GalleryFolder(tmp_path / "a"), GalleryFolder(tmp_path / "b")
    save(headquarters, 6)
    save(shop, 2)
    own = shop.in_use()
    shop.install(headquarters.folder / headquarters.in_use())
    with pytest.raises(GalleryRefused, match=f"version 1 is there twice.*{own}"):
        shop.use("1")
    shop.use(own)
    assert used(shop) == 2


def test_an_unsigned_gallery_never_gets_into_a_folder_that_wants_signatures(tmp_path: Path) -> None:
    folder = GalleryFolder(tmp_path / "gallery", TRUSTED)
    with pytest.raises(GalleryRefused, match="not signed"):
        save(folder, 1)
    file = tmp_path / "a.gallery"
    file.write_bytes(content(gallery()))
    with pytest.raises(GalleryRefused, match="not signed"):
        folder.install(file)
    assert folder.names() == ()
    assert folder.current() is None


def test_a_damaged_file_is_named_and_one_can_go_back(tmp_path: Path) -> None:
    folder = GalleryFolder(tmp_path)
    save(folder, 1)
    save(folder, 2)
    file = folder.folder / folder.in_use()
    file.write_bytes(file.read_bytes()[:-200])
    with pytest.raises(GalleryRefused, match=str(file)):
        folder.current()
    assert len(folder.roll_back().gallery.products) == 1


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(GalleryRefused, match=r"nothing\.gallery cannot be read: No such file"):
        read_gallery(tmp_path / "nothing.gallery")


@pytest.mark.parametrize("damage", [b"", b"\x00\xff\xfe", b"../../../etc/passwd\n", b"000001-zz.gallery\n"])
def test_a_damaged_list_is_mended_by_naming_a_version(damage: bytes, tmp_path: Path) -> None:
    folder = GalleryFolder(tmp_path)
    save(folder, 3)
    (tmp_path / IN_USE).write_bytes(damage)
    with pytest.raises(GalleryRefused, match="smartstore models gallery use"):
        folder.current()
    folder.use("1")
    assert used(folder) == 3


def test_a_write_that_was_cut_leaves_the_old_gallery(tmp_path: Path) -> None:
    folder = GalleryFolder(tmp_path)
    save(folder, 2)
    (tmp_path / ".new").write_bytes(content(gallery(4))[:500])  # cut before the file had its name
    assert used(folder) == 2
    (tmp_path / "000002-0123456789ab.gallery").write_bytes(content(gallery(4), version=2))  # cut before the list was replaced
    assert used(folder) == 2
    assert save(folder, 3).manifest.version == 3
    assert used(folder) == 3
    assert not (tmp_path / ".new").exists()


SAVE_FIVE = """
import sys
from pathlib import Path
from tests.vision.galleries import MADE_AT, MODEL_SHA256, gallery
from vision.gallery_folder import GalleryFolder
for products in range(1, 6):
    GalleryFolder(Path(sys.argv[1])).save(gallery(products), made_at=MADE_AT, model="tiny@1", model_sha256=MODEL_SHA256)
"""


def test_two_that_save_at_once_do_not_overwrite_each_other(tmp_path: Path) -> None:
    both = [subprocess.Popen([sys.executable, "-c", SAVE_FIVE, str(tmp_path)], cwd=Path(__file__).parents[2]) for _ in range(2)]
    assert [one.wait(60) for one in both] == [0, 0]
    folder = GalleryFolder(tmp_path)
    assert max(one.version for one in folder.names()) == 10
    assert used(folder) == 5
