"""The store of models: real folders, what is found in them, what is refused, and which version is used after whatever was done."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.manifest import Companion, ModelRefused, manifest_toml
from models.store import ACTIVE_FILE, CATALOG, MANIFEST_FILE, Entry, ModelStore
from tests.vision.tiny_models import embedder_graph, embedder_manifest, model_bytes, tiny_store, write_model

FIRST = model_bytes(embedder_graph(seed=1))
SECOND = model_bytes(embedder_graph(seed=2))


def add(store: ModelStore, version: str, content: bytes = SECOND, name: str = "tiny") -> Entry:
    """Past the intake, which has tests of its own."""
    assert store.folder is not None
    staged = store.folder / f".test-{version}"
    staged.mkdir(parents=True)
    manifest = embedder_manifest(content, name, version)
    (staged / MANIFEST_FILE).write_text(manifest_toml(manifest))
    (staged / manifest.file).write_bytes(content)
    return store.admit(staged, manifest)


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    """One model, ``tiny`` version 1, came along."""
    write_model(tmp_path / "shipped", embedder_manifest(FIRST), FIRST)
    return ModelStore(tmp_path / "added", tmp_path / "shipped")


def active(store: ModelStore, name: str = "tiny") -> str:
    return store.find(name).manifest.version


def test_what_came_along_is_read_and_checked(store: ModelStore) -> None:
    model = store.read("tiny")
    assert model.content == FIRST
    assert model.manifest.key == "tiny@1"
    assert not (store.folder or Path()).exists(), "looking changes nothing"


def test_without_a_folder_there_is_what_came_along(store: ModelStore) -> None:
    alone = ModelStore(None, store.shipped)
    assert alone.read("tiny").content == FIRST
    with pytest.raises(ModelRefused, match="no folder for added models"):
        alone.use("tiny", "1")


def test_a_new_version_waits_until_it_is_chosen_and_rollback_goes_back(store: ModelStore) -> None:
    assert not add(store, "2").active
    assert active(store) == "1"
    store.use("tiny", "2")
    assert store.read("tiny").content == SECOND
    add(store, "3", FIRST)
    store.use("tiny", "3")
    assert active(ModelStore(store.folder, store.shipped)) == "3", "it is on the disk"
    assert [store.rollback("tiny").version, store.rollback("tiny").version] == ["2", "1"]
    with pytest.raises(ModelRefused, match="before this one"):
        store.rollback("tiny")
    assert active(store) == "1"


def test_going_to_and_fro_does_not_fill_the_history(store: ModelStore) -> None:
    add(store, "2")
    for _ in range(12):
        store.use("tiny", "2")
        store.use("tiny", "1")
    assert store.rollback("tiny").version == "2"
    assert json.loads((Path(store.folder or "") / ACTIVE_FILE).read_text()) == {"tiny": ["2"]}


def test_the_first_version_of_a_name_is_used_at_once(store: ModelStore) -> None:
    assert add(store, "7", name="other").active
    assert store.read("other").content == SECOND


def test_a_version_is_not_overwritten(store: ModelStore) -> None:
    with pytest.raises(ModelRefused, match="here already"):
        add(store, "1")
    add(store, "2")
    shutil.rmtree(Path(store.folder or "") / ".test-1")
    with pytest.raises(ModelRefused, match="give the new one another version"):
        add(store, "2")
    assert store.read("tiny", "2").content == SECOND


def test_what_is_used_is_not_removed_and_what_came_along_never(store: ModelStore) -> None:
    add(store, "2")
    store.use("tiny", "2")
    with pytest.raises(ModelRefused, match="is in use; first `smartstore models use tiny 1`"):
        store.remove("tiny", "2")
    with pytest.raises(ModelRefused, match="came with the program"):
        store.remove("tiny", "1")
    store.rollback("tiny")
    store.remove("tiny", "2")
    assert [row.manifest.version for row in store.entries()] == ["1"]
    assert not (Path(store.folder or "") / "tiny").exists()


def test_the_only_version_can_be_removed_and_brought_again(store: ModelStore) -> None:
    add(store, "7", name="other")
    store.remove("other", "7")
    with pytest.raises(ModelRefused, match="no model called 'other'; there are: tiny"):
        store.read("other")
    assert add(store, "7", name="other").active


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (FIRST[:-1], "cut off or another file"),
        (FIRST + b"\0", "cut off or another file"),
        (b"", "has 0 bytes"),
        (FIRST[:-1] + bytes([FIRST[-1] ^ 1]), "not the file that was meant"),
    ],
)
def test_bytes_that_are_not_the_manifest_s_are_refused(store: ModelStore, content: bytes, said: str) -> None:
    (store.shipped / "tiny.onnx").write_bytes(content)
    with pytest.raises(ModelRefused, match=rf"{said}.*: bring it again, by installing the program again"):
        store.read("tiny")


def test_a_broken_version_is_not_chosen_and_not_gone_back_to(store: ModelStore) -> None:
    two = add(store, "2")
    store.use("tiny", "2")
    store.use("tiny", "1")
    (two.folder / "tiny.onnx").write_bytes(FIRST)
    with pytest.raises(ModelRefused, match="not the file that was meant: bring it again, after `smartstore models remove tiny 2`"):
        store.use("tiny", "2")
    with pytest.raises(ModelRefused, match="not the file that was meant"):
        store.rollback("tiny")
    assert active(store) == "1"


def test_a_pipe_in_place_of_a_model_keeps_nobody_waiting(store: ModelStore) -> None:
    (store.shipped / "tiny.onnx").unlink()
    os.mkfifo(store.shipped / "tiny.onnx")
    with pytest.raises(ModelRefused, match="is not here"):
        store.read("tiny")
    os.mkfifo(store.shipped / "waits.toml")
    assert any("no ordinary file" in problem for problem in store.survey()[1])


def test_a_file_that_this_user_may_not_read_is_named(store: ModelStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests may run as root, who may read everything; so the answer of the system is played."""

    def refused(path: Path, *_: object) -> int:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "open", refused)
    with pytest.raises(ModelRefused, match=r"may not be read by this user; make it readable for all"):
        store.read("tiny")


def test_a_file_without_end_is_read_no_further_than_it_may_be(store: ModelStore) -> None:
    with open(store.shipped / "tiny.onnx", "r+b") as file:
        file.truncate(1 << 40)
    with pytest.raises(ModelRefused, match=f"has {len(FIRST) + 1} bytes"):
        store.read("tiny")


def test_one_broken_manifest_hides_no_other_model(store: ModelStore) -> None:
    (store.shipped / "broken.toml").write_text("name = ")
    (store.shipped / "latin.toml").write_bytes(b"title = '\xe4'")
    (Path(store.folder or "") / "x" / "1").mkdir(parents=True)
    (Path(store.folder or "") / "x" / "1" / MANIFEST_FILE).mkdir()
    assert store.read("tiny").content == FIRST
    assert len(store.survey()[1]) == 3
    with pytest.raises(ModelRefused, match=r"no model called 'broken'.*is not TOML"):
        store.read("broken")


def test_a_manifest_in_another_s_place_is_refused(store: ModelStore) -> None:
    wrong = Path(store.folder or "") / "tiny" / "2"
    wrong.mkdir(parents=True)
    (wrong / MANIFEST_FILE).write_text(manifest_toml(embedder_manifest(SECOND, version="3")))
    with pytest.raises(ModelRefused, match="no version 2 of tiny"):
        store.read("tiny", "2")
    assert "belongs into" in store.survey()[1][0]


@pytest.mark.parametrize("text", ["{", "[]", '{"tiny": "2"}', '{"../tiny": ["2"]}', '{"tiny": ["../../2"]}', "[" * 100_000])
def test_choices_that_cannot_be_read_are_no_choices(store: ModelStore, text: str) -> None:
    add(store, "2")
    (Path(store.folder or "") / ACTIVE_FILE).write_text(text)
    with pytest.raises(ModelRefused, match=r"active.json cannot be read; delete it"):
        store.read("tiny")


def test_a_chosen_version_that_vanished_is_missed_and_not_replaced_in_silence(store: ModelStore) -> None:
    two = add(store, "2")
    store.use("tiny", "2")
    shutil.rmtree(two.folder)
    with pytest.raises(ModelRefused, match="version 2 of tiny is to be used and is not there"):
        store.read("tiny")
    assert store.rollback("tiny").version == "1"


def test_a_newer_release_finds_its_own_model(store: ModelStore) -> None:
    add(store, "9")
    store.use("tiny", "9")
    store.rollback("tiny")
    (store.shipped / "tiny.toml").unlink()
    write_model(store.shipped, embedder_manifest(SECOND, version="2026"), SECOND)
    assert active(store) == "2026", "what came along was meant, not its number"
    store.use("tiny", "9")
    assert store.rollback("tiny").version == "2026"


def test_what_a_person_brought_stands_before_a_release_of_the_same_version(store: ModelStore) -> None:
    add(store, "2")
    store.use("tiny", "2")
    (store.shipped / "tiny.toml").unlink()
    write_model(store.shipped, embedder_manifest(FIRST, version="2"), FIRST)
    assert [(row.shipped, row.active) for row in store.entries()] == [(False, True)]
    assert store.read("tiny").content == SECOND, "galleries were enrolled with it"


def test_what_came_along_and_vanished_is_missed(store: ModelStore) -> None:
    add(store, "2")
    store.use("tiny", "2")
    store.use("tiny", "1")
    (store.shipped / "tiny.toml").unlink()
    with pytest.raises(ModelRefused, match="the version that came along of tiny is to be used and is not there"):
        store.read("tiny")
    store.use("tiny", "2")
    with pytest.raises(ModelRefused, match="nothing of tiny is there to go back to"):
        store.rollback("tiny")


def test_a_known_model_asks_to_be_brought(store: ModelStore) -> None:
    write_model(store.shipped, embedder_manifest(SECOND, "later"), None)
    with pytest.raises(ModelRefused, match="smartstore models add FILE`; it is from: made in a test"):
        store.read("later")
    assert add(store, "1", name="later").active, "the brought one takes the manifest's place"
    assert [row.present for row in store.entries() if row.manifest.name == "later"] == [True]
    store.remove("later", "1")
    assert [row.present for row in store.entries() if row.manifest.name == "later"] == [False]


def test_companions_are_checked_like_the_model(tmp_path: Path) -> None:
    beside = b"whitening"
    companion = Companion(file="tiny.npz", sha256=hashlib.sha256(beside).hexdigest(), size=len(beside))
    write_model(tmp_path, embedder_manifest(FIRST, companions=(companion,)), FIRST)
    store = ModelStore(None, tmp_path)
    with pytest.raises(ModelRefused, match="not here"):
        store.read("tiny")
    (tmp_path / "tiny.npz").write_bytes(beside)
    assert store.read("tiny").companions == {"tiny.npz": beside}
    (tmp_path / "tiny.npz").write_bytes(b"Whitening")
    with pytest.raises(ModelRefused, match=r"tiny.npz has the SHA-256"):
        store.read("tiny")


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["add", "use", "rollback", "remove"]), st.sampled_from(["1", "2", "3"])), max_size=10))
def test_whatever_is_done_one_version_is_used_and_can_be_read(steps: list[tuple[str, str]]) -> None:
    with TemporaryDirectory() as place:
        write_model(Path(place) / "shipped", embedder_manifest(FIRST), FIRST)
        store = ModelStore(Path(place) / "added", Path(place) / "shipped")
        here, used = {"1"}, ["1"]
        for what, version in steps:
            possible = {
                "add": version not in here,
                "use": version in here,
                "rollback": len(used) > 1,
                "remove": version in here and version not in ("1", used[0]),
            }[what]
            try:
                done = _do(store, what, version)
            except ModelRefused:
                assert not possible, f"{what} {version} of {here}, used {used}"
                shutil.rmtree(Path(place) / "added" / f".test-{version}", ignore_errors=True)
            else:
                assert possible, f"{what} {version} of {here}, used {used}"
                if what == "use":
                    used = [version, *(one for one in used if one != version)]
                elif what == "rollback":
                    used = used[1:]
                    assert done == used[0]
                else:
                    here ^= {version}
                    used = [one for one in used if what == "add" or one != version]
            assert store.read("tiny").manifest.version == used[0]
            assert {row.manifest.version for row in store.entries()} == here
            assert [row.manifest.version for row in store.entries() if row.active] == [used[0]]


def _do(store: ModelStore, what: str, version: str) -> str:
    if what == "add":
        return add(store, version).manifest.version
    if what == "use":
        return store.use("tiny", version).version
    if what == "rollback":
        return store.rollback("tiny").version
    store.remove("tiny", version)
    return version


def test_the_tiny_store_of_other_tests_holds(tmp_path: Path) -> None:
    assert tiny_store(tmp_path).read("product-embedder").manifest.purpose == "embedder"


def test_every_model_that_comes_along_is_what_its_manifest_says() -> None:
    store = ModelStore(None, CATALOG)
    found, problems = store.survey()
    assert not problems
    for row in found:
        if row.present:
            store.read(row.manifest.name, row.manifest.version)
