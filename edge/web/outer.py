"""The outer port: what other machines reach. Opened once the store has a user, with a certificate that is renewed while it runs."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeAlias

from edge.web.certificate import Certificate, CertificateError, load_into, machine_names, tls_context, wanted_certificate
from edge.web.settings import WebSettings

LOOK_S: Final = 3600.0  # s between two looks at the certificate: one that a program renews beside us is in use within the hour
TRY_AGAIN_S: Final = 5.0  # s; an address that the network has not given yet, or a port that another program still holds

EVERY_NETWORK: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104 - what is compared, not listened on
MEANS_THE_ASKER: Final = frozenset({"localhost", "127.0.0.1", "::1"})  # names that mean another machine there
CONNECTIONS: Final = 128  # sockets at once: streams, a scraper and a few pages; more is a runaway client

log = logging.getLogger(__name__)

ServeOn: TypeAlias = Callable[[socket.socket, ssl.SSLContext | None], Awaitable[None]]


class OuterPort:
    """One for each store that is served beyond its machine. ``folder``: where a self-made certificate is kept."""

    def __init__(self, settings: WebSettings, folder: Path, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._settings = settings
        self._folder = folder
        self._now = now
        self._context: ssl.SSLContext | None = None
        self.certificate: Certificate | None = None
        self.port: int | None = None
        """The TCP port, once it is open."""

    def prepare(self) -> None:
        """Read the certificate, or make one. Raises CertificateError."""
        self.certificate = wanted_certificate(self._settings, self._folder, self._now())
        self._context = None if self.certificate is None else tls_context(self.certificate)

    @property
    def fingerprint(self) -> str | None:
        """What people compare; None where somebody else vouches for the certificate, or there is none."""
        return self.certificate.fingerprint if self.certificate is not None and self._settings.tls == "self-made" else None

    def stands_for(self, name: str) -> bool:
        """The certificate is for this host name or address."""
        return self.certificate is not None and self.certificate.stands_for(name)

    def addresses(self) -> tuple[str, ...]:
        """URLs to type on another machine, the likeliest first."""
        return outer_addresses(self._settings, self.certificate, self.port)

    async def run(self, until_set_up: Callable[[], Awaitable[None]], serve_on: ServeOn) -> None:
        """Wait until the store is set up, then serve until cancelled."""
        await until_set_up()
        with await self._listener() as listener:
            self.port = listener.getsockname()[1]
            log.info("served beyond this machine", extra={"page": ", ".join(self.addresses()) or f"port {self.port}, behind a proxy"})
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._keep_certificate(), name="certificate")
                tasks.create_task(_as_coroutine(serve_on(listener, self._context)), name="outer web server")

    async def _listener(self) -> socket.socket:
        told = False
        while True:
            try:
                return listening(self._settings.host, self._settings.outer_port)
            except OSError as error:
                if not told:
                    where = f"{self._settings.host} port {self._settings.outer_port}"
                    log.error("cannot listen on %s (%s); trying on: set another [web] host or outer_port", where, error.strerror)
                told = True
            await asyncio.sleep(TRY_AGAIN_S)

    async def _keep_certificate(self) -> None:
        troubled = False
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                self.look()
                troubled = False
            except CertificateError as error:
                if not troubled:
                    log.error("the certificate cannot be renewed: %s", error)
                troubled = True

    def look(self) -> None:
        """Take up a certificate that was renewed, and renew a self-made one that ends soon. Raises CertificateError."""
        found = wanted_certificate(self._settings, self._folder, self._now())
        if found is None or self._context is None or found == self.certificate:
            return
        load_into(self._context, found)
        self.certificate = found
        log.warning("another certificate is in use", extra={"fingerprint": found.fingerprint, "ends": found.ends.date().isoformat()})


def outer_addresses(settings: WebSettings, certificate: Certificate | None, port: int | None = None) -> tuple[str, ...]:
    """URLs at which other machines reach the store, the likeliest first: names before addresses that may change. None behind a proxy, of
    which only the proxy knows. ``port``: the one that is open."""
    if settings.behind_proxy or not settings.beyond:
        return ()
    if settings.host not in EVERY_NETWORK:
        names: Sequence[str] = (settings.host,)
    else:
        names = certificate.names if certificate is not None and settings.tls == "own" else machine_names()
    outside = [name for name in names if name not in MEANS_THE_ASKER and not name.startswith("*.")]
    return tuple(f"https://{f'[{name}]' if ':' in name else name}:{port or settings.outer_port}/" for name in outside)


async def _as_coroutine(waited: Awaitable[None]) -> None:
    await waited


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens on one address. Raises OSError."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(CONNECTIONS)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener
