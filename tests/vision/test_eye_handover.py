"""What the controller hands to the eye where a page has changed it: a file, an eye that begins anew, and nothing that stops either."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.runtime.eye_handover import eye_settings, hand_over, handed_over, signature
from edge.runtime.overlay import Overlay
from edge.runtime.settings import StoreSettings, checked, load_settings, read_tables
from tests.vision.eye_rig import EyeProcess, EyeStore, Listener
from vision.facts import EyeOpened

ZONE = {"plates": ["B1"], "polygon": [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]]}


@pytest.fixture
def store(tmp_path: Path) -> EyeStore:
    store = EyeStore(tmp_path)
    store.config.write_text(store.config.read_text().replace("\n[vision]", '\n[vision]\nhandover = "eye.json"'))
    return store


def changed(store: EyeStore) -> tuple[StoreSettings, Overlay]:
    """The camera has another name and another zone since a page was used."""
    base, _ = read_tables(store.config)
    overlay = Overlay().with_changes(base, {"camera": [{**base["camera"][0], "id": "moved", "zones": [ZONE]}]})
    return checked(overlay.over(base), store.config.parent, check_files=False), overlay


def test_only_what_was_changed_of_the_eye_is_handed_over(store: EyeStore) -> None:
    before = load_settings(store.config, check_files=False)
    path = store.folder / "eye.json"
    settings, overlay = changed(store)
    hand_over(settings, overlay)
    assert path.stat().st_mode & 0o777 == 0o640
    assert handed_over(before) == eye_settings(settings)
    hand_over(settings, Overlay({"product": []}))
    assert not path.exists()
    assert handed_over(before) == eye_settings(before)
    hand_over(before, Overlay())
    assert signature(path) is None


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b'{"camera": [{"id": "x"}]}', b'{"nothing": 1}', b"x" * 1_000_001])
def test_what_cannot_be_used_leaves_the_eye_as_the_store_file_has_it(store: EyeStore, content: bytes) -> None:
    settings = load_settings(store.config, check_files=False)
    settings.vision.handover.write_bytes(content)
    assert handed_over(settings) == eye_settings(settings)


def test_a_folder_that_is_not_there_keeps_no_controller_from_starting(store: EyeStore, caplog: pytest.LogCaptureFixture) -> None:
    settings, overlay = changed(store)
    away = settings.model_copy(update={"vision": settings.vision.model_copy(update={"handover": store.folder / "none" / "eye.json"})})
    hand_over(away, overlay)
    assert "cannot be told" in caplog.text
    hand_over(away, Overlay())


def test_the_eye_begins_anew_with_what_it_is_handed(store: EyeStore) -> None:
    with EyeProcess(store) as eye:
        eye.heard("READY=1")
        hand_over(*changed(store))
        code, output = eye.ended()
        assert (code, "begins anew" in output) == (75, True), output
    with EyeProcess(store) as eye:
        eye.heard("READY=1")
        with Listener(store.socket) as controller:
            opened = controller.next()
            assert isinstance(opened, EyeOpened)
            assert opened.cameras == ("moved",)
