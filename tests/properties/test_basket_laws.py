"""Laws of the belief for all inputs: nothing raises, nothing negative, weights are conserved, order inside a fact is no evidence."""

from __future__ import annotations

import math
import random
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from devices.facts import PlateChange, PlateSettled
from edge.basket.belief import BEAM, observe, open_belief
from edge.basket.explain import NOTHING_SD_G, REACH_SD, units_variance
from edge.basket.hypothesis import Belief
from edge.basket.reading import best_story, lines, nothing_probability, unexplained
from edge.basket.recount import after, reconcile, restocked
from edge.basket.stock import full_stock
from edge.store.money import contained_tax, line_total
from tests.cornershop import WEIGHTS_G, gtin, settled, shop

STORE = shop()
PLATES = [plate.plate for plate in STORE.plates]
STOCK = full_stock(STORE)

anything = st.builds(
    PlateChange,
    plate=st.sampled_from([*PLATES, "unknown"]),
    delta_g=st.floats(width=64),
    sd_g=st.floats(width=64),
    after_g=st.just(0.0),
)
weights = st.builds(
    lambda plate, delta, sd: PlateChange(plate, round(delta, 3), round(sd, 3), 0.0),
    st.sampled_from(PLATES),
    st.floats(-3000.0, 3000.0),
    st.floats(0.0, 20.0),
)


def facts(changes: st.SearchStrategy[PlateChange], most: int = 3) -> st.SearchStrategy[PlateSettled]:
    return st.builds(
        lambda at_ns, parts, quality: PlateSettled(
            at_ns=at_ns, plates=(), changes=tuple(parts), start_ns=at_ns, end_ns=at_ns, quality=quality
        ),
        st.integers(-(10**20), 10**20),
        st.lists(changes, max_size=most, unique_by=lambda change: change.plate),
        st.sampled_from(["ok", "noisy", "disturbed", "reconstructed"]),
    )


def positive(fact: PlateSettled) -> PlateSettled:
    return replace(fact, at_ns=abs(fact.at_ns))


@given(st.lists(st.one_of(facts(anything), facts(weights)), max_size=6), st.booleans())
@settings(max_examples=300, deadline=None)
def test_whatever_is_seen_the_belief_stays_a_belief(seen: list[PlateSettled], restocking: bool) -> None:
    belief = open_belief(STORE, STOCK, restocking=restocking)
    offered = 0
    for fact in seen:
        belief = observe(belief, STORE, fact)
        offered += len(fact.changes)
    assert 1 <= len(belief.hypotheses) <= BEAM
    assert math.isclose(math.fsum(math.exp(way.log_weight) for way in belief.hypotheses), 1.0, rel_tol=1e-9)
    assert 0 <= belief.refused <= offered
    for line in lines(belief, STORE):
        assert line.quantity > 0
        assert 0.0 < line.probability <= 1.0
    assert 0.0 <= nothing_probability(belief) <= 1.0
    update = after(STOCK, belief)
    assert all(shelved.units >= 0 for shelved in update.stock.shelved)
    assert all(shelved.units >= 0 for shelved in restocked(STOCK, STORE, belief).stock.shelved)
    adapter = TypeAdapter(Belief)
    assert adapter.validate_json(adapter.dump_json(belief)) == belief


@given(facts(weights, most=4), st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_the_order_of_plates_in_a_fact_says_nothing(fact: PlateSettled, source: random.Random) -> None:
    shuffled = list(fact.changes)
    source.shuffle(shuffled)
    one = observe(open_belief(STORE, STOCK), STORE, positive(fact))
    two = observe(open_belief(STORE, STOCK), STORE, replace(positive(fact), changes=tuple(shuffled)))
    assert one == two


@given(st.lists(facts(weights, most=2).map(positive), max_size=6))
@settings(max_examples=300, deadline=None)
def test_the_story_accounts_for_every_gram(seen: list[PlateSettled]) -> None:
    belief = open_belief(STORE, STOCK)
    for fact in seen:
        belief = observe(belief, STORE, fact)
    story = best_story(belief)
    products = {product.gtin: product for product in STORE.prices.products}
    told = sum(net.units * products[net.gtin].unit_weight_g for net in story.nets) + sum(load.grams for load in story.foreign)
    measured = sum(total.grams for total in belief.sums)
    count = sum(len(fact.changes) for fact in seen)
    # Each change may be off by its reach; units that were moved and came back are in it too.
    spread = sum(total.var_g2 for total in belief.sums) + count * (NOTHING_SD_G**2 + 4.0)
    spread += sum(units_variance(products[net.gtin], abs(net.units)) for net in story.nets) + count * max(WEIGHTS_G) ** 2 * 0.01**2 * 8
    assert abs(measured - told) <= REACH_SD * math.sqrt(count + 1) * math.sqrt(spread + 1.0)


takings = st.lists(st.tuples(st.integers(0, len(WEIGHTS_G) - 1), st.floats(-1.5, 1.5), st.floats(-0.8, 0.8)), min_size=1, max_size=6)


@given(takings, st.randoms(use_true_random=False))
@settings(max_examples=300, deadline=None)
def test_what_is_taken_is_billed_by_weight_and_what_is_put_back_is_not(
    takings: list[tuple[int, float, float]], source: random.Random
) -> None:
    belief = open_belief(STORE, STOCK)
    grams = [WEIGHTS_G[number] * (1.0 + 0.01 * off) for number, off, _ in takings]
    for place, (number, _, noise) in enumerate(takings):
        belief = observe(belief, STORE, settled(1.0 + place, (f"p{number // 2}", -grams[place] + noise)))
    billed = lines(belief, STORE)
    weight = sum(line.quantity * WEIGHTS_G[int(line.gtin[:-1]) - 400_000_000_000] for line in billed)
    assert math.isclose(weight, sum(grams), abs_tol=4.0 * math.sqrt(sum((0.012 * gram) ** 2 + 1.0 for gram in grams)))
    assert sum(line.quantity for line in billed) == len(takings)
    back = list(range(len(takings)))
    source.shuffle(back)
    for step, place in enumerate(back):
        number, _, noise = takings[place]
        belief = observe(belief, STORE, settled(50.0 + step, (f"p{number // 2}", grams[place] - noise)))
    assert lines(belief, STORE) == ()
    assert unexplained(belief) == ()
    assert nothing_probability(belief) > 0.5
    assert after(STOCK, belief).stock == STOCK


@given(facts(weights).map(positive))
@settings(max_examples=200, deadline=None)
def test_a_change_between_visits_is_never_the_next_shoppers_bill(fact: PlateSettled) -> None:
    update = reconcile(STOCK, STORE, fact)
    assert all(shelved.units >= 0 for shelved in update.stock.shelved)
    assert lines(open_belief(STORE, update.stock), STORE) == ()


@given(st.integers(0, 10**9), st.integers(0, 10_000), st.integers(0, 50))
def test_tax_and_net_add_up_to_the_price(gross: int, rate: int, quantity: int) -> None:
    tax = contained_tax(gross, rate)
    assert 0 <= tax <= gross
    assert abs(tax * (10_000 + rate) - gross * rate) * 2 <= 10_000 + rate
    assert line_total(gross, quantity) == gross * quantity


def test_gtins_of_the_test_shop_are_valid() -> None:
    assert [product.gtin for product in STORE.prices.products] == [gtin(number) for number in range(len(WEIGHTS_G))]
