"""The eye put together, in this process: galleries that change, models that are refused, parts that hang, wishes for pictures."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import cv2
import pytest

from edge.runtime.settings import load_settings
from tests import waiting
from tests.vision.eye_rig import COLA, LEFT, RIGHT, WATER, EyeStore, film
from vision.facts import (
    CameraFound,
    CameraLost,
    EnrolmentFailed,
    EyeOpened,
    GalleryChanged,
    ItemSeen,
    ProductEnrolled,
    ViewsJudged,
    VisionFact,
)
from vision.service import eye as eye_module
from vision.service.eye import READY, STOPPING, WATCHDOG, Eye, StartRefused
from vision.settings import EyeSettings
from vision.wire import BEAT, Enrol, GoBack, MindView, ShowPicture, TakeView, VisitOver, WatchVisit, Wish, fact_of, shown_name, wish_line

SOON_S = 20.0  # s; far more than anything here takes


def settings_of(store: EyeStore, **vision: object) -> EyeSettings:
    """What the command hands to the eye; ``vision`` changes single settings."""
    loaded = load_settings(store.config, check_files=False)
    return EyeSettings(vision=loaded.vision.model_copy(update=vision), cameras=loaded.cameras)


class Running:
    """An eye that runs, what its service manager heard, and a reader of its socket."""

    def __init__(self, eye: Eye, heard: list[str]) -> None:
        self.eye = eye
        self.heard = heard

    async def connect(self) -> None:
        """Connect to the socket."""
        self._reader, self._writer = await asyncio.open_unix_connection(str(self.eye.settings.vision.socket))

    async def next(self, *kinds: type) -> VisionFact:
        """The next fact of these kinds."""
        async with asyncio.timeout(SOON_S):
            while True:
                if (line := await self._reader.readuntil(b"\n")) == BEAT:
                    continue
                fact = fact_of(line)
                assert fact is not None
                if not kinds or isinstance(fact, kinds):
                    return fact

    def wish(self, wish: Wish) -> None:
        """Say what is wanted."""
        self._writer.write(wish_line(wish))

    async def close(self) -> None:
        """Leave the socket."""
        self._writer.close()


@asynccontextmanager
async def running(settings: EyeSettings) -> AsyncIterator[Running]:
    heard: list[str] = []
    eye = Eye(settings, notify=heard.append)
    task = asyncio.create_task(eye.run())
    ready = asyncio.create_task(eye.ready.wait())
    await asyncio.wait({task, ready}, timeout=SOON_S, return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        ready.cancel()
        await task
    run = Running(eye, heard)
    await run.connect()
    try:
        yield run
    finally:
        await run.close()
        eye.stop()
        async with asyncio.timeout(SOON_S):
            await task


until = partial(waiting.until, within_s=SOON_S)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The eye looks after itself twenty times a second."""
    monkeypatch.setattr(eye_module, "FEED_S", 0.05)


async def test_a_gallery_that_is_enrolled_later_is_taken_up_and_told(tmp_path: Path, quick: None) -> None:
    store = EyeStore(tmp_path, pictures=film())
    async with running(settings_of(store)) as eye:
        opened = await eye.next()
        assert isinstance(opened, EyeOpened)
        assert (opened.gallery, opened.products) == ("", 0)
        seen = await eye.next(ItemSeen)
        assert isinstance(seen, ItemSeen)
        assert seen.log_likelihoods == ()
        store.enrol(LEFT, RIGHT)
        again = await eye.next(EyeOpened)
        assert isinstance(again, EyeOpened)
        assert (again.gallery, again.products) == ("1", 2)
        assert isinstance(await eye.next(), CameraFound)
        later = await eye.next(ItemSeen)
        while isinstance(later, ItemSeen) and not later.log_likelihoods:  # one that was on its way
            later = await eye.next(ItemSeen)
        assert isinstance(later, ItemSeen)
        assert later.log_likelihoods[0][0] == COLA


async def test_a_product_is_taught_over_the_socket_and_known_at_once(tmp_path: Path) -> None:
    store = EyeStore(tmp_path, pictures=film())
    store.enrol(LEFT)
    token = "1" * 32
    async with running(settings_of(store)) as eye:
        opened = await eye.next(EyeOpened)
        assert isinstance(opened, EyeOpened)
        assert (opened.enrolled, opened.before) == (((COLA, 1),), "")
        eye.wish(TakeView(token=token, gtin=WATER, camera="cam", until_ns=time.monotonic_ns() + 10**10))
        judged = await eye.next(ViewsJudged, EnrolmentFailed)
        assert isinstance(judged, ViewsJudged)
        (view,) = judged.views
        assert (store.evidence / view.picture).read_bytes().startswith(b"\xff\xd8\xff")
        eye.wish(MindView(token=token, view=1, keep=True))
        await eye.next(ViewsJudged)
        eye.wish(Enrol(token=token, gtin=WATER))
        known = await eye.next(EyeOpened, EnrolmentFailed)
        assert isinstance(known, EyeOpened), "the gallery is in use before anybody is told that the product is known"
        assert (known.gallery, known.enrolled, known.before) == ("2", ((COLA, 1), (WATER, 1)), "1")
        enrolled = await eye.next(ProductEnrolled)
        assert isinstance(enrolled, ProductEnrolled)
        assert (enrolled.gtin, enrolled.gallery) == (WATER, "2")
        eye.wish(GoBack(token=token))
        back = await eye.next(EyeOpened)
        assert isinstance(back, EyeOpened)
        assert (back.gallery, back.products) == ("1", 1)
        await eye.next(GalleryChanged)
        assert not (store.evidence / "enrol" / token).exists()


@pytest.mark.parametrize("wrong", ["another model", "nobody trusted signed it", "damaged"])
async def test_a_gallery_that_cannot_be_used_is_like_none_and_the_reason_is_logged(
    tmp_path: Path, wrong: str, caplog: pytest.LogCaptureFixture
) -> None:
    store = EyeStore(tmp_path, pictures=film())
    store.enrol(LEFT, RIGHT)
    keys = {}
    if wrong == "another model":
        from vision.gallery_folder import GalleryFolder

        stored = GalleryFolder(store.gallery).current()
        assert stored is not None
        GalleryFolder(store.gallery).save(stored.gallery, made_at="2026-03-01T08:30:00Z", model="other@1", model_sha256="ab" * 32)
    elif wrong == "damaged":
        file = next(store.gallery.glob("*.gallery"))
        file.write_bytes(file.read_bytes()[:-100])
    else:
        keys = {"chain": "Zh86lHyWvsq+9BlGD4sfjs+9eg48qEu24Szz4ueE3B0="}
    async with running(settings_of(store, gallery_keys=keys)) as eye:
        opened = await eye.next()
        assert isinstance(opened, EyeOpened)
        assert (opened.gallery, opened.products) == ("", 0)
    (record,) = [record for record in caplog.records if "nothing can be recognised" in record.message]
    assert {"another model": "go back to that model", "damaged": "cut on the way"}.get(wrong, "is not signed") in str(vars(record)["why"])


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ({"embedder": "nothing"}, "there is no model called 'nothing'"),
        ({"hand_detector": "tiny"}, "tiny@1 is no detector"),
        ({"person_detector": "nobody"}, "there is no model called 'nobody'"),
    ],
)
async def test_a_model_that_is_named_and_refused_refuses_the_start(tmp_path: Path, setting: dict[str, str], says: str) -> None:
    with pytest.raises(StartRefused, match=says):
        await Eye(settings_of(EyeStore(tmp_path), **setting)).run()


async def test_a_camera_without_frames_is_told_and_the_others_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vision.pipeline.health.SILENT_NS", 300_000_000)
    store = EyeStore(tmp_path, pictures=film(), cameras=("cam", "gone"))
    settings = settings_of(store)
    gone = settings.cameras[1].model_copy(update={"url": f"folder://{tmp_path}/none"})
    async with running(EyeSettings(vision=settings.vision, cameras=(settings.cameras[0], gone))) as eye:
        lost = await eye.next(CameraLost)
        assert isinstance(lost, CameraLost)
        assert (lost.camera, lost.reason) == ("gone", "no_frames")
        assert "neither a file nor a folder" in lost.detail
        seen = await eye.next(ItemSeen)
        assert isinstance(seen, ItemSeen)
        assert seen.camera == "cam"


async def test_the_service_manager_is_fed_until_a_part_hangs(tmp_path: Path, quick: None, monkeypatch: pytest.MonkeyPatch) -> None:
    store = EyeStore(tmp_path)
    async with running(settings_of(store)) as eye:
        assert eye.heard[0] == READY
        await until(lambda: eye.heard.count(WATCHDOG) >= 3)
        monkeypatch.setattr(eye_module, "CAMERA_LIMIT_S", -1.0)
        await asyncio.sleep(0.1)
        fed = eye.heard.count(WATCHDOG)
        await asyncio.sleep(0.2)
        assert eye.heard.count(WATCHDOG) == fed
    assert eye.heard[-1] == STOPPING


async def test_a_visit_s_pictures_are_named_in_the_sighting_and_kept_or_not_as_the_controller_says(tmp_path: Path) -> None:
    store = EyeStore(tmp_path, pictures=film())
    async with running(settings_of(store)) as eye:
        assert isinstance(await eye.next(ItemSeen), ItemSeen)
        for visit, keep in (("first", True), ("second", False)):
            eye.wish(WatchVisit(visit=visit, at_ns=time.monotonic_ns()))
            seen = await eye.next(ItemSeen)
            while isinstance(seen, ItemSeen) and not seen.evidence:  # one that was on its way
                seen = await eye.next(ItemSeen)
            assert isinstance(seen, ItemSeen)
            assert seen.evidence.startswith(f"{visit}/cam-")
            assert cv2.imread(str(store.evidence / f"{seen.evidence}-1.jpg")) is not None
            eye.wish(VisitOver(visit=visit, at_ns=time.monotonic_ns(), keep=keep))
        await until(lambda: not (store.evidence / "second").exists())
        await until(lambda: list((store.evidence / "first").glob("cam-clip1.mjpeg")))
        assert list((store.evidence / "first").glob("cam-*-1.jpg"))


async def test_a_picture_is_there_while_somebody_looks_and_gone_afterwards(tmp_path: Path) -> None:
    store = EyeStore(tmp_path, pictures=film())
    path = store.evidence / shown_name("cam")
    path.parent.mkdir(parents=True)
    path.write_bytes(b"left behind by an eye that was killed")
    async with running(settings_of(store)) as eye:
        assert not path.exists()
        eye.wish(ShowPicture(camera="cam", until_ns=time.monotonic_ns() + 1_000_000_000))
        eye.wish(ShowPicture(camera="../../cam", until_ns=2**62))
        await until(path.exists)
        picture = cv2.imread(str(path))
        assert picture is not None
        assert picture.shape == (360, 640, 3)
        await until(lambda: not path.exists())
    assert sorted(one.name for one in store.evidence.rglob("*.jpg")) == []


async def test_a_picture_that_cannot_be_written_is_no_picture_and_nothing_else(tmp_path: Path) -> None:
    store = EyeStore(tmp_path, pictures=film())
    async with running(settings_of(store)) as eye:
        for path in (store.evidence / "now").parent.rglob("*"):
            with contextlib.suppress(OSError):
                path.rmdir()
        (store.evidence / "now").write_text("a file where the folder was")
        eye.wish(ShowPicture(camera="cam", until_ns=time.monotonic_ns() + 10_000_000_000))
        assert isinstance(await eye.next(ItemSeen), ItemSeen)
