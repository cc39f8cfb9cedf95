"""The thread that looks at reaches: with a real little model, too much work, pictures that cannot be, and parts that fail."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from tests.vision.tiny_models import striped, tiny_store
from vision.backends.embedder import open_embedder
from vision.facts import ItemSeen
from vision.pipeline.gallery import Gallery, empty_gallery
from vision.pipeline.reach import Reach
from vision.ports import Embedder
from vision.recogniser import Recogniser
from vision.service.recognition import MOST_NAMED, MOST_SIDE, MOST_WAITING, MOST_WAITING_BYTES, Recognition
from vision.types import Floats, Picture
from vision.wire import fact_line, fact_of

LEMON, LIME = "4000000000013", "4000000000020"


def reach(number: int, crops: Sequence[Picture] = ()) -> Reach:
    return Reach(
        camera="shelf",
        number=number,
        start_ns=1_000,
        end_ns=2_000,
        plates=("A1",),
        direction="taken",
        units=1,
        crops=tuple(crops),
        before=(),
        after=(),
    )


def two_products(embedder: Embedder) -> Gallery:
    return empty_gallery(embedder.size).enrolled(LEMON, embedder.embed([striped(1)])).enrolled(LIME, embedder.embed([striped(2)]))


class Gate:
    """An embedder that waits until it is let through, and fails when it is told to."""

    size = 4

    def __init__(self) -> None:
        self.open = threading.Event()
        self.fails = False
        self.shapes: list[tuple[int, ...]] = []

    def embed(self, crops: Sequence[Picture]) -> Floats:
        assert self.open.wait(10.0)
        self.shapes += [crop.shape for crop in crops]
        if self.fails:
            raise RuntimeError("the accelerator is gone")
        return np.eye(1, 4, dtype=np.float32).repeat(len(crops), axis=0)


class Rig:
    """A recognition, what it told, and how to end it."""

    def __init__(self, recogniser: Recogniser | None, keep: Callable[[Reach], str] = lambda _: "kept") -> None:
        self.told: queue.Queue[ItemSeen] = queue.Queue()
        self.part = Recognition(recogniser, told=self.told.put, keep=keep, monotonic_ns=time.monotonic_ns)
        self.part.start()

    def next(self) -> ItemSeen:
        return self.told.get(timeout=10.0)


@pytest.fixture
def rigs() -> Iterator[Callable[..., Rig]]:
    made: list[Rig] = []

    def make(recogniser: Recogniser | None, keep: Callable[[Reach], str] = lambda _: "kept") -> Rig:
        made.append(Rig(recogniser, keep))
        return made[-1]

    yield make
    for rig in made:
        rig.part.close()


@pytest.fixture
def gate() -> Gate:
    return Gate()


def behind(gate: Gate) -> Recogniser:
    return Recogniser(gate, empty_gallery(4).enrolled(LEMON, np.eye(1, 4, dtype=np.float32)))


def test_what_was_enrolled_is_told_as_the_likeliest(rigs: Callable[..., Rig], tmp_path: Path) -> None:
    embedder = open_embedder("product-embedder", tiny_store(tmp_path))
    rig = rigs(Recogniser(embedder, two_products(embedder)))
    rig.part.take(reach(7, [striped(2), striped(2, height=60)]))
    fact = rig.next()
    logs = dict(fact.log_likelihoods)
    assert logs[LIME] > logs[LEMON] + 1.0
    assert logs[LIME] > fact.log_other
    assert fact.log_likelihoods[0][0] == LIME
    assert (fact.camera, fact.reach, fact.plates, fact.start_ns, fact.end_ns, fact.units) == ("shelf", 7, ("A1",), 1_000, 2_000, 1)
    assert (fact.views, fact.evidence, fact.direction) == (2, "kept", "taken")
    assert fact_of(fact_line(fact)) == fact


def test_without_a_gallery_it_says_that_something_happened(rigs: Callable[..., Rig]) -> None:
    rig = rigs(None)
    rig.part.take(reach(1, [striped(1)]))
    fact = rig.next()
    assert (fact.log_likelihoods, fact.log_other, fact.views) == ((), 0.0, 1)


def test_a_reach_without_pictures_is_told(rigs: Callable[..., Rig], gate: Gate) -> None:
    rig = rigs(behind(gate))
    rig.part.take(reach(1))
    assert rig.next().log_likelihoods == ()


def test_a_model_that_fails_costs_the_reach_its_names_and_nothing_else(rigs: Callable[..., Rig], gate: Gate) -> None:
    gate.open.set()
    gate.fails = True
    rig = rigs(behind(gate))
    rig.part.take(reach(1, [striped(1)]))
    assert rig.next().log_likelihoods == ()
    gate.fails = False
    rig.part.take(reach(2, [striped(1)]))
    assert [product for product, _ in rig.next().log_likelihoods] == [LEMON]
    assert rig.part.failures == 1


def test_a_full_disk_costs_the_evidence_and_nothing_else(rigs: Callable[..., Rig]) -> None:
    def full(_: Reach) -> str:
        raise OSError(28, "No space left on device")

    rig = rigs(None, full)
    rig.part.take(reach(1, [striped(1)]))
    assert rig.next().evidence == ""


def test_somebody_who_cannot_be_told_does_not_end_the_telling(gate: Gate) -> None:
    told: queue.Queue[ItemSeen] = queue.Queue()

    def tell(fact: ItemSeen) -> None:
        if fact.reach == 1:
            raise ValueError("no")
        told.put(fact)

    part = Recognition(None, told=tell, keep=lambda _: "", monotonic_ns=time.monotonic_ns)
    part.start()
    part.take(reach(1))
    part.take(reach(2))
    assert told.get(timeout=10.0).reach == 2
    part.close()


def test_more_than_can_be_looked_at_stays_small_and_every_reach_is_told(rigs: Callable[..., Rig], gate: Gate) -> None:
    rig = rigs(behind(gate))
    large = np.zeros((700, 900, 3), np.uint8)
    count = MOST_WAITING // 2
    for number in range(count):
        rig.part.take(reach(number, [large] * 8))
    assert rig.part._waiting_bytes <= MOST_WAITING_BYTES
    assert rig.part.left_unseen > 0
    gate.open.set()
    facts = [rig.next() for _ in range(count)]
    assert [fact.reach for fact in facts] == list(range(count))
    assert facts[0].views == 8
    assert facts[-1].views == 0
    assert rig.part._waiting_bytes == 0
    assert max(max(shape) for shape in gate.shapes) <= MOST_SIDE


def test_a_flood_of_reaches_keeps_the_newest(rigs: Callable[..., Rig], gate: Gate) -> None:
    rig = rigs(behind(gate))
    rig.part.take(reach(0, [striped(1)]))
    while not rig.part.stuck_for_s():
        time.sleep(0.001)
    for number in range(1, 3 * MOST_WAITING):
        rig.part.take(reach(number))
    gate.open.set()
    facts = [rig.next() for _ in range(MOST_WAITING + 1)]
    assert facts[-1].reach == 3 * MOST_WAITING - 1
    assert len(rig.part._waiting) == 0


def test_a_model_that_hangs_is_seen(rigs: Callable[..., Rig], gate: Gate) -> None:
    rig = rigs(behind(gate))
    assert rig.part.stuck_for_s() == 0.0
    rig.part.take(reach(1, [striped(1)]))
    begun = time.monotonic()
    while rig.part.stuck_for_s() < 0.02:
        assert time.monotonic() - begun < 10.0
    gate.open.set()
    rig.next()
    while rig.part.stuck_for_s():
        assert time.monotonic() - begun < 10.0


@pytest.mark.parametrize(("ending", "most"), [("", MOST_NAMED), ("\\" * 59, MOST_NAMED // 2)])
def test_a_sighting_of_a_very_large_gallery_fits_into_a_line(rigs: Callable[..., Rig], gate: Gate, ending: str, most: int) -> None:
    gate.open.set()
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(9000, 4)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    base = empty_gallery(4)
    names = tuple(f"{number:05d}{ending or '0' * 8}" for number in range(9000))
    gallery = Gallery(names, rows, (1,) * 9000, base.whitening, base.calibration)
    rig = rigs(Recogniser(gate, gallery))
    rig.part.take(reach(1, [striped(1)]))
    fact = rig.next()
    assert most / 2 < len(fact.log_likelihoods) <= most
    assert fact_of(fact_line(fact)) == fact
    values = [value for _, value in fact.log_likelihoods]
    assert values == sorted(values, reverse=True)
