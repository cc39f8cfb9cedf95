"""``smartstore models gallery`` and ``keygen``: which gallery is in use, the way back, galleries from elsewhere, who vouches for them."""

from __future__ import annotations

import argparse
import base64
import os
import re
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from edge.cli.enrolment.opened import Shop, WrongCall, now, open_gallery, open_shop, signer
from edge.store.counted import counted
from models.store import ModelStore
from vision.gallery_file import GalleryRefused, Signer, StoredGallery

KEY_MODE = 0o600


def main(args: argparse.Namespace, store: ModelStore) -> int:
    """Exit code 0: done. Raises WrongCall, GalleryRefused, OSError with what to do."""
    if args.action == "keygen":
        return _keygen(args.kid, args.out)
    shop = open_shop(args)
    needed = {"use": "a version", "install": "a file", "forget": "a GTIN"}.get(args.what)
    if (needed is not None) != (args.which is not None):
        raise WrongCall(f"gallery {args.what} takes {needed or 'nothing'} behind it")
    match args.what:
        case "list":
            return _list(shop)
        case "use":
            _say("in use", shop.galleries.use(args.which))
        case "rollback":
            _say("in use again", shop.galleries.roll_back())
        case "install":
            _say("in use", shop.galleries.install(Path(args.which)))
        case _:
            _say("in use", _without(shop, args.which, signer(args)))
    return 0


def _list(shop: Shop) -> int:
    names = shop.galleries.names()
    if not names:
        print(f"no product is enrolled in {shop.galleries.folder}; begin with 'smartstore models enrol'")
    for one in names:
        try:
            manifest = shop.galleries.read(one.name).manifest
            words = f"{counted(len(manifest.products), 'product')}, {manifest.model}, made {manifest.made_at}"
        except GalleryRefused as error:
            words = f"REFUSED: {error}"
        print(f"{'in use' if one.in_use else '':<6}  {one.version:>4}  {words}  {shop.galleries.folder / one.name}")
    return 0


def _without(shop: Shop, gtin: str, by: Signer | None) -> StoredGallery:
    stored = open_gallery(shop, None)
    if gtin not in stored.gallery.products:
        raise GalleryRefused(f"{gtin} is not enrolled, so it cannot be forgotten")
    manifest = stored.manifest
    rest = stored.gallery.without(gtin)
    return shop.galleries.save(rest, made_at=now(), model=manifest.model, model_sha256=manifest.model_sha256, signer=by)


def _say(what: str, stored: StoredGallery) -> None:
    signed = f", signed by {stored.signed_by}" if stored.signed_by else ""
    print(
        f"gallery {stored.manifest.version} is {what}: {counted(len(stored.gallery.products), 'product')}, {stored.manifest.model}{signed}"
    )


def _keygen(kid: str, out: Path) -> int:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,32}", kid):
        raise WrongCall(f"key id {kid!r}: use 1 to 32 letters, digits, '-' or '_'")
    key = Ed25519PrivateKey.generate()
    try:
        handle = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, KEY_MODE)
    except FileExistsError as error:
        raise WrongCall(f"{out} is there already and may be a key in use; give --out another name") from error
    with os.fdopen(handle, "wb") as file:
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = base64.b64encode(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode("ascii")
    print(f'gallery_keys = {{ {kid} = "{public}" }}')
    print(f"The line above goes under [vision] of each store. Whoever has {out} can make galleries that they take.", file=sys.stderr)
    return 0
