"""The comparison with other people's pipelines: what counts as found, and that the films are what they say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bench.peer_films import NS, Film, Happened, hands_film, light_film, shake_film
from bench.peer_pipeline import compared, main
from bench.peer_tracking import Told

HAPPENED = (
    Happened("taken", "A1", "cola", 1 * NS, 2 * NS),
    Happened("put", "A2", "tea", 4 * NS, 5 * NS),
    Happened("touched", "B1", "", 7 * NS, 8 * NS),
)


def test_an_event_belongs_to_the_hand_before_it() -> None:
    told = [
        Told(("A1",), "taken", "cola", round(2.25 * NS)),
        Told(("A1",), "", "cola", 3 * NS),
        Told(("A1", "A2"), "taken", "milk", round(5.5 * NS)),
    ]
    found = compared(HAPPENED, told)
    assert (found.moved, found.seen, found.direction, found.named, found.extra) == (2, 2, 1, 1, 1)
    assert (found.touched, found.wrongly) == (1, 0)
    assert found.delays_ms == [250.0, 500.0]


def test_events_elsewhere_and_before_the_first_hand_are_too_many() -> None:
    found = compared(HAPPENED, [Told(("A1",), "", "", 0), Told(("B3",), "taken", "tea", 2 * NS), Told(("B1",), "", "tea", 8 * NS)])
    assert (found.seen, found.extra, found.wrongly) == (0, 2, 1)
    told = compared(HAPPENED, [Told(("B1",), "unclear", "tea", 8 * NS)])
    assert told.wrongly == 0
    assert compared((), [Told(("A1",), "", "", 0)]).extra == 1


def test_hands_are_where_their_boxes_say() -> None:
    film = hands_film(2, 3)
    assert len(film.happened) == 2
    hand = film.happened[0]
    zone = next(one for one in film.zones if hand.plate in one.plates)
    rest = None
    for frame, boxes in film.frames():
        if frame.at_ns < hand.begin_ns:
            assert not len(boxes)
            rest = frame.pixels
        elif frame.at_ns >= hand.begin_ns + round(0.6 * NS):
            break
    assert rest is not None
    assert len(boxes) == 1
    left, top, right, bottom = boxes[0].astype(int)
    assert zone.polygon[0][0] * 1280 < (left + right) / 2 < zone.polygon[1][0] * 1280
    changed = np.abs(frame.pixels.astype(int) - rest).max(axis=2) > 40
    assert changed[top:bottom, left:right].mean() > 0.3
    changed[:, left:right] = False
    assert changed.mean() < 0.01


@pytest.mark.parametrize("film", [light_film(1), shake_film(1)], ids=lambda film: film.name)
def test_films_without_hands_are_disturbed_and_the_same_every_time(film: Film) -> None:
    assert film.happened == ()
    frames = [frame.pixels for (frame, _), _ in zip(film.frames(), range(34), strict=False)]
    again = next(iter(film.frames()))[0].pixels
    assert np.array_equal(frames[0], again)
    assert np.abs(frames[31].astype(int) - frames[25]).mean() > 2 * np.abs(frames[25].astype(int) - frames[24]).mean()


def test_without_the_peer_it_says_what_to_install(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--peer", str(tmp_path / "nowhere")]) == 2
    assert "pip install --target DIR supervision trackers" in capsys.readouterr().err
    other = tmp_path / "other.onnx"
    other.write_bytes(b"x")
    assert main(["--detector", str(other)]) == 2
