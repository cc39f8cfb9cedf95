"""``smartstore demo``: everything on this machine alone, with simulated hardware and people who shop."""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

EXAMPLES = """examples:
  smartstore demo                         # until Ctrl-C; be a shopper yourself on the page
  smartstore demo --alone                 # nobody comes by itself; you are the only shopper
  smartstore demo --visits 5 --no-page    # five visits, then a summary; exit 1 when one was billed wrongly or lost
  smartstore demo --no-camera             # by weight alone
  smartstore demo --keep demo-files       # keep store file, journal, logs and the consumer's database
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.add_argument("--visits", type=int, metavar="N", help="end after N simulated shoppers (default: until Ctrl-C)")
    parser.add_argument("--pause-s", type=float, default=2.0, metavar="S", help="seconds between two visits (default: 2)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="other goods, noise and shoppers (default: 1)")
    parser.add_argument(
        "--layout", choices=("demo", "kerong"), default="demo", help="the cabinet: one door and a relay board, or two hook locks"
    )
    parser.add_argument("--keep", type=Path, metavar="DIR", help="write everything to DIR and keep it (default: a temporary folder)")
    parser.add_argument("--alone", action="store_true", help="no simulated shoppers: the cabinet is yours, from the page")
    parser.add_argument("--no-camera", action="store_true", help="no simulated camera and no eye: the cabinet goes by weight alone")
    parser.add_argument("--no-page", action="store_true", help="take any free port for the page, and offer no controls on it")


def main(args: argparse.Namespace) -> int:
    """Exit code 0: every visit ended right; 1: one did not; 2: something could not be started."""
    if args.visits is not None and args.visits < 1:
        print("smartstore demo: --visits must be at least 1", file=sys.stderr)
        return 2
    if args.alone and (args.no_page or args.visits is not None):
        print("smartstore demo: --alone needs the page and has no simulated visits to count", file=sys.stderr)
        return 2
    if args.keep is not None and (args.keep / "journal.db").exists():
        print(f"smartstore demo: {args.keep} already holds a demonstration; name another folder, or delete it", file=sys.stderr)
        return 2
    return asyncio.run(_demo(args))


async def _demo(args: argparse.Namespace) -> int:
    from devices.sim.layout import LAYOUTS, TEA
    from edge.demo.children import ChildDied
    from edge.demo.panel import Panel, serve_panel
    from edge.demo.receipts import CloudReceipts
    from edge.demo.shop import PAGE_PORT, NotReady, Shop, Stopped, free_port, stoppable
    from edge.demo.story import Story, layout_words, tell

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    layout = replace(LAYOUTS[args.layout](), unlisted=(TEA,))
    panel_port = free_port()
    shop = Shop(
        layout,
        seed=args.seed,
        directory=args.keep,
        page_port=None if args.no_page else free_port(PAGE_PORT),
        panel_url=None if args.no_page else f"http://127.0.0.1:{panel_port}",
        camera=not args.no_camera and _eye_is_installed(),
    )
    story = Story(shop, CloudReceipts(shop.directory / "fleet.db"), seed=args.seed)
    panel = Panel(story)
    if shop.eye is None and not args.no_camera:
        print("Without a camera: OpenCV or onnxruntime is not installed; type: pip install 'smartstore-edge[vision]'")
    eye = ", a camera and the eye" if shop.eye is not None else ""
    print(
        f"A simulated cabinet ({layout_words(layout)}) on pseudo-terminals{eye}, its controller, a broker and the consumer are starting …"
    )
    began = time.monotonic()
    try:
        async with stoppable(shop, stop):
            print(f"  ready       after {time.monotonic() - began:.1f} s")
            if shop.sign_in is not None:
                print(f"  sign in     {shop.page_url}{shop.sign_in.link}   (open it: it works once)")
                print(f"  or as       {shop.sign_in.name}, password {shop.sign_in.password}")
            print(f"  page        {shop.page_url}/{'' if args.no_page else '   (be the shopper yourself)'}")
            print(f"  at the door {shop.page_url}/kiosk")
            for name, path in shop.cabinet.ports().items():
                print(f"  wire        {name:<8} {path}")
            print(f"  files       {shop.directory}{'' if args.keep else '   (removed at the end; --keep DIR keeps them)'}")
            print("Ctrl-C ends it.\n", flush=True)
            tasks = [
                asyncio.create_task(tell(story, visits=args.visits, pause_s=args.pause_s, idle=lambda: args.alone or panel.wants_cabinet)),
                asyncio.create_task(stop.wait()),
                *(asyncio.create_task(child.died()) for child in shop.children),
            ]
            background = [asyncio.create_task(panel.forget())]
            if shop.eye is not None:
                background.append(asyncio.create_task(shop.eye.run(story.say)))
            if not args.no_page:
                background.append(asyncio.create_task(serve_panel(panel, panel_port, shop.page_url)))
            try:
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
            finally:
                for task in (*tasks, *background):
                    task.cancel()
                await asyncio.gather(*tasks, *background, return_exceptions=True)
            await story.look_for_late()
            print("\nending …", flush=True)
    except Stopped:
        print("\nended before it was ready")
        return 0
    except (ChildDied, NotReady, OSError) as error:
        print(f"smartstore demo: {error}", file=sys.stderr)
        return 2
    print(story.summary())
    return 0 if story.all_well else 1


def _eye_is_installed() -> bool:
    return all(importlib.util.find_spec(name) is not None for name in ("cv2", "onnxruntime"))
