"""Recorded facts still give the commands they gave."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import pytest

from edge.session.commands import Command
from edge.session.facts import Fact
from tests.replay.recordings import FOLDER, RECORDINGS, golden_lines

FILES = sorted(FOLDER.glob("*.facts.jsonl"))


@pytest.mark.parametrize("recording", FILES, ids=[path.name for path in FILES])
def test_the_commands_are_as_recorded(recording: Path) -> None:
    golden = recording.with_name(recording.name.replace(".facts.", ".golden."))
    assert golden_lines(recording) == golden.read_text(encoding="utf-8").splitlines()


def test_every_recording_is_there() -> None:
    assert {path.name.removesuffix(".facts.jsonl") for path in FILES} >= set(RECORDINGS)


def test_the_recordings_reach_every_command_and_every_fact() -> None:
    commands, facts = set(), set()
    for path in FOLDER.glob("*.golden.jsonl"):
        for line in path.read_text(encoding="utf-8").splitlines():
            commands |= {command["kind"] for command in json.loads(line)["commands"]}
    for path in FILES:
        facts |= {json.loads(line)["kind"] for line in path.read_text(encoding="utf-8").splitlines()}
    known_facts = {kind.__dataclass_fields__["kind"].default for kind in get_args(get_args(Fact)[0])}
    assert commands == {kind.__dataclass_fields__["kind"].default for kind in get_args(Command)}
    assert facts == known_facts
