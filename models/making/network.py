"""EfficientNet-Lite as a function of its weights: the published layout, batch normalisation folded into the convolutions as it goes.

The statistics of the batch normalisations are those the weights came with and stay so; their scale and shift are trained like the rest. No
files here, no data and no loss.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import torch
from torch.nn import functional

Tensor: TypeAlias = Any  # torch's own type; the checker runs where torch is not
Weights: TypeAlias = dict[str, Tensor]

EMBEDDING: Final = 1280  # numbers in a vector, all sizes alike
EPSILON: Final = 1e-3  # of the batch normalisations
# Repeats, kernel, stride, expansion, channels out of each stage at width and depth 1.
STAGES: Final = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
SCALES: Final = {"lite0": (1.0, 1.0), "lite1": (1.0, 1.1), "lite2": (1.1, 1.2)}  # width, depth
_STATISTICS: Final = ("running_mean", "running_var", "num_batches_tracked")


@dataclass(frozen=True, slots=True)
class Block:
    """One inverted residual: names its weights start with, and its shape."""

    prefix: str
    kernel: int
    stride: int
    expands: bool
    skips: bool


def blocks(variant: str) -> tuple[Block, ...]:
    """The blocks of a variant in order; KeyError for one that is not in ``SCALES``."""
    width, depth = SCALES[variant]
    found: list[Block] = []
    channels = 32  # the stem is not scaled
    for stage, (repeats, kernel, stride, expansion, base) in enumerate(STAGES):
        out = _rounded(base * width)
        times = repeats if stage in (0, len(STAGES) - 1) else math.ceil(repeats * depth)
        for repeat in range(times):
            step = stride if repeat == 0 else 1
            found.append(Block(f"_blocks.{len(found)}.", kernel, step, expansion != 1, step == 1 and channels == out))
            channels = out
    return tuple(found)


def split_weights(state: Mapping[str, Tensor]) -> tuple[Weights, Weights]:
    """(what is trained, statistics that stay) of a state dictionary; the classifier is left out.

    ValueError if it is not of such a network.
    """
    kept = {name: value.detach().clone().float() for name, value in state.items() if not name.startswith("_fc.")}
    if "_conv_stem.weight" not in kept or "_conv_head.weight" not in kept:
        raise ValueError("these are not the weights of an EfficientNet-Lite: _conv_stem or _conv_head is missing")
    trained = {name: value for name, value in kept.items() if not name.endswith(_STATISTICS)}
    statistics = {name: value for name, value in kept.items() if name.endswith(("running_mean", "running_var"))}
    return trained, statistics


def embed(trained: Weights, statistics: Weights, pixels: Tensor, variant: str, frozen_blocks: int = 0) -> Tensor:
    """Vectors (n, 1280), not normalised, of pictures (n, 3, side, side) that are ``(value - 127) / 128`` in red-green-blue.

    While learning, the stem, the first ``frozen_blocks`` blocks and every depthwise convolution stay, and products are of half precision.
    """
    every = blocks(variant)
    learning = torch.is_grad_enabled()
    with torch.autocast(pixels.device.type, torch.bfloat16, learning):
        with torch.set_grad_enabled(learning and frozen_blocks == 0):
            x = _relu6(_convolved(trained, statistics, pixels, ("_conv_stem", "_bn0"), kernel=3, stride=2))
            for block in every[:frozen_blocks]:
                x = _block(trained, statistics, x, block)
        for block in every[frozen_blocks:]:
            x = _block(trained, statistics, x, block)
        x = _relu6(_convolved(trained, statistics, x, ("_conv_head", "_bn1")))
    return x.float().mean(dim=(2, 3))


def _block(trained: Weights, statistics: Weights, x: Tensor, block: Block) -> Tensor:
    entry, at = x, block.prefix
    if block.expands:
        x = _relu6(_convolved(trained, statistics, x, (f"{at}_expand_conv", f"{at}_bn0")))
    x = _relu6(_convolved(trained, statistics, x, (f"{at}_depthwise_conv", f"{at}_bn1"), kernel=block.kernel, stride=block.stride))
    x = _convolved(trained, statistics, x, (f"{at}_project_conv", f"{at}_bn2"))
    return x + entry if block.skips else x


def _convolved(trained: Weights, statistics: Weights, x: Tensor, names: tuple[str, str], *, kernel: int = 1, stride: int = 1) -> Tensor:
    """Convolution with TensorFlow's "SAME" border and the batch normalisation behind it, as one convolution."""
    convolution, normalisation = names
    spread = torch.rsqrt(statistics[f"{normalisation}.running_var"] + EPSILON)
    scale = trained[f"{normalisation}.weight"] * spread
    shift = trained[f"{normalisation}.bias"] - statistics[f"{normalisation}.running_mean"] * scale
    weight = trained[f"{convolution}.weight"] * scale[:, None, None, None]
    groups = x.shape[1] if weight.shape[1] == 1 and x.shape[1] > 1 else 1
    short = kernel - 1 if stride == 1 else max(kernel - (stride if x.shape[2] % stride == 0 else x.shape[2] % stride), 0)
    if groups > 1 and torch.is_grad_enabled() and x.requires_grad:
        return _Depthwise.apply(x, weight.detach(), stride, short) + shift[:, None, None].to(x.dtype)
    if stride == 1:
        return functional.conv2d(x, weight, shift, 1, kernel // 2, 1, groups)
    padded = functional.pad(x, (short // 2, short - short // 2, short // 2, short - short // 2))
    return functional.conv2d(padded, weight, shift, stride, 0, 1, groups)


class _Depthwise(torch.autograd.Function):
    """A depthwise convolution whose weights stay: the gradient of its input is such a convolution too, ten times faster than torch's."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, stride: int, short: int) -> Tensor:
        weight = weight.to(x.dtype)
        ctx.save_for_backward(weight)
        ctx.stride, ctx.before, ctx.size = stride, short // 2, x.shape[2:]
        with torch.autocast(x.device.type, enabled=False):
            if stride == 1:
                return functional.conv2d(x, weight, None, 1, short // 2, 1, x.shape[1])
            padded = functional.pad(x, (short // 2, short - short // 2, short // 2, short - short // 2))
            return functional.conv2d(padded, weight, None, stride, 0, 1, x.shape[1])

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None, None]:
        (weight,) = ctx.saved_tensors
        gradient = gradient.to(weight.dtype)
        n, channels, height, width = gradient.shape
        if ctx.stride > 1:
            size = (n, channels, (height - 1) * ctx.stride + 1, (width - 1) * ctx.stride + 1)
            apart = torch.zeros(size, dtype=gradient.dtype, device=gradient.device).contiguous(memory_format=torch.channels_last)
            apart[:, :, :: ctx.stride, :: ctx.stride] = gradient
            gradient = apart
        with torch.autocast(gradient.device.type, enabled=False):
            back = functional.conv2d(gradient, weight.flip(2, 3), None, 1, weight.shape[2] - 1 - ctx.before, 1, channels)
        return back[:, :, : ctx.size[0], : ctx.size[1]], None, None, None


def _relu6(x: Tensor) -> Tensor:
    return functional.hardtanh(x, 0.0, 6.0)


def _rounded(channels: float, unit: int = 8) -> int:
    """To the next multiple of ``unit`` that is not more than a tenth too small."""
    near = max(unit, int(channels + unit / 2) // unit * unit)
    return near if near >= 0.9 * channels else near + unit
