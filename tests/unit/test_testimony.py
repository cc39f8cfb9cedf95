"""What a sighting says besides the product: whether anything moved, which way, how many pieces, and that no hand was there at all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from devices.facts import PlateSettled
from edge.basket.belief import open_belief
from edge.basket.hypothesis import Belief
from edge.basket.reading import basket_shares, nothing_probability
from edge.basket.sight import Movement, Sighting, matched
from edge.basket.stock import full_stock
from edge.basket.watched import LATE_NS, Watched, changed, sighted, without_hands
from edge.store.model import Facing
from tests.cornershop import WEIGHTS_G, gtin, settled, shop
from vision.facts import Direction

NS = 1_000_000_000
TWINS = shop(weights_g=(100.0, 200.0, *WEIGHTS_G[2:]))  # two of the first weigh what one of the second does
LIGHT = shop(weights_g=(8.0, *WEIGHTS_G[1:]))


def saw(at_s: float, direction: Direction | None, units: int = 0, plate: str = "p0", **logs: float) -> Sighting:
    """A hand at ``plate`` for a second until ``at_s``; ``logs`` by the number of the product, as ``n0=0.0``, the others 6 nats less."""
    named = tuple((gtin(int(name[1:])), log) for name, log in logs.items())
    return Sighting((plate,), round((at_s - 1.0) * NS), round(at_s * NS), named, -6.0 if named else 0.0, direction, units)


def believed(change: PlateSettled, *sightings: Sighting, store: object = TWINS) -> Belief:
    shelf = TWINS if store is TWINS else LIGHT
    watched = changed(Watched(open_belief(shelf, full_stock(shelf))), shelf, change, looked_at=True)
    for one in sightings:
        watched = sighted(watched, one)
    return watched.belief


def share(belief: Belief, *basket: tuple[str, int]) -> float:
    return dict(basket_shares(belief)).get(basket, 0.0)


def test_pieces_that_are_seen_to_go_are_an_imperfect_count() -> None:
    change = settled(10.0, ("p0", -200.0))
    two, one = (gtin(0), 2), (gtin(1), 1)

    def odds(units: int) -> float:
        belief = believed(change, saw(10.0, "taken", units))
        return share(belief, two) / share(belief, one)

    assert odds(2) > 4.0 * odds(0)
    assert 0.7 * odds(0) < odds(1) < odds(0)  # one piece may hide another: that says little
    assert share(believed(change, saw(10.0, "taken", 2, n1=0.0, n0=-6.0)), one) > 0.9  # a count is outweighed by what it is


def test_one_camera_tells_of_each_piece_once_and_two_may_tell_of_the_same() -> None:
    change = replace(settled(10.0, ("p0", -200.0)), start_ns=round(8.0 * NS))
    two, one = (gtin(0), 2), (gtin(1), 1)

    def odds(*sightings: Sighting) -> float:
        belief = believed(change, *sightings)
        return share(belief, two) / share(belief, one)

    once = odds(saw(10.0, "taken", 1))
    assert odds(saw(8.9, "taken", 1), saw(10.0, "taken", 1)) > 4.0 * once  # one after the other
    assert odds(saw(9.9, "taken", 1), saw(10.0, "taken", 1)) > 4.0 * once  # two things in one hand
    assert odds(replace(saw(9.9, "taken", 1), camera="c2"), saw(10.0, "taken", 1)) == pytest.approx(once)
    assert odds(replace(saw(9.9, "taken", 1), plates=("p0", "p1")), saw(10.0, "taken", 1)) == pytest.approx(once)


def test_a_hand_is_of_the_movement_that_went_its_way() -> None:
    belief = open_belief(TWINS, full_stock(TWINS))
    after: list[Movement] = []
    watched = Watched(belief)
    for change in (settled(10.0, ("p0", -200.0)), settled(10.6, ("p0", 200.0))):
        watched = changed(watched, TWINS, change)
        after = list(watched.movements)
    assert [list(matched([saw(10.7, direction)], after)) for direction in ("taken", "put", "unclear", None)] == [
        [(0,)],
        [(1,)],
        [(0, 1)],
        [(0, 1)],
    ]
    unsure = [replace(one, weighed=()) for one in after]
    assert list(matched([saw(10.7, "taken")], unsure)) == [(0, 1)]
    assert list(matched([saw(10.7, "put")], after[:1])) == [(0,)]  # none went its way: it is of what there is


def test_what_went_the_other_way_does_not_tell_whether_goods_moved() -> None:
    change = settled(10.0, ("p0", -4.0), sd_g=1.5)
    nothing = nothing_probability(believed(change, store=LIGHT))
    assert nothing_probability(believed(change, saw(10.0, "put", 1), store=LIGHT)) == pytest.approx(nothing, abs=1e-3)
    assert nothing_probability(believed(change, saw(10.0, "taken"), store=LIGHT)) < nothing - 0.1
    gone, fuller = (nothing_probability(believed(change, saw(10.0, "taken", units), store=LIGHT)) for units in (1, 0))
    assert gone < fuller - 0.05  # something that is gone is more than a hand that looks fuller


def test_an_item_seen_taken_outweighs_an_unknown_load() -> None:
    """A plate that was touched from the beginning: its change says little of its weight."""
    change = settled(10.0, ("p4", 130.0), sd_g=75.0)
    before = believed(change)
    assert not basket_shares(before)[0][0]
    after = believed(change, saw(10.0, "taken", 1, "p4", n8=0.0))
    assert basket_shares(after)[0][0] == ((gtin(8), 1),)


def test_pictures_of_what_stands_there_are_no_reason_to_believe_in_goods() -> None:
    """A hand that touches a plate is seen before the goods of that plate: their picture is as good with and without a taking."""
    facings = [Facing("p0", gtin(0), 8), *(Facing(f"p{n // 2}", gtin(n), 8) for n in range(2, 12))]
    store = shop(facings=facings, weights_g=(8.0, *WEIGHTS_G[1:]))
    change = settled(10.0, ("p0", -4.0), sd_g=1.5)

    def nothing(*sightings: Sighting) -> float:
        watched = changed(Watched(open_belief(store, full_stock(store))), store, change, looked_at=True)
        for one in sightings:
            watched = sighted(watched, one)
        return nothing_probability(watched.belief)

    own, other = nothing(saw(10.0, None, n0=0.0)), nothing(saw(10.0, None, n5=0.0))
    assert own == pytest.approx(nothing(), abs=0.06)
    assert other > nothing()


def test_where_a_camera_looked_and_saw_no_hand_goods_hardly_moved() -> None:
    change = settled(10.0, ("p0", -4.0), sd_g=1.5)
    watched = changed(Watched(open_belief(LIGHT, full_stock(LIGHT))), LIGHT, change, looked_at=True)
    late = 10 * NS + LATE_NS + 1
    nothing = nothing_probability(watched.belief)
    assert nothing_probability(without_hands(watched, {"p0"}, late)) > nothing + 0.1
    assert without_hands(watched, {"p0"}, late - 1) == watched.belief  # its word may still come
    assert without_hands(watched, {"p1"}, late) == watched.belief  # nobody says that it was seen all the time
    blind = changed(Watched(open_belief(LIGHT, full_stock(LIGHT))), LIGHT, change, looked_at=False)
    assert without_hands(blind, {"p0"}, late) == blind.belief
    near = sighted(watched, saw(11.5, "unclear", plate="p3"))
    assert without_hands(near, {"p0"}, late) == near.belief  # a hand was about: over which plate is easily mistaken


def test_seeing_no_hand_never_makes_goods_vanish() -> None:
    heavy = settled(10.0, ("p1", -500.0))
    watched = changed(Watched(open_belief(TWINS, full_stock(TWINS))), TWINS, heavy, looked_at=True)
    belief = without_hands(watched, {"p1"}, 60 * NS)
    assert basket_shares(belief)[0][0] == ((gtin(2), 1),)
    assert belief.sums == watched.belief.sums


def test_cameras_that_missed_a_hand_for_sure_say_nothing_by_seeing_none_elsewhere() -> None:
    sure, light = settled(10.0, ("p1", -WEIGHTS_G[2])), settled(14.0, ("p0", -4.0), sd_g=1.5)
    watched = Watched(open_belief(LIGHT, full_stock(LIGHT)))
    for change in (sure, light):
        watched = changed(watched, LIGHT, change, looked_at=True)
    belief = without_hands(watched, {"p0", "p1"}, 60 * NS)
    for basket, before in basket_shares(watched.belief):
        assert share(belief, *basket) == pytest.approx(before, abs=0.001)


def test_pieces_count_whenever_they_are_told() -> None:
    """Also after one of them was put back."""
    took, back = settled(10.0, ("p0", -200.0)), settled(14.0, ("p0", 100.0))
    eye = saw(10.0, "taken", 2)
    begun = Watched(open_belief(TWINS, full_stock(TWINS)))
    early = changed(sighted(changed(begun, TWINS, took, looked_at=True), eye), TWINS, back, looked_at=True)
    late = sighted(changed(changed(begun, TWINS, took, looked_at=True), TWINS, back, looked_at=True), eye)
    for basket in ((gtin(0), 1),), ((gtin(1), 1),):
        assert share(early.belief, *basket) == pytest.approx(share(late.belief, *basket), abs=1e-6)
