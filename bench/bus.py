"""The bus master on a simulated line, beside pymodbus and minimalmodbus in the same run.

Three tables: the cycle of eight scales against the time that the line itself needs; processor time per transaction; and the numbers that
come back after one late answer. ``python -m bench.bus``; exit code 1 when ours took an answer for another request's.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.modbus_masters import MASTERS, REPLY_BYTES, REQUEST_BYTES, NumberedStation
from devices.sim.line import LateReply, LineFormat
from devices.sim.paced_bus import PacedBus

SCALES: Final = 8
SLAVE_DELAY_S: Final = 0.002  # s; from the end of the request's silence to the answer, a quick transmitter
LATE_S: Final = 0.100  # s; the one late answer
USUAL_S: Final = 0.030  # s; the others
LATE_TIMEOUT_S: Final = 0.080  # s; between the two
ROUNDS: Final = 5  # of every master's processor time, taken in turn, so that a busy moment of the machine meets them all


@dataclass(frozen=True, slots=True)
class Cycle:
    """Median time of one cycle over all scales, answers missed, and requests sent before the silent gap was over."""

    median_s: float
    missed: int
    too_early: int


def line_limit_s(line: LineFormat) -> float:
    """The shortest possible cycle: characters of request and reply, the gap that ends the request, the slave, the gap before the next."""
    characters_s = (REQUEST_BYTES + REPLY_BYTES) * line.character_ns / 1e9
    return SCALES * (characters_s + 2 * line.gap_ns / 1e9 + SLAVE_DELAY_S)


async def cycle(folder: Path, name: str, baud: int, cycles: int) -> Cycle:
    line = LineFormat(baud=baud)
    stations = [NumberedStation(address, line.gap_ns / 1e9 + SLAVE_DELAY_S) for address in range(1, SCALES + 1)]
    with PacedBus(folder / "tty", line, stations=stations) as paced:
        async with MASTERS[name](paced.path, baud, 0.2, 0.25) as master:
            await master.read(1)
            times, missed = [], 0
            for _ in range(cycles):
                began = time.perf_counter()
                for address in range(1, SCALES + 1):
                    missed += await master.read(address) is None
                times.append(time.perf_counter() - began)
        return Cycle(statistics.median(times), missed, paced.gap_violations)


async def processor_us(folder: Path, name: str, transactions: int, pause_s: float) -> float:
    """Processor time of the master's thread per answered transaction, in microseconds, without that of the pauses between them.

    The line runs in a thread of its own, which is not counted.
    """
    with PacedBus(folder / "tty", LineFormat(baud=921600), stations=[NumberedStation(1, SLAVE_DELAY_S)]) as paced:
        async with MASTERS[name](paced.path, 921600, 0.2, 0.25) as master:
            for _ in range(20):
                await master.read(1)
            began = time.thread_time()
            for _ in range(transactions):
                await asyncio.sleep(pause_s)
            pauses_s = time.thread_time() - began
            answered = misses = 0
            began = time.thread_time()
            while answered < transactions:
                got = await master.read(1) is not None
                answered += got
                misses += not got
                if misses > transactions:
                    raise RuntimeError(f"{name} gets no answers on the simulated line; its processor time cannot be told")
                await asyncio.sleep(pause_s)
            return (time.thread_time() - began - pauses_s) / transactions * 1e6


async def after_late_reply(folder: Path, name: str, polls: int) -> list[int | None]:
    """What each of ``polls`` back-to-back polls returned; the third answer is late."""
    station = NumberedStation(1, USUAL_S)
    with PacedBus(folder / "tty", LineFormat(baud=115200), stations=[station]) as paced:
        async with MASTERS[name](paced.path, 115200, LATE_TIMEOUT_S, 0.25) as master:
            got: list[int | None] = []
            for poll in range(1, polls + 1):
                if poll == 3:
                    paced.faults.late[station.name] = LateReply(LATE_S - USUAL_S, once=True)
                got.append(await master.read(1))
            return got


async def measure(cycles: int, transactions: int, bauds: list[int]) -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print(f"cycle of {SCALES} scales, two registers each, slave {SLAVE_DELAY_S * 1000:.0f} ms (share = line limit / measured)")
        print(f"{'baud':>7} {'limit ms':>9}  " + "".join(f"{master:>14} {'share':>6} {'missed':>6} {'early':>6}" for master in MASTERS))
        for baud in bauds:
            limit_s = line_limit_s(LineFormat(baud=baud))
            row = f"{baud:>7} {limit_s * 1000:>9.1f}  "
            for master in MASTERS:
                found = await cycle(folder, master, baud, cycles)
                row += f"{found.median_s * 1000:>11.1f} ms {limit_s / found.median_s:>6.0%} {found.missed:>6} {found.too_early:>6}"
            print(row, flush=True)
        print("missed: no answer or an error; early: sent before the silent gap was over, which slaves that time their frames ignore\n")
        print(f"processor time per transaction in microseconds (median of {ROUNDS} turns)")
        for title, pause_s in (("polled every 10 ms", 0.01), ("back to back", 0.0)):
            rounds = [{master: await processor_us(folder, master, transactions, pause_s) for master in MASTERS} for _ in range(ROUNDS)]
            costs = {master: statistics.median(each[master] for each in rounds) for master in MASTERS}
            print(f"{title:>20}  " + "  ".join(f"{name} {cost:.0f} ({cost / costs['ours']:.2f} x ours)" for name, cost in costs.items()))
        print("back to back ours also waits out the silent gap (a wake-up more), which pymodbus does not")
        print(f"\none answer after {LATE_S * 1000:.0f} ms, time-out {LATE_TIMEOUT_S * 1000:.0f} ms, back to back: poll -> request answered")
        slipped = False
        for master in MASTERS:
            got = await after_late_reply(folder, master, 8)
            wrong = sum(number is not None and number != poll for poll, number in enumerate(got, start=1))
            print(
                f"{master:>14}  "
                + "  ".join(f"{poll}->{'-' if number is None else number}" for poll, number in enumerate(got, start=1))
                + f"   wrong: {wrong}"
            )
            slipped = slipped or (master == "ours" and wrong > 0)
    return 1 if slipped else 0


def main() -> int:
    """Exit code 1 when our master took an answer for another request's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cycles", type=int, default=10, help="cycles per speed and master")
    parser.add_argument("--transactions", type=int, default=100, help="transactions of one turn of the processor time")
    parser.add_argument("--bauds", type=int, nargs="+", default=[9600, 19200, 115200], help="line speeds")
    arguments = parser.parse_args()
    return asyncio.run(measure(arguments.cycles, arguments.transactions, arguments.bauds))


if __name__ == "__main__":
    sys.exit(main())
