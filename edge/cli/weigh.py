"""``smartstore weigh``: teach a product its weight by pieces that were just put on a plate."""

from __future__ import annotations

import argparse
import sys

EXAMPLES = """examples:
  smartstore weigh --plate A1 --gtin 5400141000016 --units 10
  smartstore weigh --plate A1 --gtin 5400141000016 --units 10 --config store.toml

Enter as restocker or technician, put the pieces on one plate one after the other, close nothing yet, and say it within three minutes.
Step by step: docs/teaching-weights.md
exit code: 0 learned, 1 refused (the words say why), 2 the store cannot be asked, or the command line is wrong
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    from edge.cli.daemon import add_daemon

    parser.add_argument("--plate", required=True, help="the plate the pieces were put on (or taken from)")
    parser.add_argument("--gtin", required=True, help="GTIN of the product")
    parser.add_argument("--units", required=True, type=int, help="how many pieces: ten or more give a good mean")
    add_daemon(parser)


def main(args: argparse.Namespace) -> int:
    """Exit code 0: learned; 1: refused, with the reason; 2: the store cannot be asked."""
    from edge.cli.daemon import NoAnswer, found

    try:
        told = found(args).ask("/api/v1/counts", {"plate": args.plate, "gtin": args.gtin, "units": args.units})
    except NoAnswer as error:
        print(f"smartstore weigh: {error}", file=sys.stderr)
        return 2
    weighed = f" ({told['each_g']:g} g per piece)" if told.get("each_g") else ""
    if not told.get("accepted"):
        print(f"not learned: {told.get('words')}{weighed}", file=sys.stderr)
        return 1
    print(f"{told['each_g']:g} g per piece; from the next visit on one unit of {args.gtin} is taken for {told['learned_g']:g} g")
    print(f"To make it the catalogue's own: unit_weight_g = {told['learned_g']:g}")
    return 0
