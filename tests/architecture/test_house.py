"""The frame of the project: documents say what the program does, locks are complete, commands explain themselves."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

from edge.cli.__main__ import SUBCOMMANDS, load, main, parser
from edge.runtime import settings_markdown
from edge.runtime.settings import SECTIONS
from edge.runtime.settings_words import resolved
from edge.web import rights_page

ROOT = Path(__file__).parents[2]
LOCKS = ("runtime", "demo", "dev", "fleet", "vision", "build")


def pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def test_the_settings_page_is_what_the_program_reads() -> None:
    assert (ROOT / "docs" / "config.md").read_text(encoding="utf-8") == settings_markdown.markdown(), "type: make docs"


def test_the_rights_page_is_what_the_store_goes_by() -> None:
    assert (ROOT / "docs" / "rights.md").read_text(encoding="utf-8") == rights_page.markdown(), "type: make docs"


@pytest.mark.parametrize("section", settings_markdown.ORDER)
def test_every_setting_is_described(section: str) -> None:
    schema, root = settings_markdown.section_schema(section)
    assert schema.get("description")
    for key, part in schema["properties"].items():
        assert len(str(resolved(part, root).get("description", ""))) > 10, f"[{section}] {key}"


def test_the_settings_page_has_every_section() -> None:
    assert set(settings_markdown.ORDER) == set(SECTIONS)


def test_the_readme_names_the_two_commands() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert "make demo" in lines
    assert "make test" in lines


def test_every_link_in_the_documents_leads_somewhere() -> None:
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.relative_to(ROOT)}: {target}"


def test_the_gate_runs_what_a_developer_runs() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    assert "make test" in (ROOT / ".ci" / "run").read_text()


def test_no_test_skips_itself() -> None:
    skips = re.compile(r"pytest\.(skip|importorskip|xfail)\(|mark\.(skip|skipif|xfail)\b")
    for path in set((ROOT / "tests").rglob("*.py")) - {Path(__file__)}:
        assert not skips.search(path.read_text(encoding="utf-8")), f"{path}: what a test needs is in setup/apt.txt or in the extra peers"


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_has_exact_versions_with_hashes_and_no_addresses(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.lock").read_text()
    assert "://" not in text
    assert "--index" not in text
    entries = re.findall(r"^(\S[^\n]*?)((?: \\\n    --hash=sha256:[0-9a-f]{64})+)$", text, flags=re.MULTILINE)
    pinned = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
    assert len(entries) == len(pinned) > 0
    assert all(re.match(r"[a-z0-9._-]+(\[[a-z,]+\])?==\S+", entry) for entry, _ in entries)


@pytest.mark.parametrize(
    ("lock", "extras"),
    [("runtime", ()), ("fleet", ("fleet",)), ("demo", ("fleet", "plot", "demo")), ("dev", ("fleet", "plot", "demo", "peers", "dev"))],
)
def test_a_lock_has_everything_that_is_asked_for(lock: str, extras: tuple[str, ...]) -> None:
    project = pyproject()["project"]
    asked = [*project["dependencies"], *(line for extra in extras for line in project["optional-dependencies"][extra])]
    locked = locked_versions(lock)
    for requirement in asked:
        name = re.split(r"[\[<>=!~ ;]", requirement, maxsplit=1)[0].lower().replace("_", "-")
        assert name in locked or name == project["name"], f"{requirement} is not in {lock}.lock: type make lock"


def locked_versions(lock: str) -> dict[str, str]:
    text = (ROOT / "requirements" / f"{lock}.lock").read_text()
    return dict(re.findall(r"^([a-z0-9._-]+)(?:\[[a-z,]+\])?==([^ ;]+)", text, flags=re.MULTILINE))


@pytest.mark.parametrize("lock", [name for name in LOCKS if name != "dev"])
def test_all_locks_agree_on_versions(lock: str) -> None:
    everything = locked_versions("dev")
    assert {name: version for name, version in locked_versions(lock).items() if everything.get(name, version) != version} == {}


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_a_subcommand_explains_itself_with_examples(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"usage: smartstore {name}")
    assert "examples:" in shown
    assert f"  smartstore {name}" in shown


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_the_examples_of_a_subcommand_can_be_typed(name: str) -> None:
    subcommand, inner = load(name)
    tried = 0
    for line in subcommand.EXAMPLES.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        for command in split_at(words, {"&&", "|", ">"}):
            if command[:2] == ["smartstore", name]:
                inner.parse_args(command[2:])
                tried += 1
    assert tried


def split_at(words: list[str], signs: set[str]) -> list[list[str]]:
    commands: list[list[str]] = [[]]
    for word in words:
        if word in signs:
            commands.append([])
        else:
            commands[-1].append(word)
    return commands


def test_the_outer_help_lists_every_subcommand() -> None:
    shown = parser().format_help()
    assert all(f"  {name} " in shown for name in SUBCOMMANDS)


def test_make_help_lists_the_targets_of_the_documents() -> None:
    shown = subprocess.run(["make", "-s", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in ("demo", "test", "check", "bench", "setup", "lock", "clean", "docs"):
        assert f"make {target} " in shown


def test_nothing_in_the_tree_names_a_machine_of_its_makers() -> None:
    homes = re.compile("|".join(["/(?:home|Users)/[a-z]", re.escape(f"{ROOT}/"), re.escape(f"{Path.home()}/")]))
    registries = re.compile(r"pypi\.org|pythonhosted\.org", re.IGNORECASE)
    for path in set(tracked()) - {Path(__file__)}:
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        assert not homes.search(text), f"{path}: {homes.search(text)}"
        assert not registries.search(text), f"{path}: {registries.search(text)}"
