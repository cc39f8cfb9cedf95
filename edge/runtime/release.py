"""What is installed here: this program's version and those of what it stands on."""

from __future__ import annotations

import platform
import sqlite3
from importlib.metadata import PackageNotFoundError, requires, version
from typing import Final

DISTRIBUTION: Final = "smartstore-edge"


def versions() -> dict[str, str]:
    """Name to version: ours first, then Python, SQLite, the kernel, then every direct dependency that is installed."""
    found = {
        DISTRIBUTION: _version(DISTRIBUTION) or "not installed",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "kernel": platform.release(),
        "machine": platform.machine(),
    }
    for requirement in direct_requirements():
        installed = _version(requirement)
        if installed is not None:
            found[requirement] = installed
    return found


def direct_requirements() -> tuple[str, ...]:
    """Distribution names that the runtime needs, without extras."""
    try:
        lines = requires(DISTRIBUTION) or []
    except PackageNotFoundError:
        return ()
    return tuple(_name(line) for line in lines if "extra ==" not in line)


def _name(requirement: str) -> str:
    end = next((index for index, sign in enumerate(requirement) if not (sign.isalnum() or sign in "-_.")), len(requirement))
    return requirement[:end]


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None
