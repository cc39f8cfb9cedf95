"""What lies over a store file, from the command line: shown, exported, gone back on; and what a start does with changes it cannot use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from edge.cli.__main__ import main
from edge.runtime.changes_file import ChangesFile
from edge.runtime.checkup.changes import check_changes
from edge.runtime.overlay import UNSET
from edge.runtime.settings import LoadedStore, SettingsError, load_settings, load_store, read_tables
from tests.changed_files import keep
from tests.unit.test_settings import EXAMPLE

COLA = "5400141000016"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "store.toml"
    path.write_text(EXAMPLE.read_text(encoding="utf-8").replace("/var/lib/smartstore/journal.db", "journal.db"), encoding="utf-8")
    return path


def base_of(config: Path) -> dict[str, Any]:
    return read_tables(config)[0]


def dearer(config: Path, price_minor: int) -> dict[str, Any]:
    """A wish for another price of cola."""
    rows = base_of(config)["product"]
    return {"product": [{**row, "price_minor": price_minor} if row["gtin"] == COLA else row for row in rows]}


def changed(config: Path) -> ChangesFile:
    """Two changes: a price, then a price and a time-out."""
    more = {"visit.open_within_s": 20.0, "cloud.cert_file": UNSET, "cloud.key_file": UNSET}
    return keep(config.parent, base_of(config), dearer(config, 181), dearer(config, 182) | more)


def price(loaded: LoadedStore) -> int:
    return next(product.price_minor for product in loaded.settings.products if product.gtin == COLA)


def edit(config: Path, old: str, new: str) -> None:
    text = config.read_text(encoding="utf-8")
    assert old in text
    config.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_changes_lie_over_the_file_for_whoever_reads_it(config: Path) -> None:
    assert price(load_store(config, check_files=False)) == 180
    changed(config)
    loaded = load_store(config, check_files=False)
    assert (price(loaded), loaded.settings.visit.open_within_s, loaded.settings.cloud.key_file) == (182, 20.0, None)
    assert (loaded.trouble, loaded.lost, loaded.edited) == ("", False, ())
    assert load_settings(config, check_files=False) == loaded.settings
    assert price(load_store(config, check_files=False, alone=True)) == 180


def test_a_file_that_is_edited_where_it_was_changed_is_told_everywhere(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    changed(config)
    edit(config, "open_within_s = 15.0", "open_within_s = 30.0")
    edit(config, "held_open_after_s = 60.0", "held_open_after_s = 61.0")
    loaded = load_store(config, check_files=False)
    assert (loaded.edited, loaded.settings.visit.open_within_s, loaded.settings.visit.held_open_after_s) == (
        ("visit.open_within_s",),
        20,
        61,
    )
    assert main(["check-config", "--no-files", str(config)]) == 0
    told = capsys.readouterr().out
    assert "4 places changed on a page, last by maria (change 2)" in told
    assert "note       visit.open_within_s was edited in this file" in told
    assert [(one.level, one.code) for one in check_changes(loaded)] == [("ok", "changes_laid"), ("warning", "changes_edited")]
    assert main(["changes", "show", "--config", str(config)]) == 0
    told = capsys.readouterr().out
    assert "visit.open_within_s   now 20.0; in the store file 30.0\n    the store file was edited there since" in told
    assert "cloud.key_file   now unset; in the store file set" in told
    assert "product   now 6 rows; in the store file 6 rows" in told
    assert "   2  at an unknown time  maria: product, visit.open_within_s, cloud.cert_file, cloud.key_file (a test)   <- holds" in told
    assert "   1  at an unknown time  maria: product (a test)\n   0  the store file alone" in told


def test_the_export_is_a_store_file_that_means_the_same(config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    changed(config)
    assert main(["changes", "export", "--config", str(config)]) == 0
    exported = tmp_path / "elsewhere" / "store.toml"
    exported.parent.mkdir()
    exported.write_text(capsys.readouterr().out, encoding="utf-8")
    settings = load_settings(config, check_files=False)
    assert load_settings(exported, check_files=False) == settings.model_copy(
        update={
            "journal": settings.journal.model_copy(update={"path": exported.parent / "journal.db"}),
            "vision": load_settings(exported, check_files=False).vision,
        }
    )


@pytest.mark.parametrize(("number", "expected"), [(1, 181), (0, 180), (2, 182)])
def test_going_back_while_no_controller_runs_holds_from_the_next_start_on(
    config: Path, capsys: pytest.CaptureFixture[str], number: int, expected: int
) -> None:
    file = changed(config)
    assert main(["changes", "back", str(number), "--config", str(config)]) == 0
    assert ("that is what holds already" in capsys.readouterr().out) == (number == 2)
    loaded = load_store(config, check_files=False)
    assert price(loaded) == expected
    assert file.highest() == (2 if number == 2 else 3)
    assert main(["changes", "show", "--config", str(config)]) == 0


def test_there_is_no_way_back_to_what_is_not_kept_or_does_not_fit(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    changed(config)
    assert main(["changes", "back", "7", "--config", str(config)]) == 1
    assert "change 7 is not kept; there are 0, 1, 2" in capsys.readouterr().err
    edit(config, f'[[planogram]]\nplate = "A1"\ngtin = "{COLA}"\ncount = 12', f'[[planogram]]\nplate = "A1"\ngtin = "{COLA}"\ncount = 999')
    assert main(["changes", "back", "1", "--config", str(config)]) == 2
    assert "would carry" in capsys.readouterr().err


def test_without_any_change_there_is_nothing_to_show(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["changes", "show", "--config", str(config)]) == 0
    assert "the store file holds alone" in capsys.readouterr().out
    assert [one.code for one in check_changes(load_store(config, check_files=False))] == ["changes_none"]
    assert main(["changes", "show", "--config", str(config.parent / "none.toml")]) == 2


@pytest.mark.parametrize(
    ("damage", "says"), [("cut", "its checksum is wrong"), ("gone", "is gone"), ("misfit", "change 2 does not fit the store file any more")]
)
def test_changes_that_cannot_be_used_are_stepped_back_from_and_told(config: Path, damage: str, says: str) -> None:
    base = base_of(config)
    file = keep(config.parent, base, dearer(config, 181), dearer(config, 182) | {"planogram": base["planogram"][:-1]})
    match damage:
        case "cut":
            file.path.write_bytes(file.path.read_bytes()[:-200])
        case "gone":
            file.path.unlink()
        case _:
            config.write_text(config.read_text(encoding="utf-8").replace('"B2"', '"B3"'), encoding="utf-8")
    loaded = load_store(config, check_files=False)
    assert (price(loaded), loaded.lost, says in loaded.trouble) == (181, False, True), loaded.trouble
    assert [one.code for one in check_changes(loaded)] == ["changes_unreadable"]


def test_without_any_changes_that_can_be_used_the_file_holds_alone_and_says_so(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = changed(config)
    for path in config.parent.glob("changes*.toml"):
        path.write_bytes(b"\x00\xff" * 40)
    loaded = load_store(config, check_files=False)
    assert (price(loaded), loaded.lost, loaded.kept) == (180, True, None)
    assert main(["check-config", "--no-files", str(config)]) == 0
    assert "changes.toml: its checksum is wrong" in capsys.readouterr().out
    assert main(["changes", "back", "0", "--config", str(config)]) == 0
    loaded = load_store(config, check_files=False)
    assert (loaded.lost, loaded.trouble, price(loaded), file.highest()) == (False, "", 180, 3)


def test_a_wrong_store_file_is_not_mended_by_changes(config: Path) -> None:
    changed(config)
    edit(config, 'level = "info"', 'level = "loud"')
    with pytest.raises(SettingsError, match="level"):
        load_store(config, check_files=False)
