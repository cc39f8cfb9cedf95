"""What the simulated shopper's controls say can be said in every language of the pages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import edge.web
from edge.demo.panel import SAID

LANGUAGES = sorted((Path(edge.web.__path__[0]) / "languages").glob("*.json"))


@pytest.mark.parametrize("path", LANGUAGES, ids=lambda path: path.stem)
def test_every_code_of_the_demonstration_has_words(path: Path) -> None:
    words = json.loads(path.read_text("utf-8"))

    assert {key.removeprefix("try.said.") for key in words if key.startswith("try.said.")} == SAID.keys()
