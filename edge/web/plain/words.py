"""The words of the plain pages, out of the same files as those of the screens, and which language somebody reads."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

FIRST = "en"  # the language that has every word, and that is taken where nobody asks for one
PREFIX = "server."
NAMES = {"en": "English", "zh": "中文"}  # what a language calls itself; any other goes by its tag
MOST_ASKED = 20  # languages of one Accept-Language header that are looked at

_ASKED = re.compile(r"^([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8}){0,4}|\*)(?:;q=([01](?:\.[0-9]{0,3})?))?$")


class Words:
    """Sentences of one language. ``tag``: its BCP 47 tag."""

    def __init__(self, tag: str, sentences: Mapping[str, str]) -> None:
        self.tag = tag
        self._sentences = sentences

    def __call__(self, key: str, **values: str | int) -> str:
        """The sentence of ``server.KEY`` with its ``{names}`` filled. Raises KeyError for a sentence that nobody wrote."""
        told = self._sentences[PREFIX + key]
        return re.sub(r"\{(\w+)\}", lambda hole: str(values[hole[1]]), told)


@cache
def languages() -> Mapping[str, Words]:
    """Every language that there is, by its tag, the first one first."""
    folder = files("edge.web") / "languages"
    found = {
        path.name.removesuffix(".json"): json.loads(path.read_text("utf-8")) for path in folder.iterdir() if path.name.endswith(".json")
    }
    return {tag: Words(tag, found[tag]) for tag in sorted(found, key=lambda tag: (tag != FIRST, tag))}


def best_language(chosen: str | None, accepted: str) -> Words:
    """The words of the ``chosen`` language where there is such a one; else what ``accepted`` (an Accept-Language header) likes best."""
    known = languages()
    for tag in (chosen or "", *_by_liking(accepted)):
        if (found := _close(tag, list(known))) is not None:
            return known[found]
    return known[FIRST]


def _close(tag: str, known: Sequence[str]) -> str | None:
    """``tag`` among ``known``, or one that differs by region or script only."""
    tag = tag.lower()
    exact = (one for one in known if one.lower() == tag)
    close = (one for one in known if one.lower().partition("-")[0] == tag.partition("-")[0])
    return next(exact, None) or next(close, None)


def _by_liking(accepted: str) -> list[str]:
    asked = [_ASKED.match(one.strip().replace(" ", "")) for one in accepted.split(",", MOST_ASKED)[:MOST_ASKED]]
    liked = [(float(one[2] or 1.0), one[1]) for one in asked if one is not None and one[1] != "*"]
    return [tag for liking, tag in sorted(liked, key=lambda one: -one[0]) if liking > 0]
