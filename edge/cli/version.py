"""``smartstore version``: this program's version and those of what it stands on."""

from __future__ import annotations

import argparse
import json

from edge.runtime.release import versions

EXAMPLES = """examples:
  smartstore version
  smartstore version --json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.add_argument("--json", action="store_true", help="one JSON object")


def main(args: argparse.Namespace) -> int:
    """Always 0."""
    found = versions()
    if args.json:
        print(json.dumps(found, indent=2))
    else:
        for name, value in found.items():
            print(f"{name:<24} {value}")
    return 0
