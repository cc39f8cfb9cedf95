"""Asks the running controller over its own HTTP API: for the subcommands that talk to a store instead of reading its files."""

from __future__ import annotations

import argparse
import json
from typing import Any, Final
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

DEFAULT_URL: Final = "http://127.0.0.1:8080"
TIMEOUT_S: Final = 15.0  # s; longer than the controller itself waits for a decision


class NoAnswer(RuntimeError):
    """The controller did not give what was asked for. The message says why and what to do."""


def add_url(parser: argparse.ArgumentParser) -> None:
    """Describe ``--url``."""
    parser.add_argument("--url", default=DEFAULT_URL, help=f"where the store's page is (default: {DEFAULT_URL})")


def ask(url: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """The JSON object that ``path`` answers with: GET, or POST where there is a ``body``. Raises NoAnswer."""
    if urlsplit(url).scheme not in ("http", "https"):
        raise NoAnswer(f"{url} is no address of a store: give one that begins with http:// or https://")
    data = None if body is None else json.dumps(body).encode()
    request = Request(url.rstrip("/") + path, data=data, headers={"Content-Type": "application/json"})  # noqa: S310 - checked above
    try:
        with urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310 - checked above
            found = json.load(answer)
    except HTTPError as error:
        raise NoAnswer(_told(error)) from error
    except (OSError, ValueError) as error:
        raise NoAnswer(f"no controller answers at {url} ({error}). Is 'smartstore run' running there, with [web] enabled?") from error
    if not isinstance(found, dict):
        raise NoAnswer(f"{url}{path} did not answer as a store does")
    return found


def _told(error: HTTPError) -> str:
    try:
        problem = json.load(error)
        fields = "; ".join(f"{one['at']}: {one['message']}" for one in problem.get("fields") or ())
        return " ".join(part for part in (problem["title"] + ".", fields or problem["detail"]) if part)
    except (ValueError, KeyError, TypeError):
        return f"the store answered {error.code} {error.reason}"
