"""Questions to the cloud that a shopper waits for: asked once, answered in time or not at all. Pure: time and chance are passed in."""

from __future__ import annotations

from dataclasses import dataclass, field

from pydantic import ValidationError

from cloud_bridge.entry_messages import EntryAnswerV1, EntryQuestionV1
from cloud_bridge.envelope import BadEnvelope, read_json_object
from cloud_bridge.facts import EntryAnswered
from cloud_bridge.ports import LinkMessage
from cloud_bridge.topics import ANSWER_ENTRY, ASK_ENTRY, StoreAddress

MAX_OPEN = 32  # questions; a store has few doors, more than this is somebody trying codes
_S = 1_000_000_000


@dataclass(frozen=True, slots=True)
class _Asked:
    visit: str
    expires_ns: int


@dataclass(slots=True)
class Questions:
    """The open questions of one store."""

    address: StoreAddress
    dropped: int = 0
    _open: dict[bytes, _Asked] = field(default_factory=dict)

    def ask(self, question: EntryQuestionV1, correlation: bytes, at_ns: int, expires_ns: int) -> LinkMessage | None:
        """The request to send, None where it is too late or too much is open already."""
        self._open = {key: asked for key, asked in self._open.items() if asked.expires_ns > at_ns}
        if expires_ns <= at_ns or len(self._open) >= MAX_OPEN:
            return None
        self._open[correlation] = _Asked(question.visit, expires_ns)
        return LinkMessage(
            topic=ASK_ENTRY.at(self.address),
            payload=question.model_dump_json().encode(),
            qos=ASK_ENTRY.qos,
            expiry_s=max(1, -(-(expires_ns - at_ns) // _S)),
            content_type=ASK_ENTRY.content_type,
            response_topic=ANSWER_ENTRY.at(self.address),
            correlation=correlation,
        )

    def answered(self, message: LinkMessage, at_ns: int) -> EntryAnswered | None:
        """The fact of an answer; None for one that is late, retained, unasked, about another visit or unreadable (counted)."""
        asked = self._open.pop(message.correlation or b"", None)
        if asked is None or asked.expires_ns <= at_ns or message.retain:
            self.dropped += 1
            return None
        try:
            answer = EntryAnswerV1.model_validate(read_json_object(message.payload), extra="ignore")
        except (BadEnvelope, ValidationError):
            self.dropped += 1
            return None
        if answer.visit != asked.visit:
            self.dropped += 1
            return None
        return EntryAnswered(
            at_ns=at_ns,
            visit=answer.visit,
            granted=answer.granted,
            reason=answer.reason,
            holder=answer.holder,
            role=answer.role,
            limit_minor=answer.limit_minor,
        )
