"""The simulated shopper's controls, served to the store's page: enter, open, take, put back, close, leave."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Generator, Mapping
from typing import Final

import uvicorn
from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from edge.demo.story import Story
from edge.web.shopper_panel import ActResult, ItemCount, PanelDoor, PanelPlate, ShopperAct, ShopperState

FORGOTTEN_AFTER_S: Final = 90.0  # s without an action; then the person at the page has gone and the others may shop
OPEN_WITHIN_S: Final = 5.0  # s at the handle
TURN_WITHIN_S: Final = 90.0  # s; a restocker who fills everything needs about half of it
READY_WITHIN_S: Final = 15.0  # s from the last shopper's end to the next welcome


class Panel:
    """One person at the page. While they shop the simulated shoppers wait, and the other way round."""

    def __init__(self, story: Story) -> None:
        self._story = story
        self._shop = story.shop
        self._holds_cabinet = False
        self._waits = False
        self._words = ("", float("-inf"))  # the last thing to tell the person, and when that was
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
        names = {product.gtin: product.name for product in cabinet.layout.products}

        def items(goods: Mapping[str, int]) -> tuple[ItemCount, ...]:
            return tuple(ItemCount(gtin=gtin, name=names[gtin], count=count) for gtin, count in sorted(goods.items()) if count)

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
            busy=self._movement.locked() or (self._story.at_cabinet.locked() and not self._holds_cabinet),
            may_enter=not self._story.at_cabinet.locked() and bool(self._shop.watch.snapshot.get("cabinet", {}).get("may_enter")),
            inside=self._visit is not None,
            words=self._words[0] if time.monotonic() - self._words[1] < FORGOTTEN_AFTER_S else "",
        )

    async def act(self, act: ShopperAct) -> ActResult:
        """Do one thing after the other: an impatient second click waits for the first movement."""
        self._asked = time.monotonic()
        async with self._movement:
            if act.action != "enter" and not self._holds_cabinet:
                return ActResult(ok=False, message="Present your code first.")
            try:
                result = await self._do(act)
            finally:
                self._asked = time.monotonic()
            self._tell(result.message)
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
                    self._tell("You did not open in time, and the door has locked again. Enter once more when you like.")
                    self._story.say("you did not open the door in time; nothing is billed")
                    self._free()
                elif not self.wants_cabinet:
                    await self._leave()
                    self._tell("You went away without leaving; the door was closed behind you.")

    async def _do(self, act: ShopperAct) -> ActResult:
        match act.action:
            case "enter":
                return await self._enter()
            case "open":
                door = act.door or self._shop.cabinet.layout.doors[0].door
                opened = await self._shop.cabinet.open_door(door, OPEN_WITHIN_S)
                return ActResult(ok=opened, message="The door is open." if opened else "The door is locked.")
            case "close":
                door = act.door or self._shop.cabinet.layout.doors[0].door
                if not set(self._shop.cabinet.truth().doors_open) - {door}:
                    return await self._leave()
                await self._shop.cabinet.close_door(door)
                return ActResult(ok=True, message="The door is closed.")
            case "take":
                return await self._take(act.plate or "", act.gtin or "")
            case "put_back":
                return await self._put(act.plate or "", act.gtin or "")
            case "leave":
                return await self._leave()

    async def _enter(self) -> ActResult:
        if self._holds_cabinet:
            return ActResult(ok=False, message="You are already shopping.")
        self._waits = True
        try:
            if self._story.at_cabinet.locked():
                self._tell("A simulated shopper is at the cabinet. You are next …")
            async with asyncio.timeout(TURN_WITHIN_S):
                await self._story.at_cabinet.acquire()
        except TimeoutError:
            return ActResult(ok=False, message="The one before you does not leave the cabinet.")
        finally:
            self._waits = False
        self._holds_cabinet = True
        await self._shop.watch.until(lambda now: now["cabinet"]["phase"] in ("idle", "out_of_service"), READY_WITHIN_S)
        self._visit, refusal = await self._shop.enter(self._shop.make_pass("shopper", "person-at-the-page"))
        if self._visit is None:
            self._free()
            return ActResult(ok=False, message=refusal)
        await self._shop.watch.until(lambda now: now["visit"] is not None, OPEN_WITHIN_S)
        self._story.say("you hold your code in front of the reader", stamp=True)
        return ActResult(ok=True, message="Your code is accepted. The lock is open for a moment: open the door.")

    async def _take(self, plate: str, gtin: str) -> ActResult:
        truth = self._shop.cabinet.truth()
        if not truth.doors_open:
            return ActResult(ok=False, message="Open the door first.")
        if not truth.plates.get(plate, {}).get(gtin):
            return ActResult(ok=False, message="There is nothing left to take.")
        self._story.say(f"you take 1 × {self._name(gtin)}")
        await self._shop.cabinet.take(plate, 1, gtin)
        return ActResult(ok=True, message="Taken.")

    async def _put(self, plate: str, gtin: str) -> ActResult:
        cabinet = self._shop.cabinet
        truth = cabinet.truth()
        if not truth.doors_open:
            return ActResult(ok=False, message="Open the door first.")
        unit = next((unit for unit in cabinet.hands if unit.gtin == gtin), None)
        if unit is None or plate not in truth.plates:
            return ActResult(ok=False, message="You do not hold that.")
        self._story.say(f"you put 1 × {self._name(gtin)} on {plate}")
        await cabinet.put(plate, [unit])
        return ActResult(ok=True, message="Put down.")

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
        return ActResult(ok=True, message="Goodbye. Your receipt is on the page.")

    def _name(self, gtin: str) -> str:
        return next(product.name for product in self._shop.cabinet.layout.products if product.gtin == gtin)

    def _tell(self, words: str) -> None:
        self._words = (words, time.monotonic())

    def _free(self) -> None:
        self._visit = None
        self._holds_cabinet = False
        self._story.at_cabinet.release()


class _Server(uvicorn.Server):
    """Signals belong to the demonstration."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


async def serve_panel(panel: Panel, port: int, page_origin: str) -> None:
    """Serve the controls on the loopback address until cancelled."""
    config = uvicorn.Config(panel.app(page_origin), host="127.0.0.1", port=port, log_config=None, access_log=False, lifespan="off")
    await _Server(config).serve()
