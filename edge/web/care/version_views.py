"""What runs here, since when, and what can be gone back to. Pure: values only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

EndCode: TypeAlias = Literal["first", "asked", "restart", "failed", "died", "power", "unknown"]
"""How the run before this one ended: there was none, it was asked to, somebody wanted it to start anew, a part failed, it ended without a
word, the machine itself was started anew, or nothing is known of it."""

ModelCode: TypeAlias = Literal["model_used", "model_refused", "model_not_allowed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndView:
    """The end of the run before. ``at_unix_s``: when it was heard of last; ``words``: what it said itself."""

    code: EndCode
    at_unix_s: float | None = None
    words: str = ""
    release: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelVersionView:
    """One version of a model. ``previous``: a rollback goes back to it. ``present``: its files are here."""

    version: str
    shipped: bool
    present: bool
    active: bool
    previous: bool
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelView:
    """One model by name, and whether the store's eye runs it."""

    name: str
    purpose: str
    used: bool
    versions: tuple[ModelVersionView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionsView:
    """``place``: where the program is; ``installed_by``: the installer of this project, or somebody who works on its sources.

    ``earlier_release``: what ran here before this release, None where that is not known. ``update_service`` is always false: there is none
    yet. ``models_trouble``: what is wrong with manifests that cannot be read.
    """

    release: str
    python: str
    sqlite: str
    system: str
    machine: str
    place: str
    installed_by: Literal["installer", "sources", "unknown"]
    installed_unix_s: float | None
    earlier_release: str | None
    started_unix_s: float
    machine_started_unix_s: float | None
    last_end: EndView
    models: tuple[ModelView, ...]
    models_trouble: tuple[str, ...] = ()
    update_service: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelResult:
    """What became of a wish about a model. ``words`` say what to do next, or why it was refused. ``version``: the one in use now."""

    accepted: bool
    code: ModelCode
    words: str
    version: str | None = None
