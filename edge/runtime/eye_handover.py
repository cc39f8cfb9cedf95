"""The eye's settings where they were changed on a page: the controller, which alone reads the changes, hands them over in a file.

The eye is another user's process that must not reach the journal, beside which the changes lie. It takes what is handed over in place of
the store file's [vision] and [[camera]], and begins anew when that changes: at a start of the controller, when nobody is inside.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final, TypeAlias

from pydantic import ValidationError

from edge.runtime.changes_file import write_whole
from edge.runtime.overlay import Overlay
from edge.runtime.settings import EYE_SECTIONS, StoreSettings
from vision.settings import EyeSettings

MAX_BYTES: Final = 1_000_000  # bytes; every zone that eight cameras may have is a third of it
MODE: Final = 0o640  # the eye's user is of the controller's group

Signature: TypeAlias = tuple[int, int, int] | None
"""Changes when the file does; None where there is none."""

log = logging.getLogger(__name__)


def hand_over(settings: StoreSettings, overlay: Overlay) -> None:
    """Write what of the eye was changed on a page, or take the file away where nothing was."""
    path = settings.vision.handover
    changed = any(place.partition(".")[0] in EYE_SECTIONS for place in overlay.values)
    try:
        if changed:
            write_whole(path, eye_settings(settings).model_dump_json(by_alias=True).encode(), mode=MODE)
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        if changed:
            log.error("the eye cannot be told what was changed of it on a page", extra={"file": str(path), "error": str(error)})


def handed_over(settings: StoreSettings) -> EyeSettings:
    """What the eye is to go by: what was handed over, where that can be used, otherwise what ``settings`` say themselves."""
    path = settings.vision.handover
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return eye_settings(settings)
    except OSError as error:
        log.error("what was handed over cannot be read; the store file holds", extra={"file": str(path), "error": str(error)})
        return eye_settings(settings)
    try:
        return EyeSettings.model_validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        log.error("what was handed over cannot be used; the store file holds", extra={"file": str(path), "error": first["msg"]})
        return eye_settings(settings)


def signature(path: Path) -> Signature:
    """To see whether another file was handed over."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def eye_settings(settings: StoreSettings) -> EyeSettings:
    """The eye's part of ``settings``."""
    return EyeSettings(vision=settings.vision, cameras=settings.cameras)
