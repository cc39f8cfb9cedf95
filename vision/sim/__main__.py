"""``python -m vision.sim --stage STAGE.json --scene SCENE.sock --port 8090``: cameras over a simulated cabinet, as a process of its own.

Whoever simulates the cabinet listens at SCENE.sock and writes what stands there and which hands come (lines of
:mod:`vision.sim.scene`); when it goes away the last picture stays, and the connection is tried again.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from vision.sim.broadcast import Broadcast
from vision.sim.camera import ShelfCamera
from vision.sim.scene import scene_fact
from vision.sim.stage import Stage, read_stage

RETRY_S: Final = 0.2  # s between attempts to reach the cabinet
MAX_LINE: Final = 4 * 1024 * 1024  # bytes; a thousand units fit in a tenth


async def follow(scene_socket: Path, cameras: dict[str, ShelfCamera]) -> None:
    """Tell the cameras' scenes every fact from the socket; runs until cancelled."""
    while True:
        try:
            reader, writer = await asyncio.open_unix_connection(scene_socket, limit=MAX_LINE)
            try:
                while line := await reader.readline():
                    if (fact := scene_fact(line)) is not None:
                        for camera in cameras.values():
                            camera.scene.tell(fact)
            finally:
                writer.close()
        except (OSError, ValueError):
            pass  # not there yet, or a line without an end
        await asyncio.sleep(RETRY_S)


async def serve(stage: Stage, scene_socket: Path, port: int) -> None:
    """Film until a signal comes."""
    cameras = {
        one.id: ShelfCamera(stage.scene(one.id), stage.looks, size=(stage.width, stage.height), seed=stage.seed + number)
        for number, one in enumerate(stage.cameras)
    }
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    broadcast = Broadcast(cameras, stage.frames_per_s)
    await broadcast.start(port)
    following = asyncio.create_task(follow(scene_socket, cameras))
    for name in cameras:
        print(f"http://127.0.0.1:{broadcast.port}/{name}.mjpeg", flush=True)
    try:
        await stopped.wait()
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await broadcast.close()


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 2: the stage cannot be read, or the port is taken."""
    parser = argparse.ArgumentParser(prog="python -m vision.sim", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stage", type=Path, required=True, help="file with cameras, plates and looks")
    parser.add_argument("--scene", type=Path, required=True, help="Unix socket at which the simulated cabinet tells what happens")
    parser.add_argument("--port", type=int, default=0, help="TCP port on the loopback address (default: any free one, printed)")
    chosen = parser.parse_args(arguments)
    try:
        asyncio.run(serve(read_stage(chosen.stage), chosen.scene, chosen.port))
    except (OSError, ValueError) as error:
        print(f"vision.sim: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
