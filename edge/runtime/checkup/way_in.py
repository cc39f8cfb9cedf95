"""The way in: set up or not, who is served, the certificate of the outer port, and files that nobody else may read."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from edge.access.machine_token import machine_token_path
from edge.access.store import access_path
from edge.runtime.checkup.finding import Finding, failure, ok, warning
from edge.runtime.checkup.keys import validity
from edge.runtime.settings import StoreSettings
from edge.runtime.way_in import setup_token_path
from edge.web.certificate import Certificate, CertificateError, kept_certificate, machine_names, self_made_files
from edge.web.outer import EVERY_NETWORK, outer_addresses
from edge.web.settings import WebSettings

FOR_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def check_way_in(settings: StoreSettings, *, now: datetime | None = None) -> Iterator[Finding]:
    """Everything by which people come in; nothing is made and nobody is asked."""
    journal, web = settings.journal.path, settings.web
    yield from _set_up(journal)
    yield from _modes(journal)
    if not web.enabled:
        yield ok("way_in", "web_off", "the pages are switched off: [web] enabled = false")
        return
    try:
        certificate = kept_certificate(web, journal.parent)
    except CertificateError as error:
        yield _no_certificate(web, journal, error)
        return
    yield _served(web, certificate)
    if certificate is not None:
        yield from _certificate(web, certificate, now if now is not None else datetime.now(UTC))


def _set_up(journal: Path) -> Iterator[Finding]:
    token = setup_token_path(journal)
    if not access_path(journal).exists():
        text, advice = "nobody has set the store up: it has not run yet", "Start it; it prints what to do."
        yield warning("way_in", "never_run", text, advice)
    elif token.exists():
        text, advice = "nobody has set the store up yet", "Type: smartstore access setup-token, and open the page that it names."
        yield warning("way_in", "not_set_up", text, advice)
    else:
        yield ok("way_in", "set_up", "the store has been set up")


def _modes(journal: Path) -> Iterator[Finding]:
    """Whoever may read one of these files may do everything, now or after a while."""
    for path in (access_path(journal), machine_token_path(journal), setup_token_path(journal), self_made_files(journal.parent)[1]):
        try:
            found = path.stat()
        except OSError:
            continue
        if found.st_mode & FOR_OTHERS:
            mode = f"{stat.S_IMODE(found.st_mode):04o}"
            text, advice = f"{path} may be used by others (mode {mode})", f"Type: chmod 600 {path}, and look who had an account here."
            yield failure("way_in", "open_file", text, advice, path=str(path), mode=mode)
        elif not os.access(path, os.R_OK):
            text, advice = f"{path} may not be read by this user", "Run the doctor as the store's user, as with sudo -u smartstore."
            yield warning("way_in", "foreign_file", text, advice, path=str(path))


def _no_certificate(web: WebSettings, journal: Path, error: CertificateError) -> Finding:
    if web.tls == "self-made" and not self_made_files(journal.parent)[0].exists():
        return ok("way_in", "certificate_later", "the store makes its certificate when it starts")
    advice = 'Look at the two files, or let the store make its own: [web] tls = "self-made".'
    return failure("way_in", "certificate_unusable", str(error), advice, problem=str(error))


def _served(web: WebSettings, certificate: Certificate | None) -> Finding:
    if not web.beyond:
        return ok("way_in", "served_here", f"only this machine is served, at {web.host} port {web.port}", port=web.port)
    addresses = ", ".join(outer_addresses(web, certificate)) or f"{web.host} port {web.outer_port}, through the proxy"
    return ok("way_in", "served_beyond", f"other machines are served at {addresses}", addresses=addresses)


def _certificate(web: WebSettings, certificate: Certificate, now: datetime) -> Iterator[Finding]:
    try:
        yield validity(str(certificate.file), x509.load_pem_x509_certificate(certificate.file.read_bytes()), now)
    except (OSError, ValueError) as error:  # it could be read a moment ago
        yield failure("way_in", "certificate_unusable", str(error), "Run the doctor again.", problem=str(error))
        return
    if web.tls != "self-made":
        return
    asked = machine_names() if web.host in EVERY_NETWORK else (web.host,)
    missing = ", ".join(name for name in asked if not certificate.stands_for(name))
    if missing:
        text = f"the self-made certificate is not for {missing}"
        advice = f"Browsers there complain about the name; to have another one made, remove {certificate.file} and restart the store."
        yield warning("way_in", "certificate_names", text, advice, names=missing)
