"""``smartstore fleet``: run the consumer, list receipts and stores, set entry rules. Only parsing, printing and exit codes live here."""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import sys
import threading
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from cloud_bridge.entry_messages import EntryOfferV1
from cloud_bridge.ports import LinkError
from cloud_bridge.settings import CloudSettings
from cloud_bridge.topics import BadId, StoreAddress, checked_id

DATABASE = "sqlite:///fleet.db"
EXAMPLES = """examples:
  smartstore fleet run --broker mqtt://127.0.0.1:1883 --database sqlite:///fleet.db
  smartstore fleet run --broker mqtts://broker.example:8883 --ca-file ca.pem --cert-file fleet.pem --key-file fleet.key \\
                       --database postgresql://fleet@localhost/fleet
  smartstore fleet receipts --database sqlite:///fleet.db --follow
  smartstore fleet stores --json
  smartstore fleet refuse demo --pass-id 5f0c1e --reason "blocked by the operator"
  smartstore fleet offer 'https://shop.example/enter?s=demo/corner-shop&c=q7Zb1Xo0f3mT9wLsKc2e8A' --pass-file pass.txt
"""
FOLLOW_S = 0.5  # s; how often a followed listing looks for new receipts
UNDIVIDED = frozenset({"CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF"})  # ISO 4217 currencies without minor units in use
MISSING = "the fleet needs its extra packages: install smartstore-edge[fleet]"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-commands of ``smartstore fleet`` on ``parser``."""
    commands = parser.add_subparsers(dest="fleet_command", required=True, metavar="COMMAND")
    run = commands.add_parser("run", help="take events of all stores and confirm them")
    _broker_arguments(run)
    run.add_argument("--client-id", default="fleet", help="MQTT client id under which the broker keeps the queue (default %(default)s)")
    run.add_argument("--share", help="name of a group of consumers that divide the events")
    run.add_argument("--heartbeat", type=float, default=20.0, metavar="S", help="seconds between watermarks to quiet stores (default 20)")
    run.add_argument("--quiet", action="store_true", help="print no receipts")
    receipts = commands.add_parser("receipts", help="list receipts as they arrived")
    receipts.add_argument("--store", help="only this store")
    receipts.add_argument("--limit", type=int, default=50, help="how many of the newest (default 50)")
    receipts.add_argument("--json", action="store_true", help="one JSON object per line")
    receipts.add_argument("--follow", action="store_true", help="go on printing new ones")
    stores = commands.add_parser("stores", help="list stores with their lag and gaps")
    stores.add_argument("--json", action="store_true", help="one JSON object per line")
    for name, words in (("admit", "let a card or pass in"), ("refuse", "keep a card or pass out")):
        rule = commands.add_parser(name, help=words)
        rule.add_argument("tenant", help="tenant id")
        rule.add_argument("--store", help="only in this store (default: all of the tenant)")
        key = rule.add_mutually_exclusive_group(required=True)
        key.add_argument("--pass-id", help="id of a signed pass")
        key.add_argument("--card", help="text of a card; only its SHA-256 is stored")
        rule.add_argument("--holder", default="", help="pseudonym of the holder")
        rule.add_argument("--role", default="shopper", choices=("shopper", "restocker", "technician"), help="role of the holder")
        rule.add_argument("--limit-minor", type=int, help="spending limit in minor units")
        rule.add_argument("--reason", default="", help="shown to the shopper when refused")
        rule.set_defaults(granted=name == "admit")
    offer = commands.add_parser("offer", help="let in who has scanned the code on a store's screen, by their pass")
    offer.add_argument("scanned", metavar="ADDRESS", help="what the phone has read")
    offer.add_argument("--pass-file", type=Path, required=True, help="file with their signed pass; - for standard input")
    offer.add_argument("--door", help="the door to open (default: every door of the cabinet)")
    _broker_arguments(offer)
    for command in commands.choices.values():
        if command is offer:
            continue
        command.add_argument("--database", default=DATABASE, help="sqlite:///file or postgresql://user@host/database (default %(default)s)")


def _broker_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("--broker", default="mqtt://127.0.0.1:1883", help="mqtt://host:port or mqtts://host:port (default %(default)s)")
    command.add_argument("--username", help="user name at the broker")
    command.add_argument("--password-file", type=Path, help="file that holds the password")
    command.add_argument("--ca-file", type=Path, help="certificates that may sign the broker's")
    command.add_argument("--cert-file", type=Path, help="certificate by which the broker knows us")
    command.add_argument("--key-file", type=Path, help="its private key")


def main(args: argparse.Namespace) -> int:
    """Carry out a parsed command; returns the exit code."""
    if args.fleet_command == "offer":
        return _offer(args)
    try:
        import sqlalchemy  # noqa: F401 - an extra of this package: say so in a sentence instead of a traceback
    except ImportError:
        print(MISSING, file=sys.stderr)
        return 2
    from cloud_bridge.fleet.engine import LedgerError, open_engine

    file = args.database.removeprefix("sqlite:///")
    if args.fleet_command in ("receipts", "stores") and file != args.database and not Path(file).exists():
        print(f"there is no {file}; name the consumer's database with --database", file=sys.stderr)
        return 2
    try:
        engine = open_engine(args.database)
    except LedgerError as error:
        print(error, file=sys.stderr)
        return 2
    try:
        match args.fleet_command:
            case "run":
                return _run(args, engine)
            case "receipts":
                return _receipts(args, engine)
            case "stores":
                return _stores(args, engine)
            case _:
                return _rule(args, engine)
    except KeyboardInterrupt:
        return 0
    finally:
        engine.dispose()


def receipt_line(receipt: Any) -> str:
    """One readable line: time, store, total, status, what was bought."""
    goods = ", ".join(f"{line['quantity']}× {line['name']}" for line in receipt.data["lines"]) or "nothing"
    why = f" ({'; '.join(receipt.data['review_reasons'])})" if receipt.data["review_reasons"] else ""
    amount = f"{receipt.total_minor if receipt.currency in UNDIVIDED else f'{receipt.total_minor / 100:.2f}'} {receipt.currency}"
    return f"{receipt.time[:19].replace('T', ' ')}  {receipt.address.store:<12} {amount:>12}  {receipt.status:<11} {goods}{why}"


def _run(args: argparse.Namespace, engine: Any) -> int:
    from cloud_bridge.fleet.consumer import Consumer
    from cloud_bridge.fleet.ending import Ending
    from cloud_bridge.fleet.settings import FleetSettings

    names = ("broker", "client_id", "share", "username", "password_file", "ca_file", "cert_file", "key_file")
    try:
        settings = FleetSettings(database=args.database, heartbeat_s=args.heartbeat, **{name: getattr(args, name) for name in names})
    except ValidationError as error:
        for problem in error.errors():
            print(f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}", file=sys.stderr)
        return 2
    stop = Ending()
    print(f"fleet: {settings.broker} -> {args.database}", flush=True)

    def show(receipt: Any) -> None:
        if not args.quiet:
            print(receipt_line(receipt), flush=True)

    Consumer(settings, engine, on_receipt=show).run(stop)
    return 0


def _receipts(args: argparse.Namespace, engine: Any) -> int:
    from cloud_bridge.fleet.reading import receipts

    after = -1
    wait = threading.Event()
    while True:
        for receipt in receipts(engine, after_no=after, store=args.store, limit=max(1, args.limit)):
            after = receipt.no
            if args.json:
                print(json.dumps({"tenant": receipt.address.tenant, "store": receipt.address.store, "time": receipt.time} | receipt.data))
            else:
                print(receipt_line(receipt))
        sys.stdout.flush()
        if not args.follow:
            return 0
        wait.wait(FOLLOW_S)


def _stores(args: argparse.Namespace, engine: Any) -> int:
    from cloud_bridge.fleet.reading import stores

    for store in stores(engine):
        if args.json:
            print(
                json.dumps(
                    {
                        "tenant": store.address.tenant,
                        "store": store.address.store,
                        "online": store.online,
                        "version": store.version,
                        "epoch": store.epoch,
                        "watermark": store.watermark,
                        "highest": store.highest,
                        "gaps": store.gaps,
                        "gap_age_s": store.gap_age_s,
                        "gone": store.gone,
                        "heard_s_ago": store.heard_s_ago,
                    }
                )
            )
            continue
        missing = ", ".join(f"{first}-{last}" if last > first else str(first) for first, last in store.gaps)
        gap = f"  missing {missing} for {store.gap_age_s:.0f} s" if store.gaps and store.gap_age_s is not None else ""
        gone = f"  {store.gone} lost at the store" if store.gone else ""
        print(
            f"{store.address.tenant}/{store.address.store:<12} {'online ' if store.online else 'offline'}  "
            f"{store.watermark} event{'' if store.watermark == 1 else 's'}, heard {store.heard_s_ago:.0f} s ago{gap}{gone}"
        )
    return 0


def _rule(args: argparse.Namespace, engine: Any) -> int:
    from cloud_bridge.fleet.reading import set_rule

    try:
        where = checked_id(args.tenant) if args.store is None else StoreAddress(args.tenant, args.store)
    except BadId as error:
        print(error, file=sys.stderr)
        return 2
    key = args.pass_id if args.card is None else hashlib.sha256(args.card.encode()).hexdigest()
    set_rule(engine, where, key, granted=args.granted, holder=args.holder, role=args.role, limit_minor=args.limit_minor, reason=args.reason)
    return 0


def _offer(args: argparse.Namespace) -> int:
    from cloud_bridge.fleet.offering import ANSWER_WITHIN_S, offer, scanned

    names = ("broker", "username", "password_file", "ca_file", "cert_file", "key_file")
    try:
        at = scanned(args.scanned)
        text = (sys.stdin.read() if str(args.pass_file) == "-" else args.pass_file.read_text(encoding="utf-8")).strip()
        message = EntryOfferV1(code=at.code, presented=text, door=args.door)
        settings = CloudSettings.model_validate({name: value for name in names if (value := getattr(args, name)) is not None})
        answer = asyncio.run(offer(settings, at.store, message))
    except ValidationError as error:
        for problem in error.errors():
            print(f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}", file=sys.stderr)
        return 2
    except (OSError, UnicodeError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    except (LinkError, TimeoutError) as error:
        print(str(error) or f"no answer within {ANSWER_WITHIN_S:g} s: the store is not connected, or has no such code", file=sys.stderr)
        return 1
    print(f"{answer.code}: {answer.words}" + (f" (visit {answer.visit})" if answer.visit else ""))
    return 0 if answer.accepted else 1
