"""RTSP against a real server that is locked, killed and stopped; V4L2 against a driver made for the test, as there is no camera here."""

from __future__ import annotations

import errno
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.vision.cameras import frames_of, jpeg, numbered, opened, rtsp_server, troubled, until
from vision.settings import CameraSettings
from vision.sources import capture, open_source
from vision.sources.capture import v4l2_options, with_credentials
from vision.sources.credentials import Credentials

V4L2_CAMERA = Path(__file__).with_name("v4l2_camera.c")
REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def camera_port() -> Iterator[int]:
    """The port of a server that nothing happens to."""
    with rtsp_server() as (_, port):
        yield port


@pytest.mark.parametrize("codec", ["h264", "h265", "jpeg"])
def test_colours_and_size_come_as_the_camera_sends_them(codec: str, camera_port: int) -> None:
    with opened(f"rtsp://127.0.0.1:{camera_port}/{codec}") as source:
        pixels = frames_of(source, 2)[-1].pixels
    assert pixels.shape == (240, 320, 3)
    bars = [pixels[60:100, 10 + 46 * bar : 30 + 46 * bar].mean(axis=(0, 1)) for bar in range(7)]
    wanted = [(b * 191, g * 191, r * 191) for g in (1, 0) for r in (1, 0) for b in (1, 0)][
        :7
    ]  # white, yellow, cyan, green, magenta, red, blue
    assert np.allclose(bars, wanted, atol=20)


def test_a_camera_that_is_restarted_delivers_again(capfd: pytest.CaptureFixture[str]) -> None:
    with rtsp_server() as (server, port), opened(f"rtsp://127.0.0.1:{port}/h264") as source:
        last = frames_of(source, 1)[-1]
        server.kill()
        server.wait()
        until(lambda: not source.state().connected)
        assert source.state().trouble
        while (newer := source.newest(last.number, 0.0)) is not None:
            last = newer
        with rtsp_server("--port", str(port)):
            found = source.newest(last.number, 15.0)
            assert found is not None
            assert found.at_ns > last.at_ns
            assert source.state().reconnects == 1
    assert capfd.readouterr().err == ""  # neither OpenCV nor FFmpeg write past the log


def test_a_camera_that_falls_silent_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture, "READ_MS", 300)
    with rtsp_server() as (server, port), opened(f"rtsp://127.0.0.1:{port}/h264") as source:
        frames_of(source, 1)
        server.send_signal(signal.SIGSTOP)
        until(lambda: not source.state().connected, timeout_s=5.0)
        server.send_signal(signal.SIGCONT)
        until(lambda: source.state().connected)
        assert source.state().reconnects == 1


def test_a_locked_camera(tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    caplog.set_level("DEBUG")
    secret = tmp_path / "shelf.password"
    with rtsp_server("--user", "shop", "--password", "p@ss:/w?r d%") as (_, port):
        url = f"rtsp://127.0.0.1:{port}/h264"
        with opened(url) as source:
            until(lambda: "asks for user and password" in source.state().trouble)
        secret.write_text("shop:wrong-one\n")
        with opened(url, password_file=secret) as source:
            until(lambda: "check user and password in password_file" in source.state().trouble)
            secret.write_text("shop:p@ss:/w?r d%\n")
            frames_of(source, 1)
    assert caplog.records
    said = "".join(str(vars(record)) for record in caplog.records) + "".join(capfd.readouterr())
    assert "p@ss" not in said
    assert "wrong-one" not in said


def test_a_path_that_the_camera_does_not_have(camera_port: int) -> None:
    with opened(f"rtsp://127.0.0.1:{camera_port}/nothing") as source:
        until(lambda: "does not know this path" in source.state().trouble)


def test_what_speaks_no_rtsp_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture, "OPEN_MS", 500)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            while True:
                try:
                    line, _ = server.accept()
                except OSError:
                    return
                with line:
                    line.settimeout(0.2)
                    try:
                        line.recv(100)
                        line.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
                    except OSError:
                        pass  # it only knocked

        answering = threading.Thread(target=answer)
        answering.start()
        try:
            with opened(f"rtsp://127.0.0.1:{server.getsockname()[1]}/") as source:
                until(lambda: "does not speak RTSP" in source.state().trouble)
        finally:
            server.shutdown(socket.SHUT_RDWR)
            answering.join()


def test_nobody_at_the_address() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with opened(f"rtsp://127.0.0.1:{port}/h264") as source:
        until(lambda: "does not answer (Connection refused)" in source.state().trouble)


def test_user_and_password_are_quoted_for_the_address() -> None:
    assert with_credentials("rtsp://cam:8554/a?b=1", None) == "rtsp://cam:8554/a?b=1"
    assert (
        with_credentials("rtsp://cam:8554/a?b=1", Credentials("u@x", "p:/?#% ä")) == "rtsp://u%40x:p%3A%2F%3F%23%25%20%C3%A4@cam:8554/a?b=1"
    )
    assert "secret" not in repr(Credentials("shop", "secret"))


def test_what_is_asked_of_a_v4l2_camera() -> None:
    asked = v4l2_options(1280, 720, 10.0)
    pairs = dict(zip(asked[::2], asked[1::2], strict=True))
    assert pairs == {
        cv2.CAP_PROP_FOURCC: int.from_bytes(b"MJPG", "little"),
        cv2.CAP_PROP_FRAME_WIDTH: 1280,
        cv2.CAP_PROP_FRAME_HEIGHT: 720,
        cv2.CAP_PROP_FPS: 10,
    }


WATCH = """
import json, sys
from tests.vision.cameras import frames_of, number_of, opened, until
import cv2

with opened("v4l2:///dev/zero", width=1280, height=720, frames_per_s=20.0) as source:
    frames = frames_of(source, 5)
    print(json.dumps([[number_of(cv2.resize(frame.pixels, (160, 120))) for frame in frames], frames[0].pixels.shape]), flush=True)
    sys.stdin.readline()
    until(lambda: not source.state().connected)
    print(source.state().trouble, flush=True)
    sys.stdin.readline()
    until(lambda: source.state().connected)
    print(source.state().reconnects, flush=True)
"""


@contextmanager
def v4l2_camera(folder: Path, script: str) -> Iterator[subprocess.Popen[str]]:
    """A process that runs ``script``, in which /dev/zero is a camera that films the pictures in ``folder``."""
    shim = folder / "camera.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-Wall", "-o", shim, V4L2_CAMERA, "-ldl"], check=True, capture_output=True)
    for number in range(8):
        (folder / f"{number}.jpg").write_bytes(jpeg(np.asarray(cv2.resize(numbered(number), (1280, 720)), np.uint8)))
    # /dev/zero is a character device that everybody may open; the shim answers for it.
    environment = {
        **os.environ,
        "LD_PRELOAD": str(shim),
        "FAKE_DEVICE": "/dev/zero",
        "FAKE_FOLDER": str(folder),
        "PYTHONPATH": str(REPOSITORY),
    }
    command = [sys.executable, "-W", "error", "-c", script]
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as watch:
        yield watch


def test_opencv_asks_a_v4l2_driver_for_what_is_wanted_and_an_unplugged_camera_comes_back(tmp_path: Path) -> None:
    with v4l2_camera(tmp_path, WATCH) as watch:
        assert watch.stdin is not None
        assert watch.stdout is not None
        numbers, shape = json.loads(watch.stdout.readline())
        assert shape == [720, 1280, 3]
        assert len(set(numbers)) == 5
        asked = [line.split() for line in (tmp_path / "asked").read_text().splitlines()]
        assert [line for line in asked if line[0] == "format"][-1] == ["format", "1280", "720", str(int.from_bytes(b"MJPG", "little"))]
        assert [line for line in asked if line[0] == "rate"][-1] == ["rate", "20", "0", "0"]
        (tmp_path / "unplugged").touch()
        print(file=watch.stdin, flush=True)
        assert "brings no frames; check plug and cable" in watch.stdout.readline()
        (tmp_path / "unplugged").unlink()
        print(file=watch.stdin, flush=True)
        assert watch.stdout.readline() == "1\n"
        watch.stdin.close()
        assert watch.wait(10) == 0


STUCK = """
import sys, time
from tests.vision.cameras import frames_of, opened, until
from vision.sources import capture

capture.READ_MS = 1000
with opened("v4l2:///dev/zero", width=1280, height=720, frames_per_s=20.0) as source:
    frames_of(source, 2)
    print("seen", flush=True)
    sys.stdin.readline()
    begun = time.monotonic()
    until(lambda: not source.state().connected)
    print(time.monotonic() - begun, flush=True)
    sys.stdin.readline()
    frames_of(source, 2)
    print("seen", flush=True)
    sys.stdin.readline()
    begun = time.monotonic()
    source.close()
    print(time.monotonic() - begun, flush=True)
"""


def test_a_v4l2_camera_that_hangs_is_lost_in_time_comes_back_and_keeps_nobody_from_ending(tmp_path: Path) -> None:
    with v4l2_camera(tmp_path, STUCK) as watch:
        assert watch.stdin is not None
        assert watch.stdout is not None
        assert watch.stdout.readline() == "seen\n"
        (tmp_path / "hung").touch()
        print(file=watch.stdin, flush=True)
        assert float(watch.stdout.readline()) < 5.0  # half of what the library waits by itself
        (tmp_path / "hung").unlink()
        print(file=watch.stdin, flush=True)
        assert watch.stdout.readline() == "seen\n"
        (tmp_path / "hung").touch()
        print(file=watch.stdin, flush=True)
        assert float(watch.stdout.readline()) < 5.0  # half of what the library waits by itself
        watch.stdin.close()
        assert watch.wait(10) == 0


def test_a_v4l2_camera_that_is_not_there_is_waited_for_in_words(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no device")
    for device, words in (
        ("/dev/video-none", "plug it in"),
        (tmp_path / "text", "is no camera device"),
        ("/dev/null", "gives no video"),
    ):
        with opened(f"v4l2://{device}") as source:
            until(troubled(source, words))
            assert not source.state().connected


@pytest.mark.parametrize(("code", "words"), [("EACCES", "group video"), ("EBUSY", "another program holds it"), ("EIO", "unplug it")])
def test_why_a_device_cannot_be_opened(code: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> int:
        number = getattr(errno, code)
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "open", refused)
    source = open_source(CameraSettings(id="shelf", url="v4l2:///dev/null"))
    source.start()
    until(lambda: words in source.state().trouble)
    source.close()
