"""``smartstore receipts``: the receipts that a store would have made of recorded plates, as JSON, in words, as a picture."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge.recordings.format import Recording
    from edge.recordings.receipts import CountingOptions, Progress
    from edge.recordings.session_receipt import SessionReceipt

BAR = 30  # characters of the progress bar

EXAMPLES = """examples:
  smartstore receipts recordings/monday                        # JSON to standard output
  smartstore receipts recordings/* --out receipts.json         # all of them in one file; written whole or not at all
  smartstore receipts recordings/monday --explain              # in words why each line is there
  smartstore receipts recordings/monday --session v17 --plot v17.png
  smartstore receipts recordings/monday --weight-alone         # as if no camera had watched; --explain tells the difference

A recording is a folder with store.json, weights.npz and sessions.json, and sightings.jsonl where a camera watched; 'smartstore record'
makes one. A file NAME.recording.gz, as the page of a store hands it out, is read as it is.
exit code: 0 counted, 2 a recording cannot be used or a file cannot be written (then nothing was written)
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.add_argument("recordings", type=Path, nargs="+", metavar="RECORDING", help="the folder of a recording, or the file of the page")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the receipts there instead of to standard output")
    parser.add_argument(
        "--explain", action="store_true", help="say in words why each line is there, in place of JSON (unless --out takes it)"
    )
    parser.add_argument(
        "--plot",
        type=Path,
        metavar="PNG",
        help="draw the plates that moved, what a camera saw, and the belief over time; one recording",
    )
    parser.add_argument("--session", metavar="ID", help="explain and draw only this session")
    parser.add_argument("--weight-alone", action="store_true", help="leave out what cameras saw")
    parser.add_argument("--config", type=Path, metavar="STORE", help="count as the store with this file does ([weighing], [visit])")


def main(args: argparse.Namespace) -> int:
    """Exit code 0 or 2 as the help says."""
    from edge.recordings.fields import RecordingInvalid
    from edge.recordings.format import read_recording
    from edge.recordings.receipt_file import receipts_json, write_whole
    from edge.recordings.receipts import receipts
    from edge.runtime.settings import SettingsError

    if args.plot is not None and len(args.recordings) > 1:
        return _refused("--plot draws one recording; name only one")
    if args.plot is not None and args.plot == args.out:
        return _refused("--out and --plot name the same file; name two")
    made: list[SessionReceipt] = []
    words: list[str] = []
    picture: bytes | None = None
    home: dict[str, Path] = {}
    try:
        options = _options(args)
        draw = _artist() if args.plot is not None else None
        for number, folder in enumerate(args.recordings):
            recording = read_recording(folder)
            counted = receipts(recording, options, _bar(number, len(args.recordings), folder.name))
            for receipt in counted:
                if receipt.session_id in home:
                    raise RecordingInvalid(
                        folder / "sessions.json", receipt.session_id, f"is in {home[receipt.session_id]} too; count them apart"
                    )
                home[receipt.session_id] = folder
            made += counted
            shown = [one for one in counted if args.session in (None, one.session_id)]
            if args.explain:
                words += _words(recording, shown, _alone(recording, options))
            if draw is not None and shown:
                picture = draw(recording, shown)
        if args.session is not None and args.session not in home:
            return _refused(f"no session is called {args.session!r}; there are {', '.join(list(home)[:10]) or 'none'}")
        if args.plot is not None and picture is None:
            return _refused(f"{args.recordings[0]} has no session to draw")
        files = {} if args.out is None else {args.out: receipts_json(made).encode()}
        write_whole(files if picture is None else files | {args.plot: picture})
    except (RecordingInvalid, SettingsError) as error:
        return _refused(str(error))
    except OSError as error:
        return _refused(f"{error.filename} cannot be written ({error.strerror})" if error.filename else str(error))
    except ImportError as error:
        return _refused(f"--plot needs {error.name}, which is not installed; type: pip install 'smartstore-edge[plot]'")
    try:
        if args.explain:
            print("\n".join(words))
        elif args.out is None:
            print(receipts_json(made), end="")
    except BrokenPipeError:
        return 0
    return 0


def _artist() -> Callable[[Recording, Sequence[SessionReceipt]], bytes]:
    """Raises ImportError: the library that draws is large and need not be installed."""
    from edge.recordings.picture import draw

    return draw


def _options(args: argparse.Namespace) -> CountingOptions:
    from edge.recordings.receipts import CountingOptions
    from edge.runtime.settings import load_settings

    detail = args.explain or args.plot is not None
    if args.config is None:
        return CountingOptions(sight=not args.weight_alone, detail=detail)
    settings = load_settings(args.config, check_files=False)
    return CountingOptions(
        weighing=settings.devices.weighing,
        min_line_probability=settings.visit.min_line_probability,
        min_basket_probability=settings.visit.min_basket_probability,
        sight=not args.weight_alone,
        detail=detail,
    )


def _alone(recording: Recording, options: CountingOptions) -> dict[str, SessionReceipt]:
    """The sessions counted again without what an eye saw; empty where no eye counts."""
    from edge.recordings.receipts import receipts

    if not recording.sightings or not options.sight:
        return {}
    return {one.session_id: one for one in receipts(recording, replace(options, sight=False))}


def _words(recording: Recording, receipts: list[SessionReceipt], alone: dict[str, SessionReceipt]) -> Iterator[str]:
    from edge.recordings.explanation import explained

    for receipt in receipts:
        yield from explained(receipt, recording, alone.get(receipt.session_id))


def _bar(number: int, count: int, name: str) -> Progress | None:
    """Draws a bar over all recordings on standard error, where that is a terminal; gone when all is done."""
    if not sys.stderr.isatty():
        return None
    label = "".join(sign if sign.isprintable() else "?" for sign in name)[:40]

    def show(share: float) -> None:
        done = (number + share) / count
        full = round(done * BAR)
        sys.stderr.write(f"\r\x1b[Kcounting [{'#' * full}{'.' * (BAR - full)}] {done:4.0%}  {label}")
        if done >= 1.0:
            sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()

    return show


def _refused(words: str) -> int:
    print(f"smartstore receipts: {words}", file=sys.stderr)
    return 2
