"""The command ``smartstore``: one table of subcommands, each imported only when it is asked for. Nothing is decided here."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, cast


class Subcommand(Protocol):
    """What a subcommand's module offers; ``EXAMPLES`` ends its help."""

    EXAMPLES: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Describe the arguments."""
        ...

    def main(self, args: argparse.Namespace) -> int:
        """Do it; the value is the exit code."""
        ...


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the table: the module that does it and what it does, in one line."""

    module: str
    summary: str


SUBCOMMANDS = {
    "run": Entry("edge.cli.run", "run a store until it is told to stop"),
    "demo": Entry("edge.cli.demo", "show everything with a simulated cabinet, on this machine alone"),
    "access": Entry("edge.cli.access", "look after users, tokens and the way in of a running store"),
    "check-config": Entry("edge.cli.check_config", "read a store file and say everything that is wrong with it"),
    "changes": Entry("edge.cli.changes", "show what was changed on the store's pages, go back, or print the store file with all of it"),
    "doctor": Entry("edge.cli.doctor", "look at ports, clock, disk, keys and versions, and say what to mend"),
    "plates": Entry("edge.cli.plates", "commission the weighing plates: how they ring, what they leak to each other"),
    "pass": Entry("edge.cli.issue_pass", "make keys and sign entry passes for commissioning and tests"),
    "replay": Entry("edge.cli.replay", "print or compare what a journal makes the store do"),
    "receipts": Entry("edge.cli.receipts", "count recorded plates: receipts, why they are so, and pictures"),
    "record": Entry("edge.cli.record", "record the plates and visits of a running store"),
    "evaluate": Entry("edge.cli.evaluate", "compare receipts with what was really taken"),
    "models": Entry("edge.cli.models", "look after the models of the eye, and teach it products by photographs"),
    "stock": Entry("edge.cli.stock", "print what a running store holds, what is short, and the planogram as it was laid out"),
    "weigh": Entry("edge.cli.weigh", "teach a product its weight by pieces on a plate of a running store"),
    "vision": Entry("edge.cli.vision", "run the eye of a store, or look through its cameras and say what to mend"),
    "fleet": Entry("cloud_bridge.fleet.cli", "the far end: take in the events of many stores"),
    "version": Entry("edge.cli.version", "print the versions of this program and of what it stands on"),
}


def parser() -> argparse.ArgumentParser:
    """The outer parser: names and summaries only, no subcommand is imported."""
    width = max(map(len, SUBCOMMANDS))
    table = "\n".join(f"  {name:<{width}}  {entry.summary}" for name, entry in SUBCOMMANDS.items())
    outer = argparse.ArgumentParser(
        prog="smartstore",
        usage="smartstore COMMAND ...",
        description="The controller of an unstaffed shop.",
        epilog=f"commands:\n{table}\n\nsmartstore COMMAND --help tells more and shows examples.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    outer.add_argument("command", choices=SUBCOMMANDS, metavar="COMMAND", help="one of the commands below")
    return outer


def load(name: str) -> tuple[Subcommand, argparse.ArgumentParser]:
    """The module of one subcommand and its own parser. ``name`` is a key of ``SUBCOMMANDS``."""
    entry = SUBCOMMANDS[name]
    subcommand = cast(Subcommand, importlib.import_module(entry.module))
    inner = argparse.ArgumentParser(
        prog=f"smartstore {name}",
        description=f"{entry.summary[0].upper()}{entry.summary[1:]}.",
        epilog=subcommand.EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    subcommand.add_arguments(inner)
    return subcommand, inner


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code of the subcommand; 2 for a wrong command line, 130 after Ctrl-C."""
    words = list(sys.argv[1:] if argv is None else argv)
    outer = parser()
    if not words:
        outer.print_help(sys.stderr)
        return 2
    if words == ["--version"]:
        words = ["version"]
    name = outer.parse_args(words[:1]).command
    subcommand, inner = load(name)
    args = inner.parse_args(words[1:])
    try:
        return subcommand.main(args)
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
