"""What the actions about products work on: the store file, the folder of galleries, keys, models. Opens; changes nothing."""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from edge.cli.models import USUAL_CONFIG
from edge.runtime.settings import SettingsError, StoreSettings, load_settings, store_model
from edge.store.model import StoreModel
from models.store import ModelStore
from vision.backends.embedder import OnnxEmbedder, open_embedder
from vision.enrolment.photographs import Photograph, from_file
from vision.gallery_file import GalleryRefused, Signer, StoredGallery, trusted_keys
from vision.gallery_folder import GalleryFolder, read_gallery
from vision.settings import VisionSettings
from vision.sources import SourceError

ENDINGS = (".jpg", ".jpeg", ".png")


class WrongCall(ValueError):
    """The command line or what it names is wrong. The message says what to give instead."""


@dataclass(frozen=True, slots=True)
class Shop:
    """The store file as far as it is there: without one, ``model`` and ``settings`` are None and ``vision`` has its defaults."""

    settings: StoreSettings | None
    model: StoreModel | None
    vision: VisionSettings
    galleries: GalleryFolder

    def name(self, gtin: str) -> str:
        """What the catalogue calls a product, with its GTIN."""
        for product in self.model.prices.products if self.model is not None else ():
            if product.gtin == gtin:
                return f"{product.name} ({gtin})"
        return gtin


def open_shop(args: argparse.Namespace) -> Shop:
    """What ``--config``, ``--gallery`` and ``--model`` mean. Raises WrongCall, which says what to give."""
    config = args.config if args.config is not None else (USUAL_CONFIG if USUAL_CONFIG.exists() else None)
    try:
        settings = None if config is None else load_settings(config, check_files=False)
    except SettingsError as error:
        raise WrongCall(str(error)) from error
    vision = VisionSettings() if settings is None else settings.vision
    if settings is None and args.gallery is None:
        raise WrongCall(f"there is no {USUAL_CONFIG}; name the store file with --config, or the folder of galleries with --gallery")
    changes = {"gallery": args.gallery, "embedder": args.model}
    vision = vision.model_copy(update={name: value for name, value in changes.items() if value is not None})
    folder = GalleryFolder(vision.gallery, trusted_keys(vision.gallery_keys) or None)
    return Shop(settings, None if settings is None else store_model(settings), vision, folder)


def open_model(shop: Shop, store: ModelStore, key: str | None = None) -> OnnxEmbedder:
    """The embedder of the settings, or the one called ``key`` (``name@version``). Raises ModelRefused."""
    name, _, version = (key or shop.vision.embedder).partition("@")
    if key is None:
        return open_embedder(name, store, shop.vision.providers, shop.vision.threads)
    return OnnxEmbedder(store.read(name, version), shop.vision.providers, shop.vision.threads)


def open_gallery(shop: Shop, which: str | None) -> StoredGallery:
    """A gallery by version or file, None: the one in use. Raises GalleryRefused where there is none."""
    if which is None:
        stored = shop.galleries.current()
        if stored is None:
            raise GalleryRefused(f"no product is enrolled in {shop.galleries.folder}; begin with 'smartstore models enrol'")
        return stored
    if Path(which).is_file():
        return read_gallery(Path(which))
    return shop.galleries.read(shop.galleries.find(which))


def signer(args: argparse.Namespace) -> Signer | None:
    """Who signs, None where nobody does. Raises WrongCall, OSError."""
    if args.key is None and args.signer is None:
        return None
    if args.key is None or args.signer is None:
        raise WrongCall("to sign, give both --key and --kid; 'smartstore models keygen' makes them")
    try:
        key = load_pem_private_key(args.key.read_bytes(), password=None)
    except (ValueError, TypeError) as error:
        raise WrongCall(f"{args.key} is no private key; make one with 'smartstore models keygen'") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise WrongCall(f"{args.key} is no Ed25519 private key; make one with 'smartstore models keygen'")
    return Signer(args.signer, key)


def folders_of(place: Path) -> dict[str, list[Path]]:
    """The photographs in each folder of ``place``, by the folder's name. Raises WrongCall where there are none."""
    if not place.is_dir():
        raise WrongCall(f"{place} is no folder; it must hold one folder per product, named by its GTIN")
    found = {
        folder.name: sorted(file for file in folder.iterdir() if file.suffix.lower() in ENDINGS)
        for folder in sorted(place.iterdir())
        if folder.is_dir() and not folder.name.startswith(".")
    }
    found = {name: files for name, files in found.items() if files}
    if not found:
        raise WrongCall(f"{place} holds no folder with photographs; make one per product, named by its GTIN")
    return found


def crops_of(folders: dict[str, list[Path]]) -> dict[str, list[Photograph]]:
    """Every photograph that can be read; one that cannot is a SourceError with the file's name."""
    found: dict[str, list[Photograph]] = {}
    for gtin, files in folders.items():
        for file in files:
            try:
                found.setdefault(gtin, []).append(from_file(file))
            except SourceError as error:
                raise SourceError(f"{gtin}/{error}; take it out or mend it") from error
    return found


def now() -> str:
    """The time of day for a manifest."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
