"""Recognising that an outbox is not where it was: a cloned card, a restored file, a new disk. Touches files next to the outbox.

(store, epoch, seq) must never name two events. The epoch is therefore renewed whenever this module cannot prove that the outbox is the
direct continuation of what this machine wrote last. A new epoch costs nothing, so every doubt is decided for it.
"""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from dataclasses import dataclass
from pathlib import Path

from cloud_bridge.messages import MAX_INT32

EPOCH_ZERO_UNIX_S = 1_735_689_600  # s; 2025-01-01T00:00:00Z. Seconds since then fit a signed 32-bit integer until 2093
_MACHINE_FILES = (
    "/etc/machine-id",
    "/proc/device-tree/serial-number",  # the board's own number on a Raspberry Pi or Jetson: differs on a cloned card
    "/sys/class/dmi/id/product_uuid",
)


@dataclass(frozen=True, slots=True)
class Witness:
    """What the file beside the outbox says: the token of the last start and the highest epoch used."""

    token: str
    epoch: int


def machine_fingerprint(outbox: Path) -> str:
    """A digest of what tells this machine and this file from a copy: machine ids, board serial, the file's inode."""
    digest = hashlib.sha256()
    for name in _MACHINE_FILES:
        try:
            digest.update(Path(name).read_bytes())
        except OSError:
            digest.update(b"-")
    digest.update(str(outbox.stat().st_ino).encode())
    return digest.hexdigest()


def witness_path(outbox: Path) -> Path:
    """Where the witness of an outbox lies."""
    return outbox.with_name(outbox.name + ".witness")


def read_witness(outbox: Path) -> Witness | None:
    """The witness, None where there is none or it cannot be read."""
    try:
        value = json.loads(witness_path(outbox).read_bytes())
        return Witness(str(value["token"]), int(value["epoch"]))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def write_witness(outbox: Path, witness: Witness) -> None:
    """Replace the witness atomically and durably."""
    target = witness_path(outbox)
    scratch = target.with_name(target.name + ".new")
    with scratch.open("wb") as file:
        file.write(json.dumps({"token": witness.token, "epoch": witness.epoch}).encode())
        file.flush()
        os.fsync(file.fileno())
    scratch.replace(target)
    directory = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def new_token() -> str:
    """A token that no earlier start had."""
    return uuid.uuid4().hex


def next_epoch(known: int, unix_s: int) -> int:
    """The epoch after ``known``: seconds since 2025, so that a store whose disk is lost with everything on it does not begin again at 1.

    With a clock that lies it is at least one more than the highest known.
    """
    return min(max(known + 1, unix_s - EPOCH_ZERO_UNIX_S, 1), MAX_INT32)
