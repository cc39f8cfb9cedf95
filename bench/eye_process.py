"""The eye's real process at cameras that send 1280 × 720 motion JPEG: idle CPU, memory, time to a fact, time to be back when killed.

From outside the process: CPU and memory are the kernel's figures, facts are read off the socket. Cameras play a film that is drawn before.
Run: ``python -m bench.eye_process``.
"""

from __future__ import annotations

import argparse
import http.server
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import cv2
import psutil

from bench.limits import Limit, told
from bench.store import percentile
from edge.demo.gallery import enrol_all
from models.store import ModelStore
from tests.vision.eye_rig import EyeProcess, EyeStore, Listener
from vision.facts import CameraFound, EnrolmentFailed, ItemSeen, ProductEnrolled, ViewsJudged, VisionFact
from vision.pipeline.reach import QUIET_NS
from vision.sim.camera import ShelfCamera
from vision.sim.looks import Look
from vision.sim.scene import Goods, HandMoved, SceneOpened
from vision.sim.stage import CameraOnStage, Stage
from vision.wire import Enrol, TakeView, WatchVisit

CPU_LIMIT_PERCENT: Final = 25.0  # of one core, four cameras, ten frames a second, nothing moves
RSS_LIMIT_MB: Final = 250.0
LATER: Final = 1.25  # times the usual time to a fact while products are enrolled: one look of the embedder may be in its way
MODEL: Final = "product-embedder"
FRAMES_PER_S: Final = 10
CYCLE_S: Final = 8.0  # one hand takes, one puts back
QUALITY: Final = 82  # of JPEG; what network cameras send
HANDS: Final = ("/cam0", "/cam1")  # cameras at which hands are at work in the second phase: a shopper has two
VIEWS: Final = 3  # photographs of each product that is enrolled meanwhile
NS: Final = 1_000_000_000
LOOKS: Final = {"5400141000016": Look("can", 31), "5400141000023": Look("bottle", 4), "4000000000044": Look("carton", 12)}
STAGE: Final = Stage(cameras=(CameraOnStage(id="cam", rows=(("A1", "A2"),)),), looks=LOOKS, frames_per_s=FRAMES_PER_S, seed=3)


def film() -> list[bytes]:
    """A cycle as JPEG: calm for two seconds, something is taken, calm, it is put back, calm."""
    scene = STAGE.scene("cam")
    camera = ShelfCamera(scene, LOOKS, size=(1280, 720), seed=3)
    goods = [Goods(number, gtin, ((plate, 1.0),)) for number, (gtin, plate) in enumerate(zip(LOOKS, ("A1", "A2", "A2"), strict=True))]
    scene.tell(SceneOpened(at_ns=0, goods=tuple(goods)))
    for number, (begin_s, taken, put) in enumerate(((2.0, goods[:1], []), (5.0, [], goods[:1]))):
        begin, arrive, change, leave, end = (round((begin_s + after) * NS) for after in (0.0, 0.5, 0.7, 0.9, 1.4))
        hand = HandMoved(
            number=number,
            plates=("A1",),
            begin_ns=begin,
            arrive_ns=arrive,
            change_ns=change,
            leave_ns=leave,
            end_ns=end,
            taken=tuple(taken),
            put=tuple(put),
        )
        scene.tell(hand)
    pictures = (camera.picture(round(number * NS / FRAMES_PER_S)) for number in range(round(CYCLE_S * FRAMES_PER_S)))
    return [cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes() for picture in pictures]


class Cameras:
    """An HTTP server that plays the calm beginning of the film, and while ``busy`` is set the whole of it to the cameras of HANDS."""

    def __init__(self, pictures: Sequence[bytes]) -> None:
        self.busy = threading.Event()
        calm = pictures[: FRAMES_PER_S * 2 - 1]
        outer = self

        class Film(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
                self.end_headers()
                due, number = time.monotonic(), 0
                while True:
                    played = pictures if outer.busy.is_set() and self.path in HANDS else calm
                    picture = played[number % len(played)]
                    number += 1
                    try:
                        self.wfile.write(b"--frame\r\nContent-Length: %d\r\n\r\n" % len(picture) + picture + b"\r\n")
                    except OSError:
                        return
                    due += 1.0 / FRAMES_PER_S
                    time.sleep(max(0.0, due - time.monotonic()))

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Film)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Play no more."""
        self._server.shutdown()
        self._server.server_close()

    @property
    def port(self) -> int:
        """Of the loopback address."""
        return int(self._server.server_address[1])


def store_in(folder: Path, cameras: int, port: int) -> EyeStore:
    """Files of a store with so many cameras and the shipped model, which knows the film's products."""
    store = EyeStore(folder, cameras=tuple(f"cam{number}" for number in range(cameras)), models=False)
    text = store.config.read_text().replace('embedder = "tiny"', f'embedder = "{MODEL}"')
    for number in range(cameras):
        text = text.replace(f"folder://{folder}/film?repeat=1", f"http://127.0.0.1:{port}/cam{number}", 1)
    text = text.replace("frames_per_s = 20", f"frames_per_s = {FRAMES_PER_S}")
    store.config.write_text(text)
    enrol_all(STAGE, store.gallery)
    return store


def cpu_percent(process: psutil.Process, seconds: float) -> float:
    """Share of one core that it used over ``seconds``."""
    before, began = sum(process.cpu_times()[:2]), time.monotonic()
    time.sleep(seconds)
    return 100.0 * (sum(process.cpu_times()[:2]) - before) / (time.monotonic() - began)


def measure(cameras: int, seconds: float) -> int:
    """Print the table; 1 when a limit was missed."""
    film_shown = Cameras(film())
    with tempfile.TemporaryDirectory(prefix="eye-") as name:
        store = store_in(Path(name) / "store", cameras, film_shown.port)
        began = time.monotonic()
        with EyeProcess(store) as eye:
            ready_s = seen_by_all(eye, cameras, began)
            process = psutil.Process(eye.process.pid)
            time.sleep(1.0)
            idle = cpu_percent(process, seconds)
            idle_mb = eye.resident_mb()
            film_shown.busy.set()
            delays, named, most_mb, busy = watched(eye, process, seconds)
            taught = Teacher(f"cam{cameras - 1}")
            late, _, taught_mb, taught_busy = watched(eye, process, seconds, taught)
            eye.process.kill()
        began = time.monotonic()
        with EyeProcess(store) as eye:
            again_s = seen_by_all(eye, cameras, began)
    film_shown.close()
    size = ModelStore().find(MODEL).manifest.key
    print(f"   {cameras} cameras, 1280 x 720, {FRAMES_PER_S} frames a second, {size}")
    print(f"   start to all cameras seen   {ready_s:6.2f} s    after kill -9 {again_s:.2f} s")
    print(f"   CPU, nothing moves          {idle:6.1f} % of one core")
    print(f"   CPU, hands at two of them    {busy:6.1f} %")
    print(f"   memory, nothing moves       {idle_mb:6.0f} MB   most {most_mb:.0f} MB")
    print(
        f"   last movement -> fact       {statistics.median(delays):6.0f} ms   p95 {percentile(delays, 0.95):.0f} ms, {len(delays)} facts,"
    )
    print(
        f"      of which {QUIET_NS / 1e6:.0f} ms are waited for, whether the hand comes again; {named} of them named the product that moved"
    )
    print(
        f"   the same while products are enrolled: {statistics.median(late):.0f} ms, p95 {percentile(late, 0.95):.0f} ms, "
        f"{taught_busy:.0f} % CPU; {taught.photographs} photographs, {taught.enrolled} galleries"
    )
    return told(
        (
            Limit("4 cameras at 10 frames/s, nobody near", idle * 4 / cameras, CPU_LIMIT_PERCENT, "% of a core"),
            Limit("most memory, hands at work", most_mb, RSS_LIMIT_MB, "MB"),
            Limit("the same while products are enrolled", taught_mb, RSS_LIMIT_MB, "MB"),
            Limit("last movement to the fact, p95", percentile(delays, 0.95), None, "ms"),
            Limit(
                "median of it while products are enrolled, times as long", statistics.median(late) / statistics.median(delays), LATER, ""
            ),
        )
    )


def seen_by_all(eye: EyeProcess, cameras: int, began: float) -> float:
    """Seconds until every camera delivers."""
    eye.heard("READY=1")
    found: set[str] = set()
    with Listener(eye.store.socket) as controller:
        while len(found) < cameras:
            fact = controller.next()
            if isinstance(fact, CameraFound):
                found.add(fact.camera)
    return time.monotonic() - began


class Teacher:
    """Enrols one product after the other at a camera, each by three photographs, as fast as the eye takes them."""

    def __init__(self, camera: str) -> None:
        self.photographs = self.enrolled = 0
        self._camera = camera
        self._number = 0

    def begin(self, controller: Listener) -> None:
        """The next product."""
        self._number += 1
        self._take(controller)

    def hear(self, fact: VisionFact, controller: Listener) -> None:
        """Go on as the eye answers."""
        match fact:
            case ViewsJudged():
                self.photographs += 1
                if len(fact.views) < VIEWS:
                    self._take(controller)
                else:
                    controller.wish(Enrol(token=self._token, gtin=self._token[-13:]))
            case ProductEnrolled():
                self.enrolled += 1
                self.begin(controller)
            case EnrolmentFailed():
                raise RuntimeError(f"the eye cannot be taught: {fact.reason} {fact.detail}")

    @property
    def _token(self) -> str:
        return f"{self._number:032}"

    def _take(self, controller: Listener) -> None:
        until_ns = time.monotonic_ns() + 10 * NS
        controller.wish(TakeView(token=self._token, gtin=self._token[-13:], camera=self._camera, until_ns=until_ns))


def watched(
    eye: EyeProcess, process: psutil.Process, seconds: float, teacher: Teacher | None = None
) -> tuple[list[float], int, float, float]:
    """Milliseconds from the last movement of each reach to its fact, how many named the right product, most memory, CPU in percent."""
    delays: list[float] = []
    named, most_mb = 0, 0.0
    before, began = sum(process.cpu_times()[:2]), time.monotonic()
    with Listener(eye.store.socket) as controller:
        controller.wish(WatchVisit(visit="bench", at_ns=time.monotonic_ns()))
        if teacher is not None:
            teacher.begin(controller)
        while time.monotonic() - began < max(seconds, 2 * CYCLE_S) or not delays:
            fact = controller.next()
            most_mb = max(most_mb, eye.resident_mb())
            if teacher is not None:
                teacher.hear(fact, controller)
            if isinstance(fact, ItemSeen):
                delays.append((time.monotonic_ns() - fact.end_ns) / 1e6)
                named += bool(fact.log_likelihoods) and fact.log_likelihoods[0][0] == next(iter(LOOKS))
    return delays, named, most_mb, 100.0 * (sum(process.cpu_times()[:2]) - before) / (time.monotonic() - began)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 1 when a limit is broken."""
    parser = argparse.ArgumentParser(prog="python -m bench.eye_process", description=__doc__)
    parser.add_argument("--cameras", type=int, default=4, help="how many (default: 4)")
    parser.add_argument("--seconds", type=float, default=20.0, help="of each phase (default: 20)")
    args = parser.parse_args(arguments)
    return measure(args.cameras, args.seconds)


if __name__ == "__main__":
    sys.exit(main())
