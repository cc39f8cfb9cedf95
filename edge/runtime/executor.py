"""Carries out the commands that act on the world. Their outcome comes back through the inbox as facts."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from typing import Any, Protocol, assert_never

from cloud_bridge.facts import Role
from edge.session.commands import (
    AskCloud,
    ClearAlarm,
    Command,
    EndVisit,
    IssueReceipt,
    PulseLock,
    RaiseAlarm,
    RecordAudit,
    ReportDoor,
    ReportStock,
    ReviseReceipt,
    SettlePlates,
)
from edge.session.facts import Source
from vision.wire import EndEnrolment, Enrol, Forget, GoBack, VisitOver, WatchVisit, Wish

log = logging.getLogger(__name__)

__all__ = ["CloudAsker", "Executor", "EyeListener", "LockAndPlates", "Role"]


def _if_any(**fields: str) -> dict[str, str]:
    """Only the fields that say something."""
    return {name: value for name, value in fields.items() if value}


class LockAndPlates(Protocol):
    """What the executor needs of the devices."""

    async def pulse(self, door: str, *, token: str, pulse_s: float, expires_ns: int) -> None:
        """Never raises; the outcome arrives as Unlocked or UnlockFailed."""
        ...

    def settle(self, after_ns: int) -> None:
        """The answer arrives as PlatesQuiet."""
        ...


class CloudAsker(Protocol):
    """What the executor needs of the cloud."""

    async def ask_entry(self, *, visit: str, source: Source, digest: str, pass_id: str | None, expires_ns: int) -> None:
        """The answer, if any, arrives as EntryAnswered."""
        ...


class EyeListener(Protocol):
    """What the executor needs of the eye."""

    def tell(self, wish: Wish) -> None:
        """Never raises and never waits; an eye that is not there misses it."""
        ...


class Executor:
    """Starts commands without waiting for them: a slow lock must not hold up the journal."""

    def __init__(self, devices: LockAndPlates, cloud: CloudAsker | None, eye: EyeListener | None = None) -> None:
        self._devices = devices
        self._cloud = cloud
        self._eye = eye
        self._running: set[asyncio.Task[None]] = set()

    def execute(self, fact_no: int, commands: Sequence[Command]) -> None:
        """Carry out what fact ``fact_no`` caused. Must be called once per fact, after the fact is durable."""
        for index, command in enumerate(commands):
            cause = f"{fact_no}.{index}"
            match command:
                case PulseLock():
                    log.info("unlock", extra={"cause": cause, "door": command.door, "visit": command.token})
                    self._start(
                        self._devices.pulse(command.door, token=command.token, pulse_s=command.pulse_s, expires_ns=command.expires_ns),
                        cause,
                    )
                case SettlePlates():
                    self._devices.settle(command.after_ns)
                case AskCloud():
                    if self._cloud is not None:
                        self._start(
                            self._cloud.ask_entry(
                                visit=command.visit,
                                source=command.source,
                                digest=command.digest,
                                pass_id=command.pass_id,
                                expires_ns=command.expires_ns,
                            ),
                            cause,
                        )
                case RaiseAlarm():
                    log.warning(
                        "alarm", extra={"cause": cause, "code": command.code, "subject": command.subject, **_if_any(detail=command.detail)}
                    )
                case ClearAlarm():
                    log.info("alarm over", extra={"cause": cause, "code": command.code, "subject": command.subject})
                case EndVisit():
                    log.info("visit ended", extra={"cause": cause, "visit": command.visit, "outcome": command.outcome})
                case RecordAudit():
                    log.info("audit", extra={"cause": cause, "action": command.action, "detail": command.detail})
                case WatchVisit() | VisitOver() | Enrol() | EndEnrolment() | Forget() | GoBack():
                    if self._eye is not None:
                        self._eye.tell(command)
                case IssueReceipt() | ReviseReceipt() | ReportDoor() | ReportStock():
                    pass  # already in the outbox, in the same transaction as the fact
                case _:
                    assert_never(command)

    async def stop(self) -> None:
        """Abandon what is still running; pulses already on the wire end in the board."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _start(self, work: Coroutine[Any, Any, None], cause: str) -> None:
        task = asyncio.create_task(work, name=f"command {cause}")
        self._running.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("command failed", exc_info=error, extra={"task": task.get_name()})
