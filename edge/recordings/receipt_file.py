"""Receipts as a JSON list of ``{"session_id", "status", "lines": [{"sku", "quantity", "probability"}]}``, and files written whole."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from edge.recordings.fields import Field, RecordingInvalid, read_json
from edge.recordings.session_receipt import CountedLine, SessionReceipt
from edge.recordings.shop import MAX_UNITS
from edge.recordings.visits import MAX_SESSIONS
from edge.session.receipt import Status

PLACES = 4  # digits of a probability; finer is not known
STREAMS = ("dev", "proc")  # what is no file but a way out, as /dev/stdout


def receipts_json(receipts: Sequence[SessionReceipt]) -> str:
    """One receipt after the other, ending in a line feed."""
    rows = [
        {
            "session_id": one.session_id,
            "status": one.status,
            "lines": [{"sku": line.sku, "quantity": line.quantity, "probability": round(line.probability, PLACES)} for line in one.lines],
        }
        for one in receipts
    ]
    return json.dumps(rows, indent=1, ensure_ascii=False) + "\n"


def read_receipts(path: Path) -> list[SessionReceipt]:
    """The receipts of a file, or of every ``.json`` file of a folder. Raises RecordingInvalid."""
    files = sorted(path.glob("*.json")) if path.is_dir() else [path]
    if not files:
        raise RecordingInvalid(path, "", "holds no .json file; name the folder that 'smartstore receipts --out' wrote to")
    if not path.exists():
        raise RecordingInvalid(path, "", "is missing; name the file that 'smartstore receipts --out' wrote")
    found: dict[str, SessionReceipt] = {}
    for file in files:
        for row in read_json(file).each(MAX_SESSIONS):
            receipt = _receipt(row)
            if receipt.session_id in found:
                raise row.wrong(f"the session {receipt.session_id!r} has two receipts; keep one of them")
            found[receipt.session_id] = receipt
    return list(found.values())


def write_whole(contents: Mapping[Path, bytes]) -> None:
    """Write files so that each is either the old or the new one, never a half, and none is touched before all could be written.

    Raises OSError, which names the file as the caller did.
    """
    parts: dict[Path, Path] = {}  # target -> what will take its place
    try:
        for path, content in contents.items():
            target = path.resolve()
            if target.parts[1:2] and target.parts[1] in STREAMS:
                path.write_bytes(content)
                continue
            part = target.with_name(f".{target.name}.{os.getpid()}.part")
            with _named(path):
                if target.is_dir():
                    raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
                with part.open("xb") as stream:
                    parts[target] = part
                    stream.write(content)
                    stream.flush()
                    os.fsync(stream.fileno())
        for target, part in parts.items():
            part.replace(target)
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Errors of the disk tell of ``path``, not of the file that is written in its place."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


def _receipt(row: Field) -> SessionReceipt:
    word = row.at("status")
    if word.value not in ("final", "provisional"):
        raise word.wrong("must be 'final' or 'provisional'")
    status: Status = "final" if word.value == "final" else "provisional"
    lines: dict[str, CountedLine] = {}
    for field in row.at("lines").each(MAX_UNITS):
        line = CountedLine(
            field.at("sku").name(), field.at("quantity").whole(1, MAX_UNITS), field.at("probability").number(0.0, 1.0, "a probability")
        )
        if line.sku in lines:
            raise field.wrong(f"{line.sku!r} has two lines; add them up")
        lines[line.sku] = line
    return SessionReceipt(row.at("session_id").name(), status, tuple(lines.values()))
