"""``smartstore pass``: keys and entry passes for commissioning and tests. A shop's own service signs the passes of real shoppers."""

from __future__ import annotations

import argparse
import os
import secrets
import sys
import time
from pathlib import Path
from typing import get_args

from cloud_bridge.facts import Role

KEY_MODE = 0o600

EXAMPLES = """examples:
  smartstore pass keygen --kid 2026a --out 2026a.key     # prints the line for [entry.keys]
  smartstore pass sign --key 2026a.key --kid 2026a --audience acme/lobby-1 --hours 1
  smartstore pass sign --key 2026a.key --kid 2026a --audience 'acme/*' --role restocker --holder anna --hours 8
  smartstore pass sign --key 2026a.key --kid 2026a --audience acme/lobby-1 --limit-minor 3000 --currency EUR
  smartstore pass check --config store.toml 'ss1.2026a....'
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    keygen = actions.add_parser("keygen", help="make a key pair; the private half goes to a file, the public half into [entry.keys]")
    keygen.add_argument("--kid", required=True, help="the key's id: letters, digits, hyphens, underscores")
    keygen.add_argument("--out", type=Path, required=True, metavar="FILE", help="where the private key goes (mode 600, never over a file)")
    sign = actions.add_parser("sign", help="sign one pass and print it; show it as a QR code, or send it to the API")
    sign.add_argument("--key", type=Path, required=True, metavar="FILE", help="the private key that keygen wrote")
    sign.add_argument("--kid", required=True, help="the key's id in [entry.keys]")
    sign.add_argument("--audience", required=True, metavar="TENANT/STORE", help="the store it opens, or TENANT/* for all of them")
    sign.add_argument("--holder", default="test", help="pseudonym of the person (default: test)")
    sign.add_argument("--role", choices=get_args(Role), default="shopper", help="shopper (default), restocker or technician")
    sign.add_argument("--hours", type=float, default=1.0, help="valid for so long from now (default: 1)")
    sign.add_argument("--pass-id", help="its id, by which it can be denied (default: random)")
    sign.add_argument("--limit-minor", type=int, help="spending limit in minor units")
    sign.add_argument("--currency", help="ISO 4217 code of the limit")
    check = actions.add_parser("check", help="say what a store would make of a presented text")
    check.add_argument("--config", type=Path, required=True, metavar="FILE", help="the store file with the keys")
    check.add_argument("text", help="the presented text")


def main(args: argparse.Namespace) -> int:
    """Exit code 0: done; 1: the pass would be refused; 2: wrong arguments, files or keys."""
    try:
        if args.action == "keygen":
            return _keygen(args.kid, args.out)
        if args.action == "sign":
            return _sign(args)
        return _check(args.config, args.text)
    except (OSError, ValueError, TypeError) as error:
        print(f"smartstore pass: {error}", file=sys.stderr)
        return 2


def _keygen(kid: str, out: Path) -> int:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    from edge.session.passes import load_keys, public_key_text

    key = Ed25519PrivateKey.generate()
    public = public_key_text(key.public_key())
    load_keys({kid: public})  # refuses an impossible key id before anything is written
    handle = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, KEY_MODE)
    with os.fdopen(handle, "wb") as file:
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    print(f'{kid} = "{public}"')
    print(f"The line above goes under [entry.keys]. Whoever has {out} can open the door: keep it off the store's machine.", file=sys.stderr)
    return 0


def _sign(args: argparse.Namespace) -> int:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    from edge.session.facts import PassClaims
    from edge.session.passes import sign_pass

    key = load_pem_private_key(args.key.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError(f"{args.key} is not an Ed25519 private key; make one with 'smartstore pass keygen'")
    now = int(time.time())
    claims = PassClaims(
        pass_id=args.pass_id or secrets.token_hex(8),
        holder=args.holder,
        role=args.role,
        not_before_s=now - 60,  # clocks of stores may be a little behind
        expires_s=now + round(args.hours * 3600),
        limit_minor=args.limit_minor,
        currency=args.currency,
    )
    print(sign_pass(claims, args.kid, key, audience=args.audience))
    return 0


def _check(config: Path, text: str) -> int:
    from edge.runtime.settings import SettingsError, load_settings
    from edge.session.facts import BadPass, OpaqueCard
    from edge.session.passes import check_pass, load_keys

    try:
        settings = load_settings(config, check_files=False)
    except SettingsError as error:
        raise ValueError(str(error)) from error
    found = check_pass(text, load_keys(settings.entry.keys), tenant=settings.store.tenant, store=settings.store.store)
    if isinstance(found, BadPass):
        print(f"refused: {found.reason}")
        return 1
    if isinstance(found, OpaqueCard):
        print(f"no pass; as a card it is asked of the cloud under {found.digest}")
        return 0
    expires = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(found.expires_s))
    if not found.not_before_s <= time.time() < found.expires_s:
        print(f"refused: genuine, but not valid now (until {expires})")
        return 1
    limit = "no limit" if found.limit_minor is None else f"limit {found.limit_minor} minor units of {found.currency}"
    print(f"genuine: {found.role} {found.holder}, pass {found.pass_id}, until {expires}, {limit}")
    return 0
