"""Photographs of products on disk, with the product each one shows: the Grocery Store Dataset's lists, or one folder per product.

Reading and shrinking pictures only; what is learned from them is elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Picture: TypeAlias = NDArray[np.uint8]
Floats: TypeAlias = NDArray[np.float32]

PRODUCT_SHARE = 0.75  # of the short side: what the recogniser crops of a photograph held towards the product
PICTURES = (".jpg", ".jpeg", ".png")
MIN_PHOTOGRAPHS = 3  # of a product, in a folder of a chain's own


class NoPhotographs(ValueError):
    """The folder holds nothing to learn from. The message says what was expected."""


@dataclass(frozen=True, slots=True)
class Photographs:
    """``paths[i]`` shows product ``products[i]`` (0 … of ``names``), which is of the type ``types[i]``."""

    paths: tuple[Path, ...]
    products: tuple[int, ...]
    types: tuple[int, ...]
    names: tuple[str, ...]

    def only(self, products: Sequence[int]) -> Photographs:
        """Those that show one of ``products``; the numbers and names stay."""
        wanted = set(products)
        rows = [row for row, product in enumerate(self.products) if product in wanted]
        return Photographs(
            tuple(self.paths[row] for row in rows),
            tuple(self.products[row] for row in rows),
            tuple(self.types[row] for row in rows),
            self.names,
        )


def read_photographs(dataset: Path, split: str) -> Photographs:
    """``<split>.txt`` of lines "path, product, type" with ``classes.csv`` for the names.

    Without such a list ``<split>/<product>/*.jpg`` or, with no folder of that name and ``split`` "train", ``<product>/*.jpg``.

    NoPhotographs if there are none, if a list names a file that is not there or that lies outside the dataset.
    """
    listed = dataset / f"{split}.txt"
    if listed.is_file():
        return _listed(dataset, listed)
    root = dataset / split if (dataset / split).is_dir() else dataset
    if root is dataset and split != "train":
        raise NoPhotographs(f"{dataset} has neither {split}.txt nor a folder {split}")
    return _foldered(root)


def read_picture(path: Path) -> Picture:
    """Blue-green-red pixels; NoPhotographs if it is no picture."""
    pixels = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if pixels is None:
        raise NoPhotographs(f"{path} is not a picture that can be read; take it out of the dataset")
    return np.asarray(pixels, dtype=np.uint8)


def shrunk(pixels: Picture, short_side: int) -> Picture:
    """At most ``short_side`` pixels on the shorter side, shape kept."""
    height, width = pixels.shape[:2]
    factor = short_side / min(height, width)
    if factor >= 1.0:
        return pixels
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def central(pixels: Picture, share: float) -> Picture:
    """The square about the centre whose side is ``share`` of the short side."""
    height, width = pixels.shape[:2]
    side = max(1, int(min(height, width) * share))
    top, left = (height - side) // 2, (width - side) // 2
    return pixels[top : top + side, left : left + side]


def squares(paths: Sequence[Path], side: int, share: float) -> Iterator[Picture]:
    """The central square of each picture at ``side`` pixels, as the recogniser would see it."""
    for path in paths:
        crop = central(read_picture(path), share)
        yield np.asarray(cv2.resize(crop, (side, side), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def as_input(crops: Sequence[Picture]) -> Floats:
    """Squares of one size as (n, 3, side, side), red-green-blue, ``(value - 127) / 128``."""
    rows = np.stack([crop[:, :, ::-1] for crop in crops]).astype(np.float32)
    return np.ascontiguousarray(((rows - 127.0) / 128.0).transpose(0, 3, 1, 2))


def _listed(dataset: Path, listed: Path) -> Photographs:
    paths, products, types = [], [], []
    root = dataset.resolve()
    for number, line in enumerate(listed.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            name, product, kind = (part.strip() for part in line.split(","))
            path = dataset / name
            products.append(int(product))
            types.append(int(kind))
            there = path.resolve().is_relative_to(root) and path.is_file()
        except ValueError:  # also of a name with a zero byte
            raise NoPhotographs(f"{listed}:{number}: a line is path, product number, type number; this is {line[:80]!r}") from None
        if not there:
            raise NoPhotographs(f"{listed}:{number}: there is no photograph {name[:80]!r} in the dataset")
        paths.append(path)
    if not paths or min(products) < 0:
        raise NoPhotographs(f"{listed} names no photographs, or a product with a number below 0")
    return Photographs(tuple(paths), tuple(products), tuple(types), _names(dataset, max(products) + 1))


def _names(dataset: Path, count: int) -> tuple[str, ...]:
    names = {number: str(number) for number in range(count)}
    table = dataset / "classes.csv"
    if table.is_file():
        for line in table.read_text(encoding="utf-8").splitlines()[1:]:
            name, number = line.split(",")[:2]
            names[int(number)] = name.strip()
    return tuple(names[number] for number in range(count))


def _foldered(root: Path) -> Photographs:
    folders = sorted(path for path in root.iterdir() if path.is_dir() and not path.name.startswith(".")) if root.is_dir() else []
    paths: list[Path] = []
    products: list[int] = []
    for number, folder in enumerate(folders):
        own = sorted(path for path in folder.rglob("*") if path.suffix.lower() in PICTURES)
        if len(own) < MIN_PHOTOGRAPHS:
            raise NoPhotographs(f"{folder} has {len(own)} photographs; a product needs at least {MIN_PHOTOGRAPHS}, or take the folder away")
        paths += own
        products += [number] * len(own)
    if len(folders) < 2:
        raise NoPhotographs(f"{root} has no folders of photographs, one per product (at least two), and no train.txt")
    return Photographs(tuple(paths), tuple(products), tuple(products), tuple(folder.name for folder in folders))
