"""A plate that was touched before it was ever weighed: its first change may be anything, and an eye may tell what it was."""

from __future__ import annotations

from dataclasses import replace

from devices.facts import PlateSettled
from edge.basket.belief import open_belief
from edge.basket.reading import lines, unexplained
from edge.basket.sight import Sighting
from edge.basket.stock import full_stock
from edge.basket.watched import Watched, changed, sighted
from edge.store.model import Facing
from tests.cornershop import gtin, settled, shop

NS = 1_000_000_000
ELSEWHERE = [Facing(f"p{n // 2}" if n > 3 else "p5", gtin(n), 8) for n in range(12) if n != 2]
STORE = shop(facings=[Facing("p0", gtin(2), 8), Facing("p1", gtin(2), 8), *ELSEWHERE])


def straddling() -> PlateSettled:
    """Half a kilogram stood on two plates; of the second, nobody knows what it weighed before."""
    change = replace(settled(10.0, ("p0", -300.0), ("p1", -120.0)), covariance_g2=())
    return replace(change, changes=(change.changes[0], replace(change.changes[1], sd_g=75.0)))


def begun(*, looked_at: bool) -> Watched:
    return changed(Watched(open_belief(STORE, full_stock(STORE))), STORE, straddling(), looked_at=looked_at)


def test_by_weight_alone_nothing_is_guessed() -> None:
    alone = begun(looked_at=False)
    assert lines(alone.belief, STORE) == ()
    assert [one.plate for one in unexplained(alone.belief)] == ["p0"]


def test_what_was_seen_to_be_taken_is_the_item_that_stood_on_both() -> None:
    logs = tuple((gtin(n), 0.0 if n == 2 else -4.0) for n in range(12))
    seen = sighted(begun(looked_at=True), Sighting(("p0", "p1"), 9 * NS, 10 * NS, logs, -4.0, "taken", 1))
    (line,) = lines(seen.belief, STORE)
    assert (line.gtin, line.quantity) == (gtin(2), 1)
    assert line.probability > 0.9
    assert unexplained(seen.belief) == ()
