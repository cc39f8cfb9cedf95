"""``python -m cloud_bridge.fleet``: the far end alone, without the controller's command line."""

from __future__ import annotations

import argparse
import logging

from cloud_bridge.fleet.cli import add_arguments, main

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m cloud_bridge.fleet", description="The consumer of many stores and its listings.")
    add_arguments(parser)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    raise SystemExit(main(parser.parse_args()))
