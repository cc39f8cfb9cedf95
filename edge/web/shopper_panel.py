"""The tiny protocol between the page and a simulated shopper's controls. Types only.

A demonstration serves it on its own origin, so that the store's page has no way to move goods: ``GET {url}/state`` answers a
``ShopperState``, ``POST {url}/act`` takes a ``ShopperAct`` and answers an ``ActResult``. The server allows the page's origin by CORS
(``GET, POST``, header ``content-type``, preflight included) and refuses any other. ``/act`` returns when the action is done, at most
about 10 s later, ``enter`` when those before have gone; while one runs, ``busy`` is true and another waits for its end.
"""

from __future__ import annotations

from typing import Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator

ShopperAction: TypeAlias = Literal["enter", "scan", "open", "close", "take", "put_back", "leave", "show", "show_code"]


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ItemCount(_Wire):
    """``count`` units of one product, on a plate or in the shopper's hands."""

    gtin: str = Field(min_length=1, max_length=14, description="Product number.")
    name: str = Field(max_length=200, description="Product name as sold.")
    count: int = Field(ge=0, description="Units.")


class PanelDoor(_Wire):
    """One door as it really stands in the simulated cabinet (not as a sensor says)."""

    id: str = Field(min_length=1, max_length=64, description="Door id of the store.")
    open: bool = Field(description="The door stands open.")
    locked: bool = Field(default=False, description="The lock holds: pulling will not open it.")


class PanelPlate(_Wire):
    """One plate with what really lies on it."""

    id: str = Field(min_length=1, max_length=64, description="Plate id of the store.")
    products: tuple[ItemCount, ...] = Field(description="What lies on it; misplaced products included.")


class ShopperState(_Wire):
    """Answer of ``GET /state``."""

    doors: tuple[PanelDoor, ...]
    plates: tuple[PanelPlate, ...]
    hands: tuple[ItemCount, ...] = Field(description="What the shopper holds and may put back.")
    new: tuple[ItemCount, ...] = Field(default=(), description="Goods that the store does not sell yet, to be held before its camera.")
    busy: bool = Field(description="An action is under way, or a simulated shopper is at the cabinet.")
    may_enter: bool = Field(description="Presenting a pass now opens the door; otherwise ``enter`` waits, or tells why not.")
    inside: bool = Field(description="The person at the page has been let in and has not left.")
    words: str = Field(default="", max_length=500, description="The last thing to tell the person, also what happened unasked.")
    code: str = Field(default="", max_length=40, description="What ``words`` say, for pages in other languages; empty where only words do.")


class ShopperAct(_Wire):
    """Body of ``POST /act``. ``take`` and ``put_back`` need plate and gtin; ``open`` and ``close`` take the first door when none is named.

    ``enter`` presents a valid pass, ``scan`` reads the code on the shopper's screen by a phone. ``leave`` closes every open door and walks
    away with what is held; closing the last open door does the same. ``show`` and ``show_code`` hold a new product before the camera,
    turned from side to side, or its bar code.
    """

    action: ShopperAction
    plate: str | None = Field(default=None, max_length=64)
    gtin: str | None = Field(default=None, max_length=14)
    door: str | None = Field(default=None, max_length=64)

    @model_validator(mode="after")
    def _named_goods(self) -> Self:
        if self.action in {"take", "put_back"} and (self.plate is None or self.gtin is None):
            raise ValueError(f"{self.action} needs plate and gtin")
        if self.action in {"show", "show_code"} and self.gtin is None:
            raise ValueError(f"{self.action} needs a gtin")
        return self


class ActResult(_Wire):
    """Answer of ``POST /act``: done, or not done and why, in words for the person at the page."""

    ok: bool
    message: str = Field(max_length=500)
    code: str = Field(
        default="", max_length=40, description="What ``message`` says, for pages in other languages; empty where only words do."
    )
