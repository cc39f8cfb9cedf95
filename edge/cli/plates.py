"""``smartstore plates``: commissioning of the weighing plates, guided in words. Measures and prints; writes nothing, opens no door."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from devices.config import DevicesSettings

USUAL_CONFIG = Path("/etc/smartstore/store.toml")

EXAMPLES = """examples:
  smartstore plates show                       # what every plate weighs now, and how often it is sampled
  smartstore plates knock A1                   # knock three times: how it rings, and the line for the store file
  smartstore plates leaks --mass 2000          # 2 kg on each plate in turn: what the others show of it
  smartstore plates leaks --mass 2000 A1 A2    # only these two
  smartstore plates knock A1 --knocks 5 --config store.toml

The controller must not run meanwhile (systemctl stop smartstore): a port belongs to one program.
Commissioning step by step: docs/commissioning-plates.md

exit code: 0 measured, 1 it came to nothing (the last line says why), 2 the store file or the command line is wrong
"""

SHOW = """examples:
  smartstore plates show
  smartstore plates show A1 A2 --config store.toml

A line per plate: grams, their standard deviation at rest (grams), samples per second. 60 and more are good.
"""

KNOCK = """examples:
  smartstore plates knock A1
  smartstore plates knock A1 --knocks 5 --config store.toml --patience-s 60

Load the plate as it will be loaded; knock with a knuckle when you are told to. Prints hertz, damping, and the line for the store file.
"""

LEAKS = """examples:
  smartstore plates leaks --mass 2000          # every plate in turn
  smartstore plates leaks --mass 2000 A1 A2    # only these two

Prints what the others show of the mass, in percent of it, and a line per plate for the store file.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.add_argument("--config", type=Path, default=USUAL_CONFIG, metavar="FILE", help=f"the store file (default: {USUAL_CONFIG})")
    parser.add_argument("--patience-s", type=float, default=120.0, metavar="S", help="how long to wait for each step (default: 120)")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    show = _action(actions, "show", "weigh once: grams, noise and samples per second of every plate", SHOW)
    show.add_argument("plates", nargs="*", metavar="PLATE", help="only these (default: all)")
    knock = _action(actions, "knock", "how a plate rings after a knock, and how long its moving average must be", KNOCK)
    knock.add_argument("plate", metavar="PLATE", help="the plate, as in the store file")
    knock.add_argument("--knocks", type=int, default=3, metavar="N", help="good knocks that must agree (default: 3)")
    leaks = _action(actions, "leaks", "how much of a load on one plate shows on the others", LEAKS)
    leaks.add_argument("plates", nargs="*", metavar="PLATE", help="the plates to load (default: all)")
    leaks.add_argument("--mass", type=float, required=True, metavar="GRAMS", help="the known mass put on them; 1000 g or more is best")
    for action in (show, knock, leaks):  # behind the action they are as good as before it
        action.add_argument("--config", type=Path, default=argparse.SUPPRESS, metavar="FILE", help=argparse.SUPPRESS)
        action.add_argument("--patience-s", type=float, default=argparse.SUPPRESS, metavar="S", help=argparse.SUPPRESS)


def _action(actions: argparse._SubParsersAction[argparse.ArgumentParser], name: str, words: str, examples: str) -> argparse.ArgumentParser:
    said, shape = f"{words[0].upper()}{words[1:]}.", argparse.RawDescriptionHelpFormatter
    return actions.add_parser(name, help=words, description=said, epilog=examples, formatter_class=shape)


def main(args: argparse.Namespace) -> int:
    """Exit code 0, 1 or 2 as the help says."""
    from devices.station.commissioning import CannotWeigh
    from edge.runtime.settings import SettingsError, load_settings

    try:
        devices = load_settings(args.config, check_files=False).devices
    except SettingsError as error:
        print(f"smartstore plates: {error}", file=sys.stderr)
        return 2
    if wrong := _wrong(args, devices):
        print(f"smartstore plates: {wrong}", file=sys.stderr)
        return 2
    try:
        _ports_are_free(devices)
        if args.action == "knock":
            _knock(args, devices)
        elif args.action == "leaks":
            _leaks(args, devices)
        else:
            _show(args, devices)
    except CannotWeigh as error:
        print(f"smartstore plates: {error}\n  -> {error.advice}", file=sys.stderr)
        return 1
    return 0


def _wrong(args: argparse.Namespace, devices: DevicesSettings) -> str | None:
    """What is wrong with the command line, None where nothing is."""
    known = [plate.id for plate in devices.plates]
    asked = [args.plate] if args.action == "knock" else args.plates
    if not known:
        return "the store file has no [[plate]] section"
    if unknown := [plate for plate in asked if plate not in known]:
        return f"unknown plate {unknown[0]!r}; known are {', '.join(known)}"
    if args.action == "knock" and args.knocks < 1:
        return "--knocks must be at least 1"
    if args.action == "leaks" and not args.mass >= 100.0:
        return "--mass must be at least 100 g; 1000 g or more shows small leaks"
    return None if args.patience_s > 0 else "--patience-s must be above 0"


def _ports_are_free(devices: DevicesSettings) -> None:
    """Raise CannotWeigh where a running program, most likely the controller, holds a port of the plates."""
    from devices.station.commissioning import CannotWeigh
    from edge.runtime.checkup.ports import check_ports

    scales = {plate.device for plate in devices.plates}
    buses = {device.bus for device in devices.devices if device.name in scales}
    for finding in check_ports([bus for bus in devices.buses if bus.name in buses]):
        if " is held by " in finding.text:
            raise CannotWeigh(finding.text, "Stop it first: systemctl stop smartstore. Start it again afterwards.")
        if finding.level == "failure":
            raise CannotWeigh(finding.text, finding.advice)


def _say(words: str) -> None:
    print(words, flush=True)


def _show(args: argparse.Namespace, devices: DevicesSettings) -> None:
    from devices.commissioning.rest import Watch
    from devices.station.commissioning import weighing_plates

    plates = tuple(args.plates) or tuple(plate.id for plate in devices.plates)

    async def weigh() -> None:
        async with weighing_plates(devices, plates) as samples:
            rests = await Watch(plates).until(samples, lambda _: True, args.patience_s, "all plates at rest")
        width = max(map(len, plates))
        for plate, rest in rests.items():
            _say(f"{plate:<{width}}  {rest.grams:>10.1f} g  +- {rest.sd_g:.2f}  {rest.rate_hz:5.1f} samples per second")

    asyncio.run(weigh())


def _knock(args: argparse.Namespace, devices: DevicesSettings) -> None:
    from devices.weighing.knock import averaging_s
    from edge.cli.commission.knock_test import knock_test

    found = asyncio.run(knock_test(devices, args.plate, knocks=args.knocks, patience_s=args.patience_s, say=_say))
    average_s = averaging_s(found.hertz)
    _say(f"\nplate {args.plate} rings at {found.hertz:.1f} Hz, damping {found.damping:.3f}; after such a knock it is still (1 g)")
    _say(f"in {found.quiet_after_s:.1f} s by itself. A moving average of {average_s:.3f} s, whole periods of it, cancels the ringing.")
    if found.rate_hz * average_s / 3.0 < 3.0:
        _say(f"Note: {found.rate_hz:.0f} samples per second are few for that; more of them make every decision faster.")
    _say(f'\nIn the store file, in the [[plate]] section with id = "{args.plate}":\n\n    ringing_hz = {found.hertz:.1f}')


def _leaks(args: argparse.Namespace, devices: DevicesSettings) -> None:
    from edge.cli.commission.leak_test import leak_test

    plates = tuple(args.plates) or tuple(plate.id for plate in devices.plates)
    leaks = asyncio.run(leak_test(devices, plates, mass_g=args.mass, patience_s=args.patience_s, say=_say))
    everything = [plate.id for plate in devices.plates]
    width = max(7, *map(len, everything))
    _say("\nShare of a load on the plate of the row that the plate of the column shows:\n")
    _say(" " * width + "".join(f"  {plate:>{width}}" for plate in everything))
    for plate, shares in leaks.items():
        cells = ["100 %" if other == plate else f"{shares[other]:.2%}" if other in shares else "-" for other in everything]
        _say(f"{plate:<{width}}" + "".join(f"  {cell:>{width}}" for cell in cells))
    _say("\nIn the store file, in the [[plate]] section of each plate:\n")
    for plate, shares in leaks.items():
        table = ", ".join(f"{_key(other)} = {share:.4f}" for other, share in shares.items())
        _say(f"    leaks = {{{f' {table} ' if table else ''}}}    # {plate}")


def _key(plate: str) -> str:
    """A TOML key: bare where that is allowed."""
    return plate if plate.replace("-", "").replace("_", "").isalnum() else f'"{plate}"'
