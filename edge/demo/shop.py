"""The whole chain on one machine: simulated cabinet, broker, consumer, controller, eye; each beyond the cabinet a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import socket
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Literal, Self
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from devices.sim.cabinet import SimulatedCabinet
from devices.sim.layout import CabinetLayout
from devices.sim.store_config import Table, Value
from edge.access.machine_token import machine_token_path, read_machine_token
from edge.demo.children import Child
from edge.demo.sign_in import SignIn, make_sign_in
from edge.demo.store_watch import StoreWatch
from edge.session.facts import PassClaims
from edge.session.passes import public_key_text, sign_pass

if TYPE_CHECKING:
    from edge.demo.eye import DemoEye

TENANT: Final = "demo"
STORE: Final = "corner-shop"
KEY_ID: Final = "demo"
PASS_LIFE_S: Final = 300  # s; a code on a phone's screen is renewed about that often
# An electric strike opens only while its coil is powered: time enough for a hand on a mouse, and locked again before relock_within_s.
BY_HAND: Final[Table] = {"pulse_s": 4.0, "open_within_s": 5.0}
READY_WITHIN_S: Final = 20.0  # s; a cold start on an SD card
HELD_S: Final = 3.2  # s; the controller takes the same code within 3 s for one presentation
PAGE_PORT: Final = 8080  # where people look first; any free port when it is taken


class NotReady(RuntimeError):
    """The controller did not come up in time; the message ends with what it said."""


class Stopped(Exception):
    """Somebody wanted the end before everything was up."""


def free_port(preferred: int | None = None) -> int:
    """A TCP port on the loopback address that nobody listens on now: ``preferred`` where it is free."""
    for port in (preferred, 0) if preferred else (0,):
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise OSError("no free TCP port on 127.0.0.1")


class Shop:
    """Async context manager. ``directory`` keeps everything that is written; without it a temporary one, removed at the end.

    ``broker_port``: a broker that somebody else runs on the loopback address, instead of the embedded one. ``camera``: with an eye, which
    comes to its senses while the shop sells already. ``set_up`` False: nobody can sign in yet.
    """

    def __init__(
        self,
        layout: CabinetLayout | None = None,
        *,
        seed: int = 1,
        directory: Path | None = None,
        page_port: int | None = None,
        panel_url: str | None = None,
        broker_port: int | None = None,
        sections: Mapping[str, Table] | None = None,
        camera: bool = False,
        set_up: bool = True,
    ) -> None:
        self._own_directory = directory is None
        self.directory = (directory or Path(tempfile.mkdtemp(prefix="smartstore-demo-"))).absolute()
        self.directory.mkdir(parents=True, exist_ok=True)
        self.cabinet = SimulatedCabinet(layout, seed=seed)
        self.broker_port = broker_port or free_port()
        self.page_url = f"http://127.0.0.1:{page_port or free_port()}"
        self.config = self.directory / "store.toml"
        self.journal = Path(str((sections or {}).get("journal", {}).get("path", self.directory / "journal.db")))
        self.fleet_database = f"sqlite:///{self.directory / 'fleet.db'}"
        self.token_file = machine_token_path(self.journal)
        self.watch = StoreWatch(self.page_url, self.token_file)
        self.sign_in: SignIn | None = None
        self._set_up = set_up
        self.eye: DemoEye | None = None
        if camera:
            from edge.demo.eye import DemoEye  # needs OpenCV, which a shop without a camera need not have

            self.eye = DemoEye(self.cabinet, self.directory, self.config, port=free_port(), seed=seed)
        self._key = Ed25519PrivateKey.generate()
        self._following: asyncio.Task[None] | None = None
        web: dict[str, Value] = {"port": int(self.page_url.rpartition(":")[2])}
        if panel_url is not None:
            web["shopper_panel_url"] = panel_url
        strikes = all(door.traits.latch == "strike" for door in self.cabinet.layout.doors)
        merged: dict[str, dict[str, Value]] = {
            "store": {"name": "Corner shop (simulated)"},
            "entry": {"untrusted_clock": "accept", "offer_url": "https://corner-shop.example/enter"},
            "visit": dict(BY_HAND) if panel_url is not None and strikes else {},
            "web": dict(web),
            "journal": {"path": str(self.journal)},
            "log": {"format": "console"},
            "vision": dict(self.eye.vision) if self.eye is not None else {},
        }
        for name, table in (sections or {}).items():
            merged.setdefault(name, {}).update(table)
        public = public_key_text(self._key.public_key())
        self.cabinet.write_config(
            self.config,
            tenant=TENANT,
            store=STORE,
            broker=self.broker_url,
            keys={KEY_ID: public},
            sections=merged,
            cameras=self.eye.cameras if self.eye is not None else (),
        )
        broker = Child("broker", ["-m", "cloud_bridge.fleet.dev_broker", "--port", str(self.broker_port)], self.directory / "broker.log")
        self.broker = broker if broker_port is None else None
        self.fleet = Child(
            "consumer",
            ["-m", "edge.cli", "fleet", "run", "--broker", self.broker_url, "--database", self.fleet_database],
            self.directory / "fleet.log",
        )
        self.controller = Child("controller", ["-m", "edge.cli", "run", "--config", str(self.config)], self.directory / "controller.log")

    @property
    def children(self) -> tuple[Child, ...]:
        """The processes, in the order in which they start."""
        return tuple(child for child in (self.broker, self.fleet, self.controller) if child is not None)

    async def __aenter__(self) -> Self:
        self.cabinet.__enter__()
        try:
            self.sign_in = await make_sign_in(self.journal) if self._set_up else None
            for child in self.children:
                await child.start()
            self.rewatch()
            await self.ready()
        except BaseException:
            await self.__aexit__(*sys.exc_info())
            raise
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.unwatch()
        # The controller first: what it says at the end still reaches the consumer.
        for child in reversed(self.children):
            await child.stop()
        self.cabinet.__exit__(kind, error, trace)
        if self._own_directory:
            shutil.rmtree(self.directory, ignore_errors=True)

    @property
    def broker_url(self) -> str:
        """Where the store and its cloud meet."""
        return f"mqtt://127.0.0.1:{self.broker_port}"

    @property
    def headers(self) -> dict[str, str]:
        """What a request to the running store carries, to be taken for one of this machine. Raises AccessError."""
        return {"Authorization": f"Bearer {read_machine_token(self.token_file)}"}

    def rewatch(self) -> None:
        """Follow the store's live stream (again)."""
        if self._following is None:
            self._following = asyncio.create_task(self.watch.run())

    def unwatch(self) -> None:
        """Stop following it."""
        if self._following is not None:
            self._following.cancel()
            self._following = None

    async def ready(self) -> float:
        """Wait until the cabinet may be entered; returns the seconds it took. Raises NotReady, or ChildDied where a part ended."""
        began = time.monotonic()
        dead = [asyncio.create_task(child.died()) for child in self.children]
        idle = asyncio.create_task(self.watch.until(lambda snapshot: bool(snapshot["cabinet"]["may_enter"]), READY_WITHIN_S))
        try:
            waiting: list[asyncio.Task[Any]] = [idle, *dead]
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in dead:
                if task.done():
                    task.result()
            if idle.result() is None:
                raise NotReady(f"the controller was not ready within {READY_WITHIN_S:.0f} s; it said:\n{self.controller.tail()}")
        finally:
            idle.cancel()
            for task in dead:
                task.cancel()
        return time.monotonic() - began

    def make_pass(self, role: Literal["shopper", "restocker", "technician"], holder: str, *, limit_minor: int | None = None) -> str:
        """A fresh signed pass, as an app would show it."""
        now_s = int(time.time())
        claims = PassClaims(
            pass_id=uuid.uuid4().hex,
            holder=holder,
            role=role,
            not_before_s=now_s - 60,
            expires_s=now_s + PASS_LIFE_S,
            limit_minor=limit_minor,
            currency=self.cabinet.layout.currency if limit_minor is not None else None,
        )
        return sign_pass(claims, KEY_ID, self._key, audience=f"{TENANT}/{STORE}")

    async def enter(self, text: str, timeout_s: float = 8.0, *, door: str | None = None) -> tuple[str | None, str]:
        """Hold the pass in front of the reader; returns the visit's id, or None and what the screen says.

        Where there is no reader it is presented by the API, for one door only: at hook locks that eject, every unlocked door stands open.
        """
        if self.cabinet.wiring.reader is None:
            return await asyncio.to_thread(self._enter_by_api, text, door or self.cabinet.layout.doors[0].door, timeout_s)
        before = self.watch.snapshot.get("refusal")
        give_up = time.monotonic() + timeout_s
        snapshot: dict[str, Any] | None = None
        while snapshot is None:
            # Held there until something happens, as people do: a reader whose line is just coming back has not seen the first one.
            self.cabinet.present(text)
            wait_s = min(HELD_S, give_up - time.monotonic())
            if wait_s <= 0:
                return None, "the cabinet did not answer"
            snapshot = await self.watch.until(lambda now: now["visit"] is not None or now["refusal"] != before, wait_s)
        if snapshot["visit"] is None:
            return None, str(snapshot["refusal"]["words"])
        return str(snapshot["visit"]["visit"]), ""

    def _enter_by_api(self, text: str, door: str, timeout_s: float) -> tuple[str | None, str]:
        request = Request(  # noqa: S310 - the scheme is ours: http to the loopback address
            f"{self.page_url}/api/v1/entries",
            data=json.dumps({"pass": text, "door": door}).encode(),
            headers={"Content-Type": "application/json", **self.headers},
        )
        try:
            with urlopen(request, timeout=timeout_s) as answer:  # noqa: S310 - as above
                found = json.load(answer)
        except HTTPError as error:
            found = json.load(error)
        except OSError as error:
            return None, str(error)
        return found.get("visit"), str(found.get("words") or found.get("detail"))


@asynccontextmanager
async def stoppable(shop: Shop, stop: asyncio.Event) -> AsyncIterator[Shop]:
    """``async with shop``, but ``stop`` ends the starting too. Raises Stopped then, with everything taken down again."""
    starting = asyncio.create_task(shop.__aenter__())
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait([starting, stopping], return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not starting.done():
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        raise Stopped
    await starting
    try:
        yield shop
    finally:
        await shop.__aexit__(*sys.exc_info())
