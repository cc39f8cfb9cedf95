"""``smartstore run``: the controller, until it is told to stop."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from pathlib import Path

EXAMPLES = """examples:
  smartstore run --config /etc/smartstore/store.toml
  smartstore check-config store.toml && smartstore run --config store.toml
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="the store file (TOML); see docs/config.md")


def main(args: argparse.Namespace) -> int:
    """Exit code 0: stopped by a signal; 1: it cannot go on; 2: the configuration is wrong."""
    from edge.runtime.app import Controller, StartRefused
    from edge.runtime.logs import configure
    from edge.runtime.settings import SettingsError, load_settings

    try:
        settings = load_settings(args.config)
    except SettingsError as error:
        print(f"smartstore run: {error}", file=sys.stderr)
        return 2
    configure(settings.log)

    async def run() -> None:
        controller = Controller(settings)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, controller.stop)
        await controller.run()

    try:
        asyncio.run(run())
    except StartRefused as error:
        print(f"smartstore run: {error}", file=sys.stderr)
        return 1
    return 0
