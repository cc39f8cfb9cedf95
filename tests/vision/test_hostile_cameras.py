"""What answers at a camera's address may drip, flood, fall silent or lie: it costs a bounded time, and the end stays prompt."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import cv2
import numpy as np
import pytest

from tests.vision.cameras import HttpCamera, frames_of, jpeg, number_of, numbered, opened, part, rtsp_server, troubled, until
from vision.pipeline.torn import is_torn
from vision.sources import capture, http_mjpeg
from vision.sources.connection import SourceError
from vision.sources.credentials import Credentials
from vision.sources.line import Line, TooMuch
from vision.sources.stills import MOST_FRAME_PIXELS, as_frame

SOON_S = 3.0  # s; far more than the limits below take, far less than a hang

Say = Callable[[Callable[[bytes], object]], None]


@contextmanager
def answering(say: Say) -> Iterator[int]:
    """A port at which everybody who asks anything is sent raw bytes, headers and all."""
    ended = threading.Event()

    def serve(line: socket.socket) -> None:
        with line:
            try:
                line.recv(4096)

                def send(content: bytes) -> None:
                    if ended.is_set():
                        raise BrokenPipeError
                    line.sendall(content)

                say(send)
            except OSError:
                pass  # the other side has hung up

    def accept() -> None:
        while True:
            try:
                line, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(line,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        accepting = threading.Thread(target=accept)
        accepting.start()
        try:
            yield server.getsockname()[1]
        finally:
            ended.set()
            server.shutdown(socket.SHUT_RDWR)
            accepting.join()


def dripping(beginning: bytes, drop: bytes) -> Say:
    """Something, and then a little every few milliseconds for as long as anybody listens."""

    def say(write: Callable[[bytes], object]) -> None:
        write(beginning)
        while True:
            write(drop)
            time.sleep(0.02)

    return say


OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("say", "words"),
    [
        (dripping(b"", b"H"), "does not answer (timed out)"),
        (dripping(OK + b"X-Slow: ", b"x"), "does not answer (timed out)"),
        (dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), "does not answer (timed out)"),
        (dripping(OK + b"\r\n", b"\r\n"), "no picture for 0.3 s"),
        (dripping(OK + b"\r\n" + jpeg(numbered(3))[:600], b"\x00"), "no picture for 0.3 s"),
        (dripping(CHUNKED, b"0"), "no picture for 0.3 s"),
        (dripping(CHUNKED + b"0\r\n", b"Trailer: x\r\n"), "no picture for 0.3 s"),
    ],
    ids=["status", "header", "continue", "gap", "picture", "chunk", "trailer"],
)
def test_a_camera_that_drips_is_lost_in_time(say: Say, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_mjpeg, "SILENCE_S", 0.3)
    with answering(say) as port, opened(f"http://127.0.0.1:{port}/") as source:
        until(troubled(source, words), SOON_S)


@pytest.mark.parametrize("more", [b"x" * 4096, b"X-More: 1\r\n" * 100], ids=["one line", "many lines"])
def test_headers_without_end_are_given_up(more: bytes) -> None:
    def say(write: Callable[[bytes], object]) -> None:
        write(OK + b"X-Long: ")
        while True:
            write(more)

    with answering(say) as port, opened(f"http://127.0.0.1:{port}/") as source:
        until(troubled(source, "headers without end"), SOON_S)


def test_headers_that_come_in_pieces_are_read_to_the_limit_and_no_further() -> None:
    """A read that took more than is left would give the limit of the library, with other words, a chance to be met first."""
    here, there = socket.socketpair()
    with Line(fileno=here.detach()) as line, there:
        line.by_s, line.budget, line.ending = time.monotonic() + SOON_S, 10, threading.Event()
        there.sendall(b"x" * 100)
        buffer = bytearray(8)
        assert [line.recv_into(buffer), line.recv_into(buffer)] == [8, 2]
        with pytest.raises(TooMuch):
            line.recv_into(buffer)


@pytest.mark.parametrize("code", [301, 302, 307, 308])
def test_another_address_is_named_to_a_person_and_not_followed(code: int) -> None:
    asked: list[str] = []

    def elsewhere(write: Callable[[bytes], object]) -> None:
        asked.append("elsewhere")
        write(OK + b"\r\n" + jpeg(numbered(1)))

    with answering(elsewhere) as other:

        def say(write: Callable[[bytes], object]) -> None:
            write(b"HTTP/1.1 %d Moved\r\nLocation: http://127.0.0.1:%d/\r\nContent-Length: 0\r\n\r\n" % (code, other))

        with answering(say) as port, opened(f"http://127.0.0.1:{port}/") as source:
            until(troubled(source, "which is not followed; write that one as its url"), SOON_S)
    assert asked == []


def test_the_end_is_prompt_while_a_camera_is_called_that_says_nothing() -> None:
    called = threading.Event()

    def say(write: Callable[[bytes], object]) -> None:
        called.set()
        dripping(OK, b"x")(write)

    with answering(say) as port, opened(f"http://127.0.0.1:{port}/") as source:
        assert called.wait(SOON_S)
        begun = time.monotonic()
        source.close()
        assert time.monotonic() - begun < 1.5  # SILENCE_S would be five
        assert f"camera {source.name}" not in {thread.name for thread in threading.enumerate()}


def test_an_rtsp_camera_that_drips_is_lost_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture, "OPEN_MS", 300)
    monkeypatch.setattr(capture, "PROBE_S", 0.3)
    with answering(dripping(b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nX-Slow: ", b"x")) as port, opened(f"rtsp://127.0.0.1:{port}/") as source:
        until(troubled(source, "sends no video that can be read"), SOON_S)


def test_the_end_is_prompt_while_an_rtsp_camera_is_stuck(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture, "READ_MS", 300)
    with rtsp_server() as (server, port), opened(f"rtsp://127.0.0.1:{port}/h264") as source:
        frames_of(source, 1)
        server.send_signal(signal.SIGSTOP)
        begun = time.monotonic()
        source.close()
        assert time.monotonic() - begun < SOON_S
        assert f"camera {source.name}" not in {thread.name for thread in threading.enumerate()}
        server.send_signal(signal.SIGCONT)


def test_a_4k_camera_is_watched_at_half_its_size() -> None:
    large = jpeg(np.asarray(cv2.resize(numbered(9), (3840, 2160), interpolation=cv2.INTER_NEAREST), np.uint8))

    def say(write: Callable[[bytes], object]) -> None:
        while True:
            write(part(large))
            time.sleep(0.1)

    with HttpCamera(say) as camera, opened(f"http://127.0.0.1:{camera.port}/", frames_per_s=5.0) as source:
        [frame] = frames_of(source, 1)
    assert frame.pixels.shape == (1080, 1920, 3)
    assert frame.jpeg == b""  # it would be another picture
    assert number_of(np.asarray(cv2.resize(frame.pixels, (160, 120)), np.uint8)) == 9


@pytest.mark.parametrize(("size", "becomes"), [((1920, 1080), (1920, 1080)), ((2560, 1440), (1280, 720)), ((7680, 4320), (1920, 1080))])
def test_frames_that_come_decoded_are_halved_too(size: tuple[int, int], becomes: tuple[int, int]) -> None:
    width, height = size
    fitting = as_frame(np.zeros((height, width, 3), np.uint8))
    assert (fitting.shape[1], fitting.shape[0]) == becomes
    assert fitting.shape[0] * fitting.shape[1] <= MOST_FRAME_PIXELS


def test_a_camera_whose_resolution_changes_in_mid_stream_goes_on() -> None:
    def say(write: Callable[[bytes], object]) -> None:
        for number in range(10_000):
            size = (160, 120) if number % 20 < 10 else (320, 240)
            write(part(jpeg(np.asarray(cv2.resize(numbered(5), size, interpolation=cv2.INTER_NEAREST), np.uint8))))
            time.sleep(0.01)

    with HttpCamera(say) as camera, opened(f"http://127.0.0.1:{camera.port}/", frames_per_s=60.0) as source:
        shapes = {frame.pixels.shape for frame in frames_of(source, 40)}
        assert source.state().reconnects == 0
    assert shapes == {(120, 160, 3), (240, 320, 3)}


def cut_off(picture: bytes) -> bytes:
    """A JPEG whose lower half was lost on its way; a decoder takes it, and fills in grey."""
    return picture[: len(picture) * 2 // 3] + b"\xff\xd9"


def test_pictures_that_arrive_in_part_are_never_shown_and_named_where_no_other_comes() -> None:
    whole = threading.Event()

    def say(write: Callable[[bytes], object]) -> None:
        for number in range(10_000):
            write(part(cut_off(jpeg(numbered(7))) if number % 2 or not whole.is_set() else jpeg(numbered(7))))
            time.sleep(0.01)

    with HttpCamera(say) as camera, opened(f"http://127.0.0.1:{camera.port}/", frames_per_s=60.0) as source:
        until(troubled(source, "arrive in part and are grey below"), SOON_S)
        assert source.newest(0, 0.0) is None
        whole.set()
        assert {number_of(frame.pixels) for frame in frames_of(source, 20)} == {7}


def test_a_grey_picture_of_a_stream_that_lost_its_beginning_is_torn_and_a_grey_wall_is_not() -> None:
    shelf = numbered(5)
    missing = shelf.copy()
    missing[60:] = 128
    wall = np.clip(128 + np.random.default_rng(1).normal(0.0, 1.5, shelf.shape), 0, 255).astype(np.uint8)
    assert is_torn(np.full_like(shelf, 130))
    assert is_torn(missing)
    assert not is_torn(shelf)
    assert not is_torn(wall)
    assert not is_torn(np.zeros_like(shelf))
    assert not is_torn(np.asarray(missing[::-1]))


def test_a_camera_of_one_frame_a_second_stays_connected_and_a_silent_second_is_no_loss() -> None:
    def say(write: Callable[[bytes], object]) -> None:
        for number in range(100):
            write(part(jpeg(numbered(number % 16))))
            time.sleep(1.0)

    with HttpCamera(say) as camera, opened(f"http://127.0.0.1:{camera.port}/", frames_per_s=1.0) as source:
        frames = frames_of(source, 3)
        assert source.state().connected
        assert (frames[-1].at_ns - frames[0].at_ns) / 1e9 > 1.5
        assert len(camera.asked) == 1


@pytest.mark.parametrize(
    ("question", "password", "words"),
    [
        (b'Digest realm="a", nonce=', "p", "not known here"),
        (b"Digest", "p", "not known here"),
        (b"Negotiate", "p", "set it to Digest with MD5, or to Basic"),
        (b'Digest realm="a", nonce="b", algorithm="SHA-512"', "p", "not known here"),
        (b'Digest realm="a", nonce="b", qop="auth"', "p\u20acq", "only ASCII"),
    ],
)
def test_a_question_for_the_password_that_nobody_understands_is_said_and_quotes_no_password(
    question: bytes, password: str, words: str
) -> None:
    def asks(write: Callable[[bytes], object]) -> None:
        write(b"HTTP/1.1 401 no\r\nWWW-Authenticate: " + question + b"\r\nContent-Length: 0\r\n\r\n")

    with answering(asks) as port, pytest.raises(SourceError, match=words) as told:
        http_mjpeg.HttpMjpeg(f"http://127.0.0.1:{port}/", Credentials("u", password), threading.Event())
    assert "20ac" not in str(told.value)
    assert "\u20ac" not in str(told.value)
