"""The step that tests a lock: the technician is let in as staff, and the sensors tell what the lock really does."""

from __future__ import annotations

from typing import Final

from devices.commissioning.locking import ANSWER_S, LockRun, LockTimes, lock_test
from devices.commissioning.said import Said
from devices.config import DevicesSettings, DoorSettings
from edge.runtime.commissioning.work import Done, StepKind, Work
from edge.session.settings import VisitSettings
from edge.web.bench import Figure, FoundView, StepOrder
from edge.web.bench_doors import LockRunView, LockView


async def test_lock(work: Work) -> Done:
    """Unlock a door, have it opened and closed, as often as ordered."""
    door = next(one for one in work.settings.doors if one.id == work.order.subject)  # others are refused before it begins
    runs: list[LockRun] = []
    for number in range(1, work.order.repeats + 1):
        work.progress((number - 1) / work.order.repeats)
        runs.append(await _once(work, door, number))
        work.show(FoundView(lock=_view(door, runs)))
    return Done(words=f"it let go and held {len(runs)} times", figures=_figures(runs))


def lock_refused(order: StepOrder, settings: DevicesSettings) -> str:
    """A door that is there."""
    return "" if any(door.id == order.subject for door in settings.doors) else "unknown_subject"


async def _once(work: Work, door: DoorSettings, number: int) -> LockRun:
    with work.feed.doors() as facts:
        entered = await work.entrance.let_in(work.by, door.id)
        work.tell(Said("unlocking", {"door": door.id, "number": number, "of": work.order.repeats}))
        return await lock_test(
            facts,
            door.id,
            token=entered.visit,
            asked_ns=entered.asked_ns,
            has_contact=door.contact is not None,
            has_bolt=door.bolt is not None,
            times=_times(work.entrance.state.visit_rules, work.patience_s),
            tell=work.tell,
        )


def _times(rules: VisitSettings, patience_s: float) -> LockTimes:
    """As the visit itself waits, so that a technician is never asked to open a door that is held again."""
    return LockTimes(
        answer_s=max(rules.unlock_confirm_s, rules.unlock_expires_s) + ANSWER_S,
        open_s=rules.open_within_s,
        relock_s=rules.pulse_s + rules.relock_within_s,
        patience_s=patience_s,
    )


def _view(door: DoorSettings, runs: list[LockRun]) -> LockView:
    return LockView(
        door=door.id,
        has_bolt=door.bolt is not None,
        held_while_open=any(run.held_while_open for run in runs),
        runs=tuple(
            LockRunView(
                released_ms=_whole(run.released_ms),
                opened_ms=round(run.opened_ms),
                closed_ms=round(run.closed_ms),
                secured_ms=_whole(run.secured_ms),
            )
            for run in runs
        ),
    )


def _figures(runs: list[LockRun]) -> dict[str, Figure]:
    """The slowest of each."""
    released = [run.released_ms for run in runs if run.released_ms is not None]
    secured = [run.secured_ms for run in runs if run.secured_ms is not None]
    figures: dict[str, Figure] = {"runs": len(runs)}
    if released:
        figures["released_ms"] = round(max(released))
    if secured:
        figures["secured_ms"] = round(max(secured))
    return figures


def _whole(value: float | None) -> float | None:
    return None if value is None else round(value)


LOCK: Final = StepKind(step="lock", per="door", do=test_lock, refused=lock_refused)
