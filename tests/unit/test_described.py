"""Settings as pages show them: every key described, secrets hidden, dangerous ones marked."""

from __future__ import annotations

from typing import Any

import pytest

from edge.runtime.described import UNSHOWN, applies, is_dangerous_change, sections, title, unit
from edge.runtime.overlay import Overlay
from edge.runtime.settings import read_tables
from edge.runtime.settings_markdown import ORDER
from tests.unit.test_settings import EXAMPLE

CAMERA: dict[str, Any] = {"id": "shelf", "url": "rtsp://192.168.1.20/1", "password_file": "/run/secret", "zones": []}


def test_every_key_of_every_section_is_described() -> None:
    base, _ = read_tables(EXAMPLE)
    shown = {view.section: view for view in sections(base, Overlay())}
    assert set(shown) == set(ORDER) - {"product", "planogram"}
    for view in shown.values():
        assert view.description, view.section
        if view.many:
            assert [row.keys() for row in view.rows] == [row.keys() for row in base.get(view.section, ())]
        for field in view.fields:
            assert field.description, (view.section, field.field)
            assert field.title, (view.section, field.field)
            assert field.allowed, (view.section, field.field)


@pytest.mark.parametrize(
    ("key", "said", "of"),
    [
        ("pulse_s", "Pulse", "s"),
        ("min_free_mb", "Min free", "MB"),
        ("rate_per_s", "Rate", "1/s"),
        ("delivery.window", "Delivery: Window", ""),
        ("offline_minor", "Offline", "minor"),
        ("s", "S", ""),
    ],
)
def test_a_key_says_its_unit_by_its_end(key: str, said: str, of: str) -> None:
    assert (title(key), unit(key)) == (said, of)


def test_secrets_of_rows_are_not_shown() -> None:
    (camera,) = [view for view in sections({"camera": [CAMERA]}, Overlay()) if view.section == "camera"]
    assert camera.rows == ({**CAMERA, "password_file": UNSHOWN},)


@pytest.mark.parametrize(
    ("place", "when"),
    [
        ("visit.pulse_s", "at_once"),
        ("entry.keys", "at_once"),
        ("product", "at_once"),
        ("store.name", "at_once"),
        ("store.currency", "restart"),
        ("web.port", "restart"),
        ("camera", "restart"),
        ("journal.path", "never"),
        ("vision.handover", "never"),
        ("vision.gallery", "restart"),
    ],
)
def test_it_is_known_when_a_change_holds(place: str, when: str) -> None:
    assert applies(place) == when


def test_zones_are_drawn_freely_and_where_pictures_come_from_is_not() -> None:
    zones = [CAMERA | {"zones": [{"plates": ["A1"]}]}]
    assert not is_dangerous_change("camera", [CAMERA], zones)
    assert is_dangerous_change("camera", [CAMERA], [CAMERA | {"url": "folder:///home"}])
    assert is_dangerous_change("camera", [CAMERA], [])
    assert is_dangerous_change("plate", [], [])
    assert is_dangerous_change("entry.keys", {}, {})
    assert not is_dangerous_change("visit.pulse_s", 0.5, 0.7)
