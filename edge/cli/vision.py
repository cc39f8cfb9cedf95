"""``smartstore vision``: the eye of a store, and a look through its cameras before it sees anything."""

from __future__ import annotations

import argparse
import importlib
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge.runtime.settings import StoreSettings

log = logging.getLogger(__name__)

USUAL_CONFIG = Path("/etc/smartstore/store.toml")

EXAMPLES = """examples:
  smartstore vision run --config /etc/smartstore/store.toml      # what the service does
  smartstore vision check                                        # cameras, zones, model, gallery; changes nothing
  smartstore vision check --pictures /tmp/eye                    # also a picture of each camera with its zones drawn in

exit code of run:   0 stopped by a signal, 1 it cannot go on, 2 the configuration is wrong
exit code of check: 0 all well (warnings allowed), 1 something keeps the eye from seeing, 2 the store file is wrong
"""

RUN = """examples:
  smartstore vision run
  smartstore vision run --config store.toml      # beside: smartstore run --config store.toml

It looks through every [[camera]] and answers on [vision] socket, where the controller finds it.
"""

CHECK = """examples:
  smartstore vision check
  smartstore vision check --config store.toml --seconds 10 --pictures /tmp/eye

While the eye runs, its cameras are left to it: what it says of them is printed instead.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    running = actions.add_parser(
        "run",
        help="run the eye until it is told to stop",
        description="Run the eye until it is told to stop.",
        epilog=RUN,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    checking = actions.add_parser(
        "check",
        help="look through every camera and say what to mend",
        description="Look through every camera and say what to mend.",
        epilog=CHECK,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    for action in (running, checking):
        action.add_argument("--config", type=Path, default=USUAL_CONFIG, metavar="FILE", help=f"the store file (default: {USUAL_CONFIG})")
    checking.add_argument("--seconds", type=float, default=5.0, metavar="S", help="how long to look through each camera (default: 5)")
    checking.add_argument("--pictures", type=Path, metavar="DIR", help="write a picture of each camera with its zones there")


def main(args: argparse.Namespace) -> int:
    """Exit code 0, 1 or 2 as the help says."""
    from edge.runtime.settings import SettingsError, load_settings

    try:
        settings = load_settings(args.config, check_files=False)
    except SettingsError as error:
        print(f"smartstore vision: {error}", file=sys.stderr)
        if not args.config.exists():
            print("smartstore vision: name the store file with --config FILE; examples/store.toml is one to begin with", file=sys.stderr)
        return 2
    try:
        importlib.import_module("vision.service.eye")  # its libraries are an extra
    except ModuleNotFoundError as error:
        print(f"smartstore vision: {error.name} is not installed; type: pip install 'smartstore-edge[vision]'", file=sys.stderr)
        return 1
    if not settings.cameras:
        print(f"smartstore vision: {args.config} has no [[camera]], so there is nothing to look at; see docs/cameras.md", file=sys.stderr)
        return 2
    if args.action == "run":
        return _run(settings)
    from edge.cli.checkup.eye import check_eye
    from edge.cli.doctor import print_findings

    findings = list(check_eye(settings, seconds=args.seconds, pictures=args.pictures))
    print_findings(findings)
    return 1 if any(finding.level == "failure" for finding in findings) else 0


def _run(settings: StoreSettings) -> int:
    from edge.cli.until_ended import tell_settings, until_ended
    from edge.runtime.logs import configure
    from edge.runtime.watchdog import notify
    from vision.service.eye import Eye, StartRefused
    from vision.service.heap import give_memory_back
    from vision.settings import EyeSettings

    give_memory_back()
    configure(settings.log)
    sections = settings.model_dump(mode="json", include={"vision", "cameras"})
    tell_settings(log, sections, to_machines=settings.log.format == "json")
    return until_ended(
        lambda: Eye(EyeSettings(vision=settings.vision, cameras=settings.cameras), notify=notify),
        StartRefused,
        command="vision",
        log=log,
        failed="a part of the eye has failed; it ends here and can be started again",
    )
