"""``smartstore check-config``: everything that is wrong with a store file, or what it means with every default filled in."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from edge.store.counted import counted

MOST_TOLD = 20  # notes; whoever has more of them reads the first and begins anew

EXAMPLES = """examples:
  smartstore check-config /etc/smartstore/store.toml
  smartstore check-config store.toml --no-files   # away from the machine that has the keys
  smartstore check-config store.toml --effective  # every value in force, as JSON
  smartstore check-config store.toml --alone      # without what was changed on the store's pages
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.add_argument("config", type=Path, metavar="FILE", help="the store file (TOML); see docs/config.md")
    parser.add_argument("--no-files", action="store_true", help="do not look at the key and certificate files it names")
    parser.add_argument("--alone", action="store_true", help="leave out what was changed on the store's pages")
    parser.add_argument("--effective", action="store_true", help="print every value in force as JSON, defaults included")


def main(args: argparse.Namespace) -> int:
    """Exit code 0: the file can be used; 2: it cannot, with one line per fault on standard error."""
    from edge.runtime.settings import SettingsError, effective, load_store, store_model
    from edge.store.look_alikes import look_alikes

    try:
        loaded = load_store(args.config, check_files=not args.no_files, alone=args.alone)
    except SettingsError as error:
        print(error, file=sys.stderr)
        count = len(error.problems)
        print(f"{count} problem{'s' if count > 1 else ''}; nothing was started", file=sys.stderr)
        return 2
    settings = loaded.settings
    if args.effective:
        print(json.dumps(effective(settings), indent=2, ensure_ascii=False))
        return 0
    model = store_model(settings)
    units = sum(facing.count for facing in model.planogram)
    print(f"{args.config}: fits together")
    print(f"  store      {model.tenant}/{model.store}, prices {model.prices.version} in {model.prices.currency}")
    print(f"  doors      {', '.join(door.door for door in model.doors)}")
    print(f"  plates     {len(model.plates)}, {counted(units, 'unit')} of {counted(len(model.prices.products), 'product')} when full")
    for bus in settings.devices.buses:
        names = ", ".join(device.name for device in settings.devices.devices_on(bus.name))
        print(f"  bus        {bus.name} at {bus.url}: {names or 'nothing'}")
    for camera in settings.cameras:
        seen = dict.fromkeys(plate for zone in camera.zones for plate in zone.plates)
        print(f"  camera     {camera.id} at {camera.url}: {', '.join(seen) or 'no zones'}")
    print(f"  cloud      {settings.cloud.broker}")
    print(f"  journal    {settings.journal.path}")
    if loaded.kept is not None:
        places = counted(len(loaded.overlay.values), "place")
        print(f"  changes    {places} changed on a page, last by {loaded.kept.by} (change {loaded.kept.number}); --alone leaves them out")
    for place in loaded.edited[:MOST_TOLD]:
        print(f"  note       {place} was edited in this file, but it was changed on a page before, which holds")
    if loaded.trouble:
        print(f"  note       {loaded.trouble}")
    for pair in look_alikes(model)[:MOST_TOLD]:
        print(f"  note       {pair.words}")
    return 0
