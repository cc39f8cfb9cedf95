"""Keys and certificates: there, private, fitting, and not about to expire."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from cloud_bridge.settings import CloudSettings
from edge.runtime.checkup.finding import Finding, failure, ok, warning
from edge.runtime.secret_files import SECRET_NAME, file_problem, named_files
from edge.runtime.settings import StoreSettings
from edge.store.counted import counted

RENEW_DAYS = 30  # days; time to get a certificate renewed and to every store


def check_keys(settings: StoreSettings, *, now: datetime | None = None) -> Iterator[Finding]:
    """Entry keys, and every file that the settings name."""
    now = now if now is not None else datetime.now(UTC)
    if settings.entry.keys:
        names = ", ".join(sorted(settings.entry.keys))
        yield ok("keys", "keys_accepted", f"passes of {names} are accepted", names=names)
    elif settings.entry.verify != "cloud":
        advice = "Make one: smartstore pass keygen; add it to [entry.keys]."
        yield warning("keys", "keys_none", "no entry key: no pass can be judged here", advice)
    usable: dict[str, Path] = {}
    for name, path in named_files(settings):
        problem = file_problem(path, secret=SECRET_NAME.search(name) is not None)
        if problem is None:
            usable[name] = path
        else:
            advice = f"Put it there, for the store's user only, or change {name}."
            yield failure("keys", "keys_file", f"{name} = {path}: {problem}", advice, name=name, path=str(path), problem=problem)
    yield from _cloud_files(settings.cloud, usable, now)


def _cloud_files(cloud: CloudSettings, usable: dict[str, Path], now: datetime) -> Iterator[Finding]:
    certificates: list[x509.Certificate] = []
    for name, path in (("cloud.ca_file", cloud.ca_file), ("cloud.cert_file", cloud.cert_file)):
        if path is None or name not in usable:
            continue
        try:
            certificates = x509.load_pem_x509_certificates(path.read_bytes())
        except ValueError as error:
            text, advice = f"{name} = {path} holds no certificate: {error}", "It must be PEM text, as in BEGIN CERTIFICATE."
            yield failure("keys", "keys_no_certificate", text, advice, name=name, path=str(path))
            continue
        for certificate in certificates:
            yield validity(f"{name} ({certificate.subject.rfc4514_string() or 'no subject'})", certificate, now)
    if cloud.key_file is None or "cloud.key_file" not in usable:
        return
    try:
        key = load_pem_private_key(cloud.key_file.read_bytes(), password=None)
    except (ValueError, TypeError) as error:
        text, advice = f"cloud.key_file = {cloud.key_file} holds no usable key: {error}", "It must be PEM without a passphrase."
        yield failure("keys", "keys_no_key", text, advice, path=str(cloud.key_file))
        return
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if certificates and certificates[0].public_key().public_bytes(*form) != key.public_key().public_bytes(*form):
        text, advice = "cloud.cert_file and cloud.key_file do not belong together", "Put the pair there that was made together."
        yield failure("keys", "keys_no_pair", text, advice)
    else:
        yield ok("keys", "keys_private", "cloud.key_file is a private key, and private")


def validity(name: str, certificate: x509.Certificate, now: datetime) -> Finding:
    """Whether a certificate holds now and for a while."""
    start, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if now < start:
        advice = "Check this machine's date first, then the certificate."
        return failure("keys", "certificate_early", f"{name} is valid only from {_day(start)}", advice, name=name, date=_day(start))
    if now >= end:
        advice = "Renew it; check this machine's date too."
        return failure("keys", "certificate_expired", f"{name} expired on {_day(end)}", advice, name=name, date=_day(end))
    days = (end - now).days
    if days < RENEW_DAYS:
        return warning("keys", "certificate_expires", f"{name} expires in {counted(days, 'day')}", "Renew it now.", name=name, count=days)
    return ok("keys", "certificate_valid", f"{name} is valid until {_day(end)}", name=name, date=_day(end))


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}"
