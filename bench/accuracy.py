"""How many receipts are right on recordings of plates: ``python -m bench.accuracy FOLDER [--first N] [--show]``.

FOLDER holds one folder per recording: ``store.json``, ``weights.npz`` (t_ns, grams), ``sessions.json``, ``truth.json``. Prints perfect
receipts, micro F1 over units, receipts with at least one unit too many, and how many the store would bill without a person (every
line surer than SURE, nothing unexplained) with how many of those are perfect. One shopper at a time; the recordings are read, never kept.
"""

from __future__ import annotations

import argparse
import array
import ast
import json
import sys
import time
import zipfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from devices.facts import PlateSettled
from devices.weighing import PlateGeometry, Weighing, WeighingSettings
from edge.basket.belief import observe, open_belief
from edge.basket.reading import lines, nothing_probability, unexplained
from edge.basket.stock import full_stock
from edge.store.model import Facing, Plate, PriceList, Product, StoreModel

RATED_G = 20_000.0  # g; the plates of the recorded store
SURE = 0.90  # the default of what every line must reach before a receipt is final
QUIET_S = 2.0  # s of recording fed after a session's end, as a closing cabinet waits for quiet plates


@dataclass(frozen=True, slots=True)
class Score:
    """Counts over receipts: units that are right, units billed, units really taken."""

    receipts: int = 0
    perfect: int = 0
    overcharged: int = 0
    right: int = 0
    billed: int = 0
    taken: int = 0
    final: int = 0
    final_perfect: int = 0

    def plus(self, got: Counter[str], truth: Counter[str], final: bool) -> Score:
        """One more receipt."""
        return Score(
            self.receipts + 1,
            self.perfect + (got == truth),
            self.overcharged + bool(got - truth),
            self.right + (got & truth).total(),
            self.billed + got.total(),
            self.taken + truth.total(),
            self.final + final,
            self.final_perfect + (final and got == truth),
        )

    def line(self) -> str:
        """The percentages of the docstring."""
        f1 = 200.0 * self.right / max(1, self.billed + self.taken)
        share = 100.0 / max(1, self.receipts)
        return (
            f"{self.receipts} receipts: {self.perfect * share:.0f} % perfect, F1 {f1:.1f} %, {self.overcharged * share:.0f} % overcharged; "
            f"{self.final * share:.0f} % billed without a person, {100.0 * self.final_perfect / max(1, self.final):.0f} % of them perfect"
        )


def read_npy(raw: bytes) -> tuple[tuple[int, ...], array.array[Any]]:
    """Shape and values, row after row, of one little-endian int64 or float32 array of one or two axes in the NPY format 1.0 or 2.0."""
    size, start = (int.from_bytes(raw[8:10], "little"), 10) if raw[6] == 1 else (int.from_bytes(raw[8:12], "little"), 12)
    header = ast.literal_eval(raw[start : start + size].decode("latin-1"))
    code = {"<i8": "q", "<f4": "f"}.get(header["descr"])
    if code is None:
        raise ValueError(f"expected an int64 or float32 array, got {header}")
    values: array.array[Any] = array.array(code)
    values.frombytes(raw[start + size :])
    shape = tuple(header["shape"])
    if header["fortran_order"] and len(shape) == 2:
        rows, columns = shape
        values = array.array(code, (values[column * rows + row] for row in range(rows) for column in range(columns)))
    return shape, values


def read_store(folder: Path) -> StoreModel:
    """The recording's shop; plates of one shelf that stand next to each other are neighbours."""
    raw = json.loads((folder / "store.json").read_text())
    places = {(plate["gondola"], plate["shelf"], plate["plate"]): plate["id"] for plate in raw["plates"]}
    plates = tuple(
        Plate(name, "recording", RATED_G, tuple(places[g, s, n] for n in (p - 1, p + 1) if (g, s, n) in places))
        for (g, s, p), name in places.items()
    )
    products = tuple(
        Product(item["sku"], item["name"], item["price_minor"], 0, item["unit_weight_g"], item["weight_sd_g"]) for item in raw["catalogue"]
    )
    planogram = tuple(Facing(plate, facing["sku"], facing["count"]) for facing in raw["planogram"] for plate in facing["plates"])
    return StoreModel("bench", folder.name, (), plates, planogram, PriceList("bench", "EUR", products))


def receipts_of(folder: Path, *, show: bool = False) -> list[tuple[str, Counter[str], Counter[str], bool]]:
    """Per session: its id, what the machine billed, what was taken, and whether it was sure."""
    store = read_store(folder)
    with zipfile.ZipFile(folder / "weights.npz") as archive:
        (_, times), ((count, width), grams) = read_npy(archive.read("t_ns.npy")), read_npy(archive.read("grams.npy"))
    names = [plate.plate for plate in store.plates]
    # The tare is arbitrary: put every plate well above its zero, as a loaded plate is.
    zero = [RATED_G / 4.0 - grams[column] for column in range(width)]
    truth = {
        receipt["session_id"]: Counter({line["sku"]: line["quantity"] for line in receipt["lines"]})
        for receipt in json.loads((folder / "truth.json").read_text())["receipts"]
    }
    sessions = sorted(json.loads((folder / "sessions.json").read_text()), key=lambda session: int(session["start_ns"]))
    weighing = Weighing(WeighingSettings(), [PlateGeometry(plate.plate, plate.neighbours, plate.rated_g) for plate in store.plates])
    stock, belief, found = full_stock(store), None, []
    settled: list[PlateSettled] = []
    for row in range(count):
        at_ns = times[row] - times[0] + 1
        for column, name in enumerate(names):
            facts = weighing.feed(name, at_ns, grams[row * width + column] + zero[column], "ok")
            settled.extend(fact for fact in facts if isinstance(fact, PlateSettled) and fact.changes)
    for place, session in enumerate(sessions):
        start = -1 if place == 0 else session["start_ns"] - times[0]
        end = session["end_ns"] - times[0] + int(QUIET_S * 1e9) if place + 1 < len(sessions) else sys.maxsize
        belief = open_belief(store, stock)
        for fact in settled:
            if start <= fact.at_ns < end:
                belief = observe(belief, store, fact)
                if show:
                    parts = ", ".join(f"{change.plate} {change.delta_g:+.1f}±{change.sd_g:.1f}" for change in fact.changes)
                    print(f"  {fact.at_ns / 1e9:7.2f} s {fact.quality:9} {parts}")
        basket = lines(belief, store)
        sure = not unexplained(belief) and (
            all(line.probability >= SURE for line in basket) if basket else nothing_probability(belief) >= SURE
        )
        got = Counter({line.gtin: line.quantity for line in basket})
        found.append((session["session_id"], got, truth.get(session["session_id"], Counter()), sure))
    return found


def main(arguments: list[str] | None = None) -> int:
    """Print one line per folder given."""
    parser = argparse.ArgumentParser(prog="bench.accuracy", description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, help="folders of recordings")
    parser.add_argument("--first", type=int, default=None, help="only the first N recordings of each folder")
    parser.add_argument("--only", default="", help="only recordings whose name begins like this")
    parser.add_argument("--show", action="store_true", help="print every change and every wrong receipt")
    options = parser.parse_args(arguments)
    for folder in options.folders:
        score, started = Score(), time.perf_counter()
        recordings = sorted(path.parent for path in folder.glob("*/store.json") if path.parent.name.startswith(options.only))
        for recording in recordings[: options.first]:
            for session, got, truth, sure in receipts_of(recording, show=options.show):
                score = score.plus(got, truth, sure)
                if options.show and got != truth:
                    print(f"{session}: billed {dict(got)}{' surely' if sure else ''}, taken {dict(truth)}")
        print(f"{folder.name}: {score.line()} ({time.perf_counter() - started:.0f} s)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
