"""What the bytes on a wire say, for a technician who watches them. Pure: codes and values, no sentences; no decision rests on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Meaning:
    """One message in the terms of its protocol. ``code`` is stable, ``values`` fill the sentence that the reader's language has for it.

    ``address``: the device that is asked or that answers; None where the protocol has no addresses or the bytes do not tell.
    """

    code: str
    values: Mapping[str, str | int] = field(default_factory=dict)
    address: int | None = None


class Explainer(Protocol):
    """Follows one wire. Whatever it is given, it never raises; an empty answer means that the bytes complete no message."""

    def sent(self, message: bytes) -> Sequence[Meaning]:
        """One transmission of ours, whole."""
        ...

    def received(self, chunk: bytes) -> Sequence[Meaning]:
        """The next bytes from the other end, in any chunking; the messages that they complete."""
        ...

    @property
    def unanswered(self) -> Meaning | None:
        """The last request, as long as an answer to it is due."""
        ...


class Untold:
    """The explainer of a protocol that has none."""

    unanswered: Meaning | None = None

    def sent(self, message: bytes) -> Sequence[Meaning]:
        """Nothing is known about it."""
        return ()

    def received(self, chunk: bytes) -> Sequence[Meaning]:
        """Nothing is known about it."""
        return ()


def levels(bits: Sequence[bool]) -> str:
    """Inputs or outputs as one digit each, number 0 first."""
    return "".join("1" if bit else "0" for bit in bits)
