"""``smartstore models evaluate``: a gallery against photographs it was not made from."""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping

from edge.cli.enrolment.opened import Shop, crops_of, folders_of, open_gallery, open_model, open_shop
from edge.store.counted import counted
from edge.store.look_alikes import alike_units
from edge.store.model import StoreModel
from models.store import ModelStore
from vision.enrolment.photographs import Photograph
from vision.enrolment.scoring import Look, Score, looks, score
from vision.gallery_file import GalleryRefused, StoredGallery

MOST_CONFUSIONS = 10  # lines; the rest is in --json


def main(args: argparse.Namespace, store: ModelStore) -> int:
    """Exit code 0: judged. Raises WrongCall, GalleryRefused, SourceError with what to do."""
    shop = open_shop(args)
    stored = open_gallery(shop, args.which)
    photographs = crops_of(folders_of(args.photographs))
    found = score(seen(shop, store, stored, photographs))
    print(json.dumps(figures(found, stored), indent=2) if args.json else "\n".join(_table(found, stored, shop)))
    return 0


def seen(shop: Shop, store: ModelStore, stored: StoredGallery, photographs: Mapping[str, list[Photograph]]) -> tuple[Look, ...]:
    """Every photograph looked at with the gallery's own model. Raises GalleryRefused where that is not here, ModelRefused."""
    embedder = open_model(shop, store, stored.manifest.model)
    if embedder.sha256 != stored.manifest.model_sha256:
        raise GalleryRefused(
            f"gallery {stored.manifest.version} was made with another {embedder.key} than is here; enrol the products again"
        )
    return looks(stored.gallery, embedder, photographs, None if shop.model is None else _weigh_alike(shop.model))


def figures(found: Score, stored: StoredGallery) -> dict[str, object]:
    """All figures as JSON has them."""
    return {
        "gallery": stored.manifest.version,
        "model": stored.manifest.model,
        "products": len(stored.gallery.products),
        "photographs": len(found.looks),
        "right": found.best,
        "right_among_equal_weights": found.among,
        "calibration_error": found.calibration_error,
        "unknown_auroc": found.unknown_auroc,
        "by_product": {gtin: {"right": right, "of": of} for gtin, (right, of) in _by_product(found).items()},
        "confusions": [{"is": one, "taken_for": other, "times": times} for (one, other), times in found.confusions],
    }


def share(value: float | None) -> str:
    """A share as a percentage, or a dash."""
    return "    -" if value is None else f"{value:5.1%}"


def _table(found: Score, stored: StoredGallery, shop: Shop) -> Iterator[str]:
    unknown = sum(not look.enrolled for look in found.looks)
    yield f"gallery {stored.manifest.version}, {stored.manifest.model}: {counted(len(stored.gallery.products), 'product')}"
    yield f"photographs              {len(found.looks)}{f', {unknown} of products that are not enrolled' if unknown else ''}"
    yield f"right, of all products   {share(found.best)}"
    if found.among is not None:
        yield f"right, of equal weight   {share(found.among)}"
    if found.calibration_error is not None:
        yield f"calibration error        {found.calibration_error:5.3f}"
    if found.unknown_auroc is not None:
        yield f"unknown told from known  {found.unknown_auroc:5.3f}   (area under the curve)"
    if found.confusions:
        yield "taken for something else:"
    for (one, other), times in found.confusions[:MOST_CONFUSIONS]:
        yield f"  {times:>3} of {_by_product(found)[one][1]:<3}  {shop.name(one)}  for  {shop.name(other)}"
    if len(found.confusions) > MOST_CONFUSIONS:
        yield f"  and {len(found.confusions) - MOST_CONFUSIONS} more pairs (--json)"


def _by_product(found: Score) -> dict[str, tuple[int, int]]:
    """Right answers and photographs of each enrolled product."""
    rows: defaultdict[str, list[bool]] = defaultdict(list)
    for look in found.looks:
        if look.enrolled:
            rows[look.product].append(look.right)
    return {gtin: (sum(right), len(right)) for gtin, right in rows.items()}


def _weigh_alike(shop: StoreModel) -> dict[str, list[str]]:
    """By product, the others of which one unit weighs nearly what one of it does."""
    products = shop.prices.products
    return {
        one.gtin: [other.gtin for other in products if other.gtin != one.gtin and (1, 1) in alike_units(one, other)] for one in products
    }
