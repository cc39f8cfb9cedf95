"""Asks the running controller over its own HTTP API: for the subcommands that talk to a store instead of reading its files.

On the store's own machine a command proves itself by the machine token, which the controller's user alone may read; from elsewhere by an
API token in ``SMARTSTORE_TOKEN``.
"""

from __future__ import annotations

import argparse
import ipaddress
import json
import os
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.error import HTTPError
from urllib.parse import SplitResult, urlsplit
from urllib.request import Request, urlopen

if TYPE_CHECKING:
    from edge.runtime.settings import StoreSettings

DEFAULT_URL: Final = "http://127.0.0.1:8080"
USUAL_CONFIG: Final = Path("/etc/smartstore/store.toml")
TOKEN_VARIABLE: Final = "SMARTSTORE_TOKEN"  # noqa: S105 - a name
TIMEOUT_S: Final = 15.0  # s; longer than the controller itself waits for a decision


class NoAnswer(RuntimeError):
    """The controller did not give what was asked for. The message says why and what to do. ``code`` is the problem's, where it told one."""

    def __init__(self, words: str, code: str = "") -> None:
        super().__init__(words)
        self.code = code


@dataclass(frozen=True, slots=True)
class Daemon:
    """A running controller: where its page is, and what proves us to it."""

    url: str
    token: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        """What a request to it carries."""
        return {} if self.token is None else {"Authorization": f"Bearer {self.token}"}

    def ask(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """The JSON object that ``path`` answers with: GET, or POST where there is a ``body``. Raises NoAnswer."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", **self.headers}
        request = Request(self.url.rstrip("/") + path, data=data, headers=headers)  # noqa: S310 - `found` has checked it
        try:
            with urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310 - as above
                told = json.load(answer)
        except HTTPError as error:
            raise _refused(error) from error
        except (OSError, ValueError) as error:
            if isinstance(getattr(error, "reason", None), ssl.SSLCertVerificationError):
                raise NoAnswer(
                    f"nobody vouches for the certificate at {self.url}: copy the store's web-certificate.pem, compare its fingerprint "
                    f"('smartstore access fingerprint' there), and name it in SSL_CERT_FILE"
                ) from error
            raise NoAnswer(
                f"no controller answers at {self.url} ({error}). Is 'smartstore run' running there, with [web] enabled?"
            ) from error
        if not isinstance(told, dict):
            raise NoAnswer(f"{self.url}{path} did not answer as a store does")
        return told


def add_daemon(parser: argparse.ArgumentParser) -> None:
    """Describe ``--config`` and ``--url``."""
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help=f"file of the running store on this machine; without it {USUAL_CONFIG} where there is one",
    )
    parser.add_argument(
        "--url",
        metavar="URL",
        help=f"where the store's page is, instead of what its file says; with a token in {TOKEN_VARIABLE} also elsewhere",
    )


def config_of(args: argparse.Namespace) -> Path | None:
    """The store file that the arguments mean, None where they name none and there is none in the usual place."""
    config: Path | None = args.config
    return config if config is not None else (USUAL_CONFIG if USUAL_CONFIG.exists() else None)


def settings_of(config: Path) -> StoreSettings:
    """What the store file says. Raises NoAnswer."""
    from edge.runtime.settings import SettingsError, load_settings

    try:
        return load_settings(config, check_files=False)
    except SettingsError as error:
        raise NoAnswer(str(error)) from error


def found(args: argparse.Namespace) -> Daemon:
    """The controller that the arguments mean. Raises NoAnswer where they mean none."""
    url: str | None = args.url
    parts = None if url is None else urlsplit(url)
    if parts is not None and (parts.scheme not in ("http", "https") or parts.hostname is None):
        raise NoAnswer(f"{url} is no address of a store: give one that begins with http:// or https://")
    token, config = os.environ.get(TOKEN_VARIABLE) or None, config_of(args)
    if token is None and config is not None and (parts is None or _is_here(parts)):
        settings = settings_of(config)
        url, token = url or page_of(settings), _machine_token(config, settings)
    if token is not None and parts is not None and parts.scheme == "http" and not _is_here(parts):
        raise NoAnswer(f"{url} would carry the token unsecured over the network: give an address that begins with https://")
    return Daemon(url or DEFAULT_URL, token)


def page_of(settings: StoreSettings) -> str:
    """Where the pages of a store with these settings are on its own machine."""
    host = "127.0.0.1" if settings.web.beyond else settings.web.host
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.web.port}"


def _machine_token(config: Path, settings: StoreSettings) -> str:
    from edge.access.machine_token import machine_token_path, read_machine_token
    from edge.access.refusals import AccessError

    try:
        return read_machine_token(machine_token_path(settings.journal.path))
    except AccessError as error:
        raise NoAnswer(f"{error}. 'smartstore run --config {config}' must be running.") from error


def _is_here(parts: SplitResult) -> bool:
    try:
        return parts.hostname == "localhost" or ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False


def _refused(error: HTTPError) -> NoAnswer:
    try:
        problem = json.load(error)
        fields = "; ".join(f"{one['at']}: {one['message']}" for one in problem.get("fields") or ())
        words, code = " ".join(part for part in (problem["title"] + ".", fields or problem["detail"]) if part), str(problem["code"])
    except (ValueError, KeyError, TypeError):
        return NoAnswer(f"the store answered {error.code} {error.reason}")
    if code == "signed_out":
        words = (
            f"The store does not know who asks. Name its file by --config, as the controller's user; from elsewhere put an API token into "
            f"{TOKEN_VARIABLE}: 'smartstore access tokens add' makes one."
        )
    return NoAnswer(words, code)
