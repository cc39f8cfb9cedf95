"""What a page may change of the store, as the web room asks for it and tells it: ports of few verbs that the runtime keeps. Types only.

A *place* is what is changed as one: ``visit.pulse_s`` in a section that there is once, ``product`` (the whole list) where there may be
several.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias

Wanted: TypeAlias = Mapping[str, Any]
"""Sections as TOML has them: a table of keys, or the whole list of tables. None in place of a value: as the store file has it."""

Kind: TypeAlias = Literal["number", "whole", "text", "flag", "choice", "list", "table", "path"]
Origin: TypeAlias = Literal["default", "file", "changed"]
Applies: TypeAlias = Literal["at_once", "restart", "never"]
"""When a change holds: between two visits without a restart, from the next start of the controller on, or not from a page at all."""

FROM_FILE = 0  # the number that stands for the store file alone, among those of the changes


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """One thing that keeps a change from being taken, in words that say what to do. ``number``: the row of a list, from 0."""

    section: str
    number: int | None
    field: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """Something to know that keeps nothing back. ``units`` beside ``products``: how many of each, where that matters."""

    code: Literal["alike_weight", "no_facing", "weight_by_catalogue_only", "proposal_waits"]
    words: str
    products: tuple[str, ...] = ()
    units: tuple[int, ...] = ()
    plates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeResult:
    """What became of a change. ``version``: what holds now. ``problems`` where it was refused as ``invalid``. ``restart_needed``: something
    of what is kept waits for the next start. ``places``: what changed; ``dangerous``: those of them where a wrong value may shut the store
    or open it."""

    accepted: bool
    code: str
    words: str
    version: str
    problems: tuple[Wrong, ...] = ()
    warnings: tuple[Warned, ...] = ()
    restart_needed: bool = False
    places: tuple[str, ...] = ()
    dangerous: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductRow:
    """One product. ``weight_sd_g`` None: not given, ``default_sd_g`` holds. ``learned_g``: grams per unit by the plates, None where nothing
    was learned. ``units``: as believed to stand on ``plates``, wherever it belongs."""

    gtin: str
    name: str
    price_minor: int
    tax_bp: int
    unit_weight_g: float
    weight_sd_g: float | None
    default_sd_g: float
    learned_g: float | None
    weighed_units: int
    units: int
    plates: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FacingRow:
    """``count`` units of a product stand on a plate when it is full, fewer than ``short_below`` are a shortage; ``units`` are believed to
    be there."""

    plate: str
    gtin: str
    count: int
    short_below: int
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateRow:
    """One plate that goods may stand on. ``full_g``: what its facings weigh when full."""

    plate: str
    rated_g: float
    full_g: float
    neighbours: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedRow:
    """A facing that a restocker has laid out: ``count`` units where the planogram says ``was``; 0 stands for no facing."""

    plate: str
    gtin: str
    name: str
    count: int
    was: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodsView:
    """What is sold and where it stands, as it is kept: what of it waits for a restart is in ``waiting``. ``edited``: places that are
    changed here and were edited in the store file since, which has no effect."""

    version: str
    currency: str
    price_version: str
    products: tuple[ProductRow, ...]
    facings: tuple[FacingRow, ...]
    plates: tuple[PlateRow, ...]
    proposal: tuple[ProposedRow, ...]
    warnings: tuple[Warned, ...]
    waiting: tuple[str, ...]
    edited: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldView:
    """One setting. ``field`` is its key, dotted where it is in a table of its own. ``unit`` as its name ends. ``least``/``most`` are
    allowed themselves, ``above`` is not. ``item``: what a list or table holds. A ``secret`` shows no value, only whether it ``is_set``.
    ``dangerous``: a wrong value may shut the store or open it. ``optional``: may be left out."""

    field: str
    title: str
    description: str
    kind: Kind
    item: str
    unit: str
    allowed: str
    least: float | None
    most: float | None
    above: float | None
    longest: int | None
    choices: tuple[Any, ...]
    optional: bool
    required: bool
    default: Any
    value: Any
    file_value: Any
    origin: Origin
    applies: Applies
    secret: bool
    is_set: bool
    dangerous: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionView:
    """One section of the settings. ``many``: there may be several, ``rows`` has them and ``fields`` describes one; their ``value`` is not
    used."""

    section: str
    description: str
    many: bool
    changeable: bool
    applies: Applies
    origin: Origin
    fields: tuple[FieldView, ...]
    rows: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsView:
    """Every section. ``waiting``: places that hold only after a restart; ``restarting``: one is wanted and waits until nobody is inside.
    ``edited`` as in :class:`GoodsView`. ``unreadable``: why what was changed here could not be read at the start, "" where it could."""

    version: str
    sections: tuple[SectionView, ...]
    waiting: tuple[str, ...]
    edited: tuple[str, ...]
    restarting: bool
    unreadable: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRow:
    """One change that is kept. ``number`` counts from 1; 0 is the store file alone. ``at_unix_s`` None: nobody vouched for the clock.
    ``places``: what it changed; ``holds``: it is the one in force."""

    number: int
    by: str
    reason: str
    at_unix_s: float | None
    places: tuple[str, ...]
    holds: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryView:
    """The changes that are kept, newest first; the store file alone is the last."""

    version: str
    changes: tuple[ChangeRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartResult:
    """What became of the wish to start anew. ``waits_s``: how long it is waited for that nobody is inside, 0 where nobody is."""

    accepted: bool
    code: str
    words: str
    waits_s: float = 0.0


class ChangingFront(Protocol):
    """Kept by the runtime. What is changed is written beside the journal and laid over the store file; what may hold at once does so
    between two visits, by the journal."""

    async def change(
        self,
        changes: Wanted,
        by: str,
        reason: str,
        version: str | None,
        *,
        unset: Sequence[str] = (),
        check: bool = False,
    ) -> ChangeResult:
        """Change what ``changes`` names and leave the rest. ``unset``: dotted keys that are to have no value. ``version``: what the caller
        has seen (None: whatever holds), another one in force is refused as ``stale``. ``check``: only say what would be wrong. Returned: it
        is on the disk, and in the journal, or was refused."""
        ...

    async def tables(self) -> tuple[str, Mapping[str, Any]]:
        """The version in force, and every section as it is kept, as TOML has them; for programs that change a part of a list."""
        ...

    async def described(self) -> SettingsView:
        """Every setting with what it may be, what it is, and where that comes from."""
        ...

    async def history(self) -> HistoryView:
        """Who changed what, and when."""
        ...

    async def back(self, number: int, by: str, reason: str, version: str, *, check: bool) -> ChangeResult:
        """Go back to what held after change ``number``; ``FROM_FILE``: to the store file alone. That is a change too."""
        ...


class GoodsFront(Protocol):
    """Kept by the runtime: changes of what is sold and where it stands, as people think of them. Each is a change like any other."""

    async def goods(self) -> GoodsView:
        """What is sold and where it stands."""
        ...

    async def set_product(self, product: Mapping[str, Any], by: str, reason: str, version: str, *, check: bool) -> ChangeResult:
        """Add a product, or change the one with this GTIN. ``product``: the keys of a ``[[product]]`` table."""
        ...

    async def remove_product(self, gtin: str, by: str, reason: str, version: str, *, anyway: bool, check: bool) -> ChangeResult:
        """Take a product out of the catalogue; refused while it has a facing, and while units are believed to be in the store unless
        ``anyway``."""
        ...

    async def set_planogram(self, facings: Sequence[Mapping[str, Any]], by: str, reason: str, version: str, *, check: bool) -> ChangeResult:
        """Replace every facing. ``facings``: the keys of ``[[planogram]]`` tables."""
        ...

    async def decide_proposal(self, *, take: bool, by: str, reason: str, version: str) -> ChangeResult:
        """Take the laid-out planogram over, or drop it."""
        ...
