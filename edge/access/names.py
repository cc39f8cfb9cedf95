"""How a user is called: one spelling for each name, in any script. Pure."""

from __future__ import annotations

import unicodedata
from typing import Final

from edge.access.refusals import AccessRefused

LONGEST_NAME: Final = 40  # characters, as the audit record shows it
_SIGNS: Final = frozenset("._-")


def user_name(text: str) -> str:
    """The one spelling of a user's name: compatibility forms and capitals are brought together. Raises AccessRefused."""
    name = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text.strip()).casefold())
    if not 1 <= len(name) <= LONGEST_NAME or not _letter(name[0]) or not all(_letter(sign) or sign in _SIGNS for sign in name):
        raise AccessRefused("bad_name")
    return name


def _letter(sign: str) -> bool:
    return unicodedata.category(sign)[0] in "LMN"
