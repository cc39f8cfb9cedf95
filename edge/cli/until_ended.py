"""Runs a part of the store until a signal ends it: what the controller and the eye do alike."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from edge.runtime.restarting import AGAIN


class Part(Protocol):
    """A part that runs for long."""

    @property
    def again(self) -> bool:
        """Once ``run`` has ended: is it to be started again?"""
        ...

    async def run(self) -> None:
        """Everything, until stopped. Any error means that it cannot go on."""
        ...

    def stop(self) -> None:
        """Ask ``run`` to end cleanly."""
        ...


def tell_settings(log: logging.Logger, sections: Mapping[str, Any], *, to_machines: bool) -> None:
    """Log what is in force, a line for each section. A person at a terminal knows the file; machines that collect logs want to be told."""
    for section, values in sections.items():
        words = {"section": section, "values": json.dumps(values, ensure_ascii=False)}
        log.log(logging.INFO if to_machines else logging.DEBUG, "setting", extra=words)


def until_ended(made: Callable[[], Part], refused: type[Exception], *, command: str, log: logging.Logger, failed: str) -> int:
    """Exit code 0: ended by SIGTERM or SIGINT; 1: ``refused`` came, and its words are printed, or anything else, and ``failed`` is logged;
    ``AGAIN``: it wants to be started again.

    Every cause is logged with it. ``made`` is called inside the event loop.
    """

    async def run() -> bool:
        part = made()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, part.stop)
        await part.run()
        return part.again

    try:
        again = asyncio.run(run())
    except refused as error:
        print(f"smartstore {command}: {error}", file=sys.stderr)
        return 1
    except Exception as error:
        why = "; ".join(dict.fromkeys(f"{type(one).__name__}: {one}" for one in _causes(error)))
        log.critical(failed, extra={"why": why}, exc_info=error)
        return 1
    return AGAIN if again else 0


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The errors themselves, out of the groups in which the tasks hand them on."""
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _causes(one)
    else:
        yield error
