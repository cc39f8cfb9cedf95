"""Runs the web application on its loopback port until cancelled. The composition root starts it as one task among others."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager

import uvicorn

from edge.web.app import create_app
from edge.web.front import StoreFront
from edge.web.settings import WebSettings

GRACE_S = 2  # s; streams end at once, so only a request that is just being answered needs it
CONNECTIONS = 128  # sockets at once: streams, a scraper and a few pages; more is a runaway client


class PortTaken(Exception):
    """The port cannot be listened on. Says which, and what to change."""


def listen(settings: WebSettings) -> socket.socket:
    """A listening socket on the configured address. Raises PortTaken."""
    host = "127.0.0.1" if settings.host == "localhost" else settings.host
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, settings.port))
        listener.listen(CONNECTIONS)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        raise PortTaken(
            f"cannot listen on {host} port {settings.port} ({error.strerror}); set another [web] port, or 0 for a free one"
        ) from error
    return listener


def address(listener: socket.socket) -> str:
    """The URL under which a listening socket is reached."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def serve(
    front: StoreFront, settings: WebSettings, *, listener: socket.socket | None = None, ready: Callable[[str], None] = print
) -> None:
    """Serve until cancelled; every stream is ended and the port closed before this returns. ``ready`` is told the URL. Raises PortTaken."""
    own = listener if listener is not None else listen(settings)
    url = address(own)
    app = create_app(front, settings)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        ws="none",
        lifespan="on",
        loop="none",
        limit_concurrency=CONNECTIONS,
        timeout_graceful_shutdown=GRACE_S,
        h11_max_incomplete_event_size=16_384,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[own]), name="web-server")
    try:
        starting = asyncio.create_task(server.up.wait())
        await asyncio.wait({starting, serving}, return_when=asyncio.FIRST_COMPLETED)
        if not starting.cancel():
            ready(url)
        await asyncio.shield(serving)
    finally:
        app.state.recorders.close()
        await app.state.hub.close()
        server.should_exit = True
        await asyncio.gather(serving, return_exceptions=True)
        own.close()


class _Server(uvicorn.Server):
    """Says when it is up; leaves signals to the composition root."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield
