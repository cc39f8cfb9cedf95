"""Routes by which somebody says who else may do what: users and tokens. Nobody gives away more than they have."""

from __future__ import annotations

import time
from typing import Annotated, Literal

from fastapi import APIRouter, Request
from fastapi import Path as PathParameter
from pydantic import BaseModel, ConfigDict, Field, model_validator

from edge.access.names import LONGEST_NAME
from edge.access.records import Token, User
from edge.access.rights import RIGHTS, ROLE_RIGHTS, ROLES, Right, Role, may_grant, may_manage
from edge.access.store import AccessStore
from edge.web.gate import who
from edge.web.me import SESSION_ID, NoBody
from edge.web.problem import Problem

LONGEST_TOKEN_DAYS = 3650.0
DAY_S = 86_400.0

_User = Annotated[str, PathParameter(min_length=1, max_length=LONGEST_NAME, description="Name of a user.")]
_Token = Annotated[str, PathParameter(pattern=SESSION_ID, description="Id of a token.")]


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class NewUserBody(_Body):
    """Somebody new; they choose their password by the link in the answer."""

    name: str = Field(min_length=1, max_length=LONGEST_NAME, description="What they are called, in any script; capitals do not count.")
    role: Role


class UserBody(_Body):
    """What is to change about somebody."""

    role: Role | None = Field(default=None, description="Their role from now on.")
    disabled: bool | None = Field(default=None, description="True: they cannot sign in any more, and are signed out. False: again.")

    @model_validator(mode="after")
    def _something(self) -> UserBody:
        if self.role is None and self.disabled is None:
            raise ValueError("say what is to change: role, disabled or both")
        return self


class NewTokenBody(_Body):
    """A program that is to be let in."""

    name: str = Field(min_length=1, max_length=LONGEST_NAME, description="What it is for.")
    rights: tuple[Right, ...] = Field(min_length=1, max_length=len(RIGHTS), description="What it may do; none that its maker has not.")
    expires_days: float | None = Field(gt=0.0, le=LONGEST_TOKEN_DAYS, description="Days until it ends; null: until it is revoked.")


class UserRow(BaseModel):
    """One user. ``manageable``: whoever asks may change them. ``has_password`` False: they have not used their link yet."""

    model_config = ConfigDict(frozen=True)

    name: str
    role: Role
    disabled: bool
    has_password: bool
    made_unix_s: float
    seen_unix_s: float | None
    sessions: int
    manageable: bool


class UserList(BaseModel):
    """Everybody, by name."""

    model_config = ConfigDict(frozen=True)

    users: tuple[UserRow, ...]


class Invited(BaseModel):
    """A user, and the address on this server at which they choose their password, or are signed in: once, until ``expires_unix_s``. It is
    told only here."""

    model_config = ConfigDict(frozen=True)

    user: UserRow
    link: str
    expires_unix_s: float


class RoleRow(BaseModel):
    """A role and what it may do."""

    model_config = ConfigDict(frozen=True)

    role: Role
    rights: tuple[Right, ...]


class RoleList(BaseModel):
    """The table of rights: all of them, and each role with its own."""

    model_config = ConfigDict(frozen=True)

    rights: tuple[Right, ...]
    roles: tuple[RoleRow, ...]


class TokenRow(BaseModel):
    """One token. ``expired``: its time is over. ``manageable``: whoever asks may revoke it."""

    model_config = ConfigDict(frozen=True)

    token: str
    name: str
    rights: tuple[Right, ...]
    made_unix_s: float
    made_by: str
    expires_unix_s: float | None
    used_unix_s: float | None
    expired: bool
    manageable: bool


class TokenList(BaseModel):
    """All tokens, the newest first."""

    model_config = ConfigDict(frozen=True)

    tokens: tuple[TokenRow, ...]


class MadeToken(BaseModel):
    """A new token with its ``secret``, which is told only here."""

    model_config = ConfigDict(frozen=True)

    token: TokenRow
    secret: str


def people(access: AccessStore) -> APIRouter:
    """The routes over the users of one store."""
    router = APIRouter()

    def row(request: Request, user: User) -> UserRow:
        return UserRow(
            name=user.name,
            role=user.role,
            disabled=user.disabled,
            has_password=user.has_password,
            made_unix_s=user.made_s,
            seen_unix_s=user.seen_s,
            sessions=len(access.sessions(user.name)),
            manageable=may_manage(who(request).rights, user.role),
        )

    def managed(request: Request, name: str, *roles: Role) -> User:
        """The user, whom the asker may change to any of ``roles``. Raises Problem."""
        user = access.user(name)
        if user is None:
            raise Problem(404, "unknown_user", "There is no such user", "Take a name from /api/v1/users.")
        _may_manage(request, user.role, *roles)
        return user

    async def invited(request: Request, user: User, purpose: Literal["password", "enter"] = "password") -> Invited:
        secret = await access.make_link(purpose, user.name, by=who(request).name)
        link = access.link_of(secret)
        if link is None:
            raise Problem(409, "unknown_user", "The user has just been changed by somebody else", "Look at /api/v1/users and try again.")
        return Invited(user=row(request, user), link=f"/enter/{secret}", expires_unix_s=link.expires_s)

    @router.get("/api/v1/users", summary="Everybody who may sign in")
    async def users(request: Request) -> UserList:
        return UserList(users=tuple(row(request, user) for user in access.users()))

    @router.post("/api/v1/users", summary="Let somebody in", description="They choose their password by the link in the answer.")
    async def create(request: Request, body: NewUserBody) -> Invited:
        _may_manage(request, body.role)
        return await invited(request, await access.create_user(body.name, body.role, by=who(request).name))

    @router.post("/api/v1/users/{name}", summary="Give somebody another role, or disable them")
    async def change(request: Request, name: _User, body: UserBody) -> UserRow:
        user = managed(request, name, *(() if body.role is None else (body.role,)))
        return row(request, await access.change_user(user.name, role=body.role, disabled=body.disabled, by=who(request).name))

    @router.post(
        "/api/v1/users/{name}/password-reset",
        summary="Let somebody choose another password",
        description="Theirs holds until they have used the link.",
    )
    async def reset(request: Request, name: _User, body: NoBody) -> Invited:
        return await invited(request, managed(request, name))

    @router.post(
        "/api/v1/users/{name}/sign-in-link",
        summary="Sign somebody in once, by a link",
        description="On the store's own machine only: nobody else may become somebody else.",
    )
    async def sign_in_link(request: Request, name: _User, body: NoBody) -> Invited:
        if who(request).kind != "machine":
            raise Problem(403, "not_allowed", "This is not allowed to you", "On the store's machine: smartstore access link NAME.")
        return await invited(request, managed(request, name), "enter")

    @router.get("/api/v1/roles", summary="What each role may do")
    async def roles() -> RoleList:
        rows = (RoleRow(role=role, rights=tuple(right for right in RIGHTS if right in ROLE_RIGHTS[role])) for role in ROLES)
        return RoleList(rights=RIGHTS, roles=tuple(rows))

    @router.get("/api/v1/tokens", summary="Programs that are let in")
    async def tokens(request: Request) -> TokenList:
        return TokenList(tokens=tuple(_row(request, token) for token in access.tokens()))

    @router.post("/api/v1/tokens", summary="Let a program in", description="The secret is told in this answer and never again.")
    async def make(request: Request, body: NewTokenBody) -> MadeToken:
        _may_grant(request, body.rights)
        expires_s = None if body.expires_days is None else time.time() + body.expires_days * DAY_S
        secret, token = await access.make_token(body.name, body.rights, expires_s=expires_s, by=who(request).name)
        return MadeToken(token=_row(request, token), secret=secret)

    @router.post("/api/v1/tokens/{token}/revoke", summary="Let a program in no longer")
    async def revoke(request: Request, token: _Token, body: NoBody) -> TokenRow:
        found = access.token(token)
        if found is None:
            raise Problem(404, "unknown_token", "There is no such token", "Take an id from /api/v1/tokens.")
        _may_grant(request, found.rights)
        await access.revoke_token(token, by=who(request).name)
        return _row(request, found)

    return router


def _may_manage(request: Request, *roles: Role) -> None:
    if not all(may_manage(who(request).rights, role) for role in roles):
        raise Problem(403, "not_allowed", "This is not allowed to you", "You can manage only roles that may do less than you.")


def _may_grant(request: Request, rights: tuple[Right, ...]) -> None:
    if not may_grant(who(request).rights, rights):
        raise Problem(403, "not_allowed", "This is not allowed to you", "A token that you make or revoke has only rights of your own.")


def _row(request: Request, token: Token) -> TokenRow:
    return TokenRow(
        token=token.id,
        name=token.name,
        rights=token.rights,
        made_unix_s=token.made_s,
        made_by=token.made_by,
        expires_unix_s=token.expires_s,
        used_unix_s=token.used_s,
        expired=token.expires_s is not None and token.expires_s <= time.time(),
        manageable=may_grant(who(request).rights, token.rights),
    )
