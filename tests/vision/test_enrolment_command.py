"""Enrolling from the command line as a person does it: files in, a gallery in use, conflicts named, galleries judged and taken back."""

from __future__ import annotations

import json
import re
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from edge.cli.__main__ import main
from models import store as model_store
from tests.vision.products import EXTRA, LIGHT, PEACH, WATER, blurred, jpeg, pictures, write
from tests.vision.tiny_models import embedder_graph, embedder_manifest, model_bytes, write_model
from vision.gallery_file import trusted_keys
from vision.gallery_folder import GalleryFolder, read_gallery

EXAMPLE = Path(__file__).parents[2] / "examples" / "store.toml"
SHIPPED = model_store.ModelStore().find("product-embedder").manifest
NAMES = {EXTRA: "Foorso extra", PEACH: "Foorso peach", LIGHT: "Quifo light", WATER: "Orkaru water"}
WEIGHTS = {EXTRA: 512.0, PEACH: 513.0, LIGHT: 514.0, WATER: 350.0}


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store file that sells the drawn products: one of them on each plate, the two cartons of one weight beside each other."""
    text = EXAMPLE.read_text()
    devices, goods = text[: text.index("[[product]]")], []
    for plate, (gtin, name) in zip(("A1", "A2", "B1", "B2"), NAMES.items(), strict=True):
        goods.append(f'[[product]]\ngtin = "{gtin}"\nname = "{name}"\nprice_minor = 199\ntax_bp = 700\nunit_weight_g = {WEIGHTS[gtin]}\n')
        goods.append(f'[[planogram]]\nplate = "{plate}"\ngtin = "{gtin}"\ncount = 6\n')
    devices = devices[: devices.index("# ---- what is sold")] if "# ---- what is sold" in devices else devices
    file = tmp_path / "store.toml"
    file.write_text(
        devices
        + "\n".join(goods)
        + '\n[cloud]\nbroker = "mqtt://127.0.0.1:1883"\n\n[entry]\nverify = "cloud"\n\n[vision]\ngallery = "gallery"\n'
    )
    return file


def models(*words: object) -> int:
    return main(["models", *map(str, words)])


def enrolled(store: Path, tmp_path: Path, *gtins: str, seed: int = 0) -> None:
    for gtin in gtins:
        write(tmp_path / f"enrol{seed}", gtin, 5, seed)
    assert models("enrol", "--from", tmp_path / f"enrol{seed}", "--config", store) == 0


def used(tmp_path: Path) -> tuple[str, ...]:
    current = GalleryFolder(tmp_path / "gallery").current()
    return () if current is None else current.gallery.products


def test_five_photographs_make_a_product_known(store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = write(tmp_path, EXTRA, 5)
    (tmp_path / "blurred.jpg").write_bytes(jpeg(blurred(pictures(EXTRA)[5])))
    assert models("enrol", EXTRA, *files, tmp_path / "blurred.jpg", "--config", store) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"Foorso extra ({EXTRA}):\n")
    assert said.count("  used      ") == 5
    assert "  left out  blurred.jpg: blurred; hold still and let the camera focus\n" in said
    assert "gallery 1 is in use: 1 product (" in said
    assert used(tmp_path) == (EXTRA,)


def test_look_alikes_of_one_weight_beside_each_other_are_a_conflict(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "same", EXTRA, 5)
    enrolled(store, tmp_path, EXTRA, WATER)
    capsys.readouterr()
    # The same photographs under another number: nothing looks more alike.
    assert models("enrol", PEACH, *sorted((tmp_path / "same" / EXTRA).iterdir()), "--config", store) == 0
    said = capsys.readouterr().out
    assert (
        "CONFLICT: looks and weighs like Foorso extra (513 g and 512 g), and stands beside it (A2, A1): nothing tells them apart but their "
        "places; put them on plates that are not beside each other" in said
    )
    assert "Orkaru water" not in said


def test_a_dry_run_changes_nothing(store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert models("enrol", EXTRA, *write(tmp_path, EXTRA, 3), "--config", store, "--dry-run") == 0
    assert "nothing was changed" in capsys.readouterr().out
    assert not (tmp_path / "gallery").exists()


def test_a_clip_enrols_too(store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip = write(tmp_path, EXTRA, 6)[0].parent
    assert models("enrol", EXTRA, "--clip", clip, "--config", store) == 0
    assert "  used      4000000000013, picture 1\n" in capsys.readouterr().out
    photographs = write(tmp_path / "more", EXTRA, 2, seed=4)
    assert models("enrol", EXTRA, *photographs, "--clip", clip, "--config", store) == 0
    said = capsys.readouterr().out
    assert "  used      1.jpg\n" in said
    assert "  used      4000000000013, picture 1\n" in said


def test_a_camera_enrols_too(store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frames = write(tmp_path, EXTRA, 6)[0].parent
    store.write_text(store.read_text() + f'[[camera]]\nid = "shelf-1"\nurl = "folder://{frames}?repeat=1"\n')
    assert models("enrol", EXTRA, "--camera", "shelf-1", "--seconds", "1", "--config", store) == 0
    said = capsys.readouterr()
    assert "  used      shelf-1, picture 1\n" in said.out
    assert "Turn the product in front of camera shelf-1 for 1 s" in said.err
    assert models("enrol", EXTRA, "--camera", "shelf-9", "--config", store) == 1
    assert "there is no camera 'shelf-9'; give the address of one, or one of: shelf-1" in capsys.readouterr().err


def test_where_no_photograph_will_do_nothing_is_saved(store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.jpg"
    file.write_bytes(jpeg(blurred(pictures(EXTRA)[0])))
    assert models("enrol", EXTRA, file, "--config", store) == 1
    assert "NOT ENROLLED: the photograph of 4000000000013 will not do" in capsys.readouterr().out
    assert used(tmp_path) == ()


def test_one_bad_product_does_not_keep_the_others_out(store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "all", EXTRA, 3)
    (tmp_path / "all" / WATER).mkdir()
    (tmp_path / "all" / WATER / "a.jpg").write_bytes(jpeg(blurred(pictures(WATER)[0])))
    assert models("enrol", "--from", tmp_path / "all", "--config", store) == 1
    assert "NOT ENROLLED" in capsys.readouterr().out
    assert used(tmp_path) == (EXTRA,)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["4000000000014", "a.jpg"], "its check digit is 3"),
        ([EXTRA], "give photographs, --clip or --camera"),
        ([], "which product"),
        ([EXTRA, "--from", "there"], "leave the others out"),
        (["--from", "there"], "there is no folder"),
        ([EXTRA, "a.jpg", "--box", "1,2,3"], "four fractions"),
        ([EXTRA, "a.jpg", "--box", "0.5,0,0.4,1"], "four fractions"),
        ([EXTRA, "--camera", "c", "--seconds", "0"], "from 1 to 300"),
        ([EXTRA, "a.jpg", "--reach"], "--reach goes with --camera"),
        ([EXTRA, "a.jpg", "--key", "k"], "both --key and --kid"),
    ],
)
def test_a_wrong_call_is_told_and_is_code_two(words: list[str], reason: str, store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert models("enrol", *words, "--config", store) == 2
    assert reason in capsys.readouterr().err


def test_without_the_eye_s_libraries_it_says_what_to_install(store: Path) -> None:
    script = "import sys; sys.modules['cv2'] = None; from edge.cli.__main__ import main; sys.exit(main(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", script, "models", "gallery", "list", "--config", store], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (1, "smartstore models: cv2 is not installed; type: pip install 'smartstore-edge[vision]'\n")


def test_a_file_that_cannot_be_read_is_named(store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert models("enrol", EXTRA, "nowhere.jpg", "--config", store) == 1
    assert "nowhere.jpg cannot be read" in capsys.readouterr().err
    folder = tmp_path / "many" / EXTRA
    folder.mkdir(parents=True)
    (folder / "words.jpg").write_text("no picture")
    assert models("enrol", "--from", folder.parent, "--config", store) == 1
    assert f"{EXTRA}/words.jpg: neither JPEG nor PNG" in capsys.readouterr().err


def test_evaluation_counts_what_is_right(store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    enrolled(store, tmp_path, EXTRA, LIGHT, WATER)
    for gtin in (EXTRA, LIGHT, WATER, PEACH):
        write(tmp_path / "new", gtin, 4, seed=5)
    capsys.readouterr()
    assert models("evaluate", tmp_path / "new", "--config", store, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["photographs"], found["products"], found["gallery"]) == (16, 3, 1)
    assert found["right"] >= 11 / 12
    assert found["right_among_equal_weights"] >= found["right"]
    assert set(found["by_product"]) == {EXTRA, LIGHT, WATER}
    assert 0.0 <= found["unknown_auroc"] <= 1.0
    assert models("evaluate", tmp_path / "new", "--config", store) == 0
    said = capsys.readouterr().out
    assert "photographs              16, 4 of products that are not enrolled" in said


def test_a_worse_gallery_is_told_from_a_better_one(store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    enrolled(store, tmp_path, EXTRA, LIGHT, WATER)
    swapped = tmp_path / "swapped"
    for wrong, right in ((WATER, LIGHT), (LIGHT, WATER)):
        write(tmp_path / "mixed", right, 5)
        swapped.mkdir(exist_ok=True)
        (tmp_path / "mixed" / right).rename(swapped / wrong)
    assert models("enrol", "--from", swapped, "--config", store) == 0
    for gtin in (EXTRA, LIGHT, WATER):
        write(tmp_path / "new", gtin, 6, seed=7)
    capsys.readouterr()
    assert models("compare", tmp_path / "new", "--config", store) == 0
    said = capsys.readouterr().out
    assert re.search(r"of 18 photographs, gallery 1 alone knows \d+, gallery 2 alone \d\n", said)
    assert "does not know" not in said
    assert re.search(r"Gallery 1 is better; two equal ones would differ so with probability (0\.00|less than 0\.001)", said)
    assert models("compare", tmp_path / "new", "1", "1", "--config", store) == 0
    assert "They know the same number; nothing speaks for one of them." in capsys.readouterr().out
    write(tmp_path / "few", LIGHT, 2, seed=7)
    assert models("compare", tmp_path / "few", "--config", store) == 0
    assert "That may be chance (two equal galleries differ so with probability 0.50)" in capsys.readouterr().out
    assert models("gallery", "forget", LIGHT, "--config", store) == 0
    capsys.readouterr()
    assert models("compare", tmp_path / "new", "1", "3", "--config", store) == 0
    assert "of products that gallery 3 does not know: 6 photographs\n" in capsys.readouterr().out
    assert models("compare", tmp_path / "new", "2", "1", "--config", store, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["only_second"] >= 11
    assert found["by_chance"] < 0.01


@pytest.mark.parametrize("count", [1, 10])
def test_from_the_command_to_the_gallery_it_takes_less_than_a_minute(count: int, store: Path, tmp_path: Path) -> None:
    files = write(tmp_path / "photos", WATER, count)
    begun = time.monotonic()
    command = [sys.executable, "-m", "edge.cli", "models", "enrol", WATER, *map(str, files), "--config", str(store)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60, cwd=EXAMPLE.parents[1])
    assert time.monotonic() - begun < 60.0
    assert done.stdout.count("  used      ") == count
    assert "gallery 1 is in use: 1 product (" in done.stdout
    assert done.stderr == ""
    assert used(tmp_path) == (WATER,)


def test_one_photograph_given_twice_counts_once(store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "photos", EXTRA, 1)
    (one,) = (tmp_path / "photos" / EXTRA).iterdir()
    assert models("enrol", EXTRA, one, one, "--config", store) == 0
    said = capsys.readouterr().out
    assert f"left out  {one.name}: given twice" in said
    assert "1 of 2 photographs is used; with 5 from different sides it is recognised more surely" in said


def test_galleries_are_listed_taken_back_and_chosen(store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert models("gallery", "list", "--config", store) == 0
    assert "no product is enrolled in" in capsys.readouterr().out
    enrolled(store, tmp_path, EXTRA)
    enrolled(store, tmp_path, LIGHT, seed=1)
    assert used(tmp_path) == (EXTRA, LIGHT)
    assert models("gallery", "rollback", "--config", store) == 0
    assert used(tmp_path) == (EXTRA,)
    assert models("gallery", "use", "2", "--config", store) == 0
    assert models("gallery", "forget", EXTRA, "--config", store) == 0
    assert used(tmp_path) == (LIGHT,)
    capsys.readouterr()
    assert models("gallery", "list", "--config", store) == 0
    assert [line.split()[:3] for line in capsys.readouterr().out.splitlines()] == [
        ["1", "1", "product,"],
        ["2", "2", "products,"],
        ["in", "use", "3"],
    ]
    for words, code in ((["use"], 2), (["use", "x"], 1), (["rollback", "1"], 2), (["use", "9"], 1), (["forget", WATER], 1)):
        assert models("gallery", *words, "--config", store) == code
    assert "is not enrolled, so it cannot be forgotten" in capsys.readouterr().err


def test_a_chain_signs_and_its_stores_take_nothing_else(store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = tmp_path / "chain.key"
    assert models("keygen", "--kid", "chain-1", "--out", key) == 0
    line = capsys.readouterr().out.strip()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert models("keygen", "--kid", "chain-1", "--out", key) == 2  # never over a file
    assert "chain.key is there already" in capsys.readouterr().err
    trusting = tmp_path / "shop" / "store.toml"
    trusting.parent.mkdir()
    trusting.write_text(store.read_text() + line + "\n")
    files = write(tmp_path, EXTRA, 3)
    assert models("enrol", EXTRA, *files, "--config", trusting) == 1
    assert "not signed, and this store takes only what is signed by chain-1" in capsys.readouterr().err
    assert models("enrol", EXTRA, *files, "--config", store, "--key", key, "--kid", "chain-1") == 0
    made = tmp_path / "gallery" / GalleryFolder(tmp_path / "gallery").in_use()
    assert models("gallery", "install", made, "--config", trusting) == 0
    assert f"gallery 1 is in use: 1 product, {SHIPPED.key}, signed by chain-1" in capsys.readouterr().out
    public = line.split('"')[1]
    assert read_gallery(made, trusted_keys({"chain-1": public})).signed_by == "chain-1"


def test_another_model_never_mixes_with_a_gallery(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    enrolled(store, tmp_path, EXTRA)
    content = model_bytes(embedder_graph())
    write_model(tmp_path / "shipped", embedder_manifest(content, "product-embedder", "other"), content)
    monkeypatch.setattr(model_store.ModelStore.__init__, "__defaults__", (None, tmp_path / "shipped"))
    capsys.readouterr()
    assert models("enrol", LIGHT, *write(tmp_path, LIGHT, 3), "--config", store) == 1
    assert "cannot be compared. Enrol all products again" in capsys.readouterr().err
    assert models("evaluate", tmp_path / "enrol0", "--config", store) == 1
    assert f"there is no version {SHIPPED.version} of product-embedder" in capsys.readouterr().err
    assert models("enrol", "--anew", "--from", tmp_path / "enrol0", "--config", store) == 0
    assert used(tmp_path) == (EXTRA,)
    assert models("gallery", "rollback", "--config", store) == 0
    assert f"gallery 1 is in use again: 1 product, {SHIPPED.key}" in capsys.readouterr().out
