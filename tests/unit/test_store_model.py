from __future__ import annotations

import pytest
from pydantic import ValidationError

from edge.store.build import StoreError, build_store, price_version, product_of
from edge.store.gtin import check_digit, gtin_problem
from edge.store.model import Door, Plate, StoreModel
from edge.store.money import MAX_QUANTITY, contained_tax, line_total, price_of
from edge.store.settings import FacingSettings, ProductSettings, StoreSettings

STORE = StoreSettings(tenant="acme", store="lobby-1")
DOOR = Door("d1", "board", True)
PLATES = (Plate("p1", "scale", 10_000.0, ("p2",)), Plate("p2", "scale", 10_000.0, ("p1",)))
COLA = ProductSettings(gtin="4006381333931", name="Cola", price_minor=199, tax_bp=1900, unit_weight_g=348.0)
CHIPS = ProductSettings(gtin="96385074", name="Chips", price_minor=249, tax_bp=700, unit_weight_g=60.0, weight_sd_g=1.0)


def build(
    products: tuple[ProductSettings, ...] = (COLA, CHIPS),
    planogram: tuple[FacingSettings, ...] = (FacingSettings(plate="p1", gtin=COLA.gtin, count=10),),
    plates: tuple[Plate, ...] = PLATES,
) -> StoreModel:
    return build_store(STORE, products, planogram, (DOOR,), plates)


@pytest.mark.parametrize("gtin", ["4006381333931", "96385074", "036000291452", "10614141000415"])
def test_published_gtins_are_valid(gtin: str) -> None:
    assert gtin_problem(gtin) is None
    assert check_digit(gtin[:-1]) == int(gtin[-1])


@pytest.mark.parametrize(
    ("gtin", "says"),
    [
        ("4006381333932", "check digit is 1"),
        ("4006381333391", "check digit"),
        ("123", "3 digits"),
        ("400638133393x", "only digits"),
        ("٤٠٠٦٣٨١٣", "only digits"),
        ("", "only digits"),
        ("0000000000000", "all zeros"),
    ],
)
def test_a_wrong_gtin_is_told_apart(gtin: str, says: str) -> None:
    problem = gtin_problem(gtin)
    assert problem is not None
    assert says in problem


def test_every_single_mistyped_digit_is_noticed() -> None:
    for place in range(13):
        for digit in "0123456789":
            if digit != COLA.gtin[place]:
                assert gtin_problem(COLA.gtin[:place] + digit + COLA.gtin[place + 1 :]) is not None


@pytest.mark.parametrize(
    ("gross", "rate", "tax"),
    [(119, 1900, 19), (107, 700, 7), (199, 1900, 32), (1, 1900, 0), (3, 1900, 0), (4, 1900, 1), (0, 1900, 0), (100, 0, 0), (21, 500, 1)],
)
def test_the_tax_inside_a_price_rounds_half_up(gross: int, rate: int, tax: int) -> None:
    assert contained_tax(gross, rate) == tax


def test_half_a_cent_of_tax_rounds_up() -> None:
    # 10 * 500 / 10500 is below one half; 21 * 500 / 10500 is one; 105 * 50 / 10050 is 0.522; exactly 0.5 at 3 * 2000 / 12000.
    assert contained_tax(3, 2000) == 1


def test_money_refuses_what_cannot_be_billed() -> None:
    with pytest.raises(ValueError, match="quantity"):
        line_total(100, -1)
    with pytest.raises(ValueError, match="quantity"):
        line_total(100, MAX_QUANTITY + 1)
    with pytest.raises(ValueError, match="price"):
        line_total(-1, 1)
    with pytest.raises(ValueError, match="gross"):
        contained_tax(-1, 1900)
    with pytest.raises(ValueError, match="basis points"):
        contained_tax(1, 10_001)


def test_a_line_costs_price_times_quantity_and_contains_its_tax() -> None:
    assert price_of(product_of(COLA), 3) == (597, 95)


def test_a_store_is_built_from_its_tables() -> None:
    store = build()
    assert store.prices.products[0].weight_sd_g == pytest.approx(5.22)
    assert store.prices.products[1].weight_sd_g == 1.0
    assert store.prices.version.startswith("p-")
    assert store.planogram[0].count == 10


def test_the_version_changes_with_a_price_and_not_with_the_order() -> None:
    cola, chips = product_of(COLA), product_of(CHIPS)
    dearer = product_of(COLA.model_copy(update={"price_minor": 200}))
    assert price_version("EUR", [cola, chips]) == price_version("EUR", [chips, cola])
    assert price_version("EUR", [cola, chips]) != price_version("EUR", [dearer, chips])
    assert price_version("EUR", [cola]) != price_version("USD", [cola])


@pytest.mark.parametrize(
    ("products", "planogram", "plates", "says"),
    [
        ((COLA, COLA), (), PLATES, "is listed 2 times"),
        ((COLA, COLA.model_copy(update={"gtin": "04006381333931"})), (), PLATES, "one article written differently"),
        ((COLA,), (FacingSettings(plate="p9", gtin=COLA.gtin, count=1),), PLATES, "'p9' is not among the plates"),
        ((COLA,), (FacingSettings(plate="p1", gtin=CHIPS.gtin, count=1),), PLATES, "not in the catalogue"),
        ((COLA,), (FacingSettings(plate="p1", gtin=COLA.gtin, count=1),) * 2, PLATES, "add the counts into one"),
        ((COLA,), (FacingSettings(plate="p1", gtin=COLA.gtin, count=40),), PLATES, "would carry 13920 g"),
        ((COLA,), (), (*PLATES, PLATES[0]), "plate 'p1' is listed 2 times"),
        ((COLA,), (), (Plate("p1", "s", 1.0, ("p1",)),), "names itself"),
        ((COLA,), (), (Plate("p1", "s", 1.0, ("p7",)),), "no plate of this store"),
    ],
)
def test_an_impossible_store_is_refused_with_its_reason(
    products: tuple[ProductSettings, ...], planogram: tuple[FacingSettings, ...], plates: tuple[Plate, ...], says: str
) -> None:
    with pytest.raises(StoreError, match=says):
        build(products, planogram, plates)


def test_every_problem_is_told_at_once() -> None:
    wrong = (FacingSettings(plate="p9", gtin=COLA.gtin, count=1), FacingSettings(plate="p1", gtin=CHIPS.gtin, count=1))
    with pytest.raises(StoreError) as told:
        build((COLA,), wrong)
    assert len(told.value.problems) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"price_minor": 0},
        {"price_minor": 1.99},
        {"price_minor": "199"},
        {"tax_bp": -1},
        {"tax_bp": 5001},
        {"unit_weight_g": float("nan")},
        {"unit_weight_g": float("inf")},
        {"unit_weight_g": 0.0},
        {"weight_sd_g": 0.0},
        {"gtin": "4006381333932"},
        {"name": " "},
        {"name": "a\x1bb"},
        {"prize_minor": 1},
    ],
)
def test_a_product_table_is_checked(change: dict[str, object]) -> None:
    table: dict[str, object] = {"gtin": COLA.gtin, "name": "Cola", "price_minor": 199, "tax_bp": 1900, "unit_weight_g": 348.0, **change}
    with pytest.raises(ValidationError):
        ProductSettings.model_validate(table)


def test_a_facing_is_short_below_a_quarter_unless_it_says_otherwise() -> None:
    assert [FacingSettings(plate="A1", gtin=COLA.gtin, count=count).short_below for count in (1, 4, 9)] == [1, 1, 3]
    assert FacingSettings(plate="A1", gtin=COLA.gtin, count=9, min_count=0).short_below == 0
    with pytest.raises(ValueError, match="it would always be short"):
        FacingSettings(plate="A1", gtin=COLA.gtin, count=9, min_count=10)
