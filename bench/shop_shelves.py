"""The shop of a made recording: plates, catalogue, planogram, from a store.json (one gondola of it) or made up. No shoppers, no signals."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

SHELVES: Final = 6
PLATES_PER_SHELF: Final = 12
PLATE_M: Final = (0.1016, 0.4064)  # m; width and depth
SHELF_STEP_M: Final = 0.35  # m between two shelves
FEWEST_FACINGS: Final = 8  # of a gondola worth a visit
LOOK_ALIKES: Final = 0.15  # share of facings whose product weighs what another one on the shelf weighs
EMPTY_PLATE: Final = 0.2  # chance that a plate is left free before a facing
USUAL_SPREAD: Final = 0.015  # share; what a catalogue says about its own units when nobody weighed them


@dataclass(frozen=True, slots=True)
class Item:
    """One product as the catalogue has it."""

    sku: str
    name: str
    unit_weight_g: float
    weight_sd_g: float
    price_minor: int


@dataclass(frozen=True, slots=True)
class Place:
    """One plate."""

    plate: str
    gondola: int
    shelf: int
    number: int


@dataclass(frozen=True, slots=True)
class Shelves:
    """A gondola: its plates, its products, which product stands on which plates (side by side) and how many of it."""

    plates: tuple[Place, ...]
    items: tuple[Item, ...]
    facings: tuple[tuple[str, tuple[int, ...], int], ...]

    def beside(self, plate: int) -> list[int]:
        """Indices of the plates left and right of a plate on its shelf."""
        here = self.plates[plate]
        return [
            other
            for other, there in enumerate(self.plates)
            if (there.gondola, there.shelf) == (here.gondola, here.shelf) and abs(there.number - here.number) == 1
        ]


def read_shelves(path: Path) -> list[Shelves]:
    """Every gondola of a store.json that has enough facings, plates in its order."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    found = []
    items = {i["sku"]: Item(i["sku"], i["name"], i["unit_weight_g"], i["weight_sd_g"], i["price_minor"]) for i in raw["catalogue"]}
    for gondola in sorted({plate["gondola"] for plate in raw["plates"]}):
        plates = tuple(Place(p["id"], gondola, p["shelf"], p["plate"]) for p in raw["plates"] if p["gondola"] == gondola)
        index = {place.plate: number for number, place in enumerate(plates)}
        facings = tuple(
            (facing["sku"], tuple(index[name] for name in facing["plates"] if name in index), facing["count"])
            for facing in raw["planogram"]
            if any(name in index for name in facing["plates"])
        )
        if len(facings) >= FEWEST_FACINGS:
            sold = dict.fromkeys(sku for sku, _, _ in facings)
            found.append(Shelves(plates, tuple(items[sku] for sku in sold), facings))
    if not found:
        raise ValueError(f"{path}: no gondola has {FEWEST_FACINGS} facings or more")
    return found


def made_up(source: np.random.Generator, *, shelves: int = SHELVES, per_shelf: int = PLATES_PER_SHELF) -> Shelves:
    """A gondola with goods of 20-1100 g on one to three plates each, some of them as heavy as another on their shelf."""
    plates = tuple(
        Place(f"g1/s{shelf}/p{number}", 1, shelf, number) for shelf in range(1, shelves + 1) for number in range(1, per_shelf + 1)
    )
    items: list[Item] = []
    facings: list[tuple[str, tuple[int, ...], int]] = []
    for shelf in range(shelves):
        number, here = 0, list[float]()
        while number < per_shelf:
            if source.random() < EMPTY_PLATE:
                number += 1
                continue
            wide = min(int(source.choice([1, 2, 3], p=[0.4, 0.27, 0.33])), per_shelf - number)
            alike = here and source.random() < LOOK_ALIKES
            grams = here[int(source.integers(len(here)))] if alike else float(np.clip(source.lognormal(5.15, 0.85), 20.0, 1100.0))
            here.append(round(grams, 1))
            sku = f"{4_000_000_000_000 + len(items) + 1:013d}"
            items.append(
                Item(sku, f"Product {len(items) + 1}", here[-1], round(USUAL_SPREAD * grams, 2), int(source.integers(8, 60)) * 10 - 1)
            )
            first = shelf * per_shelf + number
            facings.append((sku, tuple(range(first, first + wide)), int(source.integers(4, 11))))
            number += wide
    return Shelves(plates, tuple(items), tuple(facings))


def store_json(shelves: Shelves, dropped: frozenset[int] = frozenset()) -> dict[str, object]:
    """The recording's store.json; ``dropped`` facings are left out of the planogram."""
    wide, deep = PLATE_M
    return {
        "plates": [
            {
                "id": place.plate,
                "gondola": place.gondola,
                "shelf": place.shelf,
                "plate": place.number,
                "x_m": round(wide * (place.number - 0.75), 4),
                "y_m": round(SHELF_STEP_M * place.shelf, 4),
                "width_m": wide,
                "depth_m": deep,
            }
            for place in shelves.plates
        ],
        "catalogue": [
            {
                "sku": item.sku,
                "name": item.name,
                "unit_weight_g": item.unit_weight_g,
                "weight_sd_g": item.weight_sd_g,
                "price_minor": item.price_minor,
            }
            for item in shelves.items
        ],
        "planogram": [
            {"sku": sku, "plates": [shelves.plates[place].plate for place in places], "count": count}
            for number, (sku, places, count) in enumerate(shelves.facings)
            if number not in dropped
        ],
    }
