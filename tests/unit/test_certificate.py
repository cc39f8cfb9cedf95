"""The certificate of the outer port: made when needed, renewed before it ends, refused where it cannot be what it must be."""

from __future__ import annotations

import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from edge.web.certificate import (
    LIFE,
    RENEWED_BEFORE_END,
    Certificate,
    CertificateError,
    machine_names,
    make_certificate,
    read_certificate,
    tls_context,
    wanted_certificate,
)
from edge.web.settings import WebSettings
from tests.certificates import Authority

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SELF_MADE = WebSettings(host="0.0.0.0", tls="self-made")


def wanted(folder: Path, now: datetime = NOW) -> Certificate:
    found = wanted_certificate(SELF_MADE, folder, now)
    assert found is not None
    return found


def test_nothing_is_made_without_tls(tmp_path: Path) -> None:
    assert wanted_certificate(WebSettings(), tmp_path, NOW) is None
    assert list(tmp_path.iterdir()) == []


def test_a_self_made_certificate_is_for_this_machine_and_for_nothing_else(tmp_path: Path) -> None:
    made = wanted(tmp_path)
    read = x509.load_pem_x509_certificate(made.file.read_bytes())
    key = read.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert isinstance(key.curve, ec.SECP256R1)
    assert read.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False
    assert {"localhost", "127.0.0.1", "::1"} <= set(made.names) == set(machine_names())
    assert stat.S_IMODE(made.key_file.stat().st_mode) == 0o600
    assert len(made.fingerprint.split(":")) == 32
    assert {path.name for path in tmp_path.iterdir()} == {made.file.name, made.key_file.name}


def test_it_stays_until_shortly_before_its_end_and_keeps_its_key(tmp_path: Path) -> None:
    made = wanted(tmp_path)
    assert wanted(tmp_path, NOW + LIFE - RENEWED_BEFORE_END - timedelta(hours=1)) == made
    renewed = wanted(tmp_path, NOW + LIFE - RENEWED_BEFORE_END + timedelta(hours=1))
    assert renewed.fingerprint != made.fingerprint
    assert renewed.ends > made.ends
    assert wanted(tmp_path, renewed.begins).fingerprint == renewed.fingerprint


def test_the_key_stays_when_it_is_renewed(tmp_path: Path) -> None:
    key = wanted(tmp_path).key_file.read_bytes()
    assert wanted(tmp_path, NOW + LIFE).key_file.read_bytes() == key


def test_one_that_was_made_while_the_clock_was_wrong_is_made_again(tmp_path: Path) -> None:
    early = wanted(tmp_path, datetime(1970, 1, 2, tzinfo=UTC))
    assert wanted(tmp_path).fingerprint != early.fingerprint
    late = wanted(tmp_path, datetime(2090, 1, 1, tzinfo=UTC))
    assert wanted(tmp_path).fingerprint != late.fingerprint


def test_a_key_that_others_could_read_is_not_used_again(tmp_path: Path) -> None:
    made = wanted(tmp_path)
    key = made.key_file.read_bytes()
    made.key_file.chmod(0o644)
    again = wanted(tmp_path)
    assert again.fingerprint != made.fingerprint
    assert again.key_file.read_bytes() != key
    assert stat.S_IMODE(again.key_file.stat().st_mode) == 0o600


@pytest.mark.parametrize("torn", ["web-certificate.pem", "web-key.pem"])
def test_a_torn_file_is_made_again(tmp_path: Path, torn: str) -> None:
    wanted(tmp_path)
    (tmp_path / torn).write_text("-----BEGIN")
    assert tls_context(wanted(tmp_path))


def test_a_power_cut_while_writing_leaves_no_key_that_others_read(tmp_path: Path) -> None:
    (tmp_path / "web-key.pem.part").write_text("half")
    (tmp_path / "web-key.pem.part").chmod(0o666)
    assert stat.S_IMODE(wanted(tmp_path).key_file.stat().st_mode) == 0o600


def test_a_folder_that_takes_nothing_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CertificateError, match=r"no certificate can be made in .*file"):
        wanted(tmp_path / "file")


def test_an_own_certificate_is_taken_as_it_is(tmp_path: Path) -> None:
    given = Authority(tmp_path).issue("shop.example")
    own = WebSettings(host="0.0.0.0", tls="own", certificate_file=given.cert, key_file=given.key)
    found = wanted_certificate(own, tmp_path, NOW)
    assert found is not None
    assert found.file == given.cert
    context = tls_context(found)
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2


def test_what_cannot_be_used_is_said(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    one, other = authority.issue("one"), authority.issue("other")
    with pytest.raises(CertificateError, match="is not the key of the certificate"):
        read_certificate(one.cert, other.key)
    with pytest.raises(CertificateError, match="must be PEM files"):
        read_certificate(one.key, one.cert)
    with pytest.raises(CertificateError, match="cannot be read: No such file"):
        read_certificate(one.cert, tmp_path / "none.key")


@pytest.mark.parametrize(
    ("name", "stands"),
    [("shop.example", True), ("SHOP.example", True), ("other.example", False), ("127.0.0.1", True), ("[::1]", True), ("10.0.0.9", False)],
)
def test_it_says_for_which_names_it_stands(tmp_path: Path, name: str, stands: bool) -> None:
    assert make_certificate(tmp_path, ("shop.example", "127.0.0.1", "::1"), NOW).stands_for(name) is stands


def test_a_star_stands_for_one_level(tmp_path: Path) -> None:
    made = make_certificate(tmp_path, ("*.shop.example",), NOW)
    assert made.stands_for("till.shop.example")
    assert not made.stands_for("a.till.shop.example")
