"""The doctor at a simulated cabinet: every port opened, every device asked, over real bytes."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from devices.sim.cabinet import SimulatedCabinet
from edge.cli.__main__ import main


def report(config: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[dict[str, Any]]]:
    code = main(["doctor", "--config", str(config), "--offline", "--json"])
    findings: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["findings"]
    return code, findings


def about(findings: list[dict[str, Any]], check: str, word: str) -> dict[str, Any]:
    (found,) = [finding for finding in findings if finding["check"] == check and word in finding["text"]]
    return found


def test_a_whole_cabinet_is_found_and_a_missing_port_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "store.toml"
    with SimulatedCabinet(directory=tmp_path) as cabinet:
        cabinet.write_config(config)
        code, findings = report(config, capsys)
        devices = [finding for finding in findings if finding["check"] == "devices"]
        assert [finding["text"] for finding in devices if finding["level"] != "ok"] == []
        assert "inputs " in about(findings, "devices", "device locks")["text"]
        assert " g (ok)" in about(findings, "devices", "device scale")["text"]
        assert code == 0
        assert cabinet.truth().openings == dict.fromkeys(cabinet.truth().openings, 0)  # it moved nothing

        held = os.open(tmp_path / "scales", os.O_RDWR | os.O_NOCTTY)
        try:
            _, findings = report(config, capsys)
        finally:
            os.close(held)
        assert f"({os.getpid()})" in about(findings, "ports", "bus scales")["text"]
        assert about(findings, "devices", "not asked")["level"] == "ok"

    code, findings = report(config, capsys)
    assert code == 1
    assert about(findings, "ports", "bus locks")["level"] == "failure"
    assert about(findings, "devices", "bus locks")["level"] == "failure"
