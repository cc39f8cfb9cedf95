"""The simulated shopper's controls, served to the store's page: enter, open, take, put back, close, leave."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Generator, Mapping
from typing import Final

import uvicorn
from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from edge.demo.phone import NoCode, enter_by_code
from edge.demo.story import Story
from edge.web.shopper_panel import ActResult, ItemCount, PanelDoor, PanelPlate, ShopperAct, ShopperState

FORGOTTEN_AFTER_S: Final = 90.0  # s without an action; then the person at the page has gone and the others may shop
OPEN_WITHIN_S: Final = 5.0  # s at the handle
TURN_WITHIN_S: Final = 90.0  # s; a restocker who fills everything needs about half of it
READY_WITHIN_S: Final = 15.0  # s from the last shopper's end to the next welcome
CODE_S: Final = 8.0  # s that a bar code is held before the camera
SIDES: Final = 8  # of a product that is held before it, each for
SIDE_S: Final = 1.5  # s
SAID: Final[dict[str, str]] = {
    "accepted": "Your code is accepted. The lock is open for a moment: open the door.",
    "scanned": "Your phone has read the code on the screen, and the shop lets you in: open the door.",
    "enter_first": "Show your code first.",
    "already_inside": "You are already shopping.",
    "next": "A simulated shopper is at the cabinet. You are next …",
    "blocked": "The one before you does not leave the cabinet.",
    "opened": "The door is open.",
    "locked": "The door is locked.",
    "closed": "The door is closed.",
    "door_first": "Open the door first.",
    "nothing_left": "There is nothing left to take.",
    "taken": "Taken.",
    "not_held": "You do not hold that.",
    "put_down": "Put down.",
    "goodbye": "Goodbye. Your receipt is on the page.",
    "too_late": "You did not open in time, and the door has locked again. Enter once more when you like.",
    "shown": "Held before the camera.",
    "no_camera": "There is no camera in this demonstration.",
    "walked_away": "You went away without leaving; the door was closed behind you.",
}


class Panel:
    """One person at the page. While they shop the simulated shoppers wait, and the other way round."""

    def __init__(self, story: Story) -> None:
        self._story = story
        self._shop = story.shop
        self._holds_cabinet = False
        self._waits = False
        self._told = ("", "", float("-inf"))  # code and words of the last thing to tell the person, and when that was
        self._movement = asyncio.Lock()
        self._visit: str | None = None
        self._asked = float("-inf")

    @property
    def wants_cabinet(self) -> bool:
        """A person is shopping, or has just asked to: the simulated shoppers stay away."""
        return self._waits or time.monotonic() - self._asked < (FORGOTTEN_AFTER_S if self._holds_cabinet else 15.0)

    def app(self, page_origin: str) -> FastAPI:
        """The controls as a web application that only the store's page may use."""
        app = FastAPI(title="Simulated shopper", docs_url=None, redoc_url=None, openapi_url=None)
        app.add_middleware(CORSMiddleware, allow_origins=[page_origin], allow_methods=["GET", "POST"], allow_headers=["content-type"])

        @app.get("/state")
        async def state() -> ShopperState:
            return self.state()

        @app.post("/act")
        async def act(action: ShopperAct) -> ActResult:
            return await self.act(action)

        return app

    def state(self) -> ShopperState:
        """What really is where."""
        cabinet = self._shop.cabinet
        truth = cabinet.truth()
        names = {product.gtin: product.name for product in (*cabinet.layout.products, *cabinet.layout.unlisted)}

        def items(goods: Mapping[str, int]) -> tuple[ItemCount, ...]:
            return tuple(ItemCount(gtin=gtin, name=names[gtin], count=count) for gtin, count in sorted(goods.items()) if count)

        code, words, told_at = self._told
        fresh = time.monotonic() - told_at < FORGOTTEN_AFTER_S
        doors = {door["door"]: door for door in self._shop.watch.snapshot.get("doors", [])}
        return ShopperState(
            doors=tuple(
                PanelDoor(
                    id=door.door,
                    open=door.door in truth.doors_open,
                    locked=bool(doors.get(door.door, {}).get("secured")),
                )
                for door in cabinet.layout.doors
            ),
            plates=tuple(PanelPlate(id=plate.plate, products=items(truth.plates[plate.plate])) for plate in cabinet.layout.plates),
            hands=items(truth.hands) if self._holds_cabinet else (),
            new=tuple(ItemCount(gtin=one.gtin, name=one.name, count=1) for one in cabinet.layout.unlisted) if self._shop.eye else (),
            busy=self._movement.locked() or (self._story.at_cabinet.locked() and not self._holds_cabinet),
            may_enter=not self._story.at_cabinet.locked() and bool(self._shop.watch.snapshot.get("cabinet", {}).get("may_enter")),
            inside=self._visit is not None,
            words=words if fresh else "",
            code=code if fresh else "",
        )

    async def act(self, act: ShopperAct) -> ActResult:
        """Do one thing after the other: an impatient second click waits for the first movement."""
        self._asked = time.monotonic()
        async with self._movement:
            if act.action not in ("enter", "scan", "show", "show_code") and not self._holds_cabinet:
                return _said("enter_first", ok=False)
            try:
                result = await self._do(act)
            finally:
                self._asked = time.monotonic()
            self._tell(result.code, result.message)
            return result

    async def forget(self) -> None:
        """Run until cancelled: when the person did not open in time, or has gone without leaving, the cabinet is free again."""
        while True:
            await asyncio.sleep(1.0)
            if not self._holds_cabinet or self._movement.locked():
                continue
            async with self._movement:
                over = self._visit is not None and (self._shop.watch.snapshot.get("visit") or {}).get("visit") != self._visit
                if over and not self._shop.cabinet.truth().doors_open and not self._shop.cabinet.hands:
                    self._tell("too_late")
                    self._story.say("you did not open the door in time; nothing is billed")
                    self._free()
                elif not self.wants_cabinet:
                    await self._leave()
                    self._tell("walked_away")

    async def _do(self, act: ShopperAct) -> ActResult:
        match act.action:
            case "enter":
                return await self._enter(self._hold_code)
            case "scan":
                return await self._enter(self._scan_code)
            case "open":
                door = act.door or self._shop.cabinet.layout.doors[0].door
                opened = await self._shop.cabinet.open_door(door, OPEN_WITHIN_S)
                return _said("opened" if opened else "locked", ok=opened)
            case "close":
                door = act.door or self._shop.cabinet.layout.doors[0].door
                if not set(self._shop.cabinet.truth().doors_open) - {door}:
                    return await self._leave()
                await self._shop.cabinet.close_door(door)
                return _said("closed")
            case "take":
                return await self._take(act.plate or "", act.gtin or "")
            case "put_back":
                return await self._put(act.plate or "", act.gtin or "")
            case "leave":
                return await self._leave()
            case "show" | "show_code":
                return self._show(act.gtin or "", code=act.action == "show_code")

    async def _hold_code(self) -> tuple[str | None, str, str]:
        visit, refusal = await self._shop.enter(self._shop.make_pass("shopper", "person-at-the-page"))
        return visit, refusal, "you hold your code in front of the reader"

    async def _scan_code(self) -> tuple[str | None, str, str]:
        try:
            answer = await enter_by_code(self._shop.page_url, self._shop.broker_url, self._shop.make_pass("shopper", "person-at-the-page"))
        except (NoCode, OSError) as error:
            return None, str(error), ""
        return answer.visit, answer.words, "your phone reads the code on the screen; the cloud sends your pass"

    async def _enter(self, how: Callable[[], Awaitable[tuple[str | None, str, str]]]) -> ActResult:
        """``how`` gives the visit, or None and why not, and what the story says of it."""
        if self._holds_cabinet:
            return _said("already_inside", ok=False)
        self._waits = True
        try:
            if self._story.at_cabinet.locked():
                self._tell("next")
            async with asyncio.timeout(TURN_WITHIN_S):
                await self._story.at_cabinet.acquire()
        except TimeoutError:
            return _said("blocked", ok=False)
        finally:
            self._waits = False
        self._holds_cabinet = True
        await self._shop.watch.until(lambda now: now["cabinet"]["phase"] in ("idle", "out_of_service"), READY_WITHIN_S)
        self._visit, refusal, told = await how()
        if self._visit is None:
            self._free()
            return ActResult(ok=False, message=refusal, code="")
        await self._shop.watch.until(lambda now: now["visit"] is not None, OPEN_WITHIN_S)
        self._story.say(told, stamp=True)
        return _said("scanned" if how == self._scan_code else "accepted")

    async def _take(self, plate: str, gtin: str) -> ActResult:
        truth = self._shop.cabinet.truth()
        if not truth.doors_open:
            return _said("door_first", ok=False)
        if not truth.plates.get(plate, {}).get(gtin):
            return _said("nothing_left", ok=False)
        self._story.say(f"you take 1 × {self._name(gtin)}")
        await self._shop.cabinet.take(plate, 1, gtin)
        return _said("taken")

    async def _put(self, plate: str, gtin: str) -> ActResult:
        cabinet = self._shop.cabinet
        truth = cabinet.truth()
        if not truth.doors_open:
            return _said("door_first", ok=False)
        unit = next((unit for unit in cabinet.hands if unit.gtin == gtin), None)
        if unit is None or plate not in truth.plates:
            return _said("not_held", ok=False)
        self._story.say(f"you put 1 × {self._name(gtin)} on {plate}")
        await cabinet.put(plate, [unit])
        return _said("put_down")

    def _show(self, gtin: str, *, code: bool) -> ActResult:
        """Hold a new product before the camera, whoever is at the cabinet."""
        if self._shop.eye is None or gtin not in {one.gtin for one in self._shop.cabinet.layout.unlisted}:
            return _said("no_camera", ok=False)
        self._shop.eye.teller.hold_up(gtin, CODE_S if code else SIDES * SIDE_S, sides=1 if code else SIDES, code=code)
        return _said("shown")

    async def _leave(self) -> ActResult:
        cabinet = self._shop.cabinet
        try:
            for door in cabinet.truth().doors_open:
                await cabinet.close_door(door)
            closed = time.monotonic()
            held = Counter(unit.gtin for unit in cabinet.walk_away())
            if self._visit is not None:
                self._story.totals.visits += 1
                await self._story.judge(self._visit, held, closed)
        finally:
            self._free()
        return _said("goodbye")

    def _name(self, gtin: str) -> str:
        return next(product.name for product in self._shop.cabinet.layout.products if product.gtin == gtin)

    def _tell(self, code: str, words: str | None = None) -> None:
        self._told = (code, SAID[code] if words is None else words, time.monotonic())

    def _free(self) -> None:
        self._visit = None
        self._holds_cabinet = False
        self._story.at_cabinet.release()


def _said(code: str, *, ok: bool = True) -> ActResult:
    return ActResult(ok=ok, message=SAID[code], code=code)


class _Server(uvicorn.Server):
    """Signals belong to the demonstration."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


async def serve_panel(panel: Panel, port: int, page_origin: str) -> None:
    """Serve the controls on the loopback address until cancelled."""
    config = uvicorn.Config(panel.app(page_origin), host="127.0.0.1", port=port, log_config=None, access_log=False, lifespan="off")
    await _Server(config).serve()
