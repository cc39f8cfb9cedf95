"""One gallery as one file: a zip without compression that holds a manifest, its arrays and, where somebody vouches for it, a signature.

Bytes in, values out, and back; which file is in use is decided in :mod:`vision.gallery_folder`. The manifest names the model by its hash
and every array by shape and hash; the signature (Ed25519, RFC 8032) covers the manifest. A file is input from outside: sizes are checked
before anything is read, arrays are plain float32 in NumPy's .npy format, nothing is ever unpickled.
"""

from __future__ import annotations

import base64
import hashlib
import io
import tokenize
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Final, Literal, TypeAlias

import numpy as np
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from numpy.lib import format as npy
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from vision.pipeline.calibration import Calibration
from vision.pipeline.gallery import MAX_PRODUCTS, Gallery
from vision.pipeline.whitening import MAX_SIZE, Whitening
from vision.types import Floats

MAX_FILE_BYTES: Final = 160_000_000  # bytes; 20,000 products of 1,280 numbers are 103 MB, a whitening of 1,280 is 7 MB
MAX_MANIFEST_BYTES: Final = 4_000_000  # bytes; 20,000 products are a third of it
MAX_SIGNATURE_BYTES: Final = 1_000  # bytes; a signature with its key id has about 150
NPY_HEADER_BYTES: Final = 256  # bytes; NumPy writes 128 for the two dimensions of an array of ours

MANIFEST: Final = "manifest.json"
SIGNATURE: Final = "signature.json"
MEANS, CENTRE, MATRIX = "means.npy", "whitening_mean.npy", "whitening_matrix.npy"

_SIGNED_AS: Final = b"smartstore gallery 1\n"  # so that a signature over anything else is none over a gallery
_MADE_AT: Final = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip knows: equal galleries are equal files
_FLOATS: Final = np.dtype("<f4")

TrustedKeys: TypeAlias = Mapping[str, Ed25519PublicKey]
"""Public keys by key id."""

_Digest: TypeAlias = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_KeyId: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,32}$")]


class GalleryRefused(ValueError):
    """A gallery that cannot be used. The message says why and what to do."""


class EnrolledProduct(BaseModel):
    """One product of a gallery and the photographs it is known by."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    gtin: str = Field(pattern=r"^[!-~]{1,64}$")
    photographs: int = Field(ge=1, le=100_000)


class GalleryManifest(BaseModel):
    """What a gallery file says of itself. ``size``: numbers in an embedding; ``out``: in a mean; ``made_at``: UTC, as ISO 8601."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    version: int = Field(ge=1, le=999_999)
    made_at: str = Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
    model: str = Field(min_length=1, max_length=100)
    model_sha256: _Digest
    size: int = Field(ge=1, le=MAX_SIZE)
    out: int = Field(ge=1, le=MAX_SIZE)
    products: tuple[EnrolledProduct, ...] = Field(max_length=MAX_PRODUCTS)
    calibration: dict[str, float]
    arrays: dict[str, _Digest]

    @model_validator(mode="after")
    def _arrays_of_a_gallery(self) -> GalleryManifest:
        if not {MEANS, CENTRE} <= set(self.arrays) <= {MEANS, CENTRE, MATRIX}:
            raise ValueError(f"arrays are {MEANS}, {CENTRE} and, where it is whitened, {MATRIX}; these are {sorted(self.arrays)}")
        return self


class _Signature(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    kid: _KeyId
    ed25519: str = Field(pattern=r"^[A-Za-z0-9+/]{86}==$")


@dataclass(frozen=True, slots=True)
class Signer:
    """Who vouches for a gallery: a private key and the id under which stores know its public half."""

    kid: str
    key: Ed25519PrivateKey


@dataclass(frozen=True, slots=True, eq=False)
class StoredGallery:
    """A gallery with its manifest. ``signed_by``: id of the trusted key whose signature was checked, "" where none was asked for."""

    gallery: Gallery
    manifest: GalleryManifest
    signed_by: str = ""


def packed(gallery: Gallery, *, version: int, made_at: str, model: str, model_sha256: str, signer: Signer | None = None) -> bytes:
    """The file of ``gallery``. ValueError (pydantic's) where version, time, model or a product's name is out of bounds."""
    arrays = {MEANS: _npy(gallery.means), CENTRE: _npy(gallery.whitening.mean)}
    if gallery.whitening.matrix is not None:
        arrays[MATRIX] = _npy(gallery.whitening.matrix)
    manifest = GalleryManifest(
        version=version,
        made_at=made_at,
        model=model,
        model_sha256=model_sha256,
        size=gallery.whitening.size,
        out=gallery.whitening.out,
        products=tuple(EnrolledProduct(gtin=gtin, photographs=count) for gtin, count in zip(gallery.products, gallery.counts, strict=True)),
        calibration=asdict(gallery.calibration),
        arrays={name: hashlib.sha256(content).hexdigest() for name, content in arrays.items()},
    )
    text = manifest.model_dump_json(indent=1).encode()
    members = {MANIFEST: text, **arrays}
    if signer is not None:
        sealed = base64.b64encode(signer.key.sign(_SIGNED_AS + text)).decode("ascii")
        members[SIGNATURE] = _Signature(kid=signer.kid, ed25519=sealed).model_dump_json().encode()
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as file:
        for name, content in members.items():
            file.writestr(zipfile.ZipInfo(name, _MADE_AT), content)
    return target.getvalue()


def unpacked(content: bytes, trusted: TrustedKeys | None = None) -> StoredGallery:
    """The gallery in a file. With ``trusted`` keys, only one that one of them signed. Raises GalleryRefused."""
    if len(content) > MAX_FILE_BYTES:
        raise GalleryRefused(f"a gallery file has at most {MAX_FILE_BYTES} bytes, this has {len(content)}")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as file:
            text = _member(file, MANIFEST, MAX_MANIFEST_BYTES)
            signed_by = _checked_signature(file, text, trusted) if trusted else ""
            return StoredGallery(_gallery(file, manifest := _manifest(text)), manifest, signed_by)
    except GalleryRefused:
        raise
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, NotImplementedError, RuntimeError, ValueError, OSError) as error:
        raise GalleryRefused(f"this is no gallery file, or it was cut on the way ({error}); fetch or make it again") from error


def trusted_keys(texts: Mapping[str, str]) -> dict[str, Ed25519PublicKey]:
    """Public keys as settings name them: key id to base64 of the 32 bytes. ValueError that names the key."""
    keys = {}
    for kid, text in texts.items():
        try:
            keys[kid] = Ed25519PublicKey.from_public_bytes(base64.b64decode(text, validate=True))
        except ValueError as error:
            raise ValueError(
                f"gallery key {kid!r}: 32 bytes of an Ed25519 public key in base64 are expected, got {len(text)} characters"
            ) from error
    return keys


def _manifest(text: bytes) -> GalleryManifest:
    try:
        return GalleryManifest.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "as a whole"
        raise GalleryRefused(f"the gallery's manifest is wrong at {where}: {first['msg']}; it may be of another release") from error


def _gallery(file: zipfile.ZipFile, manifest: GalleryManifest) -> Gallery:
    means = _array(file, MEANS, manifest, (len(manifest.products), manifest.out))
    centre = _array(file, CENTRE, manifest, (manifest.size,))
    matrix = _array(file, MATRIX, manifest, (manifest.size, manifest.out)) if MATRIX in manifest.arrays else None
    try:
        calibration = Calibration(**manifest.calibration)
    except (TypeError, ValueError) as error:
        raise GalleryRefused(f"the gallery's calibration is not of this release ({error}); enrol the products again") from error
    try:
        return Gallery(
            products=tuple(product.gtin for product in manifest.products),
            means=means,
            counts=tuple(product.photographs for product in manifest.products),
            whitening=Whitening(centre, matrix),
            calibration=calibration,
        )
    except ValueError as error:
        raise GalleryRefused(f"the gallery's numbers are wrong: {error}") from error


def _array(file: zipfile.ZipFile, name: str, manifest: GalleryManifest, shape: tuple[int, ...]) -> Floats:
    content = _member(file, name, NPY_HEADER_BYTES + _FLOATS.itemsize * int(np.prod(shape)))
    if hashlib.sha256(content).hexdigest() != manifest.arrays[name]:
        raise GalleryRefused(f"{name} of the gallery does not match the hash in its manifest; it was changed or damaged: fetch it again")
    stream = io.BytesIO(content)
    try:
        if npy.read_magic(stream) != (1, 0):
            raise ValueError("another version of the .npy format")
        found, column_wise, dtype = npy.read_array_header_1_0(stream, max_header_size=NPY_HEADER_BYTES)
    except (ValueError, TypeError, tokenize.TokenError) as error:  # NumPy reads the header as a text of Python
        raise GalleryRefused(f"{name} of the gallery is no array: {error}") from error
    begin = stream.tell()
    if (
        found != shape
        or dtype != _FLOATS
        or (column_wise and len(shape) > 1)
        or len(content) - begin != _FLOATS.itemsize * int(np.prod(shape))
    ):
        raise GalleryRefused(f"{name} of the gallery is {dtype} {found}, by its manifest it is float32 {shape}")
    return np.frombuffer(content, _FLOATS, offset=begin).reshape(shape).astype(np.float32)


def _npy(array: Floats) -> bytes:
    target = io.BytesIO()
    npy.write_array(target, np.ascontiguousarray(array, dtype=_FLOATS), version=(1, 0), allow_pickle=False)
    return target.getvalue()


def _member(file: zipfile.ZipFile, name: str, most: int) -> bytes:
    try:
        found = file.getinfo(name)
    except KeyError as error:
        raise GalleryRefused(f"the gallery file has no {name}; make it again") from error
    if found.compress_type != zipfile.ZIP_STORED or found.file_size > most:
        raise GalleryRefused(f"{name} in the gallery file is compressed or larger than {most} bytes, as no gallery's is")
    return file.read(found)


def _checked_signature(file: zipfile.ZipFile, text: bytes, trusted: TrustedKeys) -> str:
    known = ", ".join(sorted(trusted))
    if SIGNATURE not in file.namelist():
        raise GalleryRefused(f"the gallery is not signed, and this store takes only what is signed by {known}")
    try:
        signature = _Signature.model_validate_json(_member(file, SIGNATURE, MAX_SIGNATURE_BYTES))
    except ValidationError as error:
        raise GalleryRefused("the gallery's signature cannot be read; sign it again") from error
    key = trusted.get(signature.kid)
    if key is None:
        raise GalleryRefused(f"the gallery is signed by {signature.kid}, which this store does not know; it knows {known}")
    try:
        key.verify(base64.b64decode(signature.ed25519), _SIGNED_AS + text)
    except InvalidSignature as error:
        raise GalleryRefused(f"the gallery was changed after {signature.kid} signed it, or another key did; fetch it again") from error
    return signature.kid
