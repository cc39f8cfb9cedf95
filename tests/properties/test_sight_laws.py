"""Laws of what an eye says: when it comes counts for nothing, it moves belief and never weight, and garbage moves nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from devices.facts import PlateSettled
from edge.basket.belief import WATCHED_BEAM, observe, open_belief, resight
from edge.basket.hypothesis import Belief
from edge.basket.reading import basket_shares, lines, nothing_probability
from edge.basket.sight import LEAST_LOG, Sighting, matched, word
from edge.basket.stock import full_stock
from edge.basket.testimony import told as told_of
from edge.basket.watched import MAX_MOVEMENTS, MAX_SIGHTINGS, Watched, changed, sighted, without_hands
from tests.cornershop import gtin, settled, shop
from vision.facts import Direction

NS = 1_000_000_000
WEIGHTS_G = (330.0, 330.0, 330.0, 500.0, 250.0, 252.0, 90.0, 90.0, 60.0, 1050.0, 400.0, 401.0)
STORE = shop(weights_g=WEIGHTS_G)
STOCK = full_stock(STORE)
NEARLY = 0.15  # ways that are added up earlier remember other held weights, which counts where put-backs are a toss-up
Event = PlateSettled | Sighting


@dataclass(frozen=True)
class Reach:
    """A hand takes product ``number`` (or puts back what it took first), ``gap_s`` after the one before; the eye says ``seen`` of it."""

    number: int
    back: bool
    gap_s: float
    noise_g: float
    seen: int
    sure: float
    direction: Direction | None


reaches = st.lists(
    st.builds(
        Reach,
        number=st.integers(0, 11),
        back=st.booleans(),
        gap_s=st.floats(0.2, 4.0),
        noise_g=st.floats(-1.5, 1.5),
        seen=st.integers(0, 11),
        sure=st.floats(0.0, 9.0),
        direction=st.sampled_from((None, "taken", "put", "unclear")),
    ),
    min_size=1,
    max_size=5,
)


def told(reaches: list[Reach]) -> list[tuple[PlateSettled, Sighting]]:
    """Each reach as the plates and as the eye tell it."""
    found = []
    at_s = 10.0
    taken: list[int] = []
    for reach in reaches:
        at_s += reach.gap_s + 1.0
        number, grams = reach.number, -WEIGHTS_G[reach.number]
        if reach.back and taken:
            number = taken.pop()
            grams = WEIGHTS_G[number]
        else:
            taken.append(number)
        plate = f"p{number // 2}"
        logs = tuple((gtin(n), 0.0 if n == reach.seen else -reach.sure) for n in range(12))
        eye = Sighting((plate,), round((at_s - 0.6) * NS), round((at_s + 0.2) * NS), logs, -reach.sure, reach.direction)
        found.append((settled(at_s, (plate, grams + reach.noise_g)), eye))
    return found


def lived(events: list[Event], *, looked_at: bool | None = True) -> Watched:
    watched = Watched(open_belief(STORE, STOCK))
    for event in events:
        watched = changed(watched, STORE, event, looked_at=looked_at) if isinstance(event, PlateSettled) else sighted(watched, event)
    return watched


def difference(one: Watched, two: Watched) -> float:
    """Half the sum of the differences of all baskets' shares: 0 where they believe the same, 1 where nothing is in common."""
    first, second = dict(basket_shares(one.belief)), dict(basket_shares(two.belief))
    return 0.5 * math.fsum(abs(first.get(basket, 0.0) - second.get(basket, 0.0)) for basket in first.keys() | second.keys())


@given(reaches, st.lists(st.floats(-0.2, 3.0), min_size=5, max_size=5))
@settings(max_examples=60, deadline=None)
def test_a_sighting_says_the_same_before_its_change_and_after(seen: list[Reach], delays_s: list[float]) -> None:
    pairs = told(seen)
    early = lived([event for change, eye in pairs for event in (eye, change)])
    timed: list[tuple[int, int, Event]] = []
    for place, ((change, eye), delay_s) in enumerate(zip(pairs, delays_s, strict=False)):
        timed += [(change.at_ns, place, change), (eye.end_ns + round(delay_s * NS), place, eye)]
    late = lived([event for _, _, event in sorted(timed, key=lambda one: one[:2])])
    assert difference(early, late) < NEARLY
    likeliest = basket_shares(early.belief)
    if len(likeliest) == 1 or likeliest[0][1] > likeliest[1][1] + 2.0 * NEARLY:
        assert [(line.gtin, line.quantity) for line in lines(early.belief, STORE)] == [
            (line.gtin, line.quantity) for line in lines(late.belief, STORE)
        ]


@given(reaches)
@settings(max_examples=60, deadline=None)
def test_an_eye_that_saw_nothing_leaves_the_belief_as_it_is(seen: list[Reach]) -> None:
    blind = open_belief(STORE, STOCK)
    for change, _ in told(seen):
        blind = observe(blind, STORE, change)
    assert lived([change for change, _ in told(seen)], looked_at=False).belief == blind
    assert lived([change for change, _ in told(seen)], looked_at=None).belief == blind
    shut = [(Sighting(eye.plates, eye.start_ns, eye.end_ns, (), 0.0), change) for change, eye in told(seen)]
    assert difference(lived([event for pair in shut for event in pair]), Watched(blind)) < 1e-3


sightings = st.builds(
    Sighting,
    plates=st.lists(st.sampled_from(["p0", "p1", "p5", "ghost", ""]), max_size=3).map(tuple),
    start_ns=st.integers(-(10**19), 10**19),
    end_ns=st.integers(-(10**19), 10**19),
    log_likelihoods=st.lists(st.tuples(st.sampled_from([gtin(0), gtin(1), "", "nonsense"]), st.floats()), max_size=4).map(tuple),
    log_other=st.floats(),
    direction=st.sampled_from((None, "taken", "put", "unclear")),
    units=st.integers(-5, 10**6),
)
events = st.one_of(sightings, st.builds(lambda at, n: settled(at, (f"p{n // 2}", -WEIGHTS_G[n])), st.floats(0.0, 60.0), st.integers(0, 11)))


@given(st.lists(events, max_size=12))
@settings(max_examples=60, deadline=None)
def test_whatever_an_eye_says_the_belief_stays_a_belief(told: list[Event]) -> None:
    watched = lived(told)
    assert 1 <= len(watched.belief.hypotheses) <= WATCHED_BEAM
    assert math.isclose(math.fsum(math.exp(way.log_weight) for way in watched.belief.hypotheses), 1.0, rel_tol=1e-9)
    blind = lived([event for event in told if isinstance(event, PlateSettled)])
    assert watched.belief.sums == blind.belief.sums
    adapter = TypeAdapter(Watched)
    kept = adapter.validate_json(adapter.dump_json(Watched(watched.belief, watched.movements)))
    assert kept == Watched(watched.belief, watched.movements)


true_takes = st.lists(st.tuples(st.integers(0, 11), st.floats(-1.5, 1.5)), min_size=1, max_size=4)


@given(true_takes, st.data())
@settings(max_examples=60, deadline=None)
def test_one_more_sighting_of_what_was_taken_never_lowers_how_likely_it_is(taken: list[tuple[int, float]], data: st.DataObject) -> None:
    """Of the ways that are believed, those in which each change is what it was gain, in whatever order the sightings come."""
    changes: list[Event] = []
    eyes: list[Sighting] = []
    for place, (number, noise_g) in enumerate(taken):
        at_s, plate, sure = 10.0 + 1.2 * place, f"p{number // 2}", data.draw(st.floats(0.0, 9.0))
        logs = tuple((gtin(n), 0.0 if n == number else -sure) for n in range(12))
        window = (round((at_s - 0.6) * NS), round((at_s + 0.2) * NS))
        eyes.append(Sighting((plate,), *window, logs, -sure, data.draw(st.sampled_from((None, "taken"))), data.draw(st.integers(0, 1))))
        changes.append(settled(at_s, (plate, noise_g - WEIGHTS_G[number])))
    watched = lived(changes)
    truth = {(gtin(number), place) for place, (number, _) in enumerate(taken)}

    def likely(belief: Belief) -> float:
        ways = belief.hypotheses
        return math.fsum(math.exp(way.log_weight) for way in ways if {(g, n) for g, numbers in way.claims(0) for n in numbers} == truth)

    belief = watched.belief
    for eye in data.draw(st.permutations(eyes)):
        before = likely(belief)
        belief = resight(belief, (), told_of(matched((eye,), watched.movements), watched.movements), apart_from=0)
        assert likely(belief) >= before - 1e-9


@given(st.lists(sightings, max_size=8))
def test_without_a_weight_an_eye_bills_nothing(told: list[Sighting]) -> None:
    watched = lived(list(told))
    assert watched.belief == open_belief(STORE, STOCK)
    assert without_hands(watched, {"p0", "p1"}, 10**19) == watched.belief
    assert lines(watched.belief, STORE) == ()


@given(sightings)
def test_its_word_is_bounded(one: Sighting) -> None:
    said = word(one)
    assert max(said.values()) == 0.0
    assert all(LEAST_LOG <= log <= 0.0 for log in said.values())


def test_what_is_kept_is_bounded() -> None:
    watched = Watched(open_belief(STORE, STOCK))
    for step in range(MAX_MOVEMENTS + 10):
        watched = changed(watched, STORE, settled(10.0 + step, ("p4", 60.0 if step % 2 else -60.0)))
        watched = sighted(watched, Sighting(("p4",), (10 + step) * NS, (10 + step) * NS, ((gtin(8), 0.0),), -3.0))
    assert (len(watched.movements), len(watched.sightings)) == (MAX_MOVEMENTS, MAX_SIGHTINGS)


def test_an_eye_names_what_was_put_back_and_what_was_taken_together() -> None:
    """Two of one weight are held; the eye sees which of them returns. Then two are taken at once and each is seen."""
    took: list[Event] = [settled(10.0, ("p0", -330.0)), settled(13.0, ("p0", -330.0))]
    eyes: list[Event] = [seen_as(10.0, 0), seen_as(13.0, 1)]
    back: list[Event] = [settled(16.0, ("p0", 330.0)), seen_as(16.0, 1)]
    (line,) = lines(lived([took[0], eyes[0], took[1], eyes[1], *back]).belief, STORE)
    assert (line.gtin, line.quantity) == (gtin(0), 1)
    assert line.probability > 0.9
    both: list[Event] = [settled(20.0, ("p0", -660.0)), seen_as(19.6, 0), seen_as(20.3, 1)]
    assert [(line.gtin, line.quantity) for line in lines(lived(both).belief, STORE)] == [(gtin(0), 1), (gtin(1), 1)]


def test_an_eye_tells_a_small_thing_from_a_touch() -> None:
    """A few grams may be a light thing or a plate that wanders: whether something is gone is seen."""
    light = shop(weights_g=(8.0, *WEIGHTS_G[1:]))
    change = settled(10.0, ("p0", -4.6), sd_g=1.5)

    def share(direction: Direction | None) -> float:
        watched = changed(Watched(open_belief(light, full_stock(light))), light, change)
        if direction is not None:
            watched = sighted(watched, Sighting(("p0",), 9 * NS, 10 * NS, (), 0.0, direction))
        return nothing_probability(watched.belief)

    assert share("taken") < share(None) - 0.1
    assert share(None) < share("unclear") - 0.05


def seen_as(at_s: float, number: int) -> Sighting:
    logs = tuple((gtin(n), 0.0 if n == number else -6.0) for n in range(12))
    return Sighting(("p0",), round((at_s - 0.2) * NS), round((at_s + 0.2) * NS), logs, -6.0)
