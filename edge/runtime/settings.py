"""The store file: one strict TOML, read at the start with what was changed on a page laid over it; everything wrong with it told at once.

The sections are described where they are used; here they come together. Nothing but reading files happens here.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, TypeGuard, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cloud_bridge.settings import CloudSettings
from devices.config import DevicesSettings
from devices.errors import Misconfigured
from devices.weighing.settings import WeighingSettings
from edge.access.settings import AccessSettings
from edge.runtime.changes_file import ChangesFile, ChangesUnreadable, Kept
from edge.runtime.overlay import Overlay
from edge.runtime.secret_files import secret_problems
from edge.runtime.sections import JournalSettings, LogSettings, RecordingSettings
from edge.runtime.settings_words import Problem, problems_of, unknown_key
from edge.runtime.toml_lines import LineIndex
from edge.session.facts import Camera
from edge.session.settings import EntrySettings, VisitSettings
from edge.store.build import StoreError, build_store
from edge.store.model import Door, Plate, StoreModel
from edge.store.settings import FacingSettings, ProductSettings
from edge.store.settings import StoreSettings as ShopSettings
from edge.web.settings import WebSettings
from vision.settings import CameraSettings, EyeSettings, VisionSettings

MAX_FILE_BYTES = 4_000_000  # bytes; a thousand products are a tenth of it, a wrong file named by mistake is often larger

DEVICE_SECTIONS = ("bus", "device", "door", "plate", "reader", "weighing")
EYE_SECTIONS = ("vision", "camera")
LIST_SECTIONS = ("bus", "device", "door", "plate", "reader", "product", "planogram", "camera")

SettingsModel = TypeVar("SettingsModel", bound=BaseModel)


class SettingsError(Exception):
    """The store file cannot be used. ``problems`` has one line per fault, each naming file and line and saying what to change."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class GoodsSettings(BaseModel):
    """What is sold and where it stands: [[product]] and [[planogram]]."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    products: tuple[ProductSettings, ...] = Field(alias="product", default=(), description="The products.")
    planogram: tuple[FacingSettings, ...] = Field(default=(), description="Which product stands on which plate.")


class StoreSettings(BaseModel):
    """One store file. ``store`` needs its section; every other section has defaults or may be left out where its list may be empty."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    store: ShopSettings
    devices: DevicesSettings
    products: tuple[ProductSettings, ...] = ()
    planogram: tuple[FacingSettings, ...] = ()
    visit: VisitSettings = Field(default_factory=VisitSettings)
    entry: EntrySettings = Field(default_factory=EntrySettings)
    cloud: CloudSettings
    web: WebSettings = Field(default_factory=WebSettings)
    access: AccessSettings = Field(default_factory=AccessSettings)
    journal: JournalSettings = Field(default_factory=JournalSettings)
    recordings: RecordingSettings = Field(default_factory=RecordingSettings)
    log: LogSettings = Field(default_factory=LogSettings)
    vision: VisionSettings = Field(default_factory=VisionSettings)
    cameras: tuple[CameraSettings, ...] = ()


SINGLE_SECTIONS: dict[str, type[BaseModel]] = {
    "store": ShopSettings,
    "visit": VisitSettings,
    "entry": EntrySettings,
    "cloud": CloudSettings,
    "web": WebSettings,
    "access": AccessSettings,
    "journal": JournalSettings,
    "recordings": RecordingSettings,
    "log": LogSettings,
}
SECTIONS = (*SINGLE_SECTIONS, *DEVICE_SECTIONS, "product", "planogram", *EYE_SECTIONS)
TABLES: dict[str, type[BaseModel]] = {**SINGLE_SECTIONS, "weighing": WeighingSettings, "vision": VisionSettings}


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedStore:
    """A store file with what was changed on a page laid over it. ``base``: the file's own tables; ``kept``: the changes, None without any.

    ``trouble``: why the newest changes could not be used, "" where they could. ``lost``: no earlier ones could be used either, so that the
    store file holds alone. ``check_files`` as it was loaded.
    """

    path: Path
    settings: StoreSettings
    base: Mapping[str, Any]
    kept: Kept | None = None
    trouble: str = ""
    lost: bool = False
    check_files: bool = True

    @property
    def overlay(self) -> Overlay:
        """What is laid over the file."""
        return Overlay() if self.kept is None else self.kept.overlay

    @property
    def edited(self) -> tuple[str, ...]:
        """Places that were changed on a page and then edited in the file, which has no effect."""
        return self.overlay.edited(self.base)


class Unfit(Exception):
    """Tables that are no store. ``problems`` has each with its place."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(problem.words for problem in problems))
        self.problems = tuple(problems)


def load_settings(path: Path, *, check_files: bool = True) -> StoreSettings:
    """Read and check one store file, with what was changed on its pages. Relative paths in it count from its folder.

    ``check_files`` False leaves out the checks of key and certificate files, for looking at a file away from its machine.
    Raises SettingsError with everything found.
    """
    return load_store(path, check_files=check_files).settings


def load_store(path: Path, *, check_files: bool = True, alone: bool = False) -> LoadedStore:
    """As ``load_settings``, with what the settings are made of. ``alone``: without changes.

    Changes that cannot be read, or do not fit the file any more, keep no store from starting: the newest earlier ones that do are taken,
    and ``trouble`` says so. Raises SettingsError where the file is wrong.
    """
    base, lines = read_tables(path)
    folder = path.absolute().parent
    trouble = ""
    file = None if alone else changes_file(path, base)
    if file is not None:
        earlier = file.earlier()
        try:
            current = file.current()
            if current is None and (last := next(earlier, None)) is not None:
                trouble, earlier = f"{file.path} is gone", chain([last], earlier)
        except ChangesUnreadable as error:
            current, trouble = None, str(error)
        for one in chain([] if current is None else [current], earlier):
            try:
                settings = checked(one.overlay.over(base), folder, check_files=check_files)
            except Unfit as error:
                trouble = trouble or f"{file.path}: change {one.number} does not fit the store file any more: {error}"
                continue
            return LoadedStore(path=path, settings=settings, base=base, kept=one, trouble=trouble, check_files=check_files)
    try:
        settings = checked(base, folder, check_files=check_files)
    except Unfit as error:
        raise SettingsError(_listed(path, lines, error.problems)) from error
    return LoadedStore(path=path, settings=settings, base=base, trouble=trouble, lost=trouble != "", check_files=check_files)


def changes_file(path: Path, base: Mapping[str, Any]) -> ChangesFile | None:
    """The changes that belong to the store file with these tables, None where its [journal] is wrong."""
    try:
        journal = JournalSettings.model_validate(base.get("journal", {}))
    except ValidationError:
        return None
    return ChangesFile((path.absolute().parent / journal.path).parent, is_split)


def is_split(path: tuple[str, ...]) -> bool:
    """Whether the table at ``path`` is changed key by key: sections that there is once, and the tables that are described inside them."""
    section, *inner = path
    model = TABLES.get(section)
    for key in inner:
        field = None if model is None else model.model_fields.get(key)
        model = field.annotation if field is not None and _is_model(field.annotation) else None
    return model is not None


def checked(raw: Mapping[str, Any], folder: Path, *, check_files: bool = True) -> StoreSettings:
    """The settings that these tables are, with relative paths taken from ``folder``. Raises Unfit with everything found."""
    found: list[Problem] = []
    found.extend(Problem((name,), unknown_key(name, SECTIONS, "section")) for name in raw if name not in SECTIONS)
    found.extend(wrong_brackets(raw))
    sections = {name: value for name, value in raw.items() if not any(problem.path == (name,) for problem in found)}
    parts: dict[str, BaseModel | None] = {
        name: _validated(model, sections.get(name, {}), (name,), found) for name, model in SINGLE_SECTIONS.items()
    }
    devices = _validated(DevicesSettings, {name: sections[name] for name in DEVICE_SECTIONS if name in sections}, (), found)
    goods = _validated(GoodsSettings, {name: sections[name] for name in ("product", "planogram") if name in sections}, (), found)
    eye = _validated(EyeSettings, {name: sections[name] for name in EYE_SECTIONS if name in sections}, (), found)
    if devices is not None:
        found.extend(_device_problems(devices))
    if devices is not None and eye is not None:
        found.extend(_zone_problems(eye, devices))
    if found or devices is None or goods is None or eye is None:
        raise Unfit(found)
    lists = {"products": goods.products, "planogram": goods.planogram, "cameras": eye.cameras}
    settings = _beside(StoreSettings.model_validate({**parts, "devices": devices, "vision": eye.vision, **lists}), folder)
    problems = [*_impossible(settings), *(secret_problems(settings) if check_files else ())]
    if problems:
        raise Unfit([Problem((), problem) for problem in problems])
    return settings


def store_model(settings: StoreSettings) -> StoreModel:
    """The shop these settings describe. Raises StoreError where its tables do not fit together (``load_settings`` has checked that)."""
    doors = [Door(door.id, door.lock.device, door.bolt is not None) for door in settings.devices.doors]
    plates = [Plate(plate.id, plate.device, plate.rated_g, plate.neighbours) for plate in settings.devices.plates]
    return build_store(settings.store, settings.products, settings.planogram, doors, plates)


def cameras_of(settings: StoreSettings) -> tuple[Camera, ...]:
    """The cameras and the plates in their zones; none where the store goes by weight alone."""
    return tuple(
        Camera(camera.id, tuple(dict.fromkeys(plate for zone in camera.zones for plate in zone.plates))) for camera in settings.cameras
    )


def effective(settings: StoreSettings) -> dict[str, Any]:
    """Every value in force, defaults included, as the log shows it at the start. Secrets are files, so only their paths are in it."""
    return settings.model_dump(mode="json", by_alias=True)


def read_tables(path: Path) -> tuple[dict[str, Any], LineIndex]:
    """The tables of a store file as they are written, and their lines. Raises SettingsError."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise SettingsError([f"{path}: cannot be read: {error.strerror}"]) from error
    if len(content) > MAX_FILE_BYTES:
        raise SettingsError([f"{path}: larger than {MAX_FILE_BYTES} bytes; this is no store file"])
    try:
        text = content.decode()
        return tomllib.loads(text), LineIndex(text)
    except UnicodeDecodeError as error:
        raise SettingsError([f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8"]) from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError([f"{path}: not valid TOML: {error}"]) from error


def _is_model(annotation: object) -> TypeGuard[type[BaseModel]]:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def wrong_brackets(raw: Mapping[str, Any]) -> list[Problem]:
    """Lists that are no lists of tables, and sections that are no table."""
    found = []
    for name, value in raw.items():
        if name in LIST_SECTIONS and not (isinstance(value, list) and all(isinstance(one, dict) for one in value)):
            found.append(Problem((name,), f"write [[{name}]] with two brackets: there may be several"))
        elif name in SECTIONS and name not in LIST_SECTIONS and not isinstance(value, dict):
            found.append(Problem((name,), f"write [{name}] with one bracket: there is only one"))
    return found


def _validated(model: type[SettingsModel], raw: Mapping[str, Any], prefix: tuple[str, ...], found: list[Problem]) -> SettingsModel | None:
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        problems = problems_of(error.errors(include_url=False), model.model_json_schema(), raw)
        found.extend(Problem((*prefix, *problem.path), problem.words) for problem in problems)
        return None


def _device_problems(devices: DevicesSettings) -> list[Problem]:
    """What the drivers have to say about it: unknown products, terminals that a board does not have, mixed protocols."""
    from devices import registry  # imports the drivers, which only a configuration that is right so far needs

    try:
        registry.check(devices)
    except (Misconfigured, ValueError) as error:
        return [Problem(("device",), str(error))]
    return []


def _zone_problems(eye: EyeSettings, devices: DevicesSettings) -> list[Problem]:
    """Zones whose plates do not exist: a hand there would speak for nothing."""
    plates = {plate.id for plate in devices.plates}
    return [
        Problem(("camera", place, "zones", number, "plates"), f"camera {camera.id!r}: {unknown_key(plate, plates, 'plate')}")
        for place, camera in enumerate(eye.cameras)
        for number, zone in enumerate(camera.zones)
        for plate in zone.plates
        if plate not in plates
    ]


def _impossible(settings: StoreSettings) -> list[str]:
    """What needs several sections to be seen."""
    problems: list[str] = []
    try:
        store_model(settings)
    except StoreError as error:
        problems.extend(error.problems)
    if settings.entry.verify == "offline" and not settings.entry.keys:
        problems.append('[entry] verify = "offline" without any [entry.keys]: nobody could enter. Add a key or ask the cloud.')
    return problems


def _listed(path: Path, lines: LineIndex, found: Sequence[Problem]) -> list[str]:
    listed = []
    for problem in found:
        line = lines.line_of(problem.path)
        listed.append((line or 0, f"{path}{f':{line}' if line else ''}: {_section(problem.path)}{problem.words}"))
    return [text for _, text in sorted(listed, key=lambda one: one[0])]


def _section(path: tuple[str | int, ...]) -> str:
    if not path or path[0] not in SECTIONS:
        return ""
    name = str(path[0])
    if name not in LIST_SECTIONS:
        return f"[{name}] "
    return f"[[{name}]] number {path[1] + 1}: " if len(path) > 1 and isinstance(path[1], int) else f"[[{name}]] "


def _beside(model: SettingsModel, folder: Path) -> SettingsModel:
    """A copy in which every relative path is taken from ``folder``."""
    changed: dict[str, object] = {}
    for name, value in model:
        if isinstance(value, Path) and not value.is_absolute():
            changed[name] = folder / value
        elif isinstance(value, BaseModel):
            inner = _beside(value, folder)
            if inner is not value:
                changed[name] = inner
        elif isinstance(value, tuple) and any(isinstance(one, BaseModel) for one in value):
            changed[name] = tuple(_beside(one, folder) if isinstance(one, BaseModel) else one for one in value)
    return model.model_copy(update=changed) if changed else model
