"""What was changed on a page: whether it can be read, and whether the store file was edited where that has no effect."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final

from edge.runtime.changes_file import NAME
from edge.runtime.checkup.finding import Finding, failure, ok, warning
from edge.runtime.settings import LoadedStore
from edge.store.counted import counted

STEPPED_BACK: Final = "Look at what holds now, prices first, and make the last change again."
LOST: Final = (
    "Look at the disk. The store keeps shoppers out until something is changed on a page, or until you go back to the store file there "
    "or by 'smartstore changes back 0'."
)


def check_changes(loaded: LoadedStore) -> Iterator[Finding]:
    """What is laid over the store file."""
    if _is_foreign(loaded):
        text, advice = f"{loaded.trouble}", "Run the doctor as the store's user, as with sudo -u smartstore."
        yield warning("changes", "changes_foreign", text, advice, problem=loaded.trouble)
    elif loaded.trouble:
        yield failure("changes", "changes_unreadable", loaded.trouble, LOST if loaded.lost else STEPPED_BACK, problem=loaded.trouble)
    elif loaded.kept is None:
        yield ok("changes", "changes_none", "nothing was changed on a page: the store file holds alone")
    else:
        count = counted(len(loaded.overlay.values), "place")
        text = f"{count} of the store file changed on a page, last by {loaded.kept.by} (change {loaded.kept.number})"
        yield ok("changes", "changes_laid", text, places=len(loaded.overlay.values), by=loaded.kept.by, number=loaded.kept.number)
    if loaded.edited:
        places = ", ".join(loaded.edited)
        text = f"edited in the store file, but changed on a page, which holds: {places}"
        advice = "Set it on the page, where it can also go back to what the file has; 'smartstore changes show' tells both."
        yield warning("changes", "changes_edited", text, advice, places=places)


def _is_foreign(loaded: LoadedStore) -> bool:
    """Changes that somebody else than whoever looks may read."""
    path = loaded.settings.journal.path.with_name(NAME)
    try:
        path.open("rb").close()
    except PermissionError:
        return os.geteuid() != path.parent.stat().st_uid
    except OSError:
        pass
    return False
