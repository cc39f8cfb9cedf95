"""Files of changes as tests write and read them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from edge.runtime.changes_file import ChangesFile, ChangesUnreadable, Kept, kept_of
from edge.runtime.overlay import Overlay
from edge.runtime.settings import is_split


def read_text(content: str | bytes) -> Kept | None:
    """What a file with this content says, None where it is refused."""
    try:
        return kept_of(content if isinstance(content, bytes) else content.encode(), is_split)
    except ChangesUnreadable:
        return None


def keep(folder: Path, base: Mapping[str, Any], *wishes: Mapping[str, Any]) -> ChangesFile:
    """Changes beside a journal in ``folder``, made one after the other."""
    file = ChangesFile(folder, is_split)
    overlay = Overlay()
    for number, wish in enumerate(wishes, start=1):
        overlay = overlay.with_changes(base, wish)
        file.write(Kept(number=number, by="maria", reason="a test", at_unix_s=None, places=tuple(wish), overlay=overlay))
    return file
