"""``smartstore doctor``: looks at everything a store needs and says what to mend. Changes nothing, opens no door."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from edge.runtime.checkup.finding import Finding
from edge.runtime.checkup.report import counts, report_lines, summary

USUAL_CONFIG = Path("/etc/smartstore/store.toml")

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
    from edge.runtime.checkup.everything import of_machine, of_store_file

    config = args.config if args.config is not None else (USUAL_CONFIG if USUAL_CONFIG.exists() else None)
    findings = list(of_machine())
    if config is not None:
        findings += of_store_file(config, probe_devices=not args.no_probe, reach_broker=not args.offline)
    wrong_file = any(finding.check == "config" and finding.level == "failure" for finding in findings)
    found = counts(findings)
    if args.json:
        told = {"failures": found["failure"], "warnings": found["warning"], "findings": [asdict(one) for one in findings]}
        print(json.dumps(told, indent=2))
    else:
        print_findings(findings)
    if wrong_file:
        return 2
    return 1 if found["failure"] else 0


def print_findings(findings: Sequence[Finding]) -> None:
    """A line per finding, with what to do below it, and a summary."""
    for line in report_lines(findings):
        print(line)
    print(summary(findings), file=sys.stderr if counts(findings)["failure"] else sys.stdout)
