"""``smartstore run``: the controller, until it is told to stop."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import signal
import sys
from collections.abc import Iterator
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
    """Exit code 0: stopped by a signal; 1: it cannot go on; 2: the configuration is wrong."""
    from edge.runtime.app import Controller, StartRefused
    from edge.runtime.logs import configure
    from edge.runtime.settings import SettingsError, effective, load_settings

    try:
        settings = load_settings(args.config)
    except SettingsError as error:
        print(f"smartstore run: {error}", file=sys.stderr)
        return 2
    configure(settings.log)
    # A person at a terminal knows the file; machines that collect logs want to know what was in force.
    level = logging.INFO if settings.log.format == "json" else logging.DEBUG
    for section, values in effective(settings).items():
        log.log(level, "setting", extra={"section": section, "values": json.dumps(values, ensure_ascii=False)})

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
    except Exception as error:
        why = "; ".join(dict.fromkeys(f"{type(one).__name__}: {one}" for one in causes(error)))
        log.critical(
            "a part has failed; the controller ends here and, started again, goes on from the journal", extra={"why": why}, exc_info=error
        )
        return 1
    return 0


def causes(error: BaseException) -> Iterator[BaseException]:
    """The errors themselves, out of the groups in which the tasks hand them on."""
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from causes(one)
    else:
        yield error
