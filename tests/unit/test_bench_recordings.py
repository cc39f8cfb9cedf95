"""Made recordings: same arguments same bytes, and what plates settle to is what the truth says moved."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.recordings import main, write_split, write_visit
from bench.shop_physics import LEVELS, leak_matrix, lift, put, ringing
from bench.shop_shelves import made_up, read_shelves
from bench.shop_visits import events_of, stocked
from edge.recordings.format import read_recording

QUIET = replace(
    LEVELS["hard"], wander_g_per_min=0.0, slow_lift=0.0, lean=0.0, empty_touch=0.0, brush=0.0, unit_spread=(0.0, 0.0), catalogue_error=0.0
)


@pytest.mark.parametrize("level", sorted(LEVELS))
def test_the_same_arguments_give_the_same_bytes(tmp_path: Path, level: str) -> None:
    one, other = (write_split(tmp_path / name, level, 5, 2)[1] for name in ("one", "other"))
    names = sorted(path.name for path in one.iterdir())
    assert names == ["sessions.json", "store.json", "truth.json", "weights.npz"]
    assert all((one / name).read_bytes() == (other / name).read_bytes() for name in names)
    elsewhere = write_split(tmp_path / "elsewhere", level, 6, 2)[1]
    assert (elsewhere / "weights.npz").read_bytes() != (one / "weights.npz").read_bytes()


@pytest.mark.parametrize("seed", range(4))
def test_a_shelf_loses_what_is_taken_from_it_whatever_leaks_between_its_plates(tmp_path: Path, seed: int) -> None:
    write_visit(tmp_path / "visit", np.random.default_rng(seed), made_up(np.random.default_rng(seed)), QUIET)
    recording = read_recording(tmp_path / "visit")
    assert recording.truth is not None
    weights = {product.gtin: product.unit_weight_g for product in recording.shop.products}
    rested = recording.times_ns > recording.truth.events[-1].at_ns + 2.5e9
    change = recording.grams[rested].mean(axis=0, dtype=np.float64) - recording.grams[:60].mean(axis=0, dtype=np.float64)
    shelves = {place.plate: place.shelf for place in recording.shop.places}
    shown = dict.fromkeys(shelves.values(), 0.0)
    moved = dict.fromkeys(shelves.values(), 0.0)
    for place, grams in zip(recording.shop.places, change, strict=True):
        shown[place.shelf] += grams
    for event in recording.truth.events:
        moved[shelves[event.plates[0]]] += event.quantity * weights[event.sku]
    assert all(shown[shelf] == pytest.approx(moved[shelf], abs=4.0) for shelf in shelves.values())


def test_receipts_are_what_events_leave_in_the_basket(tmp_path: Path) -> None:
    for folder in write_split(tmp_path, "hard", 3, 6, shoppers=2):
        recording = read_recording(folder)
        assert recording.truth is not None
        assert len(recording.sessions) == 2
        held: Counter[tuple[str | None, str]] = Counter()
        for event in recording.truth.events:
            held[event.session_id, event.sku] -= event.quantity
        billed = {(receipt.session_id, line.sku): line.quantity for receipt in recording.truth.receipts for line in receipt.lines}
        assert {key: count for key, count in held.items() if count} == billed
        assert all(event.at_ns < recording.times_ns[-1] for event in recording.truth.events)


def test_a_unit_keeps_its_weight_when_it_is_put_back() -> None:
    source = np.random.default_rng(8)
    shop = stocked(source, made_up(source), LEVELS["typical"])
    before = sorted(unit.grams for unit in shop.standing)
    events = events_of(shop, LEVELS["typical"], 0, 3.0)
    assert any(event.quantity > 0 for event in events)
    assert sorted(unit.grams for unit in [*shop.standing, *shop.held[0]]) == before


def test_leak_goes_to_the_neighbours_and_is_missing_at_home() -> None:
    matrix = leak_matrix(np.random.default_rng(1), [[1], [0, 2], [1]], (0.01, 0.03))
    assert matrix.sum(axis=1) == pytest.approx(1.0)
    assert matrix[1, 1] == pytest.approx(1.0 - matrix[1, 0] - matrix[1, 2])
    assert matrix[0, 2] == 0.0


def test_a_plate_rings_and_comes_to_rest_at_its_load() -> None:
    source, at_s = np.random.default_rng(2), np.arange(600) / 60.0
    load = put(source, at_s, 2.0, 300.0, 50.0) + lift(source, at_s, 5.0, 100.0, -50.0, slow=True)
    shown = ringing(source, load[:, None])[:, 0]
    assert shown[:30] == pytest.approx(0.0, abs=1e-6)
    assert shown[-30:] == pytest.approx(200.0, abs=2.0)
    assert np.abs(shown - load).max() > 10.0


def test_a_given_store_lends_its_gondolas_and_facings_can_be_missing(tmp_path: Path) -> None:
    own = write_split(tmp_path / "own", "typical", 1, 1)[0]
    assert len(read_shelves(own / "store.json")) == 1
    code = main([str(tmp_path / "lent"), "--store", str(own / "store.json"), "--visits", "1", "--missing-facings", "0.5"])
    assert code == 0
    lent = read_recording(tmp_path / "lent" / "gen-1-000")
    whole = json.loads((own / "store.json").read_text())
    assert [place.plate for place in lent.shop.places] == [plate["id"] for plate in whole["plates"]]
    assert 0 < len(lent.shop.facings) < len(whole["planogram"])


def test_a_store_that_is_none_is_a_message(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "store.json").write_text('{"plates": [], "catalogue": [], "planogram": []}')
    assert main([str(tmp_path / "out"), "--store", str(tmp_path / "store.json")]) == 1
    assert "no gondola" in capsys.readouterr().err
