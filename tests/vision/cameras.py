"""Cameras for tests: numbered pictures, and servers that send them as real cameras do, over real sockets and processes."""

from __future__ import annotations

import base64
import hashlib
import http.server
import re
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

import cv2
import numpy as np

from vision.ports import Source
from vision.settings import CameraSettings
from vision.sources import open_source
from vision.types import Frame, Picture

WIDTH, HEIGHT = 160, 120
_RTSP_SERVER = Path(__file__).with_name("rtsp_server.py")


def numbered(number: int) -> Picture:
    """A picture that says its number: four dark or bright stripes are its bits, lowest at the left."""
    pixels = np.full((HEIGHT, WIDTH, 3), 40, np.uint8)
    for bit in range(4):
        if number >> bit & 1:
            pixels[:, bit * WIDTH // 4 : (bit + 1) * WIDTH // 4] = 210
    return pixels


def number_of(pixels: Picture) -> int:
    """The number that :func:`numbered` wrote, read after any compression."""
    stripes = [pixels[10:-10, bit * WIDTH // 4 + 8 : (bit + 1) * WIDTH // 4 - 8].mean() > 125 for bit in range(4)]
    return sum(1 << bit for bit, bright in enumerate(stripes) if bright)


def jpeg(pixels: Picture) -> bytes:
    """As JPEG, quality 80."""
    return cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes()


def write_folder(folder: Path, count: int) -> Path:
    """``count`` numbered pictures whose names sort in their order."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        (folder / f"{number:03}.jpg").write_bytes(jpeg(numbered(number)))
    return folder


def write_video(path: Path, count: int, frames_per_s: float) -> Path:
    """``count`` numbered pictures as a video."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), frames_per_s, (WIDTH, HEIGHT))
    for number in range(count):
        writer.write(numbered(number))
    writer.release()
    return path


def frames_of(source: Source, count: int, timeout_s: float = 10.0) -> list[Frame]:
    """The next ``count`` frames that a quick consumer sees."""
    frames: list[Frame] = []
    deadline = time.monotonic() + timeout_s
    while len(frames) < count:
        frame = source.newest(frames[-1].number if frames else 0, max(0.0, deadline - time.monotonic()))
        assert frame is not None, f"{len(frames)} of {count} frames came: {source.state()}"
        frames.append(frame)
    return frames


def until(true: Callable[[], bool], timeout_s: float = 10.0) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        threading.Event().wait(0.005)


def troubled(source: Source, words: str) -> Callable[[], bool]:
    """Asks whether the source says ``words`` of why it gives nothing."""
    return lambda: words in source.state().trouble


@contextmanager
def opened(url: str, **settings: object) -> Iterator[Source]:
    """A started source that is closed at the end."""
    source = open_source(CameraSettings.model_validate({"id": "shelf", "url": url, **settings}))
    source.start()
    try:
        yield source
    finally:
        source.close()


class HttpCamera:
    """A camera that sends ``say(write)`` to everybody who asks; locked with basic or ``digest`` authentication where a user is given."""

    def __init__(
        self,
        say: Callable[[Callable[[bytes], object]], None],
        *,
        user: str = "",
        password: str = "",
        digest: bool = False,
        port: int = 0,
    ) -> None:
        def let_in(said: str, path: str) -> bool:
            if not digest:
                return said == "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
            fields = dict(re.findall(r'(\w+)="?([^",]+)"?', said))
            secret, asked = (hashlib.md5(text.encode()).hexdigest() for text in (f"{user}:camera:{password}", f"GET:{path}"))
            parts = (secret, "n0nce", fields.get("nc", ""), fields.get("cnonce", ""), "auth", asked)  # RFC 7616, 3.4.1
            return said.startswith("Digest ") and fields.get("response") == hashlib.md5(":".join(parts).encode()).hexdigest()

        challenge = 'Digest realm="camera", nonce="n0nce", qop="auth", algorithm=MD5' if digest else 'Basic realm="camera"'
        self.asked: list[str] = []

        asked = self.asked

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                if user and not let_in(self.headers.get("Authorization", ""), self.path):
                    self.send_response(401)
                    self.send_header("WWW-Authenticate", challenge)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                self.send_response(200)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
                self.end_headers()
                try:
                    say(self.wfile.write)
                except OSError:
                    pass  # the other side has hung up

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def __enter__(self) -> HttpCamera:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def part(picture: bytes) -> bytes:
    """One picture of a multipart stream."""
    return b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%b\r\n" % (len(picture), picture)


@contextmanager
def rtsp_server(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """GStreamer's RTSP server in a process of its own, and its port."""
    command = ["/usr/bin/python3", str(_RTSP_SERVER), *arguments]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        port = server.stdout.readline()
        assert port, "the RTSP server did not start; `setup/setup.sh system` installs it"
        yield server, int(port)
    finally:
        server.kill()
        server.communicate()
