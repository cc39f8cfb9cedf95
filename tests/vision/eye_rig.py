"""A store with one camera that is a folder of drawn pictures, a tiny model and a gallery of two products: all an eye needs to run."""

from __future__ import annotations

import contextlib
import json
import queue
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Self

import cv2
import numpy as np

from models.store import ModelStore
from tests.vision.shelf_scene import CAMERA, Product, shelf, visit
from tests.vision.tiny_models import embedder_graph, embedder_manifest, model_bytes, write_model
from vision.backends.embedder import open_embedder
from vision.facts import ItemSeen, VisionFact
from vision.gallery_folder import GalleryFolder
from vision.pipeline.gallery import empty_gallery
from vision.types import Picture
from vision.wire import BEAT, Wish, fact_of, wish_line

EXAMPLE = Path(__file__).parents[2] / "examples" / "store.toml"
LEFT, RIGHT = Product(3, 0.25), Product(7, 0.75)
COLA, WATER = "5400141000016", "5400141000023"  # on A1 and on A2 of the example
FRAMES_PER_S = 20
FACT_S = 20.0  # s for a fact to come; a loaded machine starts Python in three


@cache
def film() -> tuple[Picture, ...]:
    """A hand takes what stands left and another one puts it back: it can be played again and again."""
    return (*visit([LEFT, RIGHT], [RIGHT], 0.25, carries_out=3), *visit([RIGHT], [LEFT, RIGHT], 0.25, carries_in=3))


class EyeStore:
    """Its files in ``folder``. ``models`` False leaves the model out, ``products`` are enrolled."""

    def __init__(self, folder: Path, *, pictures: Sequence[Picture] = (), cameras: Sequence[str] = ("cam",), models: bool = True) -> None:
        self.folder = folder
        self.config = folder / "store.toml"
        self.socket = folder / "vision.sock"
        self.evidence = folder / "evidence"
        self.gallery = folder / "gallery"
        film_folder = folder / "film"
        film_folder.mkdir(parents=True)
        for number, picture in enumerate(pictures or [shelf([LEFT, RIGHT])]):
            cv2.imwrite(str(film_folder / f"{number:04d}.jpg"), np.asarray(picture), [cv2.IMWRITE_JPEG_QUALITY, 90])
        if models:
            self._add_model()
        zones = [{"plates": list(zone.plates), "polygon": [list(corner) for corner in zone.polygon]} for zone in CAMERA.zones]
        text = EXAMPLE.read_text(encoding="utf-8").replace("/var/lib/smartstore/", "")
        text += f'\n[vision]\nembedder = "tiny"\nmodels = "{folder / "models"}"\nevidence_max_mb = 20\n'
        for name in cameras:
            text += f'\n[[camera]]\nid = "{name}"\nurl = "folder://{film_folder}?repeat=1"\nframes_per_s = {FRAMES_PER_S}\n'
            text += "".join(f"[[camera.zones]]\nplates = {json.dumps(one['plates'])}\npolygon = {one['polygon']}\n" for one in zones)
        self.config.write_text(text, encoding="utf-8")

    def _add_model(self) -> None:
        content = model_bytes(embedder_graph())
        staged = self.folder / "staged"
        manifest = embedder_manifest(content, "tiny")
        write_model(staged, manifest, content).rename(staged / "manifest.toml")
        ModelStore(self.folder / "models").admit(staged, manifest)

    def enrol(self, *products: Product) -> None:
        """The next version of the gallery: these products, by pictures of them on the shelf; the first is cola, the second water."""
        embedder = open_embedder("tiny", ModelStore(self.folder / "models"))
        known = empty_gallery(embedder.size)
        for gtin, product in zip((COLA, WATER), products, strict=False):
            known = known.enrolled(gtin, embedder.embed([product.box.cut(shelf([LEFT, RIGHT]))]))
        GalleryFolder(self.gallery).save(known, made_at="2026-03-01T08:30:00Z", model=embedder.key, model_sha256=embedder.sha256)


class EyeProcess:
    """``smartstore vision run`` as a child that listens to its service manager at ``notify``."""

    def __init__(self, store: EyeStore) -> None:
        self.store = store
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        notify = store.folder / "notify"
        notify.unlink(missing_ok=True)
        self.manager.bind(str(notify))
        self._said: queue.Queue[bytes] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "edge.cli", "vision", "run", "--config", str(store.config)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={"NOTIFY_SOCKET": str(notify), "OMP_NUM_THREADS": "1", "PATH": "/usr/bin:/bin", "PYTHONUNBUFFERED": "1"},
            cwd=EXAMPLE.parents[1],
        )

    def heard(self, word: str) -> None:
        """Wait until the service manager was told ``word``."""
        while self._said.get(timeout=FACT_S) != word.encode():
            pass

    def _listen(self) -> None:
        """As a service manager does: always, whoever waits for a word."""
        with contextlib.suppress(OSError):
            while said := self.manager.recv(1000):
                for line in said.splitlines():
                    self._said.put(line)

    def resident_mb(self) -> float:
        """What the kernel says it holds."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024

    def ended(self) -> tuple[int, str]:
        """Exit code and all it printed."""
        output, _ = self.process.communicate(timeout=FACT_S)
        return self.process.returncode, output

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()
        self.manager.shutdown(socket.SHUT_RDWR)
        self.manager.close()


class Listener:
    """A controller's end of the socket, as plain as can be."""

    def __init__(self, path: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(FACT_S)
        self.socket.connect(str(path))
        self._lines = self.socket.makefile("rb")

    def next(self) -> VisionFact:
        """The next fact; EOFError where the eye is gone."""
        while (line := self._lines.readline()) == BEAT:
            pass
        if not line:
            raise EOFError
        fact = fact_of(line)
        assert fact is not None, line
        return fact

    def sighting(self) -> ItemSeen:
        """The next sighting; other facts are passed over."""
        while not isinstance(fact := self.next(), ItemSeen):
            pass
        return fact

    def end(self) -> Exception:
        """What comes when the eye is gone, whatever it says before."""
        try:
            while True:
                self.next()
        except (EOFError, ConnectionError) as error:
            return error

    def wish(self, *wishes: Wish) -> None:
        """Say what is wanted."""
        self.socket.sendall(b"".join(wish_line(wish) for wish in wishes))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._lines.close()
        self.socket.close()
