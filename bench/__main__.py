"""``python -m bench [NAME ...]``: run the measurements and print their tables. Without names: all that need no data from outside."""

from __future__ import annotations

import argparse
import importlib
import sys
import time
from typing import Final

SCRIPTS: Final[dict[str, str]] = {
    "bus": "cycle of eight scales against the line-time limit; CPU per transaction and the late reply against two Modbus libraries",
    "visits": "1,000 visits in virtual time with random faults: speed, outcomes, laws",
    "outbox": "events stored and drained against plain paho; lost and doubled over random kill -9",
    "chaos": "kill -9 of controller, broker and consumer in random order, real shoppers: lost, doubled, given away",
    "accuracy": "receipts of made visits against their truth, beside the naive count; folders as arguments: python -m bench.accuracy",
    "eye_accuracy": "receipts of drawn and filmed visits with an eye against weight alone",
    "vision_speed": "what looking costs on one thread: gate, watcher, recognition against onnxruntime alone, an OpenCV pipeline",
    "eye_process": "the eye's real process at four cameras: idle CPU, memory, time from a hand's last movement to the fact, restart",
    "board_estimate": "what a Raspberry Pi 5 can be expected to do, computed from operations and published figures, not tried",
    "barcodes": "drawn bar codes, turned, tilted, blurred, in the dark: the eye's reader, OpenCV's, zbar where it is installed",
    "counting": "speed and memory over a day of plates, decisions among 200 plates, time from the hand leaving until the change is known",
    "screens": "first load, a plate's change until it is drawn, twenty open streams, growth of a page, in a real browser",
    "store": "door, receipt, start, memory and CPU of the real controller at a simulated cabinet",
}
# Need photographs that the project does not carry; run only when named, with --dataset DIR.
WITH_PHOTOGRAPHS: Final[dict[str, str]] = {
    "vision_accuracy": "what the shipped embedders tell apart on real photographs, beside what they must (--dataset DIR)",
    "enrolment": "which photographs enrolment leaves out, which look-alikes it names, how long it takes (--dataset DIR)",
}
# Needs packages that the project does not use; run only when named, with --peer DIR.
WITH_PEER: Final[dict[str, str]] = {
    "peer_pipeline": "the eye beside pipelines of roboflow supervision (--peer DIR: pip install --target DIR supervision trackers)",
}


def main() -> int:
    """Exit code 1 when one of the scripts says that a law or a limit was broken."""
    every = {**SCRIPTS, **WITH_PHOTOGRAPHS, **WITH_PEER}
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(every))
    parser.add_argument("--dataset", help=f"folder of photographs, for {', '.join(WITH_PHOTOGRAPHS)}")
    parser.add_argument("--peer", help=f"folder of packages, for {', '.join(WITH_PEER)}")
    parser.add_argument("--split", default="val", help="photographs of the dataset that are asked: val or test")
    given = parser.parse_args()
    names = given.names or list(SCRIPTS)
    unknown = [name for name in names if name not in every]
    if unknown:
        parser.error(f"no such measurement: {', '.join(unknown)}; there are {', '.join(every)}")
    worst = 0
    for name in names:
        print(f"\n== {name}: {every[name]}", flush=True)
        began = time.monotonic()
        photographs = ["--dataset", given.dataset, "--split", given.split] if name in WITH_PHOTOGRAPHS and given.dataset else []
        packages = ["--peer", given.peer] if name in WITH_PEER and given.peer else []
        sys.argv = [f"bench.{name}", *photographs, *packages]
        worst = max(worst, int(importlib.import_module(f"bench.{name}").main() or 0))
        print(f"   ({time.monotonic() - began:.0f} s)", flush=True)
    return worst


if __name__ == "__main__":
    sys.exit(main())
