"""What runs here, since when, how the run before ended, and the models with their versions. Blocking; belongs into a thread."""

from __future__ import annotations

import platform
import sqlite3
import sys
import time
from collections.abc import Callable
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Final, Literal

from edge.runtime.release import DISTRIBUTION
from edge.runtime.run_mark import RunMark
from edge.runtime.settings import StoreSettings
from edge.web.care.version_views import EndCode, EndView, ModelResult, ModelVersionView, ModelView, VersionsView
from models.manifest import ModelRefused
from models.store import Entry, ModelStore

INSTALLED: Final = Path("/opt/smartstore/venv")  # where systemd/install.sh puts it
RESTART_EYE: Final = "The eye takes it up when it starts again: sudo systemctl restart smartstore-vision"


def versions(settings: StoreSettings, mark: RunMark, *, release: str, boot: str) -> VersionsView:
    """Everything that can be told."""
    place, installed_by, installed_unix_s = _installed()
    models, trouble = _models(settings)
    return VersionsView(
        release=release,
        python=platform.python_version(),
        sqlite=sqlite3.sqlite_version,
        system=_system(),
        machine=platform.machine(),
        place=place,
        installed_by=installed_by,
        installed_unix_s=installed_unix_s,
        earlier_release=mark.now.earlier_release,
        started_unix_s=mark.now.begun_unix_s,
        machine_started_unix_s=_machine_started(),
        last_end=last_end(mark, boot),
        models=models,
        models_trouble=trouble,
    )


def last_end(mark: RunMark, boot: str) -> EndView:
    """How the run before ended."""
    before = mark.before
    if before is None:
        return EndView(code="first" if mark.last_sign is None else "unknown")
    if before.ended is not None:
        return EndView(code=before.ended, at_unix_s=before.ended_unix_s, words=before.words, release=before.release)
    code: EndCode = "died" if before.boot == boot else "power"
    return EndView(code=code, at_unix_s=mark.last_sign, release=before.release)


def use_model(settings: StoreSettings, name: str, version: str) -> ModelResult:
    """From now on ``version`` is the one of ``name``."""
    return _chosen(lambda store: store.use(name, version).version, settings, f"use {name} {version}")


def roll_back_model(settings: StoreSettings, name: str) -> ModelResult:
    """Back to the version that was used before."""
    return _chosen(lambda store: store.rollback(name).version, settings, f"rollback {name}")


def _chosen(choose: Callable[[ModelStore], str], settings: StoreSettings, command: str) -> ModelResult:
    try:
        version = choose(ModelStore(settings.vision.models))
    except ModelRefused as error:
        return ModelResult(accepted=False, code="model_refused", words=str(error))
    except PermissionError:
        folder = settings.vision.models
        words = f"The store's user may not change {folder}. Type: sudo -u smartstore-vision smartstore models {command} --folder {folder}"
        return ModelResult(accepted=False, code="model_not_allowed", words=words)
    except OSError as error:
        return ModelResult(accepted=False, code="model_refused", words=str(error))
    return ModelResult(accepted=True, code="model_used", words=RESTART_EYE, version=version)


def _models(settings: StoreSettings) -> tuple[tuple[ModelView, ...], tuple[str, ...]]:
    store = ModelStore(settings.vision.models)
    try:
        entries, trouble = store.survey()
        before = {name: store.before(name) for name in dict.fromkeys(entry.manifest.name for entry in entries)}
    except (ModelRefused, OSError) as error:
        return (), (str(error),)
    vision = settings.vision
    used = {vision.embedder, vision.hand_detector, vision.person_detector} if settings.cameras else set()
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        found.setdefault(entry.manifest.name, []).append(entry)
    return (
        tuple(
            ModelView(
                name=name,
                purpose=rows[0].manifest.purpose,
                used=name in used,
                versions=tuple(
                    ModelVersionView(
                        version=row.manifest.version,
                        shipped=row.shipped,
                        present=row.present,
                        active=row.active,
                        previous=row.manifest.version == before[name],
                        bytes=row.manifest.size,
                    )
                    for row in rows
                ),
            )
            for name, rows in found.items()
        ),
        trouble,
    )


def _installed() -> tuple[str, Literal["installer", "sources", "unknown"], float | None]:
    """Where the program is, how it came there, and when."""
    home = Path(__file__).parents[3]
    try:
        found = distribution(DISTRIBUTION)
    except PackageNotFoundError:
        return str(home), "sources", None
    at = _written(found)
    if Path(sys.prefix) == INSTALLED:
        return str(INSTALLED), "installer", at
    return str(home), "sources" if (home / "pyproject.toml").exists() else "unknown", at


def _written(found: Distribution) -> float | None:
    path = getattr(found, "_path", None)  # importlib.metadata tells no other way where its own files are
    try:
        return None if path is None else Path(str(path)).stat().st_mtime
    except OSError:
        return None


def _system() -> str:
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    except OSError:
        return f"{platform.system()} {platform.release()}"


def _machine_started() -> float | None:
    try:
        return time.time() - float(Path("/proc/uptime").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None
