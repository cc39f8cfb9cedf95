"""One step being done, or done: who asked for it, what it told, what it found, how it ended."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Final

from devices.commissioning.said import Said
from edge.runtime.commissioning.views import said_view
from edge.runtime.commissioning.work import Work
from edge.web.bench import FoundView, ProcedureState, ProcedureView, SaidView, StepOrder, TroubleView

LOG_ROWS: Final = 40  # things told by a procedure that are kept


@dataclass(slots=True)
class Procedure:
    """``work`` is what the step works with; ``task`` does it."""

    number: int
    order: StepOrder
    by: str
    since_s: float
    state: ProcedureState = "running"
    progress: float | None = None
    told: deque[SaidView] = field(default_factory=lambda: deque(maxlen=LOG_ROWS))
    trouble: TroubleView | None = None
    found: FoundView = field(default_factory=FoundView)
    task: asyncio.Task[None] | None = None
    work: Work | None = None

    def tell(self, said: Said) -> None:
        view = said_view(said)
        if self.told and said.code == "asking" == self.told[-1].code:
            self.told.pop()  # the address that is asked now; those before it say nothing
        self.told.append(view)

    def view(self) -> ProcedureView:
        return ProcedureView(
            number=self.number,
            step=self.order.step,
            subject=self.order.subject,
            by=self.by,
            since_s=self.since_s,
            state=self.state,
            progress=self.progress,
            log=tuple(self.told),
            trouble=self.trouble,
            found=self.found,
        )

    def show(self, found: FoundView) -> None:
        self.found = found

    def come(self, share: float) -> None:
        self.progress = share
