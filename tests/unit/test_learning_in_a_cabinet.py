"""Whole days of visits to a cabinet whose catalogue is wrong: what it learns, what it says, and that it bills nobody wrongly."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.virtual_cabinet import PRODUCTS, STORE
from bench.visits import simulate
from edge.session.commands import RaiseAlarm
from edge.store.model import StoreModel


def described(off: float) -> StoreModel:
    """The shop with a catalogue that is off by this share, up for one product and down for the next."""
    products = tuple(replace(p, unit_weight_g=p.unit_weight_g * (1.0 + off * (-1) ** n)) for n, p in enumerate(PRODUCTS))
    return replace(STORE, prices=replace(STORE.prices, products=products))


@pytest.mark.parametrize("off", [0.0, 0.02])
def test_a_catalogue_that_is_a_little_off_mends_itself(off: float) -> None:
    tally, cabinet = simulate(120, 5, fault_rate=0.0, store=described(off))
    assert cabinet.laws.broken == []
    assert tally.wrong == 0
    assert tally.final > 0.8 * len(cabinet.receipts)
    weights = {weight.gtin: weight for weight in cabinet.state.unit_weights}
    for product in PRODUCTS:
        weight = weights[product.gtin]
        assert weight.units > 20
        assert weight.mean_g == pytest.approx(product.unit_weight_g, rel=0.006)
        assert 0.5 * product.weight_sd_g < weight.spread_g < 2.0 * product.weight_sd_g
    assert not any(
        command.code == "unit_weight_disagrees" for _, commands in cabinet.log for command in commands if isinstance(command, RaiseAlarm)
    )


def test_a_catalogue_that_is_far_off_is_told_and_bills_nobody_wrongly() -> None:
    tally, cabinet = simulate(120, 5, fault_rate=0.0, store=described(0.06))
    assert cabinet.laws.broken == []
    assert tally.wrong == 0
    told = {alarm.subject for alarm in cabinet.state.alarms if alarm.code == "unit_weight_disagrees"}
    assert len(told) >= len(PRODUCTS) - 1
