"""What a technician has found out and nobody has written yet: values of lines, devices, doors and plates, over those of the store file.

The steps go by it at once: a plate that was found under another channel is calibrated there, long before the controller starts anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticUndefined

from devices.config import BusSettings, DeviceSettings, DevicesSettings, DoorSettings, PlateSettings
from edge.web.bench import DraftView

Section: TypeAlias = Literal["bus", "device", "door", "plate"]
SECTIONS: Final[tuple[Section, ...]] = ("bus", "device", "door", "plate")
NAMED_BY: Final[Mapping[Section, str]] = {"bus": "name", "device": "name", "door": "id", "plate": "id"}
"""The key that tells the tables of a section apart."""

_MODELS: Final[Mapping[Section, type[BaseModel]]] = {
    "bus": BusSettings,
    "device": DeviceSettings,
    "door": DoorSettings,
    "plate": PlateSettings,
}


class Draft:
    """Values by section, name and key; None takes a key away. What equals the present value is not in it.

    ``kept``: the plates as they are written down. ``settings``: everything as the steps go by it, with the plates as they would be.
    ``on_channel``: the plate of each channel; where two claim one, that which was found there.
    """

    def __init__(self, settings: DevicesSettings) -> None:
        dumped = settings.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        self._present: dict[Section, dict[str, dict[str, Any]]] = {
            section: {table[NAMED_BY[section]]: dict(table) for table in dumped.get(section, ())} for section in SECTIONS
        }
        self._wanted: dict[Section, dict[str, dict[str, Any]]] = {section: {} for section in SECTIONS}
        self._settings = settings
        self.settings = settings
        self.kept: tuple[PlateSettings, ...] = ()
        self.on_channel: Mapping[tuple[str, int], PlateSettings] = {}
        self._see()

    def __bool__(self) -> bool:
        return any(self._wanted.values())

    def want(self, section: Section, name: str, **values: Any) -> None:
        """Want these values for a table, which is made where there is none of this name."""
        table = self._wanted[section].setdefault(name, {} if name in self._present[section] else {NAMED_BY[section]: name})
        present = self._present[section].get(name, {})
        for key, value in values.items():
            if present.get(key, _default(section, key)) == value:
                table.pop(key, None)
            else:
                table[key] = value
        if not table:
            del self._wanted[section][name]
        self._see()

    def drop(self, section: str, name: str) -> bool:
        """Forget what is wanted of one table; everything for empty names. False: there was nothing."""
        found = False
        for each in SECTIONS:
            if section in ("", each):
                for known in list(self._wanted[each]):
                    if name in ("", known):
                        del self._wanted[each][known]
                        found = True
        self._see()
        return found

    def names(self, section: Section) -> set[str]:
        """Names that are taken in a section, by what is there and by what is wanted."""
        return {*self._present[section], *self._wanted[section]}

    def rows(self) -> Iterator[DraftView]:
        """Every value that would change."""
        for section in SECTIONS:
            for name, table in self._wanted[section].items():
                present = self._present[section].get(name, {})
                for key, value in table.items():
                    if key != NAMED_BY[section]:
                        yield DraftView(
                            section=section, name=name, key=key, before=_text(present.get(key, _default(section, key))), after=_text(value)
                        )

    def over(self, tables: Mapping[str, Any]) -> dict[str, Sequence[Mapping[str, Any]]]:
        """The lists that change, whole, laid over ``tables`` (every section as it is kept)."""
        changed: dict[str, Sequence[Mapping[str, Any]]] = {}
        for section in SECTIONS:
            if not self._wanted[section]:
                continue
            named = NAMED_BY[section]
            rows = [dict(table) for table in tables.get(section, ())]
            known = {str(row.get(named)): row for row in rows}
            for name, wanted in self._wanted[section].items():
                if name not in known:
                    known[name] = {}
                    rows.append(known[name])
                row = known[name]
                for key, value in wanted.items():
                    if value is None:
                        row.pop(key, None)
                    else:
                        row[key] = value
            changed[section] = rows
        return changed

    def written(self) -> None:
        """What was wanted is what there is."""
        for section in SECTIONS:
            for name, wanted in self._wanted[section].items():
                table = self._present[section].setdefault(name, {})
                for key, value in wanted.items():
                    if value is None:
                        table.pop(key, None)
                    else:
                        table[key] = value
            self._wanted[section] = {}
        self._see()

    def _see(self) -> None:
        self.kept = _plates(self._present["plate"])
        wanted = {
            name: {**self._present["plate"].get(name, {}), **self._wanted["plate"].get(name, {})}
            for name in sorted(self.names("plate"), key=lambda name: name in self._wanted["plate"])
        }
        plates = _plates(wanted)
        self.on_channel = {(plate.device, plate.channel): plate for plate in plates}
        place = {plate.id: number for number, plate in enumerate(self.kept)}
        ordered = sorted(plates, key=lambda plate: place.get(plate.id, len(place)))
        self.settings = self._settings.model_copy(update={"plates": tuple(ordered)})


def _plates(tables: Mapping[str, Mapping[str, Any]]) -> tuple[PlateSettings, ...]:
    """Those of the tables that are whole."""
    found = []
    for table in tables.values():
        try:
            found.append(PlateSettings.model_validate(table))
        except ValidationError:
            continue
    return tuple(found)


def _default(section: Section, key: str) -> Any:
    """What holds where a table does not have ``key``."""
    value = _MODELS[section].model_fields[key].get_default(call_default_factory=True)
    return None if value is PydanticUndefined else value


def _text(value: Any) -> str:
    """As a person reads it: close to how a store file has it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_text(each)}" for key, each in value.items())
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
