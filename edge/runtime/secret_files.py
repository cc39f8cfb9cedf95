"""Secrets are files that only the controller's user may read; the store file names them and never contains them.

A setting is a secret by its name: ``..._key_file``, ``..._password_file``, ``..._token_file``. Looks at files, changes nothing.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

SECRET_NAME = re.compile(r"(^|[._])(key|password|secret|token)_file$")
OTHER_FILE_NAME = re.compile(r"_file$")
FOR_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def named_files(model: BaseModel, prefix: str = "") -> Iterator[tuple[str, Path]]:
    """Every setting whose name ends in ``_file`` and that is set, with its dotted name."""
    for name, value in model:
        dotted = f"{prefix}{name}"
        if isinstance(value, BaseModel):
            yield from named_files(value, f"{dotted}.")
        elif OTHER_FILE_NAME.search(name) and isinstance(value, str | Path) and str(value):
            yield dotted, Path(value)


def secret_problems(model: BaseModel) -> tuple[str, ...]:
    """What is wrong with the files that the settings name: missing, not a file, or a secret that others may read."""
    found = []
    for name, path in named_files(model):
        problem = file_problem(path, secret=SECRET_NAME.search(name) is not None)
        if problem is not None:
            found.append(f"{name} = {path}: {problem}")
    return tuple(found)


def file_problem(path: Path, *, secret: bool) -> str | None:
    """What is wrong with one file, None where nothing is."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return "there is no such file"
    except OSError as error:
        return f"cannot be looked at: {error.strerror}"
    if not stat.S_ISREG(found.st_mode):
        return "is not a regular file"
    if not os.access(path, os.R_OK):
        return "may not be read by this user"
    if secret and found.st_mode & FOR_OTHERS and not _is_credential(path):
        return f"may be read by others (mode {stat.S_IMODE(found.st_mode):04o}); type: chmod 600 {path}"
    return None


def _is_credential(path: Path) -> bool:
    """True for files that systemd hands over: it guards the folder, whatever the mode of the file."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    return folder is not None and path.resolve().is_relative_to(Path(folder).resolve())
