"""How the bridge is doing: the value that pages and metrics read. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

CloudCondition: TypeAlias = Literal["connecting", "waiting", "connected", "lost"]
"""``connecting``: no broker. ``waiting``: broker, no word from the consumer yet. ``connected``: the consumer confirms. ``lost``: no word
from the consumer for longer than the setting allows, with or without a broker."""

CloudTrouble: TypeAlias = Literal["outbox", "unreached", "closed", "refused"]
"""``outbox``: it cannot be read or marked. ``unreached``: no connection could be made. ``closed``: the connection was lost. ``refused``:
the broker does not take what is sent."""


TROUBLES: Final[dict[CloudTrouble, str]] = {
    "outbox": "the outbox cannot be read or marked: {more}",
    "unreached": "{more}",
    "closed": "connection lost: {more}",
    "refused": "the broker does not take messages ({more}): check this store's rights at the broker",
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """What went wrong last. ``more``: what the other side said of it, in its own words."""

    code: CloudTrouble
    more: str

    @property
    def words(self) -> str:
        return TROUBLES[self.code].replace("{more}", self.more)


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeLive:
    """How the bridge is doing, for pages and metrics. ``stored``/``confirmed`` count events of the present ``epoch``.
    ``trouble`` None: nothing went wrong yet."""

    condition: CloudCondition
    broker: str
    epoch: int
    depth: int
    stored: int
    confirmed: int
    under_way: int
    oldest_age_s: float | None
    heard_s_ago: float | None
    trouble: Trouble | None
    connections: int
    sent: int
    repeated: int
    taken: int
    without_subscriber: int
    refused: int
    unreadable: int
    watermarks_odd: int
    answers_dropped: int
    offers_dropped: int
    telemetry_dropped: int

    @property
    def last_error(self) -> str | None:
        """The trouble in words."""
        return None if self.trouble is None else self.trouble.words
