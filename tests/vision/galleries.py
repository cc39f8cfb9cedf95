"""Small galleries and keys for tests: vectors from a seeded generator, so that every run has the same."""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Mapping

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from vision.gallery_file import Signer, packed
from vision.pipeline.gallery import Gallery, empty_gallery
from vision.pipeline.whitening import fit_whitening
from vision.types import Floats

MODEL_SHA256 = "ab" * 32
MADE_AT = "2026-03-01T08:30:00Z"
SIZE = 12


def vectors(seed: int, rows: int, size: int = SIZE) -> Floats:
    return np.random.default_rng(seed).normal(size=(rows, size)).astype(np.float32)


def gallery(products: int = 3, *, whitened: bool = True, size: int = SIZE) -> Gallery:
    labels = [f"{row % 4}" for row in range(24)]
    known = empty_gallery(size, fit_whitening(vectors(1, 24, size), labels) if whitened else None)
    for number in range(products):
        known = known.enrolled(f"400000000{number:04d}", vectors(100 + number, 1 + number % 5, size))
    return known


def signer(kid: str = "chain-1", seed: int = 5) -> Signer:
    return Signer(kid, Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32))


def public_text(one: Signer) -> str:
    return base64.b64encode(one.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


def content(known: Gallery, version: int = 1, by: Signer | None = None) -> bytes:
    return packed(known, version=version, made_at=MADE_AT, model="tiny@1", model_sha256=MODEL_SHA256, signer=by)


def members(packed_file: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(packed_file)) as file:
        return {name: file.read(name) for name in file.namelist()}


def zipped(parts: Mapping[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", compression) as file:
        for name, part in parts.items():
            file.writestr(name, part)
    return target.getvalue()
