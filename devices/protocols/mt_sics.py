"""MT-SICS line scales (Mettler-Toledo, Ohaus, Kern, B-Tek), levels 0 and 1, from both ends. Pure.

Commands and replies are upper-case ASCII lines ended by CR LF. Syntax after the MT-SICS reference manual 11780711. Some instruments
answer an immediate weight command with its own id (``SI S ..``), the manual says ``S``; both are accepted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from devices.protocols.lines import LineCutter
from devices.protocols.meaning import Meaning

SicsUnit: TypeAlias = Literal["g", "kg", "mg", "lb", "oz"]
SicsStatus: TypeAlias = Literal["stable", "dynamic", "busy", "overload", "underload"]
SicsCommand: TypeAlias = Literal["S", "SI", "SIR", "Z", "ZI", "T", "TI", "@", "I0", "I1", "I2", "I3", "I4", "I5"]
SicsOutcome: TypeAlias = Literal["done", "busy", "overload", "underload", "refused"]
SicsActionVerb: TypeAlias = Literal["Z", "ZI", "T", "TI"]
SicsIdentityVerb: TypeAlias = Literal["I0", "I1", "I2", "I3", "I4", "I5"]

COMMANDS: Final[tuple[SicsCommand, ...]] = ("S", "SI", "SIR", "Z", "ZI", "T", "TI", "@", "I0", "I1", "I2", "I3", "I4", "I5")
GRAMS_PER_UNIT: Final[dict[SicsUnit, float]] = {"g": 1.0, "kg": 1000.0, "mg": 0.001, "lb": 453.59237, "oz": 28.349523125}
MAX_LINE_BYTES: Final = 128  # without the terminator; the longest replies of level 1 are about half of it

_ERROR_TEXTS: Final = {
    "ES": "syntax error",
    "ET": "transmission error",
    "EL": "logical error",
    "I": "not executable at present",
    "L": "wrong parameter",
}
_STATUS_LETTERS: Final[dict[str, SicsStatus]] = {"S": "stable", "D": "dynamic", "I": "busy", "+": "overload", "-": "underload"}
_LETTER_OF: Final = {status: letter for letter, status in _STATUS_LETTERS.items()}
_WEIGHT = re.compile(r"(?:S|SI|SIR) +(?P<letter>[SD]) +(?P<number>[+-]? *\d{1,10}(?:\.\d{0,6})?) +(?P<unit>kg|mg|g|lb|oz)")
_STATE = re.compile(r"(?:S|SI|SIR) +(?P<letter>[I+-])")
_ACTION = re.compile(r"(?P<verb>Z|ZI|T|TI) +(?P<letter>[SDAIL+-])(?: .*)?")
_IDENTITY = re.compile(r"(?P<verb>I[0-5]) +(?P<letter>[ABIL])(?: +(?P<rest>.*))?")
_ACTION_OUTCOMES: Final[dict[str, SicsOutcome]] = {
    "A": "done",
    "S": "done",
    "D": "done",
    "I": "busy",
    "L": "refused",
    "+": "overload",
    "-": "underload",
}
_UNITS: Final[dict[str, SicsUnit]] = {unit: unit for unit in GRAMS_PER_UNIT}
_ACTION_VERBS: Final[dict[str, SicsActionVerb]] = {"Z": "Z", "ZI": "ZI", "T": "T", "TI": "TI"}
_IDENTITY_VERBS: Final[dict[str, SicsIdentityVerb]] = {"I0": "I0", "I1": "I1", "I2": "I2", "I3": "I3", "I4": "I4", "I5": "I5"}
_QUOTED = re.compile(r'"([^"]*)"')


@dataclass(frozen=True, slots=True)
class SicsWeight:
    """A weight reply. ``number`` and ``unit`` are None for busy, overload and underload, which carry no value."""

    status: SicsStatus
    number: float | None = None
    unit: SicsUnit | None = None

    @property
    def grams(self) -> float | None:
        """The weight in grams, None where the reply carries none."""
        return None if self.number is None or self.unit is None else self.number * GRAMS_PER_UNIT[self.unit]


@dataclass(frozen=True, slots=True)
class SicsAction:
    """Reply to zero or tare: ``done``; ``busy`` (not executable now); ``overload``/``underload`` (outside the range); ``refused``."""

    verb: SicsActionVerb
    outcome: SicsOutcome


@dataclass(frozen=True, slots=True)
class SicsIdentity:
    """Reply to I0..I5 (and to ``@``, which answers as I4): the quoted texts in order. I4 carries the serial number."""

    verb: SicsIdentityVerb
    texts: tuple[str, ...]
    more: bool = False


@dataclass(frozen=True, slots=True)
class SicsRefusal:
    """ES (syntax), ET (transmission), EL (logical error), or ``I``/``L`` to an identity question: not executed."""

    code: Literal["ES", "ET", "EL", "I", "L"]

    @property
    def text(self) -> str:
        """What the code means, in words."""
        return _ERROR_TEXTS[self.code]


SicsReply: TypeAlias = SicsWeight | SicsAction | SicsIdentity | SicsRefusal


def encode_command(command: SicsCommand) -> bytes:
    """The bytes of a command."""
    if command not in COMMANDS:
        raise ValueError(f"command must be one of {', '.join(COMMANDS)}, not {command!r}")
    return command.encode("ascii") + b"\r\n"


def encode_reply(reply: SicsReply, *, weight_id: Literal["S", "SI"] = "S", decimals: int = 2) -> bytes:
    """The bytes of a reply, as a scale sends it; ``decimals`` is the scale's display resolution."""
    match reply:
        case SicsWeight(status, number, unit):
            text = f"{weight_id} {_LETTER_OF[status]}"
            if number is not None and unit is not None:
                if not abs(number) < 1e9 or not 0 <= decimals <= 6:
                    raise ValueError(f"a weight must be within -1e9..1e9 with 0..6 decimals, not {number} with {decimals}")
                text += f" {number:10.{decimals}f} {unit}"
        case SicsAction(verb, outcome):
            letters = {
                "done": "S" if verb.endswith("I") or verb == "T" else "A",
                "busy": "I",
                "overload": "+",
                "underload": "-",
                "refused": "L",
            }
            text = f"{verb} {letters[outcome]}"
            if verb.startswith("T") and outcome == "done":
                text += f" {0:10.{decimals}f} g"
        case SicsIdentity(verb, texts, more):
            if any('"' in part or not part.isascii() or not part.isprintable() for part in texts):
                raise ValueError("identity texts must be printable ASCII without quotation marks")
            text = " ".join([verb, "B" if more else "A", *(f'"{part}"' for part in texts)])
        case SicsRefusal(code):
            text = code
    if len(text) > MAX_LINE_BYTES:
        raise ValueError(f"a line must be at most {MAX_LINE_BYTES} characters, not {len(text)}")
    return text.encode("ascii") + b"\r\n"


def parse_reply(line: bytes) -> SicsReply | None:
    """One reply line without its terminator; None when it is none. Never raises."""
    text = line.decode("ascii", errors="replace").strip(" ")
    match text:
        case "ES" | "ET" | "EL":
            return SicsRefusal(text)
        case _:
            return _parse_weight(text) or _parse_action(text) or _parse_identity(text)


def _parse_weight(text: str) -> SicsWeight | None:
    if (match := _WEIGHT.fullmatch(text)) is not None:
        return SicsWeight(_STATUS_LETTERS[match["letter"]], float(match["number"].replace(" ", "")), _UNITS[match["unit"]])
    if (match := _STATE.fullmatch(text)) is not None:
        return SicsWeight(_STATUS_LETTERS[match["letter"]])
    return None


def _parse_action(text: str) -> SicsAction | None:
    if (match := _ACTION.fullmatch(text)) is None:
        return None
    return SicsAction(_ACTION_VERBS[match["verb"]], _ACTION_OUTCOMES[match["letter"]])


def _parse_identity(text: str) -> SicsIdentity | SicsRefusal | None:
    if (match := _IDENTITY.fullmatch(text)) is None:
        return None
    match match["letter"]:
        case "I" | "L" as code:
            return SicsRefusal(code)
        case letter:
            return SicsIdentity(_IDENTITY_VERBS[match["verb"]], tuple(_QUOTED.findall(match["rest"] or "")), more=letter == "B")


class SicsReplyReader:
    """Finds the reply line to one command (a :class:`devices.protocols.reply.ReplyReader`); lines of another kind are skipped.

    A question with several lines of answer (I0) is answered by its first line; the rest counts as excess or arrives unasked.
    """

    def __init__(self, command: SicsCommand) -> None:
        if command == "SIR":
            raise ValueError("SIR starts an endless stream; read it with SicsStreamDecoder")
        self._command = command
        self._lines = LineCutter(MAX_LINE_BYTES)
        self.skipped = 0
        self.excess = 0

    def feed(self, chunk: bytes) -> SicsReply | None:
        """Take the next bytes; returned: the reply once its line is complete. Never raises."""
        for position, byte in enumerate(chunk):
            self.skipped += 1
            for line in self._lines.feed(bytes((byte,))):
                reply = parse_reply(line)
                if reply is not None and self._answers(reply, line):
                    self.skipped -= len(line) + 1
                    self.excess = len(chunk) - position - 1
                    if chunk[position + 1 : position + 2] == b"\n":
                        self.excess -= 1
                    return reply
        return None

    def _answers(self, reply: SicsReply, line: bytes) -> bool:
        command = self._command
        match reply:
            case SicsRefusal(code):
                return code in ("ES", "ET", "EL") or line.split()[0].decode("ascii", errors="replace") == (
                    "I4" if command == "@" else command
                )
            case SicsWeight():
                return command in ("S", "SI")
            case SicsAction(verb):
                return command == verb
            case SicsIdentity(verb):
                return verb == ("I4" if command == "@" else command)


class SicsStreamDecoder:
    """Weights out of a scale that was told to repeat (SIR); a :class:`devices.protocols.reply.StreamDecoder`."""

    def __init__(self) -> None:
        self._lines = LineCutter(MAX_LINE_BYTES)
        self._unreadable = 0

    @property
    def skipped(self) -> int:
        return self._lines.skipped + self._unreadable

    def feed(self, chunk: bytes) -> list[SicsWeight]:
        """Take the next bytes; returned: the weights that became complete. Never raises."""
        weights: list[SicsWeight] = []
        for line in self._lines.feed(chunk):
            reply = parse_reply(line)
            if isinstance(reply, SicsWeight):
                weights.append(reply)
            else:
                self._unreadable += len(line)
        return weights

    def reset(self) -> None:
        """Forget a half-received line."""
        self._lines.reset()


class SicsCommandDecoder:
    """The scale's ear: commands out of a byte stream; an unknown line comes out as the refusal (ES) that a scale answers with."""

    def __init__(self) -> None:
        self._lines = LineCutter(MAX_LINE_BYTES)

    @property
    def skipped(self) -> int:
        return self._lines.skipped

    def feed(self, chunk: bytes) -> list[SicsCommand | SicsRefusal]:
        """Take the next bytes; returned: the commands that became complete. Never raises."""
        known = {command.encode("ascii"): command for command in COMMANDS}
        return [known.get(line.strip(b" "), SicsRefusal("ES")) for line in self._lines.feed(chunk)]


def explain(reply: SicsReply) -> Meaning:
    """What a reply says."""
    match reply:
        case SicsWeight(status, None):
            return Meaning("sics_state", {"status": status})
        case SicsWeight(status, number, unit):
            return Meaning("sics_weight", {"status": status, "weight": f"{number:g} {unit}"})
        case SicsAction(verb, outcome):
            return Meaning("sics_action", {"verb": verb, "outcome": outcome})
        case SicsIdentity(verb, texts):
            return Meaning("sics_identity", {"verb": verb, "words": " ".join(texts)})
        case SicsRefusal():
            return Meaning("sics_refusal", {"words": reply.text})


class SicsExplainer:
    """A :class:`devices.protocols.meaning.Explainer` of the line to one scale."""

    def __init__(self) -> None:
        self._lines = LineCutter(MAX_LINE_BYTES)
        self.unanswered: Meaning | None = None

    def sent(self, message: bytes) -> Sequence[Meaning]:
        """A command."""
        self._lines.reset()
        command = message.decode("ascii", errors="replace").strip()
        self.unanswered = Meaning("sics_command", {"command": command}) if command in COMMANDS else None
        return () if self.unanswered is None else (self.unanswered,)

    def received(self, chunk: bytes) -> Sequence[Meaning]:
        """The replies whose lines are complete."""
        replies = [reply for reply in map(parse_reply, self._lines.feed(chunk)) if reply is not None]
        if replies:
            self.unanswered = None
        return tuple(explain(reply) for reply in replies)
