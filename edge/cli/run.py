"""``smartstore run``: the controller, until it is told to stop."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

log = logging.getLogger(__name__)

EXAMPLES = """examples:
  smartstore run --config /etc/smartstore/store.toml
  smartstore check-config store.toml && smartstore run --config store.toml
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="the store file (TOML); see docs/config.md")


def main(args: argparse.Namespace) -> int:
    """Exit code 0: stopped by a signal; 1: it cannot go on; 2: the configuration is wrong; 75: it wants to be started again."""
    from edge.cli.until_ended import tell_settings, until_ended
    from edge.runtime.app import Controller, StartRefused
    from edge.runtime.logs import configure
    from edge.runtime.settings import SettingsError, effective, load_store
    from edge.runtime.trial import Trial

    try:
        loaded = load_store(args.config)
        loaded = Trial(loaded.settings.journal.path.parent).begin(loaded)
    except SettingsError as error:
        print(f"smartstore run: {error}", file=sys.stderr)
        return 2
    configure(loaded.settings.log)
    tell_settings(log, effective(loaded.settings), to_machines=loaded.settings.log.format == "json")
    return until_ended(
        lambda: Controller(loaded),
        StartRefused,
        command="run",
        log=log,
        failed="a part has failed; the controller ends here and, started again, goes on from the journal",
    )
