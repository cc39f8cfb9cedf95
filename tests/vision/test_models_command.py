"""``smartstore models`` from outside: what a person types, what is printed, the exit code, and what is on the disk afterwards."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from edge.cli.__main__ import main
from models import store as model_store
from models.manifest import manifest_toml
from tests.vision.tiny_models import embedder_graph, embedder_manifest, model_bytes, write_model

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "store.toml"
FIRST = model_bytes(embedder_graph(seed=1))
SECOND = model_bytes(embedder_graph(seed=2))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One model came along; the folder for added ones is still to be made."""
    write_model(tmp_path / "shipped", embedder_manifest(FIRST, "seer"), FIRST)
    monkeypatch.setattr(model_store.ModelStore.__init__, "__defaults__", (None, tmp_path / "shipped"))
    return tmp_path / "added"


def own_model(place: Path, version: str = "2", content: bytes = SECOND) -> tuple[str, str]:
    """A model of the operator's and its manifest, as words for the command line."""
    manifest = embedder_manifest(content, "seer", version)
    place.mkdir(exist_ok=True)
    (place / "ours.toml").write_text(manifest_toml(manifest))
    (place / "ours.onnx").write_bytes(content)
    return str(place / "ours.onnx"), str(place / "ours.toml")


def store_file(line: str) -> str:
    """The example, in which the eye is commented out, with this line under [vision]."""
    return f"{EXAMPLE.read_text()}\n[vision]\n{line}\n"


def test_a_model_s_whole_life(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model, manifest = own_model(tmp_path / "stick")
    where = ["--folder", str(folder)]
    assert main(["models", "add", model, "--manifest", manifest, *where]) == 0
    said = capsys.readouterr().out
    assert "seer@2: hash, shape and operators are right; one picture takes" in said
    assert "another version is in use; `smartstore models use seer 2` changes that" in said
    assert main(["models", "use", "seer", "2", *where]) == 0
    assert main(["models", "list", *where]) == 0
    assert [line.split()[:5] for line in capsys.readouterr().out.splitlines() if line.startswith("seer ")] == [
        ["seer", "1", "embedder", "here,", "came"],
        ["seer", "2", "embedder", "in", "use,"],
    ]
    assert main(["models", "verify", *where]) == 0
    assert capsys.readouterr().out.count("are right") == 2
    assert main(["models", "remove", "seer", "2", *where]) == 1
    assert "is in use; first" in capsys.readouterr().err
    assert main(["models", "rollback", "seer", *where]) == 0
    assert capsys.readouterr().out == "seer@1 is in use\n"
    assert main(["models", "remove", "seer", "2", *where]) == 0
    assert main(["models", "list", "--json", *where]) == 0
    rows = json.loads(capsys.readouterr().out.partition("\n")[2])
    assert [(row["name"], row["version"], row["state"]) for row in rows] == [("seer", "1", "in use, came along")]


def test_what_is_shown_is_a_manifest(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "show", "seer", "--folder", str(folder)]) == 0
    first, _, rest = capsys.readouterr().out.partition("\n")
    assert first.startswith("# seer@1: in use, came along")
    assert rest == manifest_toml(embedder_manifest(FIRST, "seer"))
    assert main(["models", "show", "seer", "9", "--folder", str(folder)]) == 1
    assert "there are: 1" in capsys.readouterr().err


def test_a_changed_file_is_refused_by_verify(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "shipped" / "seer.onnx").write_bytes(SECOND)
    assert main(["models", "verify", "--folder", str(folder)]) == 1
    assert "REFUSED seer@1: seer.onnx has the SHA-256" in capsys.readouterr().err
    assert main(["models", "verify", "nobody", "--folder", str(folder)]) == 1
    assert "nobody: not here" in capsys.readouterr().err


def test_a_model_that_lies_about_its_shape_is_not_taken_in(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model, manifest = own_model(tmp_path / "stick")
    text = Path(manifest).read_text()
    Path(manifest).write_text(text.replace("width = 32", "width = 64"))
    assert main(["models", "add", model, "--manifest", manifest, "--folder", str(folder)]) == 1
    assert "its input has the shape" in capsys.readouterr().err
    Path(manifest).write_text(text.replace("[embedding]", "[embeding]"))
    assert main(["models", "add", model, "--manifest", manifest, "--folder", str(folder)]) == 1
    assert "embeding: is no key of a manifest" in capsys.readouterr().err
    assert main(["models", "add", str(tmp_path / "nothing.onnx"), "--folder", str(folder)]) == 1
    assert "neither a file nor the name of a known model" in capsys.readouterr().err
    assert [path.name for path in folder.iterdir()] == []


def test_one_broken_manifest_is_named_and_hides_nothing(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "shipped" / "broken.toml").write_text("name =")
    assert main(["models", "list", "--folder", str(folder)]) == 1
    shown = capsys.readouterr()
    assert "broken.toml is not TOML" in shown.err
    assert "seer" in shown.out


def test_the_folder_is_that_of_the_store_file(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model, manifest = own_model(tmp_path / "stick")
    config = tmp_path / "store.toml"
    config.write_text(store_file('models = "models-here"'))
    assert main(["models", "add", model, "--manifest", manifest, "--config", str(config)]) == 0
    assert (tmp_path / "models-here" / "seer" / "2" / "seer.onnx").is_file()
    capsys.readouterr()
    config.write_text("[vision]\nmodel = 3\n")
    assert main(["models", "list", "--config", str(config)]) == 2
    assert "model" in capsys.readouterr().err


def test_a_model_is_proved_where_the_store_file_lets_it_run(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    config = tmp_path / "store.toml"
    config.write_text(store_file('providers = ["cuda", "cpu"]'))
    assert main(["models", "verify", "--config", str(config), "--folder", str(folder)]) == 0
    assert capsys.readouterr().out.endswith(" ms on cpu\n")
    assert "seer@1 does not run on cuda" in caplog.text


def test_without_a_folder_adding_says_which_to_name(tmp_path: Path, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    model, manifest = own_model(tmp_path / "stick")
    config = tmp_path / "store.toml"
    config.write_text(store_file("threads = 1"))
    assert main(["models", "add", model, "--manifest", manifest, "--config", str(config)]) == 1
    assert "name one with --folder, or under [vision] models" in capsys.readouterr().err


def test_running_a_model_needs_the_eye_s_packages_and_says_so() -> None:
    script = "import sys; sys.modules['onnxruntime'] = None\n"
    script += "from edge.cli.__main__ import main; sys.exit(main(['models', 'verify']))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "install smartstore-edge[vision]" in done.stderr
    assert "Traceback" not in done.stderr


def test_listing_needs_no_onnxruntime() -> None:
    """On a cabinet that only weighs it is not installed."""
    script = "import sys; sys.modules['onnxruntime'] = sys.modules['cv2'] = sys.modules['numpy'] = None\n"
    script += "from edge.cli.__main__ import main; sys.exit(main(['models', 'list']))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "yolox-nano-person" in done.stdout


def test_the_list_fits_beside_another_window(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "list", "--folder", str(tmp_path)]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert max(map(len, shown)) <= 100
    assert any(line.startswith("    YOLOX-nano trained on persons alone") for line in shown)


@pytest.mark.parametrize("action", ["list", "show", "add", "draft", "verify", "use", "remove", "rollback"])
def test_every_action_explains_itself_with_examples_of_its_own(action: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["models", action, "--help"])
    _, _, examples = capsys.readouterr().out.partition("examples:\n")
    assert examples
    assert all(f"smartstore models {action}" in line for line in examples.splitlines())


def test_a_file_that_is_not_there_is_named_in_words(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "draft", str(tmp_path / "none.onnx"), "--folder", str(folder)]) == 1
    assert capsys.readouterr().err == f"smartstore models: {tmp_path}/none.onnx: No such file or directory\n"
    assert main(["models", "add", "http://127.0.0.1:1/x.onnx", "--folder", str(folder)]) == 1
    assert "x.onnx cannot be had: Connection refused; try again" in capsys.readouterr().err
