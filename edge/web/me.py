"""Routes of whoever asks: who they are, where they are signed in, their password, and the way out."""

from __future__ import annotations

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from edge.access.records import Kind, Session, Who
from edge.access.rights import RIGHTS, ROLES, Right, Role, may_manage
from edge.access.store import AccessStore
from edge.web.cookies import drop_session, put_session
from edge.web.gate import STEP_UP_S, on_this_machine, who
from edge.web.problem import Problem

MOST_PASSWORD = 800  # characters that are read of a password; what is too long is told as such
SESSION_ID = r"^[0-9a-f]{16}$"


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StepUpBody(_Body):
    """The password, given again."""

    password: str = Field(min_length=1, max_length=MOST_PASSWORD, description="The password of whoever is signed in.")


class PasswordBody(_Body):
    """Another password."""

    password: str = Field(min_length=1, max_length=MOST_PASSWORD, description="The password until now.")
    new_password: str = Field(min_length=1, max_length=MOST_PASSWORD, description="The password from now on: at least 12 characters.")


class RevokeBody(_Body):
    """Which browser to sign out."""

    session: str | None = Field(default=None, pattern=SESSION_ID, description="One of them; all but the one that asks when left out.")


class NoBody(_Body):
    """Nothing more is to be said."""


class Me(BaseModel):
    """Who asks. ``role`` None: a program. ``manages``: roles of which they may make and change users. ``confirmed_until_unix_s``: until
    then their password counts as just given; None for a program, which is never asked for one."""

    model_config = ConfigDict(frozen=True)

    name: str
    kind: Kind
    role: Role | None
    rights: tuple[Right, ...]
    manages: tuple[Role, ...]
    confirmed_until_unix_s: float | None


class SessionRow(BaseModel):
    """One browser in which they are signed in. ``this``: the one that asks."""

    model_config = ConfigDict(frozen=True)

    session: str
    this: bool
    since_unix_s: float
    used_unix_s: float
    address: str
    agent: str


class SessionList(BaseModel):
    """Where they are signed in, the most recently used first."""

    model_config = ConfigDict(frozen=True)

    sessions: tuple[SessionRow, ...]


class Ended(BaseModel):
    """How many browsers were signed out."""

    model_config = ConfigDict(frozen=True)

    ended: int


def me(access: AccessStore) -> APIRouter:
    """The routes over the users of one store."""
    router = APIRouter()

    @router.get("/api/v1/me", summary="Who asks, and what they may do")
    async def myself(request: Request) -> Me:
        return _me(who(request))

    @router.post("/api/v1/me/step-up", summary="Give the password again, before what needs it", description="Good for five minutes.")
    async def step_up(request: Request, body: StepUpBody) -> Me:
        person = who(request)
        await _checked(access, request, body.password)
        await access.confirm(session_of(person))
        session = next((one for one in access.sessions(person.name) if one.id == person.session), None)
        return _me(person, session)

    @router.post("/api/v1/me/password", summary="Choose another password", description="Signs out everywhere else.")
    async def password(request: Request, response: Response, body: PasswordBody) -> Me:
        person = who(request)
        await _checked(access, request, body.password)
        await access.set_password(person.name, body.new_password, by=person.name)
        opened = await access.open_session(person.name, address=_address(request), agent=request.headers.get("user-agent", ""), tell=False)
        put_session(request, response, opened)
        return _me(person, opened.session)

    @router.get("/api/v1/me/sessions", summary="Where they are signed in")
    async def sessions(request: Request) -> SessionList:
        person = who(request)
        rows = tuple(
            SessionRow(
                session=one.id,
                this=one.id == person.session,
                since_unix_s=one.made_s,
                used_unix_s=one.used_s,
                address=one.address,
                agent=one.agent,
            )
            for one in access.sessions(person.name)
        )
        return SessionList(sessions=rows)

    @router.post("/api/v1/me/sessions/revoke", summary="Sign out elsewhere")
    async def revoke(request: Request, body: RevokeBody) -> Ended:
        person = who(request)
        if body.session is None:
            return Ended(ended=await access.end_sessions(person.name, but=person.session, by=person.name))
        if body.session not in {one.id for one in access.sessions(person.name)}:
            raise Problem(404, "unknown_session", "There is no such session", "Take one from /api/v1/me/sessions.")
        await access.end_session(body.session, by=person.name)
        return Ended(ended=1)

    @router.post("/api/v1/logout", summary="Sign out")
    async def logout(request: Request, response: Response, body: NoBody) -> Ended:
        person = who(request)
        await access.end_session(session_of(person), by=person.name, action="signed_out")
        drop_session(request, response)
        return Ended(ended=1)

    return router


def session_of(person: Who) -> str:
    """The session of a person; the gate has seen to it that it is one."""
    if person.session is None:
        raise RuntimeError("this route is for people only: see edge/web/needs.py")
    return person.session


async def _checked(access: AccessStore, request: Request, password: str) -> None:
    """Raises Problem where this is not the password of whoever asks, Throttled after too many tries."""
    near = on_this_machine(request.scope)
    if await access.check_password(who(request).name, password, address=_address(request), near=near) is None:
        raise Problem(403, "wrong_password", "This is not the password", "Type it again; after some tries it takes a while.")


def _address(request: Request) -> str:
    return request.client.host if request.client is not None else ""


def _me(person: Who, session: Session | None = None) -> Me:
    confirmed_s = person.confirmed_s if session is None else session.confirmed_s
    return Me(
        name=person.name,
        kind=person.kind,
        role=person.role,
        rights=tuple(right for right in RIGHTS if right in person.rights),
        manages=tuple(role for role in ROLES if may_manage(person.rights, role)) if "users" in person.rights else (),
        confirmed_until_unix_s=confirmed_s + STEP_UP_S if person.kind == "session" else None,
    )
