"""The photographs of everybody who enrols: kept as files, judged together, made again of the files after a restart. One thread uses it."""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Final

import numpy as np

from models.manifest import ModelRefused
from vision.enrolment.enrolling import Enrolment
from vision.enrolment.judging import Verdict
from vision.enrolment.photographs import MOST, Photograph, held, held_part
from vision.enrolment.sitting import ENOUGH, Sitting
from vision.evidence import SittingFolder
from vision.facts import MOST_VIEWS, EnrolmentTrouble, View, ViewsJudged
from vision.gallery_file import GalleryRefused
from vision.pipeline.gallery import Gallery
from vision.pipeline.whitening import unit_rows
from vision.service.knowledge import Knowledge
from vision.types import Floats, Picture
from vision.wire import view_name

MOST_SITTINGS: Final = 4  # at once; the one that was left longest ago goes
KEPT_NS: Final = 3_600_000_000_000  # ns after the last wish of an enrolment in which somebody may come back to it
FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class Undone(Exception):
    """A wish that cannot be granted, and why."""

    def __init__(self, trouble: EnrolmentTrouble, detail: str = "") -> None:
        super().__init__(detail)
        self.trouble: EnrolmentTrouble = trouble


class Sittings:
    """One for each token. ``give_way`` is called before each piece of work that takes as long as a look of the recognition.

    What cannot be done is raised as Undone.
    """

    def __init__(self, knowledge: Knowledge, folder: SittingFolder, give_way: Callable[[], None], monotonic_ns: Callable[[], int]) -> None:
        self._knowledge = knowledge
        self._folder = folder
        self._give_way = give_way
        self._now_ns = monotonic_ns
        self._open: dict[str, Sitting] = {}
        self._used_ns: dict[str, int] = dict.fromkeys(folder.tokens(), monotonic_ns())

    @property
    def any(self) -> bool:
        """Whether photographs are kept that may have to go one day."""
        return bool(self._used_ns)

    def begun(self, token: str, product: str) -> Sitting:
        """The sitting of a token, begun where there is none, for ``product`` from now on."""
        if self._knowledge.signed_only:
            raise Undone("signed_only")
        self.gallery()
        sitting = self._open.get(token) or self._resumed(token, product)
        sitting.product = product
        self._used_ns[token] = self._now_ns()
        return sitting

    def known(self, token: str) -> Sitting:
        """The sitting of a token of which there are photographs."""
        sitting = self._open.get(token)
        if sitting is None:
            if not self._folder.numbers(token):
                raise Undone("no_view")
            sitting = self._resumed(token, "")
        self._used_ns[token] = self._now_ns()
        return sitting

    def add(self, token: str, sitting: Sitting, pixels: Picture) -> None:
        """Photograph what is in the middle of a camera's picture."""
        self._make_room(token, sitting)
        part = held_part(pixels)
        number = max((*sitting.numbers, *self._folder.numbers(token)), default=0) + 1
        try:
            self._folder.keep(token, number, part)
        except OSError as error:
            raise undone(error) from error
        self._look_at(sitting, number, part)

    def drop(self, token: str, sitting: Sitting, number: int) -> None:
        """Let one photograph go."""
        sitting.drop(number)
        self._folder.drop(token, number)

    def used(self, sitting: Sitting) -> int:
        """How many of its photographs will do."""
        return len(self._numbers_used(sitting))

    def judged(self, token: str, sitting: Sitting) -> ViewsJudged:
        """Its photographs as they are now."""
        verdicts, found = self.verdicts(sitting)
        views = tuple(
            View(number, verdict.used, verdict.flaw, sitting.codes(number), view_name(token, number))
            for number, verdict in zip(sitting.numbers, verdicts, strict=True)
        )
        rivals = tuple((rival.product, round(rival.mistaken, 4)) for rival in found.rivals) if found is not None else ()
        full = sum(view.used for view in views) >= ENOUGH
        return ViewsJudged(at_ns=self._now_ns(), token=token, views=views, rivals=rivals, full=full)

    def verdicts(self, sitting: Sitting) -> tuple[tuple[Verdict, ...], Enrolment | None]:
        """A verdict for each of its photographs, and what they make of the gallery that is in use."""
        return sitting.judged(self.gallery())

    def gallery(self) -> Gallery:
        """The gallery that products are added to."""
        try:
            return self._knowledge.enrolled()
        except (GalleryRefused, ModelRefused) as error:
            raise Undone("other_model", str(error)) from error
        except OSError as error:
            raise undone(error) from error

    def end(self, token: str) -> None:
        """Let all photographs of a token go."""
        self._open.pop(token, None)
        self._used_ns.pop(token, None)
        self._folder.forget(token)

    def overdue(self) -> tuple[str, ...]:
        """Tokens that nobody went on with."""
        now = self._now_ns()
        return tuple(token for token, used_ns in self._used_ns.items() if now - used_ns > KEPT_NS)

    def _resumed(self, token: str, product: str) -> Sitting:
        """Begun anew, with the photographs that are there from before a restart."""
        while len(self._open) >= MOST_SITTINGS:
            self.end(min(self._open, key=lambda one: self._used_ns.get(one, 0)))
        sitting = Sitting(product)
        for number in self._folder.numbers(token)[:MOST_VIEWS]:
            part = self._folder.read(token, number)
            if part is not None:
                self._look_at(sitting, number, part)
        self._open[token] = sitting
        return sitting

    def _look_at(self, sitting: Sitting, number: int, part: Picture) -> None:
        self._give_way()
        photograph = held(str(number), part)
        sitting.add(number, photograph, None if photograph.quality.flaw is not None else self._vector(photograph))

    def _vector(self, photograph: Photograph) -> Floats:
        """What stands for a photograph: one look at a time, so that a reach waits for one at most."""
        rows = []
        for look in photograph.looks:
            self._give_way()
            rows.append(self._knowledge.embedder.embed([look]))
        return unit_rows(np.concatenate(rows).mean(axis=0, keepdims=True))

    def _make_room(self, token: str, sitting: Sitting) -> None:
        """For one more than may be held, the first goes that is not used."""
        if len(sitting.numbers) < MOST_VIEWS:
            return
        used = self._numbers_used(sitting)
        unused = [number for number in sitting.numbers if number not in used]
        if not unused or len(used) >= MOST:
            raise Undone("enough_views")
        self.drop(token, sitting, unused[0])

    def _numbers_used(self, sitting: Sitting) -> set[int]:
        verdicts, _ = self.verdicts(sitting)
        return {number for number, verdict in zip(sitting.numbers, verdicts, strict=True) if verdict.used}


def undone(error: OSError) -> Undone:
    """What a disk that refuses means to whoever enrols."""
    return Undone("disk_full" if error.errno in FULL else "failed", str(error))
