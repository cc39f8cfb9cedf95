"""The description of the API as a file, made without a store: the types of the screens are made of it.

``python -m edge.web.openapi --write edge/web/ui/openapi.json``
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn, cast

from edge.web.app import create_app
from edge.web.front import StoreFront
from edge.web.settings import WebSettings


class _NoStore:
    """Stands where a store would, and for each of its parts: describing the routes asks it nothing."""

    def __init__(self, verb: str = "be asked") -> None:
        self._verb = verb

    def __getattr__(self, verb: str) -> _NoStore:
        return _NoStore(verb)

    def __call__(self, *_: object) -> NoReturn:
        raise RuntimeError(f"nobody is there to {self._verb}")


def document() -> dict[str, Any]:
    """The OpenAPI document of every route."""
    return create_app(cast("StoreFront", _NoStore()), WebSettings()).openapi()


def text() -> str:
    """The document as it is kept."""
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the document or write it."""
    parser = argparse.ArgumentParser(prog="python -m edge.web.openapi", description="The OpenAPI document of the store's API.")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write it there instead of printing it")
    chosen = parser.parse_args(arguments)
    if chosen.write is None:
        print(text(), end="")
    else:
        chosen.write.write_text(text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
