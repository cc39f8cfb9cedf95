"""``python -m devices.sim``: a simulated cabinet on pseudo-terminals, for trying a driver or a controller without hardware."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import stat
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from devices.sim.cabinet import SimulatedCabinet
from devices.sim.console import CommandError, Console
from devices.sim.layout import LAYOUTS, CabinetLayout, with_plates
from devices.sim.store_config import Table

# A strike gives way only during the pulse: time to type `open` after `present`.
HAND_AT_KEYBOARD: Final[Table] = {"pulse_s": 4.5, "open_within_s": 5.0}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m devices.sim",
        description="Serve a simulated cabinet on pseudo-terminals: locks, weighing transmitters and a code reader that speak their real "
        "bytes at their real speed. Type commands to be the shopper or to break something; 'help' lists them.",
    )
    parser.add_argument("--layout", choices=sorted(LAYOUTS), default="demo", help="which cabinet (default: demo)")
    parser.add_argument(
        "--locks", choices=("waveshare", "pulse-0100", "kr-cu16", "kr-cu-wide"), help="another lock board than the layout's"
    )
    parser.add_argument("--scales", choices=("multi", "single", "node"), help="other scales")
    parser.add_argument("--ring-hz", type=float, metavar="HZ", help="how fast the plates ring (default: 12)")
    parser.add_argument("--leakage", type=float, metavar="SHARE", help="share of a load that the plates beside it show too (default: 0)")
    parser.add_argument(
        "--filter", type=int, metavar="N", help="conversions that the transmitters average; 1 is none (default: the layout's)"
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of goods, hands and noise (default: 0)")
    parser.add_argument("--directory", type=Path, help="where the port names appear (default: a temporary directory)")
    parser.add_argument("--write-config", type=Path, metavar="FILE", help="write the store file that matches this cabinet")
    parser.add_argument("--key", action="append", default=[], metavar="KID=BASE64", help="public key of accepted passes in that file")
    parser.add_argument("--echo", action="store_true", help="adapters hear what they send")
    parser.add_argument("--noise", type=float, default=0.0, metavar="RATE", help="share of bytes with a flipped bit, 0 to 1")
    parser.add_argument("--loss", type=float, default=0.0, metavar="RATE", help="share of bytes that vanish, 0 to 1")
    parser.add_argument("--do", action="append", default=[], metavar="COMMAND", help="a command to carry out at the start; may be repeated")
    parser.add_argument("--no-input", action="store_true", help="do not read commands from standard input; run until stopped")
    return parser


def _layout(arguments: argparse.Namespace) -> CabinetLayout:
    layout = LAYOUTS[arguments.layout]()
    if arguments.locks:
        layout = replace(layout, lock=arguments.locks)
    if arguments.scales:
        layout = replace(layout, scales=arguments.scales)
    if arguments.filter:
        layout = replace(layout, channel=replace(layout.channel, filter_length=arguments.filter))
    traits = {"ring_hz": arguments.ring_hz, "leakage": arguments.leakage}
    return with_plates(layout, **{name: value for name, value in traits.items() if value is not None})


async def _serve(arguments: argparse.Namespace) -> None:
    async with SimulatedCabinet(_layout(arguments), seed=arguments.seed, directory=arguments.directory) as cabinet:
        for bus in cabinet.buses.values():
            bus.faults.echo, bus.faults.noise, bus.faults.loss = arguments.echo, arguments.noise, arguments.loss
        for name, path in cabinet.ports().items():
            line = cabinet.buses[name].line
            _say(f"{name}: {path}  ({line.baud} Bd)")
        if arguments.write_config:
            keys = dict(key.split("=", 1) for key in arguments.key)
            strikes = any(door.traits.latch == "strike" for door in cabinet.layout.doors)
            sections = {"visit": HAND_AT_KEYBOARD} if strikes else None
            _say(f"store file: {cabinet.write_config(arguments.write_config, keys=keys, sections=sections)}")
        console = Console(cabinet)
        stopped = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        for command in arguments.do:
            await _carry_out(console, command)
        jobs: list[asyncio.Task[bool] | asyncio.Task[None]] = [asyncio.create_task(stopped.wait())]
        if not arguments.no_input:
            _say("type help for commands")
            jobs.append(asyncio.create_task(_typed(console)))
        _, running = await asyncio.wait(jobs, return_when=asyncio.FIRST_COMPLETED)
        for job in running:
            job.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def _typed(console: Console) -> None:
    if stat.S_ISREG(os.fstat(sys.stdin.fileno()).st_mode):  # a file is always ready; the event loop cannot wait for it
        for line in sys.stdin:
            await _carry_out(console, line)
        return
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    with contextlib.closing(transport):
        while line := (await reader.readline()).decode("utf-8", errors="replace"):
            if line.strip() in ("quit", "exit"):
                return
            await _carry_out(console, line)


async def _carry_out(console: Console, line: str) -> None:
    try:
        said = await console.run(line)
    except CommandError as error:
        said = str(error)
    if said:
        _say(said)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until end of input, quit or a signal."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    if any("=" not in key for key in chosen.key):
        parser.error("--key needs the key id and the base64 public key, as in --key main=q83v...")
    asyncio.run(_serve(chosen))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
