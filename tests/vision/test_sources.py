"""What every source keeps, whatever the camera: numbers that grow, arrival times that grow, the newest frame, a prompt end, plain words."""

from __future__ import annotations

import http.server
import itertools
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.vision.cameras import (
    HttpCamera,
    frames_of,
    jpeg,
    number_of,
    numbered,
    opened,
    part,
    rtsp_server,
    troubled,
    until,
    write_folder,
    write_video,
)
from vision.pipeline.clip import stamp_of, stamped
from vision.ports import Source
from vision.settings import CameraSettings
from vision.sources import every_picture, http_mjpeg, open_source, pace
from vision.sources.camera import MOST_BAD
from vision.sources.recordings import Recording
from vision.types import Frame


def endless(write: Callable[[bytes], object]) -> None:
    """Numbered pictures at 50 a second until the other side hangs up."""
    for number in range(10_000):
        write(part(jpeg(numbered(number % 16))))
        time.sleep(0.02)


@contextmanager
def folder_url(place: Path) -> Iterator[str]:
    yield f"folder://{write_folder(place / 'pictures with spaces', 8)}?repeat=1".replace(" ", "%20")


@contextmanager
def video_url(place: Path) -> Iterator[str]:
    yield f"file://{write_video(place / 'shelf.mp4', 16, 30.0)}?repeat=1"


@contextmanager
def clip_url(place: Path) -> Iterator[str]:
    clip = place / "shelf.mjpeg"
    clip.write_bytes(b"".join(stamped(jpeg(numbered(n)), 10**15 + n * 20_000_000) for n in range(16)))
    yield f"file://{clip}?repeat=1"


@contextmanager
def http_url(_: Path) -> Iterator[str]:
    with HttpCamera(endless) as camera:
        yield f"http://127.0.0.1:{camera.port}/stream?quality=80"


@contextmanager
def rtsp_url(_: Path) -> Iterator[str]:
    with rtsp_server() as (_server, port):
        yield f"rtsp://127.0.0.1:{port}/h264"


CAMERAS = {"folder": folder_url, "video": video_url, "clip": clip_url, "http": http_url, "rtsp": rtsp_url}


@pytest.mark.parametrize("kind", CAMERAS)
def test_every_source_keeps_its_port(kind: str, tmp_path: Path) -> None:
    with CAMERAS[kind](tmp_path) as url:
        source = open_source(CameraSettings(id="shelf", url=url, frames_per_s=20.0))
        assert not source.state().connected
        assert source.newest(0, 0.0) is None
        before = time.monotonic_ns()
        source.start()
        frames = frames_of(source, 12)
        after = time.monotonic_ns()
        state = source.state()
        assert state.connected
        assert state.trouble == ""
        assert state.reconnects == 0
        assert 8.0 < state.frames_per_s < 26.0  # 20 were asked for; the machine may be busy
        assert [frame.camera for frame in frames] == ["shelf"] * 12
        numbers = [frame.number for frame in frames]
        assert numbers == sorted(set(numbers))
        assert numbers[0] >= 1
        times = [frame.at_ns for frame in frames]
        assert times == sorted(set(times))
        assert before < times[0]
        assert times[-1] <= after
        slow = source.newest(frames[-1].number + 3, 5.0)  # a slow consumer gets the newest and has missed the others
        assert slow is not None
        assert slow.number > frames[-1].number + 3
        assert source.newest(slow.number + 1000, 0.01) is None
        begun = time.monotonic()
        source.close()
        assert time.monotonic() - begun < 2.0
        assert not source.state().connected
        assert f"camera {source.name}" not in {thread.name for thread in threading.enumerate()}
        begun = time.monotonic()
        assert source.newest(10**9, 5.0) is None
        assert time.monotonic() - begun < 1.0
        source.close()
        with pytest.raises(RuntimeError, match="started before"):
            source.start()


def seen(source: Source) -> list[Frame]:
    """What a consumer sees of a recording that is played once, to its end."""
    frames: list[Frame] = []
    while source.state().trouble != "at its end":
        frame = source.newest(frames[-1].number if frames else 0, 0.05)
        if frame is not None:
            frames.append(frame)
    return frames


def test_a_folder_and_a_video_are_played_once_in_their_own_time(tmp_path: Path) -> None:
    write_folder(tmp_path / "pictures", 8)
    (tmp_path / "pictures" / "notes.txt").write_text("no picture")
    for url, rate in ((f"folder://{tmp_path}/pictures", 20.0), (f"file://{write_video(tmp_path / 'v.avi', 8, 20.0)}", 60.0)):
        with opened(url, frames_per_s=rate) as source:
            frames = seen(source)
            assert not source.state().connected
        assert frames[-1].number == 8  # a consumer on a busy machine may miss some
        assert [number_of(frame.pixels) + 1 for frame in frames] == [frame.number for frame in frames]
        assert 0.33 < (frames[-1].at_ns - frames[0].at_ns) / 1e9 < 3.0


def test_a_faster_camera_is_thinned_to_the_frames_that_are_wanted(tmp_path: Path) -> None:
    with opened(f"file://{write_video(tmp_path / 'v.avi', 16, 40.0)}", frames_per_s=10.0) as source:
        frames = seen(source)
    assert frames[-1].number <= 6 + 10 * (frames[-1].at_ns - frames[0].at_ns - 400_000_000) / 1e9
    numbers = [number_of(frame.pixels) for frame in frames]
    assert numbers == sorted(set(numbers))


def test_a_clip_is_played_with_its_pauses_and_keeps_its_bytes(tmp_path: Path) -> None:
    taken = [10**15 + at for at in (0, 100_000_000, 500_000_000, 400_000_000_000)]  # the last is minutes later and not waited for
    pictures = [stamped(jpeg(numbered(number)), at_ns) for number, at_ns in enumerate(taken)]
    (tmp_path / "clip.mjpeg").write_bytes(b"".join(pictures))
    with opened(f"file://{tmp_path}/clip.mjpeg", frames_per_s=60.0) as source:
        frames = frames_of(source, 4)
    assert [frame.jpeg for frame in frames] == pictures
    assert [stamp_of(frame.jpeg) for frame in frames] == taken
    gaps = [(later.at_ns - earlier.at_ns) / 1e9 for earlier, later in itertools.pairwise(frames)]
    assert gaps[0] == pytest.approx(0.1, abs=0.08)
    assert gaps[1] == pytest.approx(0.4, abs=0.08)
    assert gaps[2] < 1.0


def test_every_picture_of_a_recording_without_waiting(tmp_path: Path) -> None:
    clip = tmp_path / "c.mjpeg"
    clip.write_bytes(b"".join(jpeg(numbered(number)) for number in range(16)))
    begun = time.monotonic()
    for path in (write_folder(tmp_path / "pictures", 16), write_video(tmp_path / "v.mp4", 16, 1.0), clip):
        assert [number_of(pixels) for pixels in every_picture(path)] == list(range(16))
    assert time.monotonic() - begun < 5.0


@pytest.mark.parametrize(("rotate", "corner"), [(0, (0, 0)), (90, (0, -1)), (180, (-1, -1)), (270, (-1, 0))])
def test_the_picture_is_put_upright(rotate: int, corner: tuple[int, int], tmp_path: Path) -> None:
    pixels = np.zeros((40, 80, 3), np.uint8)
    pixels[:16, :16] = 255
    (tmp_path / "a.jpg").write_bytes(jpeg(pixels))
    with opened(f"folder://{tmp_path}", rotate=rotate) as source:
        [frame] = frames_of(source, 1)
    assert frame.pixels.shape == ((40, 80, 3) if rotate in {0, 180} else (80, 40, 3))
    assert frame.pixels[corner].min() > 200
    assert sum(int(frame.pixels[place].max() > 100) for place in ((0, 0), (0, -1), (-1, -1), (-1, 0))) == 1


def test_a_camera_that_hangs_up_is_called_again_and_again(tmp_path: Path) -> None:
    def once(write: Callable[[bytes], object]) -> None:
        write(part(jpeg(numbered(5))))

    with HttpCamera(once) as camera, opened(f"http://127.0.0.1:{camera.port}/") as source:
        frames = frames_of(source, 2)
        assert [number_of(frame.pixels) for frame in frames] == [5, 5]
        assert frames[1].number == 2
        until(lambda: source.state().reconnects >= 1)
        assert len(camera.asked) >= 2
        assert frames[1].at_ns - frames[0].at_ns > 400_000_000


def test_a_camera_that_comes_later_is_found(caplog: pytest.LogCaptureFixture) -> None:
    with HttpCamera(endless) as camera:
        port = camera.port
    with opened(f"http://127.0.0.1:{port}/") as source:
        until(lambda: "does not answer" in source.state().trouble)
        with HttpCamera(endless, port=port):
            frames_of(source, 3)
            assert source.state().connected
    assert [record.levelname for record in caplog.records if record.name.startswith("vision")] == ["WARNING"]


@pytest.mark.parametrize("digest", [False, True])
def test_the_password_of_a_camera_comes_from_its_file_and_goes_nowhere_else(
    digest: bool, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    secret = tmp_path / "shelf.password"
    with HttpCamera(endless, user="shop", password="se:cr@et", digest=digest) as camera:
        url = f"http://127.0.0.1:{camera.port}/stream"
        with opened(url) as source:
            until(lambda: "password_file" in source.state().trouble)
        secret.write_text("shop:wrong-one\n")
        with opened(url, password_file=secret) as source:
            until(lambda: "refuses user and password" in source.state().trouble)
            secret.write_text("shop:se:cr@et\n")
            frames_of(source, 1)  # read again at every try
    assert caplog.records
    assert not [record for record in caplog.records if "se:cr@et" in str(vars(record)) or "wrong-one" in str(vars(record))]


@pytest.mark.parametrize("content", [b"", b"\n", b"shop", b":secret", b"\xff\xfe:x", b"a\tb:secret", b"x" * 2000])
def test_a_password_file_that_is_none_is_named_and_never_quoted(content: bytes, tmp_path: Path) -> None:
    secret = tmp_path / "shelf.password"
    secret.write_bytes(content)
    with opened("http://127.0.0.1:9/", password_file=secret) as source:
        until(lambda: "must hold one line user:password" in source.state().trouble)
        assert "secret" not in source.state().trouble.replace(str(secret), "")


def test_a_camera_that_sends_its_watcher_elsewhere_is_not_followed() -> None:
    class Elsewhere(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.1:9/steal")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        with opened(f"http://127.0.0.1:{server.server_address[1]}/") as source:
            until(lambda: "answers 302" in source.state().trouble)


@pytest.mark.parametrize(
    ("hostile", "words"),
    [
        (b"\xff\xd8\xff\xc0\x00\x11\x08\xff\xff\xff\xff\x03" + bytes(9) + b"\xff\xda\x00\x02\xff\xd9", "65535 x 65535 pixels are too many"),
        (b"\xff\xd8\xff\xc0\x00\x11\x08\x00\x00\x00\x00\x03" + bytes(9) + b"\xff\xda\x00\x02\xff\xd9", "0 x 0 pixels"),
        (b"\xff\xd8\xff\xc0\x00\x11\x08\x00\x78\x00\xa0\x03" + bytes(9) + b"\xff\xda\x00\x02\xff\xd9", "damaged"),
        (b"\xff\xd8\xff\xda\x00\x02\xff\xd9", "neither JPEG nor PNG"),
    ],
)
def test_hostile_pictures_are_refused_and_a_single_one_costs_nothing_else(hostile: bytes, words: str) -> None:
    calls = itertools.count()

    def hostile_at_first(write: Callable[[bytes], object]) -> None:
        if next(calls) == 0:
            for _ in range(3 * MOST_BAD):  # the frames that are wanted are thinned out
                write(part(hostile))
                time.sleep(0.02)
        write(part(jpeg(numbered(1))))
        write(part(hostile))
        endless(write)

    with HttpCamera(hostile_at_first) as camera, opened(f"http://127.0.0.1:{camera.port}/", frames_per_s=60.0) as source:
        until(lambda: words in source.state().trouble)
        frames_of(source, 3)
        assert source.state().reconnects == 0
        assert len(camera.asked) == 2


def test_a_stream_without_pictures_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_mjpeg, "SILENCE_S", 0.2)

    def chatter(write: Callable[[bytes], object]) -> None:
        for _ in range(1000):
            write(b"<html>not a camera</html>")
            time.sleep(0.01)

    with HttpCamera(chatter) as camera, opened(f"http://127.0.0.1:{camera.port}/") as source:
        until(lambda: "check that the address is that of a motion JPEG stream" in source.state().trouble)


def test_a_camera_that_takes_the_call_and_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_mjpeg, "SILENCE_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server, opened(f"http://127.0.0.1:{server.getsockname()[1]}/") as source:
        until(lambda: "does not answer (timed out)" in source.state().trouble)


def test_a_camera_that_comes_and_goes_all_day_leaves_nothing_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "FIRST_WAIT_S", 0.001)
    monkeypatch.setattr(pace, "LONGEST_WAIT_S", 0.001)

    def once(write: Callable[[bytes], object]) -> None:
        write(part(jpeg(numbered(5))))

    with HttpCamera(once) as camera, opened(f"http://127.0.0.1:{camera.port}/") as source:
        until(lambda: source.state().reconnects >= 5)
        before = len(os.listdir("/proc/self/fd"))
        until(lambda: source.state().reconnects >= 60)
        assert len(os.listdir("/proc/self/fd")) <= before + 4  # some connections are just being closed


def test_an_error_of_the_program_is_logged_and_the_camera_tried_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tries = itertools.count()

    def failing(*arguments: object) -> Recording:
        if next(tries) == 0:
            raise ZeroDivisionError
        return Recording(write_folder(tmp_path, 4), threading.Event(), frames_per_s=10.0, repeat=True)

    monkeypatch.setattr("vision.sources.Recording", lambda *arguments, **settings: failing())
    with opened(f"folder://{tmp_path}") as source:
        frames_of(source, 1)
    assert "the source of a camera failed" in caplog.text
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ftp://camera/", "is no camera address"),
        ("shelf.mp4", "is no camera address"),
        ("file://videos/shelf.mp4", "three slashes"),
        ("file:///v.mp4?speed=2", "repeat=1"),
        ("folder://", "three slashes"),
        ("v4l2://video0", "three slashes"),
        ("http:///stream", "names no camera"),
        ("rtsp://camera:99999/", "Port out of range"),
        ("rtsp://camera/a\r\nTEARDOWN", "names no camera"),
        ("http://camera/a b", "names no camera"),
    ],
)
def test_an_address_that_is_none_is_refused_with_what_to_write(url: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        open_source(CameraSettings(id="shelf", url=url))


def test_recordings_that_cannot_be_played_say_so(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "no.mp4").write_text("this is text")
    (tmp_path / "no.mjpeg").write_text("this is text")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "a.jpg").write_text("this is text")
    for url, words in (
        (f"folder://{tmp_path}/empty", "holds no picture"),
        (f"file://{tmp_path}/nothing.mp4", "neither a file nor a folder"),
        (f"file://{tmp_path}/no.mp4", "no video that can be read"),
        (f"file://{tmp_path}/no.mjpeg", "holds no JPEG picture"),
        (f"folder://{tmp_path}/broken", "a.jpg: neither JPEG nor PNG"),
    ):
        with opened(url) as source:
            until(troubled(source, words))


def test_libraries_write_nothing_about_a_broken_video_by_themselves(tmp_path: Path) -> None:
    whole = tmp_path / "whole.mp4"
    writer = cv2.VideoWriter(str(whole), cv2.VideoWriter.fourcc(*"mp4v"), 10.0, (64, 48))
    for shade in range(20):
        writer.write(np.random.default_rng(shade).integers(0, 255, (48, 64, 3), dtype=np.uint8))
    writer.release()
    content = bytearray(whole.read_bytes())
    (tmp_path / "cut.mp4").write_bytes(content[: len(content) // 2])
    content[len(content) // 3 : len(content) // 3 + 2000] = bytes(2000)
    (tmp_path / "torn.mp4").write_bytes(content)
    words = "from pathlib import Path; from vision.sources import SourceError, every_picture\n"
    for name in ("cut", "torn"):
        words += (
            f"try: print(len(list(every_picture(Path({str(tmp_path / name) + '.mp4'!r})))))\nexcept SourceError as error: print(error)\n"
        )
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True, timeout=60)
    assert done.stderr == ""
    assert "cut.mp4 is no video that can be read" in done.stdout
