"""Runs the web application until cancelled: on its loopback port, and on the outer one where other machines are served too."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Literal

import uvicorn
from fastapi import FastAPI

from edge.web.app import create_app
from edge.web.connection import HurriedConnection
from edge.web.front import StoreFront
from edge.web.outer import CONNECTIONS, OuterPort, listening
from edge.web.settings import WebSettings

GRACE_S = 2  # s; streams end at once, so only a request that is just being answered needs it


class PortTaken(Exception):
    """The port cannot be listened on. Says which, and what to change."""


def listen(settings: WebSettings) -> socket.socket:
    """A listening socket on the loopback address, which this machine uses whatever else is served. Raises PortTaken."""
    host = "127.0.0.1" if settings.beyond or settings.host == "localhost" else settings.host
    try:
        return listening(host, settings.port)
    except OSError as error:
        raise PortTaken(
            f"cannot listen on {host} port {settings.port} ({error.strerror}); set another [web] port, or 0 for a free one"
        ) from error


def address(listener: socket.socket) -> str:
    """The URL under which a listening socket is reached."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def serve(
    front: StoreFront,
    settings: WebSettings,
    *,
    outer: OuterPort | None = None,
    listener: socket.socket | None = None,
    ready: Callable[[str], None] = print,
) -> None:
    """Serve until cancelled; every stream is ended and the ports closed before this returns. ``ready`` is told the loopback URL.
    Raises PortTaken."""
    own = listener if listener is not None else listen(settings)
    app = create_app(front, settings, outer)
    up = asyncio.Event()

    async def serve_on(outside: socket.socket, context: ssl.SSLContext | None) -> None:
        await _serving(_Server(_config(app, settings, context, lifespan="off")), outside)

    inner = _Server(_config(app, settings, None, lifespan="on"), up)
    serving = [asyncio.create_task(_serving(inner, own), name="web server")]
    if outer is not None:
        serving.append(asyncio.create_task(outer.run(front.access.until_set_up, serve_on), name="outer port"))
    try:
        starting = asyncio.create_task(up.wait())
        await asyncio.wait({starting, *serving}, return_when=asyncio.FIRST_COMPLETED)
        if not starting.cancel():
            ready(address(own))
        done, _ = await asyncio.wait(serving, return_when=asyncio.FIRST_EXCEPTION)  # which leaves them running: the streams end first
        for task in done:
            task.result()
    finally:
        app.state.recorders.close()
        await app.state.hub.close()
        await app.state.kiosks.close()
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)
        own.close()


def _config(app: FastAPI, settings: WebSettings, context: ssl.SSLContext | None, *, lifespan: Literal["on", "off"]) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=HurriedConnection,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=settings.behind_proxy,
        forwarded_allow_ips=list(settings.proxies),
        ws="none",
        lifespan=lifespan,
        loop="none",
        limit_concurrency=CONNECTIONS,
        timeout_graceful_shutdown=GRACE_S,
        h11_max_incomplete_event_size=16_384,
        ssl_context_factory=None if context is None else lambda _config, _default: context,
    )


async def _serving(server: _Server, listener: socket.socket) -> None:
    """Serve on one socket until cancelled; requests that are being answered are let end, for a while."""
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        await asyncio.shield(serving)
    finally:
        server.should_exit = True
        await asyncio.gather(serving, return_exceptions=True)


class _Server(uvicorn.Server):
    """Says when it is up; leaves signals to the composition root."""

    def __init__(self, config: uvicorn.Config, up: asyncio.Event | None = None) -> None:
        super().__init__(config)
        self.up = up or asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield
