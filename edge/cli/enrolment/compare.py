"""``smartstore models compare``: two galleries on the same photographs, and whether their difference is more than chance."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator

from edge.cli.enrolment.evaluate import figures, seen, share
from edge.cli.enrolment.opened import Shop, crops_of, folders_of, open_gallery, open_shop
from edge.store.counted import counted
from models.store import ModelStore
from vision.enrolment.scoring import Score, by_chance, score
from vision.gallery_file import GalleryRefused, StoredGallery

CHANCE = 0.05  # below it a difference is called one


def main(args: argparse.Namespace, store: ModelStore) -> int:
    """Exit code 0: compared. Raises WrongCall, GalleryRefused, SourceError with what to do."""
    shop = open_shop(args)
    second = open_gallery(shop, args.second)
    first = open_gallery(shop, args.first if args.first is not None else _before(shop, second))
    photographs = crops_of(folders_of(args.photographs))
    one, two = (score(seen(shop, store, stored, photographs)) for stored in (first, second))
    only_first, only_second = _only(one, two), _only(two, one)
    if args.json:
        split = {"only_first": only_first, "only_second": only_second, "by_chance": by_chance(only_first, only_second)}
        print(json.dumps({"first": figures(one, first), "second": figures(two, second), **split}, indent=2))
    else:
        print("\n".join(_table(one, first, two, second)))
    return 0


def _before(shop: Shop, used: StoredGallery) -> str:
    older = [name.version for name in shop.galleries.names() if name.version < used.manifest.version]
    if not older:
        raise GalleryRefused("there is only one gallery here; name the other one: a version or a file")
    return str(max(older))


def _only(one: Score, two: Score) -> int:
    """Photographs that only the first of them knows."""
    return sum(here.right and not there.right for here, there in zip(one.looks, two.looks, strict=True))


def _table(one: Score, first: StoredGallery, two: Score, second: StoredGallery) -> Iterator[str]:
    rows = (
        ("", f"gallery {first.manifest.version}", f"gallery {second.manifest.version}"),
        ("model", first.manifest.model, second.manifest.model),
        ("products", str(len(first.gallery.products)), str(len(second.gallery.products))),
        ("right, of all products", share(one.best), share(two.best)),
        ("right, of equal weight", share(one.among), share(two.among)),
        ("calibration error", _number(one.calibration_error), _number(two.calibration_error)),
        ("unknown told from known", _number(one.unknown_auroc), _number(two.unknown_auroc)),
    )
    width = 2 + max(len(cell) for _, *cells in rows for cell in cells)
    for name, *cells in rows:
        yield f"{name:<23}" + "".join(f"{cell:>{width}}" for cell in cells)
    only_first, only_second = _only(one, two), _only(two, one)
    chance = by_chance(only_first, only_second)
    names = [f"gallery {stored.manifest.version}" for stored in (first, second)]
    if names[0] == names[1]:
        names = ["the first", "the second"]
    yield f"of {counted(len(one.looks), 'photograph')}, {names[0]} alone knows {only_first}, {names[1]} alone {only_second}"
    lacking = [tuple(look.product not in stored.gallery.products for look in one.looks) for stored in (first, second)]
    if lacking[0] == lacking[1]:
        lacking, names = lacking[:1], ["the two"]
    for strange, name in zip(lacking, names, strict=True):
        if 0 < sum(strange) < len(strange):
            yield f"of products that {name} {'do' if name == 'the two' else 'does'} not know: {counted(sum(strange), 'photograph')}"
    if only_first == only_second:
        yield "They know the same number; nothing speaks for one of them."
    elif chance >= CHANCE:
        yield f"That may be chance (two equal galleries differ so with probability {chance:.2f}); take more photographs to decide."
    else:
        better = first if only_first > only_second else second
        rare = f"{chance:.3f}" if chance >= 0.001 else "less than 0.001"
        yield f"Gallery {better.manifest.version} is better; two equal ones would differ so with probability {rare}."


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
