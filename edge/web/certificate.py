"""The certificate of the outer port: the one that a person gave, or one that the store makes for itself, renewed before it ends.

A self-made certificate is vouched for by nobody, so people compare its fingerprint with the one that the store prints and shows. Its key
stays when it is renewed.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import socket
import ssl
import stat
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from edge.web.settings import WebSettings

LIFE = timedelta(days=800)  # some browsers take no server's certificate of more than 825 days
RENEWED_BEFORE_END = timedelta(days=60)  # a store that is switched on once a month still renews in time
BACKDATED = timedelta(days=1)  # clocks of phones that go a little wrong
MOST_NAMES = 100  # addresses of a machine with many networks; a certificate is sent with every connection

_FIB_TRIE = Path("/proc/net/fib_trie")  # the kernel's IPv4 routes; those marked "host LOCAL" are this machine's addresses
_IF_INET6 = Path("/proc/net/if_inet6")
_LINK_LOCAL = "20"  # scope of an IPv6 address that needs the name of an interface beside it


class CertificateError(Exception):
    """A certificate or its key cannot be used. Says which file, and what to do."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a person or a browser may know of a certificate. ``names``: host names and addresses that it stands for."""

    file: Path
    key_file: Path
    fingerprint: str
    names: tuple[str, ...]
    begins: datetime
    ends: datetime

    def ends_within(self, span: timedelta, now: datetime) -> bool:
        """It has ended, or will in ``span``; a certificate that is not valid yet is as good as ended."""
        return not self.begins <= now < self.ends - span

    def stands_for(self, name: str) -> bool:
        """A browser that asked for ``name``, without port, would accept it for that."""
        name = name.strip("[]").lower()
        return any(own == name or (own.startswith("*.") and name.partition(".")[2] == own[2:]) for own in self.names)


def read_certificate(file: Path, key_file: Path) -> Certificate:
    """The certificate in ``file`` (the first one there). Raises CertificateError where it cannot be read or the key is another's."""
    try:
        found = x509.load_pem_x509_certificate(file.read_bytes())
        key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
    except OSError as error:
        raise CertificateError(f"{error.filename} cannot be read: {error.strerror}") from error
    except (ValueError, TypeError) as error:
        raise CertificateError(f"{file} and {key_file} must be PEM files: a certificate, and a private key without password") from error
    if key.public_key() != found.public_key():
        raise CertificateError(f"{key_file} is not the key of the certificate in {file}; take the two that were made together")
    return Certificate(
        file=file,
        key_file=key_file,
        fingerprint=found.fingerprint(hashes.SHA256()).hex(":").upper(),
        names=_names_in(found),
        begins=found.not_valid_before_utc,
        ends=found.not_valid_after_utc,
    )


def kept_certificate(settings: WebSettings, folder: Path) -> Certificate | None:
    """The certificate of the outer port as it lies on the disk; None without TLS. Makes nothing. Raises CertificateError."""
    if settings.tls == "own" and settings.certificate_file is not None and settings.key_file is not None:
        return read_certificate(settings.certificate_file, settings.key_file)
    return read_certificate(*self_made_files(folder)) if settings.tls == "self-made" else None


def wanted_certificate(settings: WebSettings, folder: Path, now: datetime) -> Certificate | None:
    """The certificate of the outer port, made or renewed in ``folder`` where the settings leave it to the store; None without TLS.

    Raises CertificateError.
    """
    if settings.tls != "self-made":
        return kept_certificate(settings, folder)
    with contextlib.suppress(CertificateError, OSError):
        found = kept_certificate(settings, folder)
        if found is not None and not found.ends_within(RENEWED_BEFORE_END, now) and not read_by_others(found.key_file):
            return found
    try:
        return make_certificate(folder, machine_names(), now)
    except OSError as error:
        raise CertificateError(f"no certificate can be made in {folder}: {error.strerror}") from error


def self_made_files(folder: Path) -> tuple[Path, Path]:
    """Where a self-made certificate and its key are kept."""
    return folder / "web-certificate.pem", folder / "web-key.pem"


def make_certificate(folder: Path, names: tuple[str, ...], now: datetime) -> Certificate:
    """A new self-made certificate for ``names``, with the key that is there already and that nobody else may have read, or a new one
    (ECDSA, P-256). Raises OSError."""
    file, key_file = self_made_files(folder)
    key = _kept_key(key_file)
    if key is None:
        key = ec.generate_private_key(ec.SECP256R1())
        form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        _write(key_file, key.private_bytes(*form))
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "smartstore")])
    usage = {name: name == "digital_signature" for name in _USAGES}
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + LIFE)
        .add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    _write(file, made.public_bytes(serialization.Encoding.PEM))
    return read_certificate(file, key_file)


def machine_names() -> tuple[str, ...]:
    """The names and addresses under which this machine may be reached."""
    host = socket.gethostname().lower()
    names = ["localhost", host, *([] if "." in host else [f"{host}.local"])]
    found = [name for name in dict.fromkeys(names) if _is_host_name(name)]
    found += sorted({"127.0.0.1", "::1", *_ipv4_addresses(), *_ipv6_addresses()})
    return tuple(found[:MOST_NAMES])


def read_by_others(key_file: Path) -> bool:
    """Others than its owner may read it. Raises OSError."""
    return bool(key_file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))


def tls_context(certificate: Certificate) -> ssl.SSLContext:
    """A server's context as Python chooses it. Raises CertificateError."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    load_into(context, certificate)
    return context


def load_into(context: ssl.SSLContext, certificate: Certificate) -> None:
    """Connections from now on get this certificate; those that stand keep theirs. Raises CertificateError."""
    try:
        context.load_cert_chain(certificate.file, certificate.key_file)
    except (OSError, ssl.SSLError) as error:
        raise CertificateError(f"{certificate.file} cannot be used for TLS: {error}") from error


_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


def _kept_key(key_file: Path) -> ec.EllipticCurvePrivateKey | None:
    try:
        if read_by_others(key_file):
            return None
        key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
    except (OSError, ValueError, TypeError):
        return None
    return key if isinstance(key, ec.EllipticCurvePrivateKey) else None


def _names_in(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        named = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return ()
    return (
        *(name.lower() for name in named.get_values_for_type(x509.DNSName)),
        *(str(address) for address in named.get_values_for_type(x509.IPAddress)),
    )


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _is_host_name(name: str) -> bool:
    return 0 < len(name) <= 253 and all(part and part.replace("-", "").isalnum() and part.isascii() for part in name.split("."))


def _ipv4_addresses() -> set[str]:
    try:
        lines = _FIB_TRIE.read_text().splitlines()
    except OSError:
        return set()
    return {line.split()[-1] for line, following in pairwise(lines) if "|--" in line and following.strip() == "/32 host LOCAL"}


def _ipv6_addresses() -> set[str]:
    try:
        rows = [line.split() for line in _IF_INET6.read_text().splitlines()]
    except OSError:
        return set()
    return {str(ipaddress.IPv6Address(int(row[0], 16))) for row in rows if len(row) >= 6 and row[3] != _LINK_LOCAL}


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, and from the first byte on readable by this user alone."""
    unfinished = path.with_name(f"{path.name}.part")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(unfinished, path)
