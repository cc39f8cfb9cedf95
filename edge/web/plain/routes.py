"""Routes of the plain pages. Who is let in is decided by the access room; here forms become calls of it, and refusals become words."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping

from fastapi import APIRouter, Request
from starlette.responses import Response

from edge.access.passwords import SHORTEST, check_new
from edge.access.records import Link, Opened
from edge.access.refusals import AccessError, AccessRefused, Throttled
from edge.access.store import AccessStore
from edge.web.outer import OuterPort
from edge.web.plain import views
from edge.web.plain.forms import Seals, onward, read_form
from edge.web.plain.parts import SEAL
from edge.web.plain.refused import Wrong, check, tried_of
from edge.web.plain.views import NOT_TRIED, OuterWay, Tried
from edge.web.plain.visitor import Visitor

Shown = Callable[[Tried], bytes]


def plain(name: Callable[[], str], access: AccessStore, outer: OuterPort | None) -> APIRouter:
    """The routes over one store. ``name`` says what it is called."""
    router = APIRouter(include_in_schema=False)
    seals = Seals()

    def visitor(request: Request, *query: tuple[str, str]) -> Visitor:
        return Visitor(request, name(), seals, query)

    async def opened(who: Visitor, user: str) -> Opened:
        """Sign them in; whoever was signed in with this browser is not any more."""
        before = access.session_of(who.cookie, touch=False)
        if before is not None:
            with contextlib.suppress(AccessRefused):
                await access.end_session(before.id, by=before.user, action="signed_out")
        return await access.open_session(user, address=who.address, agent=who.agent)

    def way() -> OuterWay:
        return OuterWay() if outer is None else OuterWay(addresses=outer.addresses(), fingerprint=outer.fingerprint)

    @router.get("/login")
    async def login(request: Request) -> Response:
        target = onward(request.query_params.get("next", "/"))
        who = visitor(request, ("next", target))
        if access.empty:
            return who.sent("/setup")
        if access.session_of(who.cookie) is not None:
            return who.sent(target)
        return who.shown(views.login(who.frame, who.seal, NOT_TRIED, onward=target))

    @router.post("/login")
    async def sign_in(request: Request) -> Response:
        form = read_form(await request.body())
        target = onward(form.get("next", "/"))
        who = visitor(request, ("next", target))
        if access.empty:
            return who.sent("/setup")
        try:
            check(who, form, "name", "password")
            user = await access.check_password(form["name"], form["password"], address=who.address, near=who.near)
            if user is None:
                raise Wrong(403, notice=who.words("login.wrong"))
            return who.sent(target, opened=await opened(who, user.name))
        except (Wrong, Throttled, AccessRefused, AccessError) as error:
            return _again(who, form, error, lambda tried: views.login(who.frame, who.seal, tried, onward=target))

    @router.get("/setup")
    async def setup(request: Request) -> Response:
        who = visitor(request)
        if not access.empty:
            return _over(who)
        return who.shown(views.setup(who.frame, who.seal, NOT_TRIED, least=SHORTEST, way=way()))

    @router.post("/setup")
    async def set_up(request: Request) -> Response:
        form = read_form(await request.body())
        who = visitor(request)
        try:
            check(who, form, "token", "name", "password", "again")
            user = await access.set_up(form["token"], form["name"], form["password"])
            code = await access.make_recovery_code(user.name, by=user.name)
            session = await opened(who, user.name)
        except (Wrong, Throttled, AccessRefused, AccessError) as error:
            if not access.empty:
                return _over(who)
            return _again(who, form, error, lambda tried: views.setup(who.frame, who.seal, tried, least=SHORTEST, way=way()))
        return who.shown(views.set_up(who.frame, name=user.name, recovery_code=code, way=way()), opened=session)

    @router.get("/recover")
    async def recover(request: Request) -> Response:
        who = visitor(request)
        if access.empty:
            return who.sent("/setup")
        return who.shown(views.recover(who.frame, who.seal, NOT_TRIED, least=SHORTEST))

    @router.post("/recover")
    async def recovered(request: Request) -> Response:
        form = read_form(await request.body())
        who = visitor(request)
        try:
            check(who, form, "name", "code", "password", "again")
            user = await access.recover(form["name"], form["code"], form["password"], address=who.address, near=who.near)
            if user is None:
                raise Wrong(403, notice=who.words("recover.wrong"))
            code = await access.make_recovery_code(user.name, by=user.name)
            session = await opened(who, user.name)
        except (Wrong, Throttled, AccessRefused, AccessError) as error:
            return _again(who, form, error, lambda tried: views.recover(who.frame, who.seal, tried, least=SHORTEST))
        return who.shown(views.recovered(who.frame, name=user.name, recovery_code=code), opened=session)

    @router.get("/enter/{secret}")
    async def enter(request: Request, secret: str) -> Response:
        who = visitor(request)
        link = access.link_of(secret)
        if link is None or link.user is None:
            return _gone(who)
        return who.shown(_entrance(who, link, NOT_TRIED))

    @router.post("/enter/{secret}")
    async def entered(request: Request, secret: str) -> Response:
        form = read_form(await request.body())
        who = visitor(request)
        link = access.link_of(secret)
        if link is None or link.user is None:
            return _gone(who)
        try:
            chosen = link.purpose == "password"
            check(who, form, *(("password", "again") if chosen else ()))
            if chosen:
                check_new(form["password"], link.user)
            taken = await access.take_link(secret)
            if taken is None or taken.user is None:
                return _gone(who)
            if chosen:
                await access.set_password(taken.user, form["password"], by=taken.user)
            return who.sent("/", opened=await opened(who, taken.user))
        except (Wrong, Throttled, AccessRefused, AccessError) as error:
            return _again(who, form, error, lambda tried: _entrance(who, link, tried))

    @router.get("/signed-out")
    async def signed_out(request: Request) -> Response:
        who = visitor(request)
        session = access.session_of(who.cookie, touch=False)
        if session is None:
            return who.shown(views.message(who.frame, "out", onward="/login", said="out.again"))
        return who.shown(views.sign_out(who.frame, who.seal, name=session.user))

    @router.post("/signed-out")
    async def sign_out(request: Request) -> Response:
        form = read_form(await request.body())
        who = visitor(request)
        session = access.session_of(who.cookie, touch=False)
        if session is not None:
            if not who.sealed(form.get(SEAL, "")):
                return who.sent("/signed-out")
            with contextlib.suppress(AccessRefused):
                await access.end_session(session.id, by=session.user, action="signed_out")
        return who.signed_out("/signed-out")

    return router


def _again(who: Visitor, form: Mapping[str, str], error: Wrong | Throttled | AccessRefused | AccessError, shown: Shown) -> Response:
    """The page once more, with what was typed and what is wrong."""
    tried, status, after_s = tried_of(who.words, form, error)
    return who.shown(shown(tried), status, after_s=after_s)


def _entrance(who: Visitor, link: Link, tried: Tried) -> bytes:
    chosen = link.purpose == "password"
    return views.enter(who.frame, who.seal, tried, name=link.user or "", choose_password=chosen, least=SHORTEST)


def _gone(who: Visitor) -> Response:
    return who.shown(views.message(who.frame, "enter.gone", onward="/login", said="login.title"), 410)


def _over(who: Visitor) -> Response:
    return who.shown(views.message(who.frame, "setup.over", onward="/login", said="login.title"), 410)
