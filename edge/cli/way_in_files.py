"""What ``smartstore access`` reads from the files of a store, whether it runs or not: the setup token, the certificate's fingerprint."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge.runtime.settings import StoreSettings


def setup_token(args: argparse.Namespace) -> int:
    """Print the setup token and where to type it. Exit code 1: there is none. Raises NoAnswer."""
    from edge.cli.daemon import NoAnswer, found, page_of
    from edge.runtime.way_in import setup_token_path

    settings = _settings(args)
    path = setup_token_path(settings.journal.path)
    try:
        token = path.read_text("ascii").strip()
    except FileNotFoundError:
        if found(args).ask("/api/v1/users")["users"]:
            print("smartstore access: the store is set up already; a lost password: smartstore access link NAME", file=sys.stderr)
            return 1
        raise NoAnswer(f"{path} does not exist yet: try again in a moment") from None
    except (OSError, ValueError) as error:
        raise NoAnswer(f"{path} cannot be read ({error}): run the command as the controller's user, as with sudo -u") from error
    print(f"open {page_of(settings)}/setup on this machine and enter the setup token", file=sys.stderr)
    print(token)
    return 0


def fingerprint(args: argparse.Namespace) -> int:
    """Print the fingerprint of the outer port's certificate, and what it is for. Exit code 1: there is no certificate. Raises NoAnswer."""
    from edge.cli.daemon import NoAnswer
    from edge.web.certificate import CertificateError, kept_certificate
    from edge.web.outer import outer_addresses

    settings = _settings(args)
    try:
        certificate = kept_certificate(settings.web, settings.journal.path.parent)
    except CertificateError as error:
        raise NoAnswer(f"{error}. The store makes or reads its certificate at the start.") from error
    if certificate is None:
        print('smartstore access: this store has no certificate: [web] tls = "off"', file=sys.stderr)
        return 1
    print(certificate.fingerprint)
    print(f"SHA-256, of {certificate.file}, good until {certificate.ends.date().isoformat()}", file=sys.stderr)
    print(f"for {', '.join(certificate.names) or 'no name'}", file=sys.stderr)
    for address in outer_addresses(settings.web, certificate):
        print(f"other machines: {address}", file=sys.stderr)
    return 0


def addresses_of(args: argparse.Namespace) -> tuple[str, ...]:
    """Where other machines reach the store that the arguments name; nothing where they name no file."""
    from edge.cli.daemon import config_of, settings_of
    from edge.web.certificate import CertificateError, kept_certificate
    from edge.web.outer import outer_addresses

    config = config_of(args)
    if config is None:
        return ()
    settings = settings_of(config)
    try:
        certificate = kept_certificate(settings.web, settings.journal.path.parent)
    except CertificateError:
        certificate = None
    return outer_addresses(settings.web, certificate)


def _settings(args: argparse.Namespace) -> StoreSettings:
    from edge.cli.daemon import USUAL_CONFIG, NoAnswer, config_of, settings_of

    config = config_of(args)
    if config is None:
        raise NoAnswer(f"there is no {USUAL_CONFIG}; name the store's file by --config")
    return settings_of(config)
