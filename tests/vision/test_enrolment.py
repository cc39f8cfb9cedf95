"""From photographs to a gallery that knows the product: real files, a real video, a real camera source, a real model of a few kilobytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.manifest import ModelRefused
from models.store import ModelStore, VerifiedModel
from tests.vision.cameras import write_folder
from tests.vision.products import EXTRA, LIGHT, LOOKS, PEACH, WATER, blurred, jpeg, lit, noisy, pictures, write
from tests.vision.shelf_scene import CAMERA, Product, shelf, visit
from tests.vision.tiny_models import SIZE, embedder_graph, embedder_manifest, model_bytes
from vision.backends.embedder import OnnxEmbedder, open_embedder
from vision.enrolment.enrolling import NotEnrolled, enrol, vector_of
from vision.enrolment.first_gallery import first_gallery
from vision.enrolment.judging import LOOKS_ALIKE, Verdict, likeness_to_others, rivals, unlike_the_rest
from vision.enrolment.photographs import (
    CROP_SIDE,
    LOOK_SIDE,
    MOST,
    PER_REACH,
    Photograph,
    from_camera,
    from_clip,
    from_file,
    from_reaches,
    photograph,
    views,
)
from vision.pipeline.calibration import Calibration
from vision.pipeline.gallery import Gallery, empty_gallery
from vision.pipeline.whitening import Whitening, unit_rows
from vision.settings import CameraSettings
from vision.sources import SourceError, open_source
from vision.types import Box, Floats, Picture

MODEL = model_bytes(embedder_graph())


@pytest.fixture(scope="module")
def embedder() -> OnnxEmbedder:
    """The one that comes with the program: what is judged here is what a person gets."""
    return open_embedder("product-embedder", ModelStore())


def shots(gtin: str, count: int = 5, seed: int = 0) -> list[Photograph]:
    return [photograph(f"{number}.jpg", pixels) for number, pixels in enumerate(pictures(gtin, count, seed))]


@pytest.fixture(scope="module")
def known(embedder: OnnxEmbedder) -> Gallery:
    """All drawn products but one, in a space centred on such photographs."""
    vectors = {gtin: np.concatenate([vector_of(embedder, one) for one in shots(gtin, 6, seed=1)]) for gtin in LOOKS}
    gallery = empty_gallery(embedder.size, Whitening(np.concatenate(list(vectors.values())).mean(axis=0)))
    for gtin in (PEACH, LIGHT, WATER):
        gallery = gallery.enrolled(gtin, vectors[gtin])
    return gallery


def test_an_enrolled_product_is_recognised_on_photographs_that_were_not_enrolled(known: Gallery, embedder: OnnxEmbedder) -> None:
    found = enrol(known.without(PEACH), embedder, EXTRA, shots(EXTRA))
    assert (found.used, found.gallery.products) == (5, (LIGHT, WATER, EXTRA))
    likely = [
        max((logs := found.gallery.log_likelihoods(vector_of(embedder, one)).by_product), key=lambda gtin: logs[gtin])
        for one in shots(EXTRA, 6, seed=9)
    ]
    assert likely.count(EXTRA) >= 5
    assert known.products == (PEACH, LIGHT, WATER)


def test_enrolling_again_replaces(known: Gallery, embedder: OnnxEmbedder) -> None:
    again = enrol(known, embedder, LIGHT, shots(LIGHT, 2, seed=3)).gallery
    assert sorted(again.products) == sorted(known.products)
    assert again.counts[again.products.index(LIGHT)] == 2


def test_each_photograph_gets_its_verdict(known: Gallery, embedder: OnnxEmbedder) -> None:
    first, second, third, fourth, *_ = pictures(EXTRA)
    given_ = [
        photograph("good.jpg", first),
        photograph("blurred.jpg", blurred(second)),
        photograph("again.jpg", np.asarray(cv2.imdecode(np.frombuffer(jpeg(first, 60), np.uint8), cv2.IMREAD_COLOR), np.uint8)),
        photograph("dark.jpg", lit(third, 0.15)),
        photograph("far.jpg", np.asarray(cv2.resize(fourth, (120, 120)), np.uint8)),
        photograph("also good.jpg", third),
    ]
    found = enrol(known, embedder, EXTRA, given_)
    assert [verdict.used for verdict in found.verdicts] == [True, False, False, False, False, True]
    words = [verdict.words for verdict in found.verdicts]
    assert words[0] == words[5] == ""
    for verdict, word in zip(words[1:5], ("blurred", "same shot as good.jpg", "too dark", "too small"), strict=True):
        assert word in verdict
    assert found.gallery.counts[found.gallery.products.index(EXTRA)] == 2


def test_where_no_photograph_will_do_the_gallery_stays(known: Gallery, embedder: OnnxEmbedder) -> None:
    with pytest.raises(NotEnrolled, match="not one of 2 photographs") as refused:
        enrol(known, embedder, EXTRA, [photograph(f"{n}", blurred(pixels)) for n, pixels in enumerate(pictures(EXTRA, 2))])
    assert [verdict.used for verdict in refused.value.verdicts] == [False, False]
    with pytest.raises(NotEnrolled, match="there is no photograph"):
        enrol(known, embedder, EXTRA, [])


def test_a_photograph_of_something_else_is_found_among_the_others(known: Gallery, embedder: OnnxEmbedder) -> None:
    mixed = [*shots(EXTRA, 4), photograph("wrong.jpg", pictures(WATER)[0])]
    found = enrol(known, embedder, EXTRA, mixed)
    assert [verdict.name for verdict in found.verdicts if verdict.words] == ["wrong.jpg"]
    assert found.used == 4
    kept = enrol(known, embedder, EXTRA, mixed, keep_odd=True)
    assert kept.used == 5
    assert "looks unlike the others" in kept.verdicts[4].words


def test_the_product_it_looks_most_like_comes_first(known: Gallery, embedder: OnnxEmbedder) -> None:
    found = enrol(known, embedder, EXTRA, shots(EXTRA))
    assert found.rivals[0].product == PEACH
    assert found.rivals[0].mistaken > found.rivals[-1].mistaken
    assert {rival.product for rival in found.rivals} == {PEACH, LIGHT, WATER}


def test_progress_is_told_photograph_by_photograph(known: Gallery, embedder: OnnxEmbedder) -> None:
    told: list[tuple[str, int, int]] = []
    enrol(known, embedder, EXTRA, shots(EXTRA, 3), progress=lambda *what: told.append(what))
    assert told == [("photographs learned", done, 3) for done in (1, 2, 3)]


def test_a_gallery_of_another_size_is_refused(embedder: OnnxEmbedder) -> None:
    with pytest.raises(ValueError, match="embeddings are"):
        enrol(empty_gallery(embedder.size + 1), embedder, EXTRA, shots(EXTRA, 1))


# ---- photographs out of files, clips and cameras


def test_a_file_is_cut_to_its_middle_and_its_code_is_read(tmp_path: Path) -> None:
    import zxingcpp

    pixels = pictures(EXTRA)[0].copy()
    bars = np.array(zxingcpp.create_barcode(EXTRA, zxingcpp.BarcodeFormat.EAN13).to_image(scale=1))[:40]
    pixels[:40, : bars.shape[1]] = bars[:, :, None]
    file = tmp_path / "a.jpg"
    file.write_bytes(jpeg(pixels))
    found = from_file(file)
    assert found.crop.shape == (270, 270, 3)
    assert found.codes == (EXTRA,)
    assert len(found.looks) == 3
    boxed = from_file(file, Box(0.25, 0.25, 0.75, 0.75))
    assert (boxed.crop.shape, len(boxed.looks)) == ((198, 198, 3), 1)


def test_another_products_code_is_a_doubt_not_a_refusal(known: Gallery, embedder: OnnxEmbedder) -> None:
    plain = shots(EXTRA, 3)
    coded = [replace(one, codes=codes) for one, codes in zip(plain, ((), (EXTRA,), (PEACH,)), strict=True)]
    found = enrol(known, embedder, EXTRA, coded)
    assert [verdict.used for verdict in found.verdicts] == [True, True, True]
    assert [bool(verdict.words) for verdict in found.verdicts] == [False, False, True]
    assert f"shows the bar code {PEACH}, not {EXTRA}" in found.verdicts[2].words


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"\xff\xd8\xff\xe0 cut", b"\x89PNG\r\n\x1a\n" + b"\0" * 30])
def test_a_file_that_is_no_photograph_is_named(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "holiday.jpg"
    file.write_bytes(content)
    with pytest.raises(SourceError, match=r"holiday\.jpg"):
        from_file(file)


def test_a_large_photograph_is_held_small() -> None:
    large = np.asarray(cv2.resize(pictures(EXTRA)[0], (3000, 3000), interpolation=cv2.INTER_CUBIC), np.uint8)
    found = photograph("large", large)
    assert found.crop.shape == (CROP_SIDE, CROP_SIDE, 3)
    assert {look.shape for look in found.looks} == {(LOOK_SIDE, LOOK_SIDE, 3)}


def turning(frames: int) -> Iterator[Picture]:
    """A product turned in the hand; every other third of the time it is too quick for the camera."""
    kept = pictures(EXTRA, 12)
    for frame in range(frames):
        pixels = kept[frame * len(kept) // frames]
        moved = np.roll(pixels, frame % 5, axis=1)
        yield blurred(moved) if frame % 6 < 3 else moved


def test_a_video_gives_sharp_views_spread_over_its_time(tmp_path: Path) -> None:
    file = tmp_path / "turn.mp4"
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"mp4v"), 30.0, (360, 360))
    for pixels in turning(72):
        writer.write(pixels)
    writer.release()
    told: list[tuple[str, int, int]] = []
    found = from_clip(file, progress=lambda *what: told.append(what))
    assert 6 <= len(found) <= MOST
    assert {one.quality.flaw for one in found} == {None}
    assert not any(one.quality.same_shot(other.quality) for one, other in pairwise(found))
    numbers = [int(one.name.rpartition(" ")[2]) for one in found]
    assert numbers == sorted(numbers)
    assert numbers[0] <= 12
    assert numbers[-1] > 60
    assert told[-1] == ("pictures looked at", 70, 0)


def test_a_long_clip_takes_no_more_memory_than_a_short_one() -> None:
    alive = 0
    most = 0

    class Counted(np.ndarray[tuple[int, ...], np.dtype[np.uint8]]):
        def __del__(self) -> None:
            nonlocal alive
            alive -= 1

    def endless() -> Iterator[Picture]:
        nonlocal alive, most
        for number in range(400):
            frame = np.roll(pictures(EXTRA)[0], number, axis=1).view(Counted)
            alive += 1
            most = max(most, alive)
            yield frame

    found = views(endless(), "clip")
    assert len(found) == MOST
    assert most < 20


def test_a_product_that_stands_still_is_one_view() -> None:
    still, *turned = pictures(EXTRA)
    found = views([*(noisy(still, 2.0, seed) for seed in range(12)), *turned], "clip")
    assert len(found) == len(turned) + 1


def test_a_clip_without_one_good_picture_still_shows_why(known: Gallery, embedder: OnnxEmbedder) -> None:
    found = views([blurred(pixels) for pixels in pictures(EXTRA)], "clip")
    with pytest.raises(NotEnrolled) as refused:
        enrol(known, embedder, EXTRA, found)
    assert all("blurred" in verdict.words for verdict in refused.value.verdicts)


def test_a_camera_gives_views_until_its_time_is_over(tmp_path: Path) -> None:
    files = write(tmp_path, EXTRA)
    source = open_source(CameraSettings(id="c1", url=f"folder://{files[0].parent}?repeat=1", frames_per_s=20.0))
    source.start()
    try:
        found = from_camera(source, seconds=1.0)
    finally:
        source.close()
    assert len(found) >= 3
    assert {one.quality.flaw for one in found} == {None}
    assert found[0].name.startswith("c1, picture ")


def test_a_camera_that_shows_nothing_says_so(tmp_path: Path) -> None:
    source = open_source(CameraSettings(id="c1", url=f"folder://{write_folder(tmp_path, 1)}"))
    with pytest.raises(SourceError, match="c1 shows nothing: not started"):
        from_camera(source, seconds=1.0, wait_s=0.1)


def film(place: Path, pictures_: list[Picture]) -> CameraSettings:
    """A camera over the drawn shelf that shows these pictures, 20 a second."""
    place.mkdir()
    for number, pixels in enumerate(pictures_):
        (place / f"{number:03}.jpg").write_bytes(jpeg(noisy(pixels, 2.0, number)))
    return CAMERA.model_copy(update={"url": f"folder://{place}", "frames_per_s": 20.0})


def test_a_product_taken_from_the_shelf_is_enrolled_as_the_eye_sees_it(tmp_path: Path) -> None:
    here, there = Product(3, 0.25), Product(7, 0.75)
    camera = film(tmp_path / "taken", visit([here, there], [there], 0.25, carries_out=3))
    source = open_source(camera)
    source.start()
    try:
        found = from_reaches(source, camera, seconds=20.0)
    finally:
        source.close()
    assert 1 <= len(found) <= PER_REACH
    assert all(one.name.startswith("cam, reach 1, view ") for one in found)
    own = np.random.default_rng(here.seed).integers(20, 236, (4, 3))[0]  # the colour that the product was painted with
    middle = found[0].crop[
        found[0].crop.shape[0] // 3 : -found[0].crop.shape[0] // 3, found[0].crop.shape[1] // 3 : -found[0].crop.shape[1] // 3
    ]
    assert float((np.abs(middle.astype(int) - own).max(axis=2) < 40).mean()) > 0.15


def test_where_nobody_takes_anything_nothing_is_enrolled(tmp_path: Path) -> None:
    camera = film(tmp_path / "quiet", [shelf([Product(3, 0.25)])] * 8)
    source = open_source(camera)
    source.start()
    try:
        with pytest.raises(SourceError, match="saw nobody take anything"):
            from_reaches(source, camera, seconds=0.3)
    finally:
        source.close()


# ---- verdicts as laws


@given(st.integers(3, 10), st.integers(0, 2**31), st.booleans())
def test_photographs_of_one_thing_are_all_kept_and_a_stranger_is_not(count: int, seed: int, keep: bool) -> None:
    source = np.random.default_rng(seed)
    centre = unit_rows(source.normal(size=(1, 200)).astype(np.float32))
    rows = unit_rows(np.asarray(centre + 0.03 * source.normal(size=(count, 200)), np.float32))
    stranger = source.normal(size=(1, 200)).astype(np.float32)
    stranger = unit_rows(np.asarray(stranger - (stranger @ centre.T) * centre, np.float32))
    good = [Verdict(str(place), True) for place in range(count)]
    assert unlike_the_rest(good, rows) == good
    found = unlike_the_rest([*good, Verdict("stranger", True)], np.concatenate([rows, stranger]), keep=keep)
    assert found[:-1] == good
    assert found[-1].used is keep
    assert found[-1].words


@given(st.integers(0, 2), st.integers(0, 2**31))
def test_of_two_photographs_none_is_called_odd(count: int, seed: int) -> None:
    rows = unit_rows(np.random.default_rng(seed).normal(size=(count, 20)).astype(np.float32))
    good = [Verdict(str(place), True) for place in range(count)]
    assert unlike_the_rest(good, rows) == good


def test_likeness_is_to_the_others_not_to_itself() -> None:
    rows: Floats = np.eye(3, dtype=np.float32)
    np.testing.assert_allclose(likeness_to_others(rows), [0.0, 0.0, 0.0], atol=1e-6)


@given(st.floats(0.0, 1.0), st.integers(1, 6))
def test_the_nearer_a_rival_the_more_it_is_mistaken(near: float, count: int) -> None:
    axes = np.eye(8, dtype=np.float32)
    own = unit_rows(np.stack([axes[0] + 0.4 * axes[2 + place] for place in range(count)]))
    gallery = Gallery(
        ("far", "near"), unit_rows(np.stack([axes[1], near * axes[0] + (1 - near) * axes[1]])), (1, 1), Whitening(axes[7] * 0)
    )
    found = {rival.product: rival for rival in rivals(gallery, "new", own)}
    assert found["near"].mistaken >= found["far"].mistaken - 1e-9
    assert not found["far"].alike
    assert found["near"].alike == (found["near"].mistaken >= LOOKS_ALIKE)


def test_an_identical_product_is_mistaken_every_other_time() -> None:
    axes = np.eye(4, dtype=np.float32)
    gallery = Gallery(("twin",), axes[:1], (3,), Whitening(axes[3] * 0))
    assert rivals(gallery, "new", np.stack([axes[0]] * 3))[0].mistaken == pytest.approx(0.5)
    assert rivals(gallery, "twin", axes[:1]) == ()


# ---- the gallery before the first product


def model_with(companions: dict[str, bytes], calibration: dict[str, float] | None = None) -> VerifiedModel:
    return VerifiedModel(embedder_manifest(MODEL, calibration=calibration or {}), MODEL, companions)


def saved(tmp_path: Path, **arrays: Any) -> bytes:
    np.savez(tmp_path / "w.npz", **arrays)
    return (tmp_path / "w.npz").read_bytes()


def test_a_gallery_begins_in_the_space_of_its_model(tmp_path: Path) -> None:
    matrix = np.diag(np.arange(1.0, SIZE + 1.0)).astype(np.float32)[:, :5]
    content = saved(tmp_path, mean=np.full(SIZE, 0.1, np.float32), matrix=matrix)
    begun = first_gallery(model_with({"tiny.npz": content}, calibration={"scale": 22.0, "unrelated": 1.0}))
    assert begun.products == ()
    assert (begun.whitening.size, begun.whitening.out) == (SIZE, 5)
    assert begun.calibration == Calibration(scale=22.0)
    assert first_gallery(model_with({})).whitening.matrix is None


@pytest.mark.parametrize(
    ("arrays", "reason"),
    [
        (lambda path: b"no zip", "cannot begin a gallery"),
        (lambda path: saved(path, mean=np.zeros(SIZE + 1, np.float32)), "for vectors of 13 numbers"),
        (lambda path: saved(path, matrix=np.eye(SIZE, dtype=np.float32)), "holds mean and"),
        (lambda path: saved(path, mean=np.full(SIZE, np.nan, np.float32)), "finite"),
    ],
)
def test_a_companion_that_is_no_whitening_is_refused(arrays: Callable[[Path], bytes], reason: str, tmp_path: Path) -> None:
    with pytest.raises(ModelRefused, match=reason):
        first_gallery(model_with({"tiny.npz": arrays(tmp_path)}))


def test_a_calibration_that_is_none_is_refused() -> None:
    with pytest.raises(ModelRefused, match="positive scale"):
        first_gallery(model_with({}, calibration={"scale": -1.0}))
