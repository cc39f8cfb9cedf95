"""``smartstore evaluate``: receipts against what was really taken."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edge.recordings.scores import Scores

EXAMPLES = """examples:
  smartstore evaluate recordings/monday receipts.json
  smartstore evaluate recordings receipts.json        # a folder of recordings
  smartstore evaluate truth.json receipts/ --json     # a folder of receipt files
  smartstore receipts recordings/* --out all.json && smartstore evaluate recordings all.json

A visit without a receipt counts as an empty receipt that nobody looks at. A receipt is perfect when products and quantities are exactly
right, overcharged when one unit or more was billed that was not taken.
exit code: 0 compared, 2 something cannot be read or does not belong together
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.add_argument("truth", type=Path, metavar="TRUTH", help="a recording's folder, a folder of recordings, or a truth.json")
    parser.add_argument("receipts", type=Path, metavar="RECEIPTS", help="a file of receipts (JSON), or a folder of such files")
    parser.add_argument("--json", action="store_true", help="one JSON object with all figures")


def main(args: argparse.Namespace) -> int:
    """Exit code 0 or 2 as the help says."""
    from edge.recordings.fields import RecordingInvalid
    from edge.recordings.receipt_file import read_receipts
    from edge.recordings.scores import NotComparable, score
    from edge.recordings.visits import read_truths

    try:
        scores = score(read_truths(args.truth), read_receipts(args.receipts))
    except (RecordingInvalid, NotComparable, OSError) as error:
        print(f"smartstore evaluate: {error}", file=sys.stderr)
        return 2
    print(json.dumps(_figures(scores), indent=2) if args.json else "\n".join(_table(scores)))
    return 0


def _figures(scores: Scores) -> dict[str, Any]:
    from edge.recordings.scores import EDGES

    return {
        "receipts": scores.receipts,
        "missing": scores.missing,
        "micro": {"precision": scores.precision, "recall": scores.recall, "f1": scores.f1},
        "per_receipt": {"precision": scores.receipt_precision, "recall": scores.receipt_recall, "f1": scores.receipt_f1},
        "perfect": scores.perfect_share,
        "overcharged": scores.overcharged_share,
        "review_rate": scores.review_rate,
        "final": scores.final,
        "final_perfect": scores.final_perfect_share,
        "expected_calibration_error": scores.expected_calibration_error,
        "reliability": [
            {"from": low, "to": high, "lines": one.lines, "mean_probability": one.mean_probability, "right": one.right_share}
            for low, high, one in zip(EDGES, EDGES[1:], scores.bins, strict=False)
        ],
    }


def _table(scores: Scores) -> Iterator[str]:
    from edge.recordings.scores import EDGES

    missing = f", {scores.missing} of them missing" if scores.missing else ""
    yield f"receipts        {scores.receipts}{missing}"
    yield "                precision   recall       F1"
    yield f"  all units     {scores.precision:9.1%}{scores.recall:9.1%}{scores.f1:9.1%}"
    yield f"  per receipt   {scores.receipt_precision:9.1%}{scores.receipt_recall:9.1%}{scores.receipt_f1:9.1%}"
    yield f"perfect         {scores.perfect_share:9.1%}   ({scores.perfect})"
    yield f"overcharged     {scores.overcharged_share:9.1%}   ({scores.overcharged})"
    yield f"to be reviewed  {scores.review_rate:9.1%}   ({scores.receipts - scores.final})"
    perfect = "none" if scores.final_perfect_share is None else f"{scores.final_perfect_share:9.1%}"
    yield f"final, perfect  {perfect:>9}   ({scores.final_perfect} of {scores.final})"
    yield ""
    yield "probability of a line    lines   promised   right"
    for low, high, one in zip(EDGES, EDGES[1:], scores.bins, strict=False):
        if one.mean_probability is not None and one.right_share is not None:
            yield f"  {low:4.2f} to {high:4.2f}        {one.lines:8d}  {one.mean_probability:8.1%}{one.right_share:9.1%}"
    yield f"expected calibration error {scores.expected_calibration_error:.3f}"
