"""The machine token: who may read this file of the controller's user is on the machine, and may do everything.

It is made anew at every start; commands on the same machine, and a demonstration's own parts, use it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from edge.access import tickets
from edge.access.refusals import AccessError

MACHINE_MARK: Final = "ssm_"
MOST_BYTES: Final = 400


def machine_token_path(journal: Path) -> Path:
    """Where the machine token of the store with this journal is."""
    return journal.with_name("machine.token")


def write_machine_token(path: Path) -> str:
    """A new machine token, in a file that only this user may read. Raises AccessError."""
    token = tickets.new_secret(MACHINE_MARK)
    fresh = path.with_name(f"{path.name}.new")
    try:
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600), "w") as file:
            file.write(f"{token}\n")
        fresh.replace(path)
    except OSError as error:
        raise AccessError(f"{path} cannot be written ({error}): commands on this machine could not prove themselves") from error
    return token


def read_machine_token(path: Path) -> str:
    """The token of the running store. Raises AccessError, saying what to do."""
    try:
        with path.open("rb") as file:
            text = file.read(MOST_BYTES)
    except FileNotFoundError:
        raise AccessError(f"{path} does not exist: is the store running? Its journal.path says where it is") from None
    except PermissionError:
        raise AccessError(f"{path} may not be read by this user: run the command as the controller's user, as with sudo -u") from None
    except OSError as error:
        raise AccessError(f"{path} cannot be read ({error.strerror})") from error
    return text.decode("ascii", "replace").strip()
