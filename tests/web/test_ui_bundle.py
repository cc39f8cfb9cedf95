"""The committed bundle of the screens is what their sources make; sources, types and words are sound; first loads stay small."""

from __future__ import annotations

import filecmp
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from edge.web import openapi
from edge.web.pages import UI as BUNDLE

ROOT = Path(__file__).parents[2]
UI = ROOT / "edge" / "web" / "ui"
TOOLS = UI / "node_modules" / ".bin"
STALE = "edge/web/static/ui is not what edge/web/ui makes: run make ui, and commit what it writes"


def tool(name: str, *arguments: str, **env: str) -> subprocess.Popen[str]:
    assert TOOLS.is_dir(), "the packages of the screens are missing: run setup/setup.sh ui"
    command = [str(TOOLS / name), *arguments]
    return subprocess.Popen(
        command, cwd=UI, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, "NO_COLOR": "1", **env}
    )


def told(running: subprocess.Popen[str]) -> str:
    """What a tool printed, once it has ended well."""
    said, _ = running.communicate(timeout=110)
    assert running.returncode == 0, said
    return said


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The screens built anew, elsewhere."""
    out = tmp_path_factory.mktemp("ui")
    told(tool("vite", "build", "--logLevel", "warn", UI_OUT=str(out)))
    return out


def differing(one: Path, other: Path) -> list[str]:
    """Files that are in one folder only, or not the same in both."""
    names = sorted({path.relative_to(folder).as_posix() for folder in (one, other) for path in folder.rglob("*") if path.is_file()})
    _, wrong, missing = filecmp.cmpfiles(one, other, names, shallow=False)
    return sorted([*wrong, *missing])


def test_the_committed_bundle_is_fresh(built: Path) -> None:
    assert differing(built, BUNDLE) == [], STALE


def test_a_stale_bundle_is_found(built: Path, tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    for path in built.rglob("*.*"):
        (tmp_path / path.relative_to(built)).write_bytes(path.read_bytes())
    assert differing(built, tmp_path) == []
    (tmp_path / "index.html").write_text("old")
    (tmp_path / "assets" / "gone.js").write_text("left over")
    assert differing(built, tmp_path) == ["assets/gone.js", "index.html"]


def test_all_of_the_bundle_is_in_the_repository() -> None:
    listed = subprocess.run(["git", "ls-files", "-z", BUNDLE], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    tracked = {ROOT / name for name in listed.split("\0") if name}
    assert {path for path in BUNDLE.rglob("*") if path.is_file()} == {path for path in tracked if path.is_file()}, STALE


def test_types_and_units_of_the_screens_hold() -> None:
    types, units = tool("tsc"), tool("vitest", "run", "--reporter", "dot")
    told(types)
    assert re.search(r"Tests +\d+ passed", told(units))


def test_a_first_load_is_within_its_budget(built: Path) -> None:
    done = subprocess.run(["node", "sizes.mjs", str(built)], cwd=UI, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    budgets = dict(re.findall(r"^(\w+)\.html: .* budget (\d+) KiB$", done.stdout, flags=re.MULTILINE))
    assert budgets == {"index": "300", "kiosk": "150"}


def test_the_description_and_the_types_of_the_api_are_fresh(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (UI / "openapi.json").read_text(encoding="utf-8") == openapi.text(), (
        "the API has changed: run make ui, and commit what it writes"
    )
    told(tool("openapi-typescript", "openapi.json", "-o", str(tmp_path / "schema.d.ts"), "--default-non-nullable"))
    assert (UI / "src" / "api" / "schema.d.ts").read_text() == (tmp_path / "schema.d.ts").read_text(), "run make ui"
    assert openapi.main(["--write", str(tmp_path / "openapi.json")]) == 0
    assert openapi.main([]) == 0
    assert capsys.readouterr().out == (tmp_path / "openapi.json").read_text(encoding="utf-8")


def test_the_lock_names_exact_packages_and_no_addresses() -> None:
    text = (UI / "package-lock.json").read_text(encoding="utf-8")
    packages = {name: package for name, package in json.loads(text)["packages"].items() if name}
    assert "://" not in re.sub(r'"(url|homepage)": "[^"]*"', "", text)
    assert len(packages) > 50
    assert all("resolved" not in package and package["integrity"].startswith("sha512-") for package in packages.values())


def test_a_build_needs_no_package_for_another_platform_only() -> None:
    """Whoever installs on another processor finds its binaries in the lock."""
    packages = json.loads((UI / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    for builder in ("rollup", "esbuild"):
        wanted = packages[f"node_modules/{builder}"]["optionalDependencies"]
        assert [name for name in wanted if name != "fsevents" and f"node_modules/{name}" not in packages] == []


def test_what_is_installed_has_the_screens_and_their_words_and_no_sources(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {f"edge/web/static/ui/{path.relative_to(BUNDLE).as_posix()}" for path in BUNDLE.rglob("*") if path.is_file()} <= names
    assert {"edge/web/languages/en.json", "edge/web/languages/zh.json"} <= names
    assert [name for name in names if name.startswith("edge/web/ui/") or "node_modules" in name] == []
