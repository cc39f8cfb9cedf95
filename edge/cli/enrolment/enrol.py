"""``smartstore models enrol``: photographs in, the next version of the gallery out, and what to look out for."""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections.abc import Collection, Sequence
from pathlib import Path

from edge.cli.enrolment.opened import Shop, WrongCall, folders_of, now, open_model, open_shop, signer
from edge.store.conflicts import conflicts
from edge.store.counted import counted
from edge.store.gtin import gtin_problem
from models.store import ModelStore
from vision.backends.embedder import OnnxEmbedder
from vision.enrolment.enrolling import Enrolment, NotEnrolled, enrol
from vision.enrolment.first_gallery import first_gallery
from vision.enrolment.judging import Verdict
from vision.enrolment.photographs import CAMERA_S, FIRST_FRAME_S, MOST, Photograph, from_camera, from_clip, from_file, from_reaches
from vision.enrolment.sitting import ENOUGH
from vision.gallery_file import GalleryRefused
from vision.pipeline.gallery import Gallery
from vision.settings import CameraSettings
from vision.sources import SourceError, open_source
from vision.types import Box

REACHES_S = 60.0  # s; time to take and put back a product three times


def main(args: argparse.Namespace, store: ModelStore) -> int:
    """Exit code 0: enrolled; 1: a product was not. Raises WrongCall, GalleryRefused, ModelRefused, SourceError, OSError."""
    begun = time.monotonic()
    _check(args)
    shop = open_shop(args)
    signs = signer(args)
    box = _box(args.box)
    embedder = open_model(shop, store)
    gallery = _gallery_so_far(shop, store, embedder, anew=args.anew)
    shown, failed = _Shown(), 0
    brought = _brought(args, shop, box, shown)
    for gtin, photographs in brought:
        print(f"{shop.name(gtin)}:")
        try:
            found = enrol(gallery, embedder, gtin, photographs, keep_odd=args.keep_odd, progress=shown)
        except NotEnrolled as error:
            shown.end()
            _print_verdicts(error.verdicts)
            print(f"  NOT ENROLLED: {error}")
            failed += 1
            continue
        shown.end()
        gallery = found.gallery
        _report(found, shop, {*gallery.products, *(other for other, _ in brought)})
    if failed and args.folders is None:
        return 1
    if args.dry_run:
        print(f"nothing was changed ({time.monotonic() - begun:.1f} s)")
    elif gallery.products:
        stored = shop.galleries.save(gallery, made_at=now(), model=embedder.key, model_sha256=embedder.sha256, signer=signs)
        signed = f", signed by {signs.kid}" if signs is not None else ""
        took = time.monotonic() - begun
        print(f"gallery {stored.manifest.version} is in use: {counted(len(gallery.products), 'product')}{signed} ({took:.1f} s)")
    return 1 if failed else 0


def _check(args: argparse.Namespace) -> None:
    sources = [bool(args.photographs), args.clip is not None, args.camera is not None]
    if args.folders is not None:
        if args.gtin is not None or any(sources):
            raise WrongCall("--from takes GTINs and photographs out of its folders; leave the others out")
        return
    if args.gtin is None:
        raise WrongCall("which product? Give its GTIN, or --from a folder of folders")
    problem = gtin_problem(args.gtin)
    if problem is not None:
        raise WrongCall(problem)
    if not any(sources):
        raise WrongCall("give photographs, --clip or --camera, or several of them")
    if args.reach and (args.camera is None or args.box is not None):
        raise WrongCall("--reach goes with --camera, and finds by itself where the product is: leave --box out")
    if args.seconds is not None and not 1.0 <= args.seconds <= 300.0:
        raise WrongCall("--seconds is from 1 to 300")


def _box(text: str | None) -> Box | None:
    if text is None:
        return None
    try:
        left, top, right, bottom = (float(side) for side in text.split(","))
        return Box(left, top, right, bottom)
    except ValueError as error:
        raise WrongCall(f"--box {text}: four fractions are expected, left,top,right,bottom, e.g. 0.3,0.2,0.7,0.8") from error


def _gallery_so_far(shop: Shop, store: ModelStore, embedder: OnnxEmbedder, *, anew: bool) -> Gallery:
    stored = None if anew else shop.galleries.current()
    if stored is None:
        return first_gallery(store.read(shop.vision.embedder))
    if stored.manifest.model_sha256 != embedder.sha256:
        raise GalleryRefused(
            f"gallery {stored.manifest.version} was made with {stored.manifest.model}, in use is {embedder.key}, and their vectors "
            "cannot be compared. Enrol all products again (--anew --from PHOTOGRAPHS), or go on with that model (--model)"
        )
    return stored.gallery


def _brought(args: argparse.Namespace, shop: Shop, box: Box | None, shown: _Shown) -> Sequence[tuple[str, list[Photograph]]]:
    """Each product with its photographs."""
    if args.folders is not None:
        folders = folders_of(args.folders)
        problems = [problem for problem in (gtin_problem(gtin) for gtin in folders) if problem is not None]
        if problems:
            raise WrongCall(f"{args.folders}: a folder's name is no GTIN. {problems[0]}")
        return [(gtin, _read_folder(gtin, files, box)) for gtin, files in folders.items()]
    found = _read(args.photographs, box)
    if args.clip is not None:
        found += from_clip(args.clip, box, shown)
    if args.camera is not None:
        found += _filmed(args, shop, box, shown)
    return [(args.gtin, found)]


def _read_folder(gtin: str, files: Sequence[Path], box: Box | None) -> list[Photograph]:
    try:
        return _read(files, box)
    except SourceError as error:  # a file's name alone does not say which of many folders it is in
        raise SourceError(f"{gtin}/{error}; take it out or mend it. Nothing was changed") from error


def _read(files: Sequence[Path], box: Box | None) -> list[Photograph]:
    if len(files) > MOST:
        print(
            f"  only the first {MOST} of {len(files)} photographs of {files[0].parent.name or files[0].name} are looked at", file=sys.stderr
        )
    return [from_file(file, box) for file in files[:MOST]]


def _filmed(args: argparse.Namespace, shop: Shop, box: Box | None, shown: _Shown) -> list[Photograph]:
    known = {camera.id: camera for camera in shop.settings.cameras} if shop.settings is not None else {}
    if args.camera in known:
        settings = known[args.camera]
    elif "://" in args.camera:
        settings = CameraSettings(id="camera", url=args.camera)
    else:
        raise SourceError(f"there is no camera {args.camera!r}; give the address of one, or one of: {', '.join(known) or 'none'}")
    called = f"camera {settings.id}" if args.camera in known else "the camera"
    logging.getLogger("vision.sources").addHandler(logging.NullHandler())  # why a camera shows nothing is said below
    source = open_source(settings)
    source.start()
    first = source.newest(0, FIRST_FRAME_S)
    try:
        if first is None:
            trouble = source.state().trouble or "no frame came"
            held = "; the eye holds it while it runs: stop smartstore-vision first" if "hold" in trouble else ""
            raise SourceError(f"{settings.id} shows nothing: {trouble}{held}")
        if args.reach:
            seconds = args.seconds or REACHES_S
            print(f"Take the product from its place and put it back, at {called}, several times within {seconds:g} s.", file=sys.stderr)
            return from_reaches(source, settings, seconds, shown)
        seconds = args.seconds or CAMERA_S
        print(f"Turn the product in front of {called} for {seconds:g} s, in the middle of its picture.", file=sys.stderr)
        return from_camera(source, seconds, box, shown)
    finally:
        source.close()
        shown.end()


def _report(found: Enrolment, shop: Shop, enrolled: Collection[str]) -> None:
    """``enrolled``: what the eye knows, with what is still to come in this run."""
    _print_verdicts(found.verdicts)
    if found.used < ENOUGH:
        print(
            f"  {found.used} of {counted(len(found.verdicts), 'photograph')} {'is' if found.used == 1 else 'are'} used; "
            f"with {ENOUGH} from different sides it is recognised more surely"
        )
    mistaken = {rival.product: rival.mistaken for rival in found.rivals if rival.alike}
    if shop.model is not None:
        if all(product.gtin != found.product for product in shop.model.prices.products):
            print("  note: it is not in the catalogue of the store file; its weight and its place are not compared")
        for one in conflicts(shop.model, found.product, mistaken, enrolled):
            print(f"  {'CONFLICT' if one.severity == 'conflict' else 'note'}: {one.words}")
    else:
        for other, chance in mistaken.items():
            print(f"  note: looks like {other}: {chance:.0%} of its views are taken for it")
    if found.rivals and not mistaken:
        print(f"  looks most like {shop.name(found.rivals[0].product)}, and can be told from it")


def _print_verdicts(verdicts: Sequence[Verdict]) -> None:
    for one in verdicts:
        print(f"  {'used    ' if one.used else 'left out'}  {one.name}{': ' if one.words else ''}{one.words}")


class _Shown:
    """Progress as one line that is overwritten, for whoever looks at a terminal; silent into a file."""

    def __init__(self) -> None:
        self._open = False

    def __call__(self, what: str, done: int, of: int) -> None:
        if sys.stderr.isatty():
            self._open = True
            print(f"\r  {done}{f' of {of}' if of else ''} {what}", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        """Clear the line."""
        if self._open:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
            self._open = False
