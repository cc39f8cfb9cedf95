"""What the access file tells of users, sessions, tokens and links: never a secret, only what a person or the gate has to know. Pure.

Times are seconds of wall-clock time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from edge.access.rights import Right, Role

Purpose: TypeAlias = Literal["setup", "password", "enter"]
"""``setup``: make the first user. ``password``: choose a password. ``enter``: be signed in."""

Kind: TypeAlias = Literal["session", "token", "machine"]
THIS_MACHINE = "this machine"  # the name of the machine token's holder: no user's name has a space


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Who asks: a person in a browser (``session``), a program with a token, or somebody on the machine itself.

    ``name`` is what the audit record says. ``session``: its id, for a person. ``confirmed_s``: when they gave their password last.
    """

    name: str
    rights: frozenset[Right]
    kind: Kind
    role: Role | None = None
    session: str | None = None
    confirmed_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """One person. ``has_password`` False: they have to choose one by a link first. ``seen_s`` None: never signed in."""

    name: str
    role: Role
    disabled: bool
    has_password: bool
    made_s: float
    seen_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One browser in which somebody is signed in. ``role`` is the user's of now. ``id`` is no secret."""

    id: str
    user: str
    role: Role
    made_s: float
    used_s: float
    confirmed_s: float
    address: str
    agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A new session with the two secrets that its browser is given: ``cookie`` proves it, ``csrf`` proves its own pages."""

    cookie: str
    csrf: str
    session: Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A program's standing permission. ``expires_s`` None: until revoked. ``used_s`` None: never used."""

    id: str
    name: str
    rights: tuple[Right, ...]
    made_s: float
    made_by: str
    expires_s: float | None = None
    used_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What a one-time secret is good for, once. ``user`` None: nobody yet."""

    purpose: Purpose
    user: str | None
    expires_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change of access that the journal has not been told yet. ``number`` rises by one from change to change of one file."""

    number: int
    at_s: float
    action: str
    by: str
    detail: str
