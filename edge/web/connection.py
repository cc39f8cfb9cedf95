"""One connection of the web server: closed where no whole request comes in time, so that nobody keeps the places of others by silence."""

from __future__ import annotations

import asyncio
from typing import Final

from uvicorn.protocols.http.h11_impl import H11Protocol

REQUEST_WITHIN_S: Final = 10.0  # s from the connection, or from the last answer, to the end of a request's headers


class HurriedConnection(H11Protocol):
    """Uvicorn's, which by itself waits for ever for the rest of a request's headers."""

    _waits_since_s = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """The wait for a request begins."""
        super().connection_made(transport)
        self._waits_since_s = self.loop.time()
        self._hurry()

    def data_received(self, data: bytes) -> None:
        """Bytes do not make the wait longer."""
        super().data_received(data)
        self._hurry()

    def on_response_complete(self) -> None:
        """The wait for the next request begins."""
        self._waits_since_s = self.loop.time()
        super().on_response_complete()

    def _hurry(self) -> None:
        answering = self.cycle is not None and not self.cycle.response_complete
        if not answering and self.timeout_keep_alive_task is None and not self.transport.is_closing():
            left_s = self._waits_since_s + REQUEST_WITHIN_S - self.loop.time()
            self.timeout_keep_alive_task = self.loop.call_later(max(0.0, left_s), self.timeout_keep_alive_handler)
