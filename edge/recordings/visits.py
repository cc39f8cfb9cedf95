"""``sessions.json`` and ``truth.json`` of a recording: who was there when, and what they really took."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge.recordings.fields import INT64, Field, RecordingInvalid, read_json
from edge.recordings.shop import MAX_UNITS, known

MAX_SESSIONS = 100_000
MAX_EVENTS = 1_000_000
OUTSIDE_NS = 1_000_000_000  # ns; clocks of doors and plates may differ by a second


@dataclass(frozen=True, slots=True)
class Session:
    """One visit from its first to its last moment, by the recording's clock. ``staff``: goods may arrive, nothing is billed."""

    session_id: str
    shopper: str
    start_ns: int
    end_ns: int
    staff: bool = False


@dataclass(frozen=True, slots=True)
class TruthLine:
    """``quantity`` > 0 units of ``sku`` were taken and kept."""

    sku: str
    quantity: int


@dataclass(frozen=True, slots=True)
class TruthReceipt:
    """What one session really took; each SKU once."""

    session_id: str
    lines: tuple[TruthLine, ...]


@dataclass(frozen=True, slots=True)
class TruthEvent:
    """``quantity`` units of ``sku`` came to ``plates`` (negative: were taken from them). ``session_id`` None: nobody's visit."""

    at_ns: int
    plates: tuple[str, ...]
    sku: str
    quantity: int
    session_id: str | None


@dataclass(frozen=True, slots=True)
class Truth:
    """One receipt per session, an empty one included; the events are for explanation and may be left out."""

    receipts: tuple[TruthReceipt, ...]
    events: tuple[TruthEvent, ...] = ()


def read_sessions(file: Path, first_ns: int = -INT64, last_ns: int = INT64) -> tuple[Session, ...]:
    """Read and check ``sessions.json`` against the times of the first and the last sample. Raises RecordingInvalid."""
    found: dict[str, Session] = {}
    for row in read_json(file).each(MAX_SESSIONS):
        role = row.optional("role")
        if role is not None and role.value not in ("shopper", "staff"):
            raise role.wrong("must be 'shopper' or 'staff'")
        shopper = row.optional("shopper")
        session = Session(
            row.at("session_id").name(),
            "" if shopper is None else shopper.words(),
            row.at("start_ns").whole(),
            row.at("end_ns").whole(),
            role is not None and role.value == "staff",
        )
        if session.session_id in found:
            raise row.wrong(f"the session {session.session_id!r} is named twice; every session needs its own id")
        if session.end_ns <= session.start_ns:
            raise row.wrong(f"end_ns {session.end_ns} is not after start_ns {session.start_ns}; correct the times")
        if session.start_ns < first_ns - OUTSIDE_NS or session.end_ns > last_ns + OUTSIDE_NS:
            raise row.wrong(
                f"lasts from {session.start_ns} to {session.end_ns}, the samples from {first_ns} to {last_ns}; "
                "record the whole visit, or give both the same clock"
            )
        found[session.session_id] = session
    return tuple(sorted(found.values(), key=lambda session: (session.start_ns, session.end_ns, session.session_id)))


def sessions_json(sessions: tuple[Session, ...]) -> list[dict[str, Any]]:
    """What ``read_sessions`` reads."""
    return [
        {"session_id": one.session_id, "shopper": one.shopper, "start_ns": one.start_ns, "end_ns": one.end_ns}
        | ({"role": "staff"} if one.staff else {})
        for one in sessions
    ]


def together(sessions: Sequence[Session]) -> list[list[Session]]:
    """Sessions in the order of their starts, those that overlap in one group."""
    groups: list[list[Session]] = []
    for session in sorted(sessions, key=lambda one: (one.start_ns, one.end_ns, one.session_id)):
        if groups and session.start_ns < max(other.end_ns for other in groups[-1]):
            groups[-1].append(session)
        else:
            groups.append([session])
    return groups


def read_truth(
    file: Path, *, visits: Sequence[Session] | None = None, plates: set[str] | None = None, skus: set[str] | None = None
) -> Truth:
    """Read and check ``truth.json``; names must be among those given. Shoppers without a receipt took nothing. Raises RecordingInvalid."""
    root = read_json(file)
    sessions = None if visits is None else {one.session_id for one in visits}
    found: dict[str, TruthReceipt] = {}
    for row in root.at("receipts").each(MAX_SESSIONS):
        session = _one_of(row.at("session_id"), sessions, "a session", "sessions.json")
        if session in found:
            raise row.wrong(f"the session {session!r} has two receipts; keep one of them")
        lines: dict[str, TruthLine] = {}
        for field in row.at("lines").each(MAX_UNITS):
            line = TruthLine(_one_of(field.at("sku"), skus, "a SKU", "the catalogue"), field.at("quantity").whole(1, MAX_UNITS))
            if line.sku in lines:
                raise field.wrong(f"{line.sku!r} has two lines; add them up")
            lines[line.sku] = line
        found[session] = TruthReceipt(session, tuple(lines.values()))
    for one in visits or ():
        if not one.staff:
            found.setdefault(one.session_id, TruthReceipt(one.session_id, ()))
    listed = root.optional("events")
    events = () if listed is None else tuple(_event(row, sessions, plates, skus) for row in listed.each(MAX_EVENTS))
    return Truth(tuple(found.values()), events)


def read_truths(path: Path) -> Truth:
    """The truth of a ``truth.json``, of one recording's folder, or of all recordings below a folder. Samples are not looked at.

    Shoppers of ``sessions.json`` without a receipt took nothing. Raises RecordingInvalid.
    """
    if path.is_file() or not path.exists():
        return read_truth(path)
    files = [path / "truth.json"] if (path / "truth.json").exists() else sorted(path.glob("**/truth.json"))
    if not files:
        raise RecordingInvalid(path, "", "holds no truth.json; name a recording whose truth is known, or a folder of such")
    found: dict[str, TruthReceipt] = {}
    for file in files:
        named = file.with_name("sessions.json")
        for receipt in read_truth(file, visits=read_sessions(named) if named.exists() else None).receipts:
            if receipt.session_id in found:
                raise RecordingInvalid(file, receipt.session_id, "is in another recording too; compare them apart")
            found[receipt.session_id] = receipt
    return Truth(tuple(found.values()))


def truth_json(truth: Truth) -> dict[str, Any]:
    """What ``read_truth`` reads."""
    return {
        "receipts": [
            {"session_id": one.session_id, "lines": [{"sku": line.sku, "quantity": line.quantity} for line in one.lines]}
            for one in truth.receipts
        ],
        "events": [
            {"t_ns": one.at_ns, "plates": list(one.plates), "sku": one.sku, "quantity": one.quantity, "session_id": one.session_id}
            for one in truth.events
        ],
    }


def _event(row: Field, sessions: set[str] | None, plates: set[str] | None, skus: set[str] | None) -> TruthEvent:
    session = row.optional("session_id")
    quantity = row.at("quantity").whole(-MAX_UNITS, MAX_UNITS)
    if quantity == 0:
        raise row.wrong("quantity is 0; leave the event out")
    return TruthEvent(
        row.at("t_ns").whole(),
        tuple(_one_of(field, plates, "an id", "the plates") for field in row.at("plates").each(MAX_UNITS)),
        _one_of(row.at("sku"), skus, "a SKU", "the catalogue"),
        quantity,
        None if session is None else _one_of(session, sessions, "a session", "sessions.json"),
    )


def _one_of(field: Field, names: set[str] | None, what: str, where: str) -> str:
    return field.name() if names is None else known(field, names, what, where)
