"""The whole chain under random ``kill -9`` of controller, broker and consumer, over several seeds. Run: ``python -m bench.chaos``."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from tests.store.chain import attacked_chain


def main() -> int:
    """Exit code 1 when something was lost, doubled, or given away."""
    parser = argparse.ArgumentParser(prog="python -m bench.chaos", description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[101, 102, 103], help="one run per seed (default 101 102 103)")
    parser.add_argument("--visits", type=int, default=8, help="visits per run (default 8)")
    args = parser.parse_args()
    bad = 0
    for seed in args.seeds:
        with tempfile.TemporaryDirectory() as folder:
            report = asyncio.run(attacked_chain(Path(folder), seed=seed, visits=args.visits))
        kills = ", ".join(f"{count} {victim}" for victim, count in sorted(report.kills.items()))
        outcomes = ", ".join(f"{count} {outcome}" for outcome, count in sorted(report.outcomes.items()))
        print(f"  seed {seed}: {report.visits} visits, killed {kills}; {outcomes}", flush=True)
        print(f"    {report.events} events at the far end; lost, doubled or given away: {len(report.faults)}", flush=True)
        for fault in report.faults:
            print(f"    {fault}")
        bad += len(report.faults)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
