"""``smartstore stock``: what a running store believes to hold, and the planogram as a restocker has laid it out."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

EXAMPLES = """examples:
  smartstore stock                     # units per product and plate, shortages, goods in the wrong place
  smartstore stock --short             # only what has to be filled up
  smartstore stock --proposal          # the planogram as it was laid out, to paste into the store file
  smartstore stock --json --config store.toml

Weights are grams a piece; SHORT stands before what holds fewer units than it must.
exit code: 0 printed, 1 --proposal, and nothing is laid out differently, 2 the store cannot be asked
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    from edge.cli.daemon import add_daemon

    what = parser.add_mutually_exclusive_group()
    what.add_argument("--short", action="store_true", help="only products with a facing that holds fewer units than it must")
    what.add_argument("--proposal", action="store_true", help="print [[planogram]] tables with what the last restockers laid out")
    what.add_argument("--json", action="store_true", help="the stock as the API tells it")
    add_daemon(parser)


def main(args: argparse.Namespace) -> int:
    """Exit code 0: printed; 1: --proposal, and nothing is proposed; 2: the store cannot be asked."""
    from edge.cli.daemon import NoAnswer, found

    try:
        daemon = found(args)
        stock = daemon.ask("/api/v1/snapshot")["stock"]
    except NoAnswer as error:
        print(f"smartstore stock: {error}", file=sys.stderr)
        return 2
    except KeyError:
        print(f"smartstore stock: {daemon.url} is a store of another release, which does not tell its stock", file=sys.stderr)
        return 2
    if args.json:
        print(json.dumps(stock, ensure_ascii=False, indent=2))
    elif args.proposal:
        if not stock["proposal"]:
            print("nothing is laid out differently from the planogram", file=sys.stderr)
            return 1
        print(planogram(stock))
    else:
        print(table(stock, only_short=args.short))
    return 0


def table(stock: dict[str, Any], *, only_short: bool = False) -> str:
    """The stock for reading: one line per product, then the last recount and what is proposed."""
    rows = [row for row in stock["products"] if row["places"] and (row["short"] or not only_short)]
    lines = []
    width = max((len(row["name"]) for row in rows), default=0)
    for row in rows:
        places = ", ".join(_place(place) for place in row["places"])
        learned = "" if row["learned_g"] is None else f"   weighs {row['learned_g']:g} g (catalogue {row['catalogue_g']:g})"
        lines.append(
            f"{'SHORT' if row['short'] else '':<5}  {row['name']:<{width}}  {row['units']:>4} of {row['full_units']:<4}  {places}{learned}"
        )
    if not rows:
        lines.append("nothing is short" if only_short else "nothing is in the planogram")
    if stock["recount"] is not None and not only_short:
        lines.append(f"last staff visit: {stock['recount']['counted']} of {stock['recount']['full_units']} units counted")
    if stock["proposal"] and not only_short:
        count = len(stock["proposal"])
        lines.append(f"{count} facing{' is' if count == 1 else 's are'} laid out differently: smartstore stock --proposal")
    return "\n".join(lines)


def planogram(stock: dict[str, Any]) -> str:
    """The whole planogram with the proposal in it, as TOML in the order of the plates; what is new or changed says so."""
    from edge.basket.planogram_proposal import ProposedFacing, taken_over
    from edge.store.model import Facing

    names = {row["gtin"]: row["name"] for row in [*stock["products"], *stock["proposal"]]}
    facings = [
        Facing(place["plate"], row["gtin"], place["full_units"], place["min_units"])
        for row in stock["products"]
        for place in row["places"]
        if place["full_units"]
    ]
    proposal = [ProposedFacing(one["plate"], one["gtin"], one["count"], one["was"]) for one in stock["proposal"]]
    changed = {(one.plate, one.gtin): f"   # was {one.was}" if one.was else "   # new" for one in proposal}
    tables = [
        f"[[planogram]]   # {_one_line(names[facing.gtin])}\nplate = {json.dumps(facing.plate, ensure_ascii=False)}\n"
        f'gtin = "{facing.gtin}"\ncount = {facing.count}{changed.get((facing.plate, facing.gtin), "")}\nmin_count = {facing.min_count}\n'
        for facing in sorted(taken_over(facings, proposal), key=lambda facing: (facing.plate, facing.gtin))
    ]
    ended = [f"# no longer: {_one_line(names[one.gtin])} on {one.plate} (was {one.was})" for one in proposal if one.count == 0]
    return "\n".join([*tables, *ended]).rstrip("\n")


def _place(place: dict[str, Any]) -> str:
    if place["full_units"]:
        return f"{place['plate']} {place['units']}/{place['full_units']}"
    return f"{place['units']} misplaced on {place['plate']}"


def _one_line(name: str) -> str:
    return " ".join(name.split())
