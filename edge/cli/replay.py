"""``smartstore replay``: what a journal or a recording of facts makes the store do, printed or compared with a golden file."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edge.store.counted import counted

if TYPE_CHECKING:
    from edge.runtime.replay import Step

EXAMPLES = """examples:
  smartstore replay /var/lib/smartstore/journal.db
  smartstore replay journal.db --visit 0199c2   # commands of one visit (any part of its id)
  smartstore replay journal.db --json > tests/replay/held-open.golden.jsonl
  smartstore replay facts.jsonl --against held-open.golden.jsonl

Times are seconds from the start of the controller.
exit code: 0 printed or equal, 1 different from the golden file, 2 it cannot be read
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.add_argument("journal", type=Path, metavar="JOURNAL", help="a journal (SQLite) or a recording of facts (JSON lines)")
    parser.add_argument(
        "--against", type=Path, metavar="GOLDEN", help="compare with the --json output of an earlier replay; exit 1 if it differs"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line, the form of golden files")
    parser.add_argument("--facts", action="store_true", help="print facts without commands too")
    parser.add_argument("--visit", metavar="ID", help="only facts whose commands name this visit")


def main(args: argparse.Namespace) -> int:
    """Exit code 0: printed or equal; 1: different; 2: not readable."""
    from edge.runtime.journal import JournalError
    from edge.runtime.replay import differences, replay

    def wanted(one: Step) -> bool:
        if args.visit is not None:
            return args.visit in one.as_json()
        return bool(one.commands) or args.facts

    try:
        if args.against is not None:
            diff = differences(replay(args.journal), args.against)
            print("\n".join(diff) if diff else f"{args.journal}: the same commands as {args.against}")
            return 1 if diff else 0
        start_ns: int | None = None
        count = 0
        for one in replay(args.journal):
            count += 1
            start_ns = one.fact.at_ns if start_ns is None or one.fact.kind == "controller_started" else start_ns
            if not wanted(one):
                continue
            print(one.as_json() if args.json else _line(one, start_ns))
    except JournalError as error:
        print(f"smartstore replay: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        return 0
    if not args.json:
        print(counted(count, "fact"), file=sys.stderr)
    return 0


def _line(one: Step, start_ns: int) -> str:
    seconds = (one.fact.at_ns - start_ns) / 1e9
    head = f"{one.no:>7}  {seconds:>+11.3f} s  {one.fact.kind:<20}"
    if not one.commands:
        return head
    commands = json.loads(one.as_json())["commands"]
    return "\n".join(f"{head if index == 0 else ' ' * len(head)}  {_words(command)}" for index, command in enumerate(commands))


def _words(command: dict[str, Any]) -> str:
    kind = str(command.pop("kind"))
    if kind == "issue_receipt":
        receipt = command["receipt"]
        lines = ", ".join(f"{line['quantity']} x {line['name']}" for line in receipt["lines"]) or "nothing"
        total = f"{receipt['total_minor'] / 100:.2f} {receipt['currency']}"
        return f"issue_receipt {receipt['status']} {total} ({lines}) visit={receipt['visit']}"
    return " ".join([kind, *(f"{name}={value}" for name, value in command.items() if value not in (None, "", [], ()))])
