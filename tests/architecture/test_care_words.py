"""The words of the technician's pages: every finding, message on a wire, counter and answer can be said in every language, with values."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from devices.registry import driver_class, driver_names
from devices.wire_log import BusCounters, LineCounters
from edge.runtime.care.recordings import WORDS
from edge.web.care.log_views import Level
from edge.web.care.machine import WireRowView
from edge.web.care.recording_views import RecordingEnd, RecordingOf
from edge.web.care.version_views import EndCode, ModelCode

ROOT = Path(__file__).parents[2]
ALL = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "edge" / "web" / "languages").glob("*.json"))}
each_language = pytest.mark.parametrize("tag", ALL)


def holes(words: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", words))


def calls(folder: str, *names: str) -> Iterator[tuple[str, ast.Call]]:
    """Every call of one of these functions in a room, with its name."""
    for path in sorted((ROOT / folder).glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
                yield node.func.id, node


def findings() -> dict[str, tuple[str, set[str]]]:
    """Code to level and the values it surely has; "*" where a call hands on a dictionary, which is not looked into."""
    found: dict[str, tuple[str, set[str]]] = {}
    for level, call in (one for room in ("edge/runtime/checkup", "edge/runtime/care") for one in calls(room, "ok", "warning", "failure")):
        code = call.args[1]
        assert isinstance(code, ast.Constant), ast.unparse(call)
        given = {keyword.arg for keyword in call.keywords if keyword.arg is not None}
        open_ended = any(keyword.arg is None for keyword in call.keywords)
        found[str(code.value)] = (level, given | ({"*"} if open_ended else set()))
    return found


FINDINGS = findings()
MEANING = re.compile(r"(?:modbus|kerong|sics|node|code)_[a-z_]+|own_echo|unasked")


def meanings() -> set[str]:
    """The codes that the explainers of the protocols know: texts in their modules that look like one."""
    found = set()
    for path in (*(ROOT / "devices" / "protocols").glob("*.py"), ROOT / "devices" / "station" / "wire_watch.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and MEANING.fullmatch(node.value):
                found.add(node.value)
    return found


MEANINGS = meanings()
COUNTED = {field.name for shape in (BusCounters, LineCounters) for field in fields(shape) if field.type == "int"}
COUNTERS = sorted(COUNTED | {"hits", "misses", "times_lost"})


def test_there_is_something_to_say() -> None:
    assert len(FINDINGS) > 60
    assert {"modbus_inputs", "kerong_unlock", "code_read", "own_echo"} <= MEANINGS
    assert "timeouts" in COUNTERS


@each_language
def test_every_finding_can_be_said_with_its_values(tag: str) -> None:
    for code, (level, values) in FINDINGS.items():
        keys = [f"finding.{code}"] + ([f"finding.{code}.advice"] if level != "ok" else [])
        for key in keys:
            words = ALL[tag].get(key)
            assert words, f"add {key} to edge/web/languages/{tag}.json"
            assert "*" in values or holes(words) <= values, f"{key} names a value that this finding does not have"


@each_language
def test_no_words_are_left_of_a_finding_that_is_gone(tag: str) -> None:
    told = {key.removeprefix("finding.").removesuffix(".advice") for key in ALL[tag] if key.startswith("finding.")}
    assert told <= set(FINDINGS)


@each_language
def test_everything_else_can_be_said(tag: str) -> None:
    needed = [
        *(f"wire.{code}" for code in MEANINGS),
        *(f"wire.{direction}.short" for direction in get_args(get_type_hints(WireRowView)["direction"])),
        *(f"counter.{name}" for name in COUNTERS),
        *(f"counter.{name}.means" for name in COUNTERS),
        *(f"protocol.{driver_class(name).WIRE}" for name in driver_names()),
        *(f"recordings.code.{code}" for code in WORDS),
        *(f"recordings.of.{of}" for of in get_args(RecordingOf)),
        *(f"recordings.ended.{end}" for end in get_args(RecordingEnd)),
        *(f"versions.end.{code}" for code in get_args(EndCode)),
        *(f"versions.code.{code}" for code in get_args(ModelCode)),
        *(f"logs.level.{level}" for level in get_args(Level)),
    ]
    assert [key for key in needed if not ALL[tag].get(key)] == [], f"add these to edge/web/languages/{tag}.json"
