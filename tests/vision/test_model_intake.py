"""Bringing models in from real files and a real web server, some of which lie, stop half way or send for ever."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from models.intake import bring, fetch
from models.manifest import Companion, Manifest, ModelRefused, Origin, manifest_toml
from models.store import ModelStore, VerifiedModel
from tests.vision.tiny_models import embedder_graph, embedder_manifest, model_bytes, write_model

CONTENT = model_bytes(embedder_graph())
ROOT = Path(__file__).parents[2]


class Shelf(ThreadingHTTPServer):
    """What it serves, by path; a list of addresses for redirections; and how it misbehaves."""

    daemon_threads = True

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.moved: dict[str, str] = {}
        super().__init__(("127.0.0.1", 0), Answer)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answer(BaseHTTPRequestHandler):
    server: Shelf

    def do_GET(self) -> None:
        if self.path in self.server.moved:
            self.send_response(302)
            self.send_header("Location", self.server.moved[self.path])
            self.end_headers()
        elif self.path == "/endless":
            self.send_response(200)
            self.end_headers()
            try:
                while True:
                    self.wfile.write(bytes(65536))
            except OSError:
                self.close_connection = True
        elif self.path == "/half":
            self.send_response(200)
            self.send_header("Content-Length", str(len(CONTENT)))
            self.end_headers()
            self.wfile.write(CONTENT[: len(CONTENT) // 2])
        elif self.path in self.server.files:
            body = self.server.files[self.path]
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        else:
            self.send_error(404)

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def web() -> Iterator[Shelf]:
    server = Shelf()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    (tmp_path / "shipped").mkdir()
    return ModelStore(tmp_path / "added", tmp_path / "shipped")


def accepted(model: VerifiedModel) -> None:
    assert model.content == CONTENT


def known(store: ModelStore, url: str = "", companions: tuple[Companion, ...] = ()) -> Manifest:
    """A manifest that the store knows without having its file."""
    manifest = embedder_manifest(CONTENT, origin=Origin(licence="MIT", source="a test", url=url), companions=companions)
    write_model(store.shipped, manifest, None)
    return manifest


def left_over(store: ModelStore) -> list[str]:
    assert store.folder is not None
    return sorted(path.name for path in store.folder.iterdir() if path.name != ".lock")


def test_a_known_model_comes_from_where_its_manifest_says(store: ModelStore, web: Shelf) -> None:
    web.files["/m/tiny.onnx"] = CONTENT
    known(store, f"{web.url}/m/tiny.onnx")
    seen: list[tuple[int, int]] = []
    row = bring(store, "tiny", None, accepted, lambda so_far, in_all: seen.append((so_far, in_all)))
    assert row.active
    assert not row.shipped
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert store.read("tiny").content == CONTENT
    assert left_over(store) == ["active.json", "tiny"]


def test_the_eye_can_read_what_a_careful_person_brought(store: ModelStore, tmp_path: Path) -> None:
    known(store)
    (tmp_path / "m.onnx").write_bytes(CONTENT)
    assert store.folder is not None
    store.folder.mkdir()
    before = os.umask(0o077)
    try:
        bring(store, str(tmp_path / "m.onnx"), None, accepted)
    finally:
        os.umask(before)
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in store.folder.rglob("*") if path.name != ".lock"}
    assert modes == {"tiny": "0o755", "1": "0o755", "manifest.toml": "0o644", "tiny.onnx": "0o644", "active.json": "0o644"}


def test_a_file_is_known_by_its_hash_whatever_it_is_called(store: ModelStore, tmp_path: Path) -> None:
    known(store)
    (tmp_path / "from a stick.bin").write_bytes(CONTENT)
    assert bring(store, str(tmp_path / "from a stick.bin"), None, accepted).folder.joinpath("tiny.onnx").is_file()


def test_an_address_is_followed_and_its_file_known_by_hash(store: ModelStore, web: Shelf) -> None:
    known(store)
    web.files["/real"] = CONTENT
    web.moved["/there"] = "/real"
    assert bring(store, f"{web.url}/there", None, accepted).manifest.key == "tiny@1"


def test_a_model_of_one_s_own_comes_with_its_manifest(store: ModelStore, tmp_path: Path) -> None:
    path = write_model(tmp_path / "ours", embedder_manifest(CONTENT, "ours"), CONTENT)
    assert bring(store, str(tmp_path / "ours" / "ours.onnx"), path, accepted).active
    store.remove("ours", "1")
    assert bring(store, str(path), None, accepted).active, "by the manifest alone, the file beside it"


def test_companions_come_along(store: ModelStore, web: Shelf, tmp_path: Path) -> None:
    beside = b"whitening"
    companion = Companion(file="white.npz", sha256=hashlib.sha256(beside).hexdigest(), size=len(beside))
    web.files |= {"/m/tiny.onnx": CONTENT, "/m/white.npz": beside}
    known(store, f"{web.url}/m/tiny.onnx", companions=(companion,))
    assert bring(store, "tiny", None, accepted).present
    assert store.read("tiny").companions == {"white.npz": beside}
    store.remove("tiny", "1")
    (tmp_path / "tiny.onnx").write_bytes(CONTENT)
    with pytest.raises(ModelRefused, match=r"needs white.npz too"):
        bring(store, str(tmp_path / "tiny.onnx"), None, accepted)
    assert left_over(store) == ["active.json"]


def test_another_file_than_was_meant_is_refused(store: ModelStore, web: Shelf) -> None:
    known(store, f"{web.url}/m")
    for body, said in (
        (CONTENT[:-1] + b"\0", "not the file that was meant"),
        (CONTENT[:-1], "cut off or another file"),
        (CONTENT + b"\0", "longer than the"),
        (b"<html>please log in</html>", "cut off or another file"),
    ):
        web.files["/m"] = body
        with pytest.raises(ModelRefused, match=said):
            bring(store, "tiny", None, accepted)
        assert left_over(store) == []


@pytest.mark.parametrize(
    ("path", "said"),
    [("/endless", "longer than the"), ("/half", "cut off or another file"), ("/nothing", "404"), ("/elsewhere", "cannot be had")],
)
def test_a_server_that_misbehaves_brings_nothing(store: ModelStore, web: Shelf, path: str, said: str) -> None:
    web.moved["/elsewhere"] = "file:///etc/hostname"
    known(store, web.url + path)
    with pytest.raises(ModelRefused, match=said):
        bring(store, "tiny", None, accepted)
    assert left_over(store) == []


def test_a_server_that_is_not_there_is_said_to_be_away(store: ModelStore, web: Shelf) -> None:
    web.server_close()
    known(store, f"{web.url}/m")
    with pytest.raises(ModelRefused, match="cannot be had"):
        bring(store, "tiny", None, accepted)


@pytest.mark.parametrize(
    "source",
    [
        "file:///etc/hostname",
        "ftp://127.0.0.1/x",
        "no/such/file.onnx",
        "unknown-model",
        "",
        "/dev/zero",
        "http://[",
        "http://a b/",
        "http://127.0.0.1:99999/",
    ],
)
def test_other_sources_are_refused(store: ModelStore, source: str, tmp_path: Path) -> None:
    with pytest.raises(ModelRefused):
        fetch(source, tmp_path / "into", 1000)
    with pytest.raises(ModelRefused):
        bring(store, source, None, accepted)
    assert left_over(store) == []


def test_a_file_that_nobody_knows_needs_a_manifest(store: ModelStore, tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_bytes(CONTENT)
    with pytest.raises(ModelRefused, match=r"no known model has the SHA-256 .* --manifest"):
        bring(store, str(tmp_path / "m.onnx"), None, accepted)


def test_a_known_model_with_a_turned_bit_is_said_to_be_damaged(store: ModelStore, tmp_path: Path) -> None:
    known(store)
    (tmp_path / "m.onnx").write_bytes(CONTENT[:-1] + bytes([CONTENT[-1] ^ 1]))
    with pytest.raises(ModelRefused, match=r"it is as long as tiny@1: .* damaged on the way, bring it again"):
        bring(store, str(tmp_path / "m.onnx"), None, accepted)
    with pytest.raises(ModelRefused, match=r"there is no manifest .*none\.toml; check the path"):
        bring(store, str(tmp_path / "m.onnx"), tmp_path / "none.toml", accepted)
    assert left_over(store) == []


def test_what_is_here_is_not_brought_twice(store: ModelStore, tmp_path: Path) -> None:
    known(store)
    (tmp_path / "m.onnx").write_bytes(CONTENT)
    bring(store, str(tmp_path / "m.onnx"), None, accepted)
    for source in (str(tmp_path / "m.onnx"), "tiny"):
        with pytest.raises(ModelRefused, match="here already"):
            bring(store, source, None, accepted)
    assert store.read("tiny").content == CONTENT


def test_a_known_model_without_an_address_asks_for_one(store: ModelStore) -> None:
    known(store)
    with pytest.raises(ModelRefused, match="add it as FILE or URL, it is from: a test"):
        bring(store, "tiny", None, accepted)


def test_a_model_that_fails_its_proof_is_not_taken_in(store: ModelStore, tmp_path: Path) -> None:
    known(store)
    (tmp_path / "m.onnx").write_bytes(CONTENT)

    def refused(model: VerifiedModel) -> None:
        raise ModelRefused(f"{model.manifest.key} cannot be run")

    with pytest.raises(ModelRefused, match="cannot be run"):
        bring(store, str(tmp_path / "m.onnx"), None, refused)
    assert left_over(store) == []


def test_without_a_folder_nothing_is_brought(store: ModelStore, tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_bytes(CONTENT)
    with pytest.raises(ModelRefused, match="no folder for added models"):
        bring(ModelStore(None, store.shipped), str(tmp_path / "m.onnx"), None, accepted)


def test_a_killed_intake_leaves_no_half_model(store: ModelStore, web: Shelf, tmp_path: Path) -> None:
    known(store, f"{web.url}/m")
    web.files["/m"] = CONTENT
    script = (
        "import sys, time; from pathlib import Path; from models.intake import bring; from models.store import ModelStore\n"
        "def prove(model):\n    print('here', flush=True); time.sleep(60)\n"
        "bring(ModelStore(Path(sys.argv[1]), Path(sys.argv[2])), 'tiny', None, prove)"
    )
    child = subprocess.Popen([sys.executable, "-c", script, str(store.folder), str(store.shipped)], stdout=subprocess.PIPE, cwd=ROOT)
    assert child.stdout is not None
    assert child.stdout.readline() == b"here\n"
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    child.stdout.close()
    assert [row.present for row in store.entries()] == [False]
    assert len(left_over(store)) == 1, "what the killed one had fetched"
    long_ago = time.time() - 100_000
    os.utime(Path(store.folder or "") / left_over(store)[0], (long_ago, long_ago))
    assert bring(store, "tiny", None, accepted).active
    assert store.read("tiny").content == CONTENT
    assert left_over(store) == ["active.json", "tiny"]


def test_two_that_bring_the_same_at_once_do_not_hurt_each_other(store: ModelStore, tmp_path: Path) -> None:
    known(store)
    (tmp_path / "m.onnx").write_bytes(CONTENT)
    together, outcomes = threading.Barrier(2), []

    def one() -> None:
        def wait(model: VerifiedModel) -> None:
            together.wait(timeout=10)

        try:
            outcomes.append(bring(store, str(tmp_path / "m.onnx"), None, wait).manifest.key)
        except ModelRefused as error:
            outcomes.append(str(error))

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("tiny@1") == 1
    assert sum("is here already" in one for one in outcomes) == 1
    assert store.read("tiny").content == CONTENT


def test_the_manifest_is_kept_as_it_was_known(store: ModelStore, tmp_path: Path) -> None:
    manifest = known(store)
    (tmp_path / "m.onnx").write_bytes(CONTENT)
    row = bring(store, str(tmp_path / "m.onnx"), None, accepted)
    assert (row.folder / "manifest.toml").read_text() == manifest_toml(manifest)
    assert time.time() - row.folder.stat().st_mtime < 60
