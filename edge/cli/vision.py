"""``smartstore vision``: the eye of a store, and a look through its cameras before it sees anything."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from edge.runtime.eye_handover import Signature
    from edge.runtime.settings import StoreSettings
    from vision.service.eye import Eye
    from vision.settings import EyeSettings

log = logging.getLogger(__name__)

LOOK_S: Final = 2.0  # s between two looks at what the controller hands over
USUAL_CONFIG = Path("/etc/smartstore/store.toml")

EXAMPLES = """examples:
  smartstore vision run --config /etc/smartstore/store.toml      # what the service does
  smartstore vision check                                        # cameras, zones, model, gallery; changes nothing
  smartstore vision check --pictures /tmp/eye                    # also a picture of each camera with its zones drawn in

exit code of run:   0 stopped by a signal, 1 it cannot go on, 2 the configuration is wrong, 75 it wants to be started again
exit code of check: 0 all well (warnings allowed), 1 something keeps the eye from seeing, 2 the store file is wrong
"""

RUN = """examples:
  smartstore vision run
  smartstore vision run --config store.toml      # beside: smartstore run --config store.toml

It looks through every [[camera]] and answers on [vision] socket, where the controller finds it. What was changed of its settings on a page,
the controller hands over in [vision] handover when it starts; the eye begins anew then.
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
    from edge.runtime.eye_handover import handed_over, signature

    seen = signature(settings.vision.handover)
    eye = handed_over(settings)
    settings = settings.model_copy(update={"vision": eye.vision, "cameras": eye.cameras})
    if not settings.cameras:
        print(f"smartstore vision: {args.config} has no [[camera]], so there is nothing to look at; see docs/cameras.md", file=sys.stderr)
        return 2
    if args.action == "run":
        return _run(args.config, settings, eye, seen)
    from edge.cli.checkup.eye import check_eye
    from edge.cli.doctor import print_findings

    findings = list(check_eye(settings, seconds=args.seconds, pictures=args.pictures))
    print_findings(findings)
    return 1 if any(finding.level == "failure" for finding in findings) else 0


class WatchedEye:
    """The eye, and a look now and then whether the controller has handed it other settings: then it ends, to be started ``again``."""

    def __init__(self, eye: Eye, *, changed: Callable[[], bool]) -> None:
        self._eye = eye
        self._changed = changed
        self.again = False

    async def run(self) -> None:
        """Until stopped, or until its settings are others."""
        watching = asyncio.create_task(self._watch(), name="handover")
        try:
            await self._eye.run()
        finally:
            watching.cancel()

    def stop(self) -> None:
        """Ask ``run`` to end cleanly."""
        self._eye.stop()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            if await asyncio.to_thread(self._changed):
                log.info("the controller has handed over other settings; the eye begins anew")
                self.again = True
                self._eye.stop()
                return


def _run(config: Path, settings: StoreSettings, eye: EyeSettings, seen: Signature) -> int:
    from edge.cli.until_ended import tell_settings, until_ended
    from edge.runtime.eye_handover import handed_over, signature
    from edge.runtime.logs import configure
    from edge.runtime.settings import SettingsError, load_settings
    from edge.runtime.watchdog import notify
    from vision.service.eye import Eye, StartRefused
    from vision.service.heap import give_memory_back

    def changed() -> bool:
        nonlocal seen
        now = signature(settings.vision.handover)
        if now == seen:
            return False
        seen = now
        try:
            return handed_over(load_settings(config, check_files=False)) != eye
        except SettingsError:
            return False  # somebody is editing the store file; what is known still holds

    give_memory_back()
    configure(settings.log)
    sections = settings.model_dump(mode="json", include={"vision", "cameras"})
    tell_settings(log, sections, to_machines=settings.log.format == "json")
    return until_ended(
        lambda: WatchedEye(Eye(eye, notify=notify), changed=changed),
        StartRefused,
        command="vision",
        log=log,
        failed="a part of the eye has failed; it ends here and can be started again",
    )
