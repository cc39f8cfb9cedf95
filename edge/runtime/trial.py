"""Settings that need a restart are on trial until a start with them has succeeded: one that keeps the store from starting is taken back.

An unstaffed shop must not stay shut for a port that another program holds or a device that was named wrongly. What held at once, prices
among it, stays as it is. Beside the changes lies a small file that says how far this has come.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from edge.runtime.changes_file import ChangesFile, write_whole
from edge.runtime.described import applies
from edge.runtime.overlay import Overlay, differing
from edge.runtime.settings import LoadedStore, Unfit, checked, is_split

NAME: Final = "changes-trial.json"
STARTS: Final = 2  # that may fail: one may be a power cut in the first seconds

log = logging.getLogger(__name__)


class _Progress(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    proven: int = 0
    tried: int = 0
    times: int = 0


@dataclass(frozen=True, slots=True)
class Trial:
    """The trial of one store's changes, in the folder where they lie."""

    folder: Path

    def passed(self, number: int) -> None:
        """The store runs with everything up to change ``number``."""
        if self._read().proven != number:
            self._write(_Progress(proven=number))

    def begin(self, loaded: LoadedStore) -> LoadedStore:
        """What to start with: ``loaded``, or without those of its settings with which the last starts failed."""
        if loaded.kept is None or loaded.trouble:
            return loaded
        progress, number = self._read(), loaded.kept.number
        if progress.proven == number:
            return loaded
        times = progress.times if progress.tried == number else 0
        if times >= STARTS:
            return self._without(loaded, progress.proven)
        self._write(_Progress(proven=progress.proven, tried=number, times=times + 1))
        return loaded

    def _without(self, loaded: LoadedStore, proven: int) -> LoadedStore:
        kept, overlay = loaded.kept, self._overlay(proven)
        if kept is None or overlay is None:
            return loaded
        places = [place for place in differing(overlay, kept.overlay) if applies(place) != "at_once"]
        before = kept.overlay.with_changes(loaded.base, {place: overlay.values.get(place) for place in places})
        try:
            settings = checked(before.over(loaded.base), loaded.path.absolute().parent, check_files=loaded.check_files)
        except Unfit:
            return loaded
        if not places:
            return loaded
        trouble = f"the store did not start with change {kept.number}, so these are as they were before it: {', '.join(places)}"
        return replace(loaded, settings=settings, kept=replace(kept, overlay=before), trouble=trouble)

    def _overlay(self, number: int) -> Overlay | None:
        if number == 0:
            return Overlay()
        return next((one.overlay for one in ChangesFile(self.folder, is_split).earlier() if one.number == number), None)

    def _read(self) -> _Progress:
        try:
            return _Progress.model_validate(json.loads((self.folder / NAME).read_bytes()))
        except (OSError, ValueError, ValidationError):
            return _Progress()

    def _write(self, progress: _Progress) -> None:
        try:
            write_whole(self.folder / NAME, progress.model_dump_json().encode())
        except OSError as error:  # a full disk: the trial is not worth a start
            log.warning("how far the trial of settings has come cannot be kept", extra={"error": str(error)})
