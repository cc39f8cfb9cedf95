"""``smartstore record``: the weights and visits of a running store as a recording, to be counted again and looked at later."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from edge.store.counted import counted

if TYPE_CHECKING:
    from edge.recordings.live import Capture

USUAL_HZ = 60.0
TOLD_EVERY_S = 0.5  # s between two updates of the line that shows how far it is

EXAMPLES = """examples:
  smartstore record --out recordings/monday                # until Ctrl-C
  smartstore record --out test --seconds 120 --config store.toml
  smartstore record --out test --seconds 60 && smartstore receipts test --explain --plot test.png

Visits that began before the recording, or are under way when it ends, are left out. The samples of all plates are brought to one rate:
between two samples a weight is taken to go straight. What cameras said is kept, their pictures are not. Names of shoppers are not
written. Where [weighing] or [visit] of the store file are not the defaults, count the recording with smartstore receipts --config STORE.
exit code: 0 recorded, 1 the store ended or samples were lost (nothing is written then, unless whole visits had been seen), 2 not started
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    from edge.cli.daemon import add_daemon

    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder to make; it must not exist or be empty")
    parser.add_argument("--seconds", type=float, metavar="N", help="end after N seconds (default: until Ctrl-C)")
    parser.add_argument(
        "--hz", type=float, default=USUAL_HZ, metavar="HZ", help=f"samples a second of the recording (default: {USUAL_HZ:g})"
    )
    add_daemon(parser)


def main(args: argparse.Namespace) -> int:
    """Exit code 0, 1 or 2 as the help says."""
    from edge.cli.daemon import NoAnswer, found
    from edge.recordings.fields import RecordingInvalid
    from edge.recordings.format import write_recording
    from edge.recordings.live import Capture, NoRecording, lines

    if not 1.0 <= args.hz <= 1000.0 or (args.seconds is not None and not args.seconds > 0.0):
        return _refused("--hz must be from 1 to 1000, --seconds more than 0")
    if args.out.exists() and (not args.out.is_dir() or any(args.out.iterdir())):
        return _refused(f"{args.out} exists and is not an empty folder; name another one")
    try:
        daemon = found(args)
    except NoAnswer as error:
        return _refused(str(error))
    capture, code = Capture(), 0
    ending = _Ending()
    before = {number: signal.signal(number, ending) for number in (signal.SIGINT, signal.SIGTERM)}
    heard = lines(daemon.url, daemon.headers)
    try:
        capture.begin(next(heard, {}))
        print(f"recording {counted(len(capture.columns), 'plate')} of {daemon.url}; Ctrl-C ends it", file=sys.stderr, flush=True)
        _listen(capture, heard, args, ending)
    except KeyboardInterrupt:
        pass
    except (NoRecording, RecordingInvalid) as error:
        print(f"smartstore record: {error}", file=sys.stderr)
        if not capture.sessions:
            return 1 if capture.samples else 2
        code = 1
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        heard.close()
        _show("")
    try:
        recording = capture.recording(args.out.name, args.hz)
        write_recording(args.out, recording)
    except NoRecording as error:
        return _refused(str(error))
    except OSError as error:
        return _refused(f"{args.out} cannot be written ({error})")
    for note in _notes(capture):
        print(f"note: {note}", file=sys.stderr)
    seconds, visits = (capture.last_ns - capture.first_ns) / 1e9, len(recording.sessions)
    staff = sum(one.staff for one in recording.sessions)
    of_staff = f", {staff} of them by staff" if staff else ""
    print(f"{args.out}: {seconds:.1f} s, {counted(len(recording.shop.places), 'plate')}, {counted(visits, 'visit')}{of_staff}")
    return code


class _Ending:
    """Ctrl-C or SIGTERM. The first one ends at the next line, whatever the program is at; without a line to come the second one does.

    An exception out of a signal handler is lost where it meets a finaliser.
    """

    def __init__(self) -> None:
        self.listening = False
        self.asked = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        if self.asked or not self.listening:
            raise KeyboardInterrupt
        self.asked = True


def _listen(capture: Capture, heard: Iterator[Mapping[str, Any]], args: argparse.Namespace, ending: _Ending) -> None:
    """Until the time is over or somebody ends it; NoRecording where the store ends first."""
    from edge.recordings.live import NoRecording

    began = told = time.monotonic()
    ending.listening = True
    for line in heard:
        if ending.asked:
            return
        capture.hear(line)
        now = time.monotonic()
        if (args.seconds is not None and now - began >= args.seconds) or capture.full(args.hz):
            return
        if now - told >= TOLD_EVERY_S:
            told = now
            inside = ", somebody is inside" if capture.under_way else ""
            _show(f"{now - began:6.0f} s, {counted(capture.samples, 'sample')}, {counted(len(capture.sessions), 'visit')}{inside}")
    raise NoRecording("the store has ended")


def _notes(capture: Capture) -> list[str]:
    notes = [f"{plate} gave no sample and is left out" for plate in capture.silent()]
    notes += [f"{plate} gave no sample for {seconds:.0f} s; its weight is drawn straight through" for plate, seconds in capture.gaps()]
    if capture.under_way_at_start:
        notes.append("somebody was inside when the recording began; that visit is left out")
    if capture.under_way:
        notes.append("somebody is still inside; that visit is left out")
    return notes


def _show(words: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{words}")
        sys.stderr.flush()


def _refused(words: str) -> int:
    print(f"smartstore record: {words}", file=sys.stderr)
    return 2
