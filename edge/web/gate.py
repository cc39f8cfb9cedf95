"""Who asks, and whether they may: every request passes here, after the guard and before any route. Nothing is served that no line of the
table of rights names.

A browser proves itself by the cookie of its session, and every POST of it by the token of its own pages; a program by
``Authorization: Bearer``, with a token or with the machine's own. A header that proves nothing is no identity, whatever the cookie says.
"""

from __future__ import annotations

import asyncio
import ipaddress
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.routing import BaseRoute, Match, Mount, Route
from starlette.types import Message, Receive, Scope

from edge.access import tickets
from edge.access.records import THIS_MACHINE, Who
from edge.access.rights import ALL, ROLE_RIGHTS, Right
from edge.access.store import AccessStore
from edge.web.cookies import SESSION_COOKIE
from edge.web.needs import NEEDS, Endpoint, Need
from edge.web.problem import Problem

CSRF_HEADER: Final = b"x-csrf-token"
STEP_UP_S: Final = 300.0  # s for which a password counts as just given
CLOCK_SLACK_S: Final = 5.0  # s that the wall clock may have been set back since
LOOK_EVERY_S: Final = 2.0  # s between two looks whether somebody who listens still may
LONGEST_HEADER: Final = 8192  # characters of a Cookie or Authorization header that are read
FORWARDING: Final = frozenset(
    {b"forwarded", b"via", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto", b"x-forwarded-server", b"x-real-ip"}
)
LOOPBACK_NAMES: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})
THE_KIOSK: Final = Who(name="the kiosk", rights=frozenset({"kiosk"}), kind="machine")

WhoOf = Callable[[], Who | None]


@dataclass(frozen=True, slots=True)
class Admission:
    """What a request may go on with. ``still``: whether its identity holds and suffices now, where it had to have one."""

    need: Need
    who: Who | None
    still: Callable[[], bool] | None


class Gate:
    """``routes``: all that the application serves, in the order in which they are tried. Raises ValueError where they and the table of
    rights do not name the same endpoints."""

    def __init__(
        self,
        access: AccessStore,
        routes: Sequence[BaseRoute],
        needs: Mapping[Endpoint, Need] = NEEDS,
        *,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._access = access
        self._now = now
        self._needs = needs
        self._routes = [route for route in routes if isinstance(route, Route | Mount)]
        served = {(method, route.path) for route in self._routes for method in _methods(route) if method != "HEAD"}
        if missing := sorted(served - needs.keys()):
            raise ValueError(f"edge/web/needs.py has no line for {', '.join(' '.join(one) for one in missing)}")
        if spare := sorted(needs.keys() - served):
            raise ValueError(f"edge/web/needs.py has a line for what no route serves: {', '.join(' '.join(one) for one in spare)}")

    def admit(self, scope: Scope) -> Admission:
        """Whether this request may go on. Raises Problem: 401 without an identity that counts, 403 where it does not suffice, 404 and 405
        where nothing is served. ``scope["state"]`` gets ``who``."""
        need = self._need(scope)
        who_of = self._proved(scope, need)
        who = who_of()
        scope.setdefault("state", {})["who"] = who
        if need.right is None:
            return Admission(need, who, None)
        if who is None:
            raise Problem(
                401,
                "signed_out",
                "Nobody is signed in",
                "Sign in at /login, or send a token as 'Authorization: Bearer ...'.",
                headers={"www-authenticate": "Bearer"},
            )
        if not _may(who, need):
            raise _not_allowed(need, who)
        if who.kind == "session" and scope["method"] == "POST":
            self._own_page(scope)
        if need.step_up:
            _confirmed(who, self._now())

        def still() -> bool:
            now_who = who_of()
            return now_who is not None and _may(now_who, need)

        return Admission(need, who, still)

    def _need(self, scope: Scope) -> Need:
        methods: set[str] = set()
        for route in self._routes:
            match, _ = route.matches(scope)
            if match is Match.FULL and scope["method"] in _methods(route):
                return self._needs["GET" if scope["method"] == "HEAD" else scope["method"], route.path]
            if match is not Match.NONE:
                methods |= _methods(route)
        if methods:
            raise Problem(
                405,
                "method",
                "This method is not served here",
                "See /api/v1/openapi.json for the methods of this path.",
                headers={"allow": ", ".join(sorted(methods))},
            )
        raise Problem(404, "not_found", "Nothing is served here", "See /api/v1/openapi.json for what there is.")

    def _proved(self, scope: Scope, need: Need) -> WhoOf:
        """How to find out who asks, now and later: by the header where there is one, else by the cookie; the shopper's screen by where it
        stands. Looking again is no use of a session."""
        if need.right == "kiosk" and on_this_machine(scope):
            return lambda: THE_KIOSK
        header = _single(scope, b"authorization")
        if header:
            scheme, _, secret = header.partition(" ")
            return (lambda: self._bearer(secret.strip())) if scheme.lower() == "bearer" else lambda: None
        cookie = session_cookie(scope)
        if cookie is None:
            return lambda: None
        first = True

        def person() -> Who | None:
            nonlocal first
            touch, first = first, False
            return self._person(cookie, touch=touch)

        return person

    def _bearer(self, secret: str) -> Who | None:
        if self._access.is_machine(secret):
            return Who(name=THIS_MACHINE, rights=ALL, kind="machine")
        token = self._access.token_of(secret)
        return None if token is None else Who(name=f"token {token.name}", rights=frozenset(token.rights), kind="token")

    def _person(self, cookie: str, *, touch: bool) -> Who | None:
        session = self._access.session_of(cookie, touch=touch)
        if session is None:
            return None
        return Who(
            name=session.user,
            rights=ROLE_RIGHTS[session.role],
            kind="session",
            role=session.role,
            session=session.id,
            confirmed_s=session.confirmed_s,
        )

    def _own_page(self, scope: Scope) -> None:
        cookie = session_cookie(scope)
        if cookie is None or not tickets.same(_single(scope, CSRF_HEADER), self._access.csrf_of(cookie)):
            raise Problem(
                403,
                "csrf",
                "This did not come from the store's own page",
                "Load the page again; a program uses a token instead of a cookie.",
            )


def who(request: Request) -> Who:
    """Who asks; their name is what the journal is told. Only for routes that need somebody."""
    found = request.state.who
    if not isinstance(found, Who):
        raise RuntimeError("a route that needs somebody has a line in edge/web/needs.py that asks for nobody")
    return found


def require(request: Request, right: Right) -> None:
    """For what only a part of an endpoint's requests needs. Raises Problem where whoever asks has it not."""
    if right not in who(request).rights:
        raise _not_allowed(Need(right=right), who(request))


def require_password(request: Request) -> None:
    """For what only a part of an endpoint's requests needs. Raises Problem where a person has not given their password just before."""
    _confirmed(who(request), time.time())


def session_cookie(scope: Scope) -> str | None:
    """What the session's cookie says, None without one. Sent twice or garbled, it says nothing."""
    found: list[str] = []
    for name, value in scope["headers"]:
        if name == b"cookie" and len(value) <= LONGEST_HEADER:
            pairs = (pair.partition("=") for pair in value.decode("latin-1").split(";"))
            found += [said.strip() for key, _, said in pairs if key.strip() == SESSION_COOKIE]
    return found[0] if len(found) == 1 else None


def on_this_machine(scope: Scope) -> bool:
    """Whether a request comes from this machine itself, and not through a proxy on it: the peer is a loopback address, the name asked for
    is one that only means this machine, and no header tells of a way that it has come."""
    client = scope.get("client")
    names = {name for name, _ in scope["headers"]}
    if client is None or names & FORWARDING:
        return False
    host = _single(scope, b"host").lower()
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    try:
        return ipaddress.ip_address(client[0].partition("%")[0]).is_loopback and name in LOOPBACK_NAMES
    except ValueError:
        return False


def while_allowed(receive: Receive, still: Callable[[], bool], ended: Callable[[], None]) -> Receive:
    """A ``receive`` that says that the other end has gone as soon as it may not listen any more; ``ended`` is told so."""

    async def watched() -> Message:
        waiting = asyncio.ensure_future(receive())
        try:
            while True:
                done, _ = await asyncio.wait({waiting}, timeout=LOOK_EVERY_S)
                if done:
                    return waiting.result()
                if not still():
                    ended()
                    return {"type": "http.disconnect"}
        finally:
            waiting.cancel()

    return watched


def _confirmed(who: Who, now_s: float) -> None:
    if who.kind == "session" and not -CLOCK_SLACK_S <= now_s - who.confirmed_s <= STEP_UP_S:
        raise Problem(403, "step_up", "The password is asked for again", "Send it to /api/v1/me/step-up, then repeat the request.")


def _methods(route: Route | Mount) -> set[str]:
    """What a route is asked by; files below a mount are only read."""
    return {"GET", "HEAD"} if isinstance(route, Mount) else set(route.methods or ())


def _may(who: Who, need: Need) -> bool:
    allowed = need.right in who.rights or need.right in {None, "anybody"}
    return allowed and (need.besides is None or need.besides in who.rights) and (who.kind == "session" or not need.people)


def _not_allowed(need: Need, who: Who) -> Problem:
    if need.people and who.kind != "session":
        return Problem(403, "not_allowed", "Only a person may do this", "Sign in at /login; a token cannot.")
    missing = need.besides if need.right in who.rights else need.right
    return Problem(403, "not_allowed", "This is not allowed to you", f"It needs the right '{missing}'. Ask an admin of the store.")


def _single(scope: Scope, name: bytes) -> str:
    values = [value for key, value in scope["headers"] if key == name and len(value) <= LONGEST_HEADER]
    return values[0].decode("latin-1").strip() if len(values) == 1 else ""
