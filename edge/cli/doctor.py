"""``smartstore doctor``: looks at everything a store needs and says what to mend. Changes nothing, opens no door."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from edge.cli.checkup.finding import Finding, Level, failure, ok

if TYPE_CHECKING:
    from edge.runtime.settings import StoreSettings

USUAL_CONFIG = Path("/etc/smartstore/store.toml")
SIGNS = {"ok": "ok", "warning": "look", "failure": "FAIL"}

EXAMPLES = """examples:
  smartstore doctor                          # this machine, and /etc/smartstore/store.toml where there is one
  smartstore doctor --config store.toml      # also its ports, devices, keys, disk and broker
  smartstore doctor --config store.toml --no-probe --offline --json

exit code: 0 all well (warnings allowed), 1 something keeps the store from working, 2 the store file is wrong
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.add_argument("--config", type=Path, metavar="FILE", help=f"the store file; without it {USUAL_CONFIG} where there is one")
    parser.add_argument("--no-probe", action="store_true", help="do not open ports nor ask devices (as while the store runs)")
    parser.add_argument("--offline", action="store_true", help="do not try to reach the broker")
    parser.add_argument("--json", action="store_true", help="one JSON object with all findings")


def main(args: argparse.Namespace) -> int:
    """Exit code 0, 1 or 2 as the help says."""
    config = args.config if args.config is not None else (USUAL_CONFIG if USUAL_CONFIG.exists() else None)
    findings = list(_machine())
    wrong_file = False
    if config is not None:
        for finding in _store(config, probe_devices=not args.no_probe, reach_broker=not args.offline):
            wrong_file = wrong_file or (finding.check == "config" and finding.level == "failure")
            findings.append(finding)
    counts = Counter(finding.level for finding in findings)
    if args.json:
        print(
            json.dumps(
                {"failures": counts["failure"], "warnings": counts["warning"], "findings": [asdict(one) for one in findings]}, indent=2
            )
        )
    else:
        print_findings(findings)
    if wrong_file:
        return 2
    return 1 if counts["failure"] else 0


def _machine() -> Iterator[Finding]:
    from edge.cli.checkup import machine, ports

    yield from machine.check_versions()
    yield from machine.check_package_names()
    yield from machine.check_user()
    yield from machine.check_clock()
    yield from ports.check_plugged_in()


def _store(config: Path, *, probe_devices: bool, reach_broker: bool) -> Iterator[Finding]:
    from edge.cli.checkup import keys, network, ports, storage
    from edge.runtime.settings import SettingsError, load_settings

    try:
        settings = load_settings(config, check_files=False)
    except SettingsError as error:
        for problem in error.problems:
            yield failure("config", problem, "Correct the line; docs/config.md describes every key.")
        return
    yield ok("config", f"{config} fits together")
    yield from keys.check_keys(settings)
    yield from storage.check_disk(settings.journal)
    yield from storage.check_journal(settings.journal.path)
    if settings.cameras:
        yield from _eye(settings)
    port_findings = list(ports.check_ports(settings.devices.buses))
    yield from port_findings
    if probe_devices:
        if all(finding.level != "warning" or " is held by " not in finding.text for finding in port_findings):
            yield from asyncio.run(ports.check_devices(settings.devices))
        else:
            yield ok("devices", "not asked: a running program holds a port")
    if reach_broker:
        yield from network.check_broker(settings.cloud)


def _eye(settings: StoreSettings) -> Iterator[Finding]:
    try:
        from edge.cli.checkup import eye
    except ModuleNotFoundError as error:
        yield failure(
            "eye", f"{error.name} is not installed", "Type: pip install 'smartstore-edge[vision]', or systemd/install.sh --vision"
        )
        return
    yield from eye.check_running(settings)


def print_findings(findings: Sequence[Finding]) -> None:
    """A line per finding, with what to do below it, and a summary."""
    counts: Counter[Level] = Counter(finding.level for finding in findings)
    width = max(len(finding.check) for finding in findings)
    for finding in findings:
        print(f"{SIGNS[finding.level]:<4}  {finding.check:<{width}}  {finding.text}")
        if finding.advice:
            print(f"{'':<4}  {'':<{width}}  -> {finding.advice}")
    summary = f"{counts['failure']} to mend, {counts['warning']} to look at"
    print(summary, file=sys.stderr if counts["failure"] else sys.stdout)
