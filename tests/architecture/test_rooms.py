"""The rooms are clean: imports, purity, size and names of modules."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("edge", "devices", "cloud_bridge", "vision", "models")
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
PURE: tuple[str, ...] = tuple(room for one in CONTRACTS if "pure rooms" in one["name"].lower() for room in one["source_modules"])
SAYS_PURE = re.compile(r"\bPure(?= values| types|[.:;]| and )")
IMPURE_CALLS = frozenset(
    {"open", "input", "now", "utcnow", "today", "read_text", "read_bytes", "write_text", "write_bytes", "exists", "stat", "uuid1", "uuid4"}
)
MOST_LINES = 400
EMPTY_NAMES = frozenset({"util", "utils", "helper", "helpers", "manager", "common", "data", "info", "misc", "tools"})


def sources(*places: str) -> list[Path]:
    found = []
    for place in places:
        path = ROOT / place
        found.extend([path] if path.is_file() else sorted(path.rglob("*.py")))
    assert found
    return found


def pure_sources() -> list[Path]:
    places = [room.replace(".", "/") for room in PURE]
    return sources(*(place if (ROOT / place).is_dir() else f"{place}.py" for place in places))


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def docstring(path: Path) -> str:
    return ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""


def test_every_import_contract_is_kept() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_what_says_that_it_is_pure_is_held_to_it() -> None:
    claims = {module_name(path) for path in sources(*ROOMS) if SAYS_PURE.search(docstring(path)) and "sim" not in path.parts}
    unheld = {name for name in claims if not any(name == room or name.startswith(f"{room}.") for room in PURE)}
    assert unheld == set()


@pytest.mark.parametrize("path", pure_sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_pure_room_asks_no_clock_and_opens_no_file(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr if isinstance(node.func, ast.Attribute) else ""
            assert name not in IMPURE_CALLS, f"{path}:{node.lineno}: {name}()"


@pytest.mark.parametrize("module", ["edge.runtime.app", "edge.cli.run", "edge.cli.__main__", "edge.web.server", "cloud_bridge.bridge"])
def test_a_running_store_pays_for_no_arrays(module: str) -> None:
    script = f"import sys, {module}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert module in loaded
    assert not {"numpy", "matplotlib", "edge.recordings"} & set(loaded)


def test_no_module_is_longer_than_a_reader_can_hold() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in sources(*ROOMS, "tests", "bench")}
    assert {str(path.relative_to(ROOT)): lines for path, lines in lengths.items() if lines > MOST_LINES} == {}


def test_every_module_says_what_lives_in_it() -> None:
    silent = [str(path.relative_to(ROOT)) for path in sources(*ROOMS, "bench") if not documented(path)]
    assert silent == []


def documented(path: Path) -> bool:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return ast.get_docstring(tree) is not None or (path.name == "__init__.py" and not tree.body)


def test_no_module_is_named_for_nothing() -> None:
    named = [str(path.relative_to(ROOT)) for path in sources(*ROOMS) if EMPTY_NAMES & set(path.stem.split("_"))]
    assert named == []


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_is_typed_for_those_who_import_it(room: str) -> None:
    assert (ROOT / room / "py.typed").is_file()
