"""A gallery comes back from its file as it went in; a file that was changed, cut or made up is refused with a reason."""

from __future__ import annotations

import hashlib
import io
import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.vision.galleries import MADE_AT, MODEL_SHA256, content, gallery, members, public_text, signer, vectors, zipped
from vision.gallery_file import CENTRE, MANIFEST, MATRIX, MEANS, SIGNATURE, GalleryRefused, packed, trusted_keys, unpacked
from vision.pipeline.calibration import Calibration
from vision.pipeline.gallery import Gallery, empty_gallery

CHAIN = signer()
TRUSTED = trusted_keys({CHAIN.kid: public_text(CHAIN)})


@pytest.mark.parametrize("whitened", [True, False])
@pytest.mark.parametrize("products", [0, 1, 7])
def test_a_gallery_comes_back_as_it_went_in(products: int, whitened: bool) -> None:
    known = gallery(products, whitened=whitened)
    back = unpacked(content(known, version=4))
    assert back.gallery.products == known.products
    assert back.gallery.counts == known.counts
    assert back.gallery.calibration == known.calibration
    np.testing.assert_array_equal(back.gallery.means, known.means)
    views = vectors(9, 3)
    np.testing.assert_array_equal(back.gallery.log_likelihoods(views).logs, known.log_likelihoods(views).logs)
    assert (back.manifest.version, back.manifest.model_sha256, back.manifest.made_at) == (4, MODEL_SHA256, MADE_AT)
    assert [one.photographs for one in back.manifest.products] == list(known.counts)
    assert back.signed_by == ""


def test_the_calibration_goes_with_it() -> None:
    known = empty_gallery(3, calibration=Calibration(scale=21.5, pooling=0.25))
    assert unpacked(content(known)).gallery.calibration == Calibration(scale=21.5, pooling=0.25)


def test_equal_galleries_are_equal_files() -> None:
    assert content(gallery()) == content(gallery())


def test_numpy_alone_can_read_the_arrays(tmp_path: Path) -> None:
    file = tmp_path / "a.npz"
    file.write_bytes(content(gallery()))
    with np.load(file, allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["means"], gallery().means)


def test_what_a_trusted_key_signed_is_taken() -> None:
    assert unpacked(content(gallery(), by=CHAIN), TRUSTED).signed_by == "chain-1"


def test_a_signature_is_asked_for_only_where_keys_are_trusted() -> None:
    assert unpacked(content(gallery(), by=CHAIN)).signed_by == ""
    with pytest.raises(GalleryRefused, match=r"not signed.*chain-1"):
        unpacked(content(gallery()), TRUSTED)


def test_another_key_is_refused() -> None:
    with pytest.raises(GalleryRefused, match="signed by stranger, which this store does not know; it knows chain-1"):
        unpacked(content(gallery(), by=signer("stranger")), TRUSTED)
    with pytest.raises(GalleryRefused, match="changed after chain-1 signed it"):
        unpacked(content(gallery(), by=signer("chain-1", seed=6)), TRUSTED)


def test_a_product_renamed_after_signing_is_noticed() -> None:
    parts = members(content(gallery(), by=CHAIN))
    parts[MANIFEST] = parts[MANIFEST].replace(b"4000000000001", b"4000000000009")
    with pytest.raises(GalleryRefused, match="changed after"):
        unpacked(zipped(parts), TRUSTED)


@pytest.mark.parametrize("signature", [b"", b"{}", b'{"kid": "chain-1", "ed25519": "short"}', b"[" * 900, b"x" * 2000])
def test_a_damaged_signature_is_refused(signature: bytes) -> None:
    with pytest.raises(GalleryRefused, match="signature"):
        unpacked(zipped(members(content(gallery(), by=CHAIN)) | {SIGNATURE: signature}), TRUSTED)


def changed(change: Callable[[dict[str, object]], object]) -> bytes:
    """A file whose manifest was changed, its hashes right."""
    parts = members(content(gallery()))
    manifest = json.loads(parts[MANIFEST])
    change(manifest)
    parts[MANIFEST] = json.dumps(manifest).encode()
    return zipped(parts)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda manifest: manifest.update(format=2), "format.*another release"),
        (lambda manifest: manifest.update(extra=1), "extra"),
        (lambda manifest: manifest.update(version=0), "version"),
        (lambda manifest: manifest.update(model_sha256="AB"), "model_sha256"),
        (lambda manifest: manifest.update(size=4096, out=4096), "by its manifest it is float32"),
        (lambda manifest: manifest.update(size=10**9), "size"),
        (lambda manifest: manifest.update(products=manifest["products"] * 2), "by its manifest it is float32"),
        (lambda manifest: manifest.update(products=[manifest["products"][0]] * 3), "numbers are wrong"),
        (lambda manifest: manifest["products"][0].update(gtin="a b"), "products.0.gtin"),
        (lambda manifest: manifest["products"][0].update(photographs=0), "products.0.photographs"),
        (lambda manifest: manifest.update(calibration={"scale": -1.0}), "calibration"),
        (lambda manifest: manifest.update(calibration={"slope": 1.0}), "calibration is not of this release"),
        (lambda manifest: manifest["arrays"].pop(MEANS), "arrays"),
        (lambda manifest: manifest["arrays"].update({"more.npy": "0" * 64}), "arrays"),
        (lambda manifest: manifest["arrays"].update({MEANS: "0" * 64}), "does not match the hash"),
        (lambda manifest: manifest["arrays"].pop(MATRIX), None),
    ],
)
def test_a_wrong_manifest_is_refused_with_the_place(change: Callable[[dict[str, object]], object], reason: str | None) -> None:
    if reason is None:  # a manifest without the matrix is one of a centred gallery, as far as the shapes fit
        assert unpacked(changed(change)).gallery.whitening.matrix is None
        return
    with pytest.raises(GalleryRefused, match=reason):
        unpacked(changed(change))


def with_array(name: str, array: bytes) -> bytes:
    """A file with another array, its hash right."""
    parts = members(content(gallery())) | {name: array}
    manifest = json.loads(parts[MANIFEST])
    manifest["arrays"][name] = hashlib.sha256(array).hexdigest()
    return zipped(parts | {MANIFEST: json.dumps(manifest).encode()})


def saved(array: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> bytes:
    target = io.BytesIO()
    np.save(target, array, allow_pickle=True)
    return target.getvalue()


def huge_header() -> bytes:
    """An array that claims a terabyte and holds nothing."""
    target = io.BytesIO()
    np.lib.format.write_array_header_1_0(target, {"shape": (3, 10**11), "fortran_order": False, "descr": "<f4"})
    return target.getvalue()


def headed(header: str) -> bytes:
    """An array whose header is this text."""
    text = header.ljust(118).encode()
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + bytes(3 * 12 * 4)


@pytest.mark.parametrize(
    "array",
    [
        saved(np.full((3, 12), 1.0, np.float64)),
        saved(np.full((3, 11), 1.0, np.float32)),
        saved(np.asfortranarray(np.ones((3, 12), np.float32))),
        saved(np.array([object()], dtype=object)),
        saved(np.ones((3, 12), np.float32))[:-4],
        pickle.dumps([1]),
        huge_header(),
        b"",
        headed("("),
        headed("{'descr': '<f4'"),
        headed("{[]}"),
    ],
)
def test_an_array_that_is_none_of_ours_is_refused(array: bytes) -> None:
    with pytest.raises(GalleryRefused):
        unpacked(with_array(MEANS, array))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_numbers_that_are_none_are_refused(value: float) -> None:
    with pytest.raises(GalleryRefused, match="numbers are wrong"):
        unpacked(with_array(CENTRE, saved(np.full(12, value, np.float32))))
    with pytest.raises(GalleryRefused, match="numbers are wrong"):
        unpacked(with_array(MEANS, saved(np.full((3, 12), value, np.float32))))


def test_a_compressed_member_is_refused_before_it_is_unpacked() -> None:
    parts = members(content(gallery()))
    bomb = zipped({MANIFEST: parts[MANIFEST], CENTRE: parts[CENTRE], MATRIX: parts[MATRIX], MEANS: bytes(20_000_000)}, zipfile.ZIP_DEFLATED)
    assert len(bomb) < 100_000
    with pytest.raises(GalleryRefused, match="compressed or larger"):
        unpacked(bomb)
    with pytest.raises(GalleryRefused, match="compressed or larger"):
        unpacked(zipped(parts, zipfile.ZIP_DEFLATED))


@pytest.mark.parametrize("missing", [MANIFEST, MEANS, CENTRE, MATRIX])
def test_a_file_with_a_part_missing_is_refused(missing: str) -> None:
    parts = members(content(gallery()))
    del parts[missing]
    with pytest.raises(GalleryRefused, match=f"has no {missing}"):
        unpacked(zipped(parts))


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_any_damage_is_refused_or_changes_nothing(data: st.DataObject) -> None:
    whole = content(gallery(), by=CHAIN)
    place = data.draw(st.integers(0, len(whole) - 1))
    match data.draw(st.sampled_from(["cut", "flip", "insert", "drop"])):
        case "cut":
            damaged = whole[:place]
        case "flip":
            damaged = whole[:place] + bytes([whole[place] ^ data.draw(st.integers(1, 255))]) + whole[place + 1 :]
        case "drop":
            damaged = whole[:place] + whole[place + data.draw(st.integers(1, 40)) :]
        case _:
            damaged = whole[:place] + data.draw(st.binary(min_size=1, max_size=40)) + whole[place:]
    try:
        found = unpacked(damaged, TRUSTED)
    except GalleryRefused:
        return
    assert found.gallery.products == gallery().products
    np.testing.assert_array_equal(found.gallery.means, gallery().means)


def test_a_file_that_lost_bytes_on_the_way_is_refused() -> None:
    whole = content(gallery())
    with pytest.raises(GalleryRefused, match="cut on the way"):
        unpacked(whole[:40] + whole[47:])


@given(st.binary(max_size=300))
def test_garbage_is_refused(garbage: bytes) -> None:
    with pytest.raises(GalleryRefused):
        unpacked(garbage)


@pytest.mark.parametrize("text", ["", "short", "!" * 44, "QUJD"])
def test_a_key_that_is_none_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="gallery key 'chain-1'"):
        trusted_keys({"chain-1": text})


def test_what_cannot_be_read_back_is_not_written() -> None:
    known: Gallery = empty_gallery(4).enrolled("no good", vectors(1, 1, 4))
    with pytest.raises(ValueError, match="gtin"):
        content(known)
    with pytest.raises(ValueError, match="made_at"):
        packed(gallery(), version=1, made_at="today", model="tiny@1", model_sha256=MODEL_SHA256)
