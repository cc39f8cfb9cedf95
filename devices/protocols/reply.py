"""What the wire protocols offer to whoever moves the bytes: one-request readers and endless decoders. Pure: shapes only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

FrameOut_co = TypeVar("FrameOut_co", covariant=True)


class ReplyReader(Protocol[FrameOut_co]):
    """Finds the one reply to the one request it was made for.

    ``feed`` never raises. It returns the reply once it is complete and matches the request, else None. After it returned a reply it
    is spent. Bytes that cannot belong to the reply are counted in ``skipped``, bytes behind the reply in ``excess``.
    """

    @property
    def skipped(self) -> int: ...

    @property
    def excess(self) -> int: ...

    def feed(self, chunk: bytes) -> FrameOut_co | None:
        """Take the next bytes from the line, in any chunking."""
        ...


class StreamDecoder(Protocol[FrameOut_co]):
    """Cuts an endless byte stream into frames.

    ``feed`` never raises; bytes that belong to no valid frame are counted in ``skipped``. The inner buffer is bounded.
    """

    @property
    def skipped(self) -> int: ...

    def feed(self, chunk: bytes) -> Sequence[FrameOut_co]:
        """Take the next bytes, in any chunking; returned: the frames that became complete, in line order."""
        ...

    def reset(self) -> None:
        """Forget a half-received frame (the port was reopened)."""
        ...
