"""``python -m models.making.fine_tune``: teach an embedder to tell the products of one's own photographs apart.

Cosine softmax with a margin over the products, on a network whose first blocks and batch statistics stay as they are; on a processor or one
GPU. Stops and goes on: the state after each epoch is in ``--work``. What comes out is a file of weights for ``models.making.convert``.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import queue
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import torch
from torch.nn import functional

from models.making import network
from models.making.augment import augmented
from models.making.photographs import Floats, NoPhotographs, Photographs, Picture, as_input, read_photographs, read_picture, shrunk

KEPT_SIDE: Final = 288  # pixels, short side of the photographs in memory
WARM_UP: Final = 30  # steps until the full learning rate
PREFETCH: Final = 3  # batches made ahead
SAY_EVERY_S: Final = 15.0
# Orders of the colour channels. A photograph in another order stands for a product of its own: one that has the same shape and print in
# other colours, as the next flavour has. The first is the photograph itself.
COLOURS: Final = ((0, 1, 2), (1, 2, 0), (2, 0, 1), (0, 2, 1), (1, 0, 2), (2, 1, 0))


@dataclass(frozen=True, slots=True)
class Recipe:
    """What decides the result, besides the photographs. A state made with another recipe is not gone on with."""

    variant: str = "lite0"
    side: int = 224
    epochs: int = 12
    batch: int = 32
    rate: float = 4e-4
    head_rate: float = 4e-3
    decay: float = 0.01
    scale: float = 20.0
    margin: float = 0.15
    smoothing: float = 0.05
    frozen_blocks: int = 3
    average: float = 0.99
    seed: int = 0
    unmirrored: str = ""
    recoloured: int = 0


class Trainer:
    """Weights, optimiser and the running average of the weights, which is what is kept in the end."""

    def __init__(self, recipe: Recipe, state: dict[str, Any], products: int, steps: int, device: str) -> None:
        self.recipe, self.steps, self.device = recipe, steps, device
        trained, statistics = network.split_weights(state)
        self.trained = {name: _laid_out(value, device).requires_grad_(True) for name, value in trained.items()}
        self.statistics = {name: value.to(device) for name, value in statistics.items()}
        generator = torch.Generator().manual_seed(recipe.seed)
        self.head = (torch.randn(products, network.EMBEDDING, generator=generator) * 0.01).to(device).requires_grad_(True)
        self.average = {name: value.detach().clone() for name, value in self.trained.items()}
        groups = [{"params": list(self.trained.values()), "lr": recipe.rate}, {"params": [self.head], "lr": recipe.head_rate}]
        self.optimiser = torch.optim.AdamW(groups, weight_decay=recipe.decay)
        self.schedule = torch.optim.lr_scheduler.LambdaLR(self.optimiser, self._pace)
        self.step = 0

    def _pace(self, step: int) -> float:
        if step < WARM_UP:
            return (step + 1) / WARM_UP
        return 0.5 * (1.0 + math.cos(math.pi * min(1.0, (step - WARM_UP) / max(1, self.steps - WARM_UP))))

    def learn(self, pixels: Floats, products: np.ndarray[Any, Any]) -> tuple[float, float]:
        """One step on (n, 3, side, side) pictures; loss and share told right before it."""
        x = torch.from_numpy(pixels).to(self.device).contiguous(memory_format=torch.channels_last)
        wanted = torch.from_numpy(products).to(self.device)
        vectors = network.embed(self.trained, self.statistics, x, self.recipe.variant, self.recipe.frozen_blocks)
        cosines = functional.normalize(vectors) @ functional.normalize(self.head).T
        margins = self.recipe.margin * functional.one_hot(wanted, cosines.shape[1])
        loss = functional.cross_entropy(self.recipe.scale * (cosines - margins), wanted, label_smoothing=self.recipe.smoothing)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self.optimiser.step()
        self.schedule.step()
        self.step += 1
        kept = min(self.recipe.average, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for name, value in self.trained.items():
                self.average[name].lerp_(value, 1.0 - kept)
        return float(loss.detach()), float((cosines.argmax(dim=1) == wanted).float().mean())

    def state(self) -> dict[str, Any]:
        """All that is needed to go on."""
        return {
            "trained": {name: value.detach() for name, value in self.trained.items()},
            "average": self.average,
            "head": self.head.detach(),
            "optimiser": self.optimiser.state_dict(),
            "schedule": self.schedule.state_dict(),
            "step": self.step,
        }

    def go_on(self, state: dict[str, Any]) -> None:
        """Take up where ``state`` was taken."""
        with torch.no_grad():
            for name, value in self.trained.items():
                value.copy_(state["trained"][name])
            self.head.copy_(state["head"])
        self.average = {name: _laid_out(value, self.device) for name, value in state["average"].items()}
        self.optimiser.load_state_dict(state["optimiser"])
        self.schedule.load_state_dict(state["schedule"])
        self.step = state["step"]

    def result(self) -> dict[str, Any]:
        """The averaged weights with the statistics, under the names they came with."""
        return {name: value.detach().cpu().contiguous() for name, value in {**self.average, **self.statistics}.items()}


def batches(
    pictures: list[Picture], shows: Photographs, labels: dict[int, int], recipe: Recipe, epoch: int
) -> Iterator[tuple[Floats, Any]]:
    """The pictures of one epoch in random order, made ahead in a thread; the same for the same seed and epoch."""
    rng = np.random.default_rng([recipe.seed, epoch])
    order = rng.permutation(len(pictures))
    ready: queue.Queue[tuple[Floats, Any] | BaseException | None] = queue.Queue(PREFETCH)

    def make() -> None:
        try:
            for start in range(0, len(order) - recipe.batch + 1, recipe.batch) if len(order) >= recipe.batch else (0,):
                rows = order[start : start + recipe.batch]
                colours = [int(rng.integers(1, recipe.recoloured + 1)) if recipe.recoloured and rng.random() < 0.5 else 0 for _ in rows]
                looks = [
                    augmented(pictures[row][..., COLOURS[colour]], recipe.side, rng, mirror=_mirrors(shows.paths[row], recipe))
                    for row, colour in zip(rows, colours, strict=True)
                ]
                of_colour = [labels[shows.products[row]] + colour * len(labels) for row, colour in zip(rows, colours, strict=True)]
                ready.put((as_input(looks), np.array(of_colour)))
            ready.put(None)
        except BaseException as error:
            ready.put(error)

    threading.Thread(target=make, daemon=True).start()
    while (batch := ready.get()) is not None:
        if isinstance(batch, BaseException):
            raise batch
        yield batch


def train(photographs: Photographs, recipe: Recipe, weights: Path, work: Path, device: str) -> dict[str, Any]:
    """Train to the end or go on where ``work`` stands; prints progress; the resulting weights."""
    labels = {product: number for number, product in enumerate(sorted(set(photographs.products)))}
    per_epoch = max(1, len(photographs.paths) // recipe.batch)
    state = torch.load(weights, map_location="cpu", weights_only=True)
    trainer = Trainer(recipe, state, len(labels) * (1 + recipe.recoloured), per_epoch * recipe.epochs, device)
    first = _gone_on(trainer, recipe, photographs, work)
    print(f"{len(photographs.paths)} photographs of {len(labels)} products, epoch {first + 1} of {recipe.epochs}, {device}", flush=True)
    pictures = [shrunk(read_picture(path), KEPT_SIDE) for path in photographs.paths] if first < recipe.epochs else []
    for epoch in range(first, recipe.epochs):
        began = said = time.monotonic()
        loss = right = 0.0
        for done, (pixels, products) in enumerate(batches(pictures, photographs, labels, recipe, epoch), 1):
            step_loss, step_right = trainer.learn(pixels, products)
            loss, right = loss + step_loss, right + step_right
            now = time.monotonic()
            if now - said > SAY_EVERY_S or done == per_epoch:
                said = now
                left = (now - began) / done * (per_epoch * (recipe.epochs - epoch) - done)
                print(
                    f"epoch {epoch + 1}/{recipe.epochs} step {done}/{per_epoch}: loss {loss / done:.3f}, right {100 * right / done:.1f} %, "
                    f"{left / 60:.1f} min left",
                    flush=True,
                )
        _saved(work / "state.pt", {"recipe": asdict(recipe), "names": _names(photographs), "epoch": epoch + 1, **trainer.state()})
    return trainer.result()


def _gone_on(trainer: Trainer, recipe: Recipe, photographs: Photographs, work: Path) -> int:
    """The epoch to begin with; ``trainer`` is brought to it."""
    path = work / "state.pt"
    if not path.exists():
        return 0
    state = torch.load(path, map_location="cpu", weights_only=True)
    if state["recipe"] != asdict(recipe) or state["names"] != _names(photographs):
        raise NoPhotographs(f"{path} was made with another recipe or other products; give another --work or delete it")
    trainer.go_on(state)
    return int(state["epoch"])


def _names(photographs: Photographs) -> list[str]:
    return [photographs.names[product] for product in sorted(set(photographs.products))]


def _mirrors(path: Path, recipe: Recipe) -> bool:
    return not recipe.unmirrored or recipe.unmirrored not in path.parts


def _laid_out(value: Any, device: str) -> Any:
    """On the device, in the order of memory in which convolutions are fast."""
    moved = value.detach().clone().to(device)
    return moved.contiguous(memory_format=torch.channels_last) if moved.ndim == 4 else moved


def _saved(path: Path, content: dict[str, Any]) -> None:
    """Whole or not at all."""
    partial = path.with_suffix(".partial")
    torch.save(content, partial)
    os.replace(partial, path)


def main() -> int:
    """Exit code 0 when the weights are written, 2 when the photographs or the options cannot be used."""
    usual = Recipe()
    parser = argparse.ArgumentParser(prog="python -m models.making.fine_tune", description=__doc__)
    parser.add_argument(
        "--dataset", type=Path, required=True, help="photographs: train.txt of 'path, product, type' or one folder per product"
    )
    parser.add_argument("--weights", type=Path, required=True, help="weights to begin with, a .pth file")
    parser.add_argument("--work", type=Path, required=True, help="folder of the state and of the result, weights.pth")
    parser.add_argument("--products", default="", help="numbers of the products to train on, with commas; empty: all")
    parser.add_argument("--variant", choices=sorted(network.SCALES), default="lite0")
    parser.add_argument("--epochs", type=int, default=usual.epochs)
    parser.add_argument("--seed", type=int, default=usual.seed)
    parser.add_argument("--side", type=int, default=usual.side, help="pixels of the square the network sees")
    parser.add_argument("--frozen-blocks", type=int, default=usual.frozen_blocks)
    parser.add_argument(
        "--unmirrored", default="", metavar="FOLDER", help="photographs in a folder of this name bear print and are not mirrored"
    )
    parser.add_argument(
        "--recoloured",
        type=int,
        default=usual.recoloured,
        choices=range(len(COLOURS)),
        help="half the time a photograph is shown with its colour channels in one of so many other orders, as a product of its own",
    )
    parser.add_argument("--threads", type=int, default=0, help="processor threads; 0: all")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cuda" if torch.cuda.is_available() else "cpu")
    given = parser.parse_args()
    if given.threads:
        torch.set_num_threads(given.threads)
    cv2.setNumThreads(1)
    torch.manual_seed(given.seed)
    recipe = Recipe(
        variant=given.variant,
        side=given.side,
        epochs=given.epochs,
        seed=given.seed,
        frozen_blocks=given.frozen_blocks,
        unmirrored=given.unmirrored,
        recoloured=given.recoloured,
    )
    try:
        photographs = read_photographs(given.dataset, "train")
        if given.products:
            photographs = photographs.only([int(number) for number in given.products.split(",")])
        given.work.mkdir(parents=True, exist_ok=True)
        result = train(photographs, recipe, given.weights, given.work, given.device)
    except (NoPhotographs, FileNotFoundError) as error:
        print(error, file=sys.stderr)
        return 2
    _saved(given.work / "weights.pth", result)
    (given.work / "recipe.json").write_text(json.dumps({**asdict(recipe), "products": _names(photographs)}, indent=1), encoding="utf-8")
    print(f"written: {given.work / 'weights.pth'}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
