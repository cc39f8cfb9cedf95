"""Models on the technician's page: which version is in use, chosen, gone back from, and refused with a reason."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from edge.runtime.care import versions
from edge.runtime.run_mark import RunMark
from edge.runtime.settings import StoreSettings, load_settings
from edge.web.care.version_views import ModelView
from models.manifest import manifest_toml
from models.store import MANIFEST_FILE, ModelStore
from tests.vision.tiny_models import embedder_graph, embedder_manifest, model_bytes

EXAMPLE = Path(__file__).parents[2] / "examples" / "store.toml"


def settings_with(folder: Path) -> StoreSettings:
    settings = load_settings(EXAMPLE, check_files=False)
    return settings.model_copy(update={"vision": settings.vision.model_copy(update={"models": folder, "embedder": "tiny"})})


def told(settings: StoreSettings, tmp_path: Path) -> dict[str, ModelView]:
    mark = RunMark(tmp_path / "journal.db", release="1", boot="b", now_unix_s=1.0)
    return {model.name: model for model in versions.versions(settings, mark, release="1", boot="b").models}


def test_what_runs_here_is_told(tmp_path: Path) -> None:
    mark = RunMark(tmp_path / "journal.db", release="1", boot="b", now_unix_s=7.0)
    found = versions.versions(settings_with(tmp_path / "models"), mark, release="1", boot="b")
    assert (found.release, found.started_unix_s, found.earlier_release, found.update_service) == ("1", 7.0, None, False)
    assert found.python.startswith("3.")
    assert found.installed_by == "sources"
    assert found.system
    assert found.machine_started_unix_s is not None
    assert found.last_end.code in {"first", "unknown"}


def test_a_version_is_chosen_and_gone_back_from(tmp_path: Path, brought: Path) -> None:
    settings = settings_with(brought)
    (tiny,) = [model for name, model in told(settings, tmp_path).items() if name == "tiny"]
    assert [(row.version, row.active, row.previous) for row in tiny.versions] == [("1", True, False), ("2", False, False)]
    result = versions.use_model(settings, "tiny", "2")
    assert (result.accepted, result.code, result.version) == (True, "model_used", "2")
    tiny = told(settings, tmp_path)["tiny"]
    assert [(row.version, row.active, row.previous) for row in tiny.versions] == [("1", False, True), ("2", True, False)]
    back = versions.roll_back_model(settings, "tiny")
    assert (back.accepted, back.version) == (True, "1")
    assert not versions.roll_back_model(settings, "tiny").accepted


@pytest.mark.parametrize(("name", "version"), [("tiny", "9"), ("other", "1"), ("../tiny", "1"), ("tiny", "../1"), ("tiny\x00", "1")])
def test_what_is_not_there_is_refused_with_words(brought: Path, name: str, version: str) -> None:
    result = versions.use_model(settings_with(brought), name, version)
    assert (result.accepted, result.code) == (False, "model_refused")
    assert result.words


def test_a_damaged_model_is_not_taken(tmp_path: Path, brought: Path) -> None:
    (damaged,) = (brought / "tiny" / "2").glob("*.onnx")
    damaged.write_bytes(bytes(damaged.stat().st_size))
    result = versions.use_model(settings_with(brought), "tiny", "2")
    assert (result.accepted, result.code) == (False, "model_refused")
    assert "SHA-256" in result.words
    assert told(settings_with(brought), tmp_path)["tiny"].versions[0].active


def test_a_folder_that_this_user_may_not_change_is_said_with_the_way_out(brought: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(self: ModelStore, name: str, version: str) -> None:
        raise PermissionError(13, "Permission denied", os.fspath(brought))

    monkeypatch.setattr(ModelStore, "use", forbidden)
    result = versions.use_model(settings_with(brought), "tiny", "2")
    assert (result.accepted, result.code) == (False, "model_not_allowed")
    assert f"sudo -u smartstore-vision smartstore models use tiny 2 --folder {brought}" in result.words


def test_choices_that_cannot_be_read_are_told_and_break_nothing(tmp_path: Path, brought: Path) -> None:
    (brought / "active.json").write_text("{")
    mark = RunMark(tmp_path / "journal.db", release="1", boot="b", now_unix_s=1.0)
    found = versions.versions(settings_with(brought), mark, release="1", boot="b")
    assert found.models == ()
    assert "active.json cannot be read" in found.models_trouble[0]


@pytest.fixture
def brought(tmp_path: Path) -> Path:
    """Two versions of a model that a person brought; the first is in use."""
    store = ModelStore(tmp_path / "models")
    assert store.folder is not None
    for version, seed in (("1", 1), ("2", 2)):
        content = model_bytes(embedder_graph(seed=seed))
        manifest = embedder_manifest(content, "tiny", version)
        staged = store.folder / f".staged-{version}"
        staged.mkdir(parents=True)
        (staged / MANIFEST_FILE).write_text(manifest_toml(manifest))
        (staged / manifest.file).write_bytes(content)
        store.admit(staged, manifest)
    store.use("tiny", "1")
    return store.folder
