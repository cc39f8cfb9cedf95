"""What every request passes before any route sees it: who may ask, from where, how much; and what every answer carries.

A browser that may ask also runs foreign pages, so: only known Host names (a foreign name that resolves to our address is refused),
writing only as JSON from our own origin, or as a form to a plain page, no reading of the API by other sites, a strict content policy,
bounded bodies in bounded time, a bounded number of writes under way. Whatever fails below becomes a plain problem document.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import re
from collections import Counter
from collections.abc import Callable, Sequence

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from edge.web.gate import Admission, Gate, on_this_machine, while_allowed
from edge.web.problem import Problem
from edge.web.settings import WebSettings

BODY_WITHIN_S = 5.0  # s; a body of a few kilobytes from this machine arrives in milliseconds
WRITES_UNDER_WAY = 4  # a person presses one button at a time; more is a runaway client and would fill the journal
FORMS_UNDER_WAY = 16  # of strangers, who sign in: those of a network apart from those on this machine, so that none keeps its owner out
SAFE_METHODS = frozenset({"GET", "HEAD"})
FORM_TYPE = "application/x-www-form-urlencoded"
FORM_PAGES = re.compile(
    r"/(?:login|setup|recover|signed-out|enter/[^/]+)"
)  # the only addresses that take a form, and they take nothing else
KEEP_TO_TLS = "max-age=31536000"  # s; sent where the certificate is one that browsers believe, as there is no way round it for a year

log = logging.getLogger(__name__)


def content_policy(settings: WebSettings) -> str:
    """The Content-Security-Policy of the page: own files only; it may talk to its own API and, in a demo, to the shopper's controls."""
    connect = "'self'" if settings.shopper_panel_origin is None else f"'self' {settings.shopper_panel_origin}"
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src {connect}; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


class Guard:
    """ASGI middleware, outermost; what it lets pass goes on to the gate. ``stands_for`` says whether the certificate of the outer port is
    for a host name."""

    def __init__(self, app: ASGIApp, settings: WebSettings, gate: Gate, stands_for: Callable[[str], bool] = lambda _: False) -> None:
        self._app = app
        self._settings = settings
        self._gate = gate
        self._hosts = frozenset(settings.allowed_hosts)
        self._stands_for = stands_for
        self._writing: Counter[str] = Counter()
        self._headers: Sequence[tuple[bytes, bytes]] = tuple(
            (name.encode("ascii"), value.encode("ascii"))
            for name, value in {
                "content-security-policy": content_policy(settings),
                "x-content-type-options": "nosniff",
                "x-frame-options": "DENY",
                "referrer-policy": "no-referrer",
                "cross-origin-resource-policy": "same-origin",
                "cross-origin-opener-policy": "same-origin",
                "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=()",
            }.items()
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                present = {name.lower() for name, _ in message["headers"]}
                added = [pair for pair in self._headers if pair[0] not in present]
                if scope["path"].startswith("/api/") and b"cache-control" not in present:
                    added.append((b"cache-control", b"no-store"))
                if self._settings.tls == "own" and scope["scheme"] == "https":
                    added.append((b"strict-transport-security", KEEP_TO_TLS.encode("ascii")))
                message = {**message, "headers": [*message["headers"], *added]}
            await send(message)

        try:
            await self._admit(scope, receive, send_with_headers)
        except Problem as problem:
            if not started:
                await problem.response()(scope, receive, send_with_headers)
        except Exception:
            log.exception("request %s %s failed", scope["method"], scope["path"])
            if started:
                raise
            failure = Problem(500, "internal", "The store could not answer", "Try again; if it stays so, read the controller's log.")
            await failure.response()(scope, receive, send_with_headers)

    async def _admit(self, scope: Scope, receive: Receive, send: Send) -> None:
        host = self._host(scope)
        self._same_site(scope)
        if scope["method"] in SAFE_METHODS:
            await self._read(scope, receive, send, self._gate.admit(scope))
            return
        if scope["method"] != "POST":
            raise Problem(405, "method", "This method is not served", "Use GET to read and POST to act.", headers={"allow": "GET, POST"})
        self._own_origin(scope, host)
        admission = self._gate.admit(scope)
        content_type = _only(scope, b"content-type").partition(";")[0].strip().lower()
        if FORM_PAGES.fullmatch(scope["path"]):
            if content_type != FORM_TYPE:
                raise Problem(415, "content_type", "Only forms are read here", "Open the page in a browser and send its form.")
        elif content_type != "application/json":
            raise Problem(415, "content_type", "Only JSON is read", "Send the body as JSON with 'Content-Type: application/json'.")
        pool, most = _pool(scope, admission)
        if self._writing[pool] >= most:
            raise Problem(
                429, "busy", "Too many requests at once", "Wait for the answers to earlier requests.", headers={"retry-after": "1"}
            )
        self._writing[pool] += 1
        try:
            body = await self._body(scope, receive, admission.need.most_bytes or self._settings.max_body_bytes)
            await self._app(scope, _replay(body, receive), send)
        finally:
            self._writing[pool] -= 1

    async def _read(self, scope: Scope, receive: Receive, send: Send, admission: Admission) -> None:
        """An answer that goes on, as a live stream does, ends properly once whoever reads it may not any more."""
        if admission.still is None:
            await self._app(scope, receive, send)
            return
        cut = whole = False

        async def noted(message: Message) -> None:
            nonlocal whole
            whole = message["type"] == "http.response.body" and not message.get("more_body", False)
            await send(message)

        def ended() -> None:
            nonlocal cut
            cut = True

        await self._app(scope, while_allowed(receive, admission.still, ended), noted)
        if cut and not whole:
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _host(self, scope: Scope) -> str:
        host = _only(scope, b"host").lower()
        name = host if host.endswith("]") else host.rpartition(":")[0] or host
        if name not in self._hosts and not self._own_address(scope, name) and not self._stands_for(name):
            raise Problem(
                400,
                "host",
                "This name is not known here",
                "Open the page under http://127.0.0.1 or http://localhost, or add the name to [web] allowed_hosts.",
            )
        return host

    def _own_address(self, scope: Scope, name: str) -> bool:
        """Is ``name`` the very address at which the request arrived? A foreign name cannot look like that."""
        server = scope.get("server")
        try:
            return server is not None and ipaddress.ip_address(name.strip("[]")) == ipaddress.ip_address(server[0])
        except ValueError:
            return False

    def _same_site(self, scope: Scope) -> None:
        site = _only(scope, b"sec-fetch-site")
        opened_by_a_person = _only(scope, b"sec-fetch-mode") == "navigate" and scope["method"] in SAFE_METHODS
        if site in {"cross-site", "same-site"} and not opened_by_a_person:
            raise Problem(403, "cross_site", "Other sites may not ask", "Open the store's own page and use it there.")

    def _own_origin(self, scope: Scope, host: str) -> None:
        origin = _only(scope, b"origin").lower()
        if not origin and FORM_PAGES.fullmatch(scope["path"]):
            raise Problem(403, "origin", "A form comes with its origin", "Open the page in a browser and send its form.")
        if origin and origin not in {f"http://{host}", f"https://{host}"}:
            raise Problem(403, "origin", "Other sites may not act", "Use the store's own page, or a program that sends no Origin header.")

    async def _body(self, scope: Scope, receive: Receive, limit: int) -> bytes:
        too_large = Problem(413, "too_large", "The body is too large", f"Send at most {limit} bytes.", headers={"connection": "close"})
        announced = _only(scope, b"content-length")
        if announced.isdecimal() and (len(announced) > 12 or int(announced) > limit):
            raise too_large
        body = bytearray()
        try:
            async with asyncio.timeout(BODY_WITHIN_S):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise Problem(400, "cut", "The request was cut", "Send it again.")
                    body += message.get("body", b"")
                    if len(body) > limit:
                        raise too_large
                    if not message.get("more_body", False):
                        return bytes(body)
        except TimeoutError:
            raise Problem(
                408, "slow", "The body came too slowly", f"Send it within {BODY_WITHIN_S:g} s.", headers={"connection": "close"}
            ) from None


def _pool(scope: Scope, admission: Admission) -> tuple[str, int]:
    """Among whom a write is counted, and how many of them there may be at once."""
    if admission.who is not None:
        return "known", WRITES_UNDER_WAY
    return ("here" if on_this_machine(scope) else "elsewhere"), FORMS_UNDER_WAY


def _only(scope: Scope, name: bytes) -> str:
    """The one value of a header, empty when absent; a header that must be single and is not makes the request ambiguous."""
    values = [value for key, value in scope["headers"] if key == name]
    if len(values) > 1:
        raise Problem(400, "ambiguous", "The request is ambiguous", f"Send the header {name.decode('ascii')} once.")
    return values[0].decode("latin-1").strip() if values else ""


def _replay(body: bytes, receive: Receive) -> Receive:
    """A ``receive`` that gives the body already read, then whatever follows it."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
