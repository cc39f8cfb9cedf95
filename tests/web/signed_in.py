"""Signed in to a store under test: a client or a browser of any role, a program with any token, and the machine itself.

A store that is served by ``served`` is known here by its address, so that a test names the address and who asks. Everybody's password is
``PASSWORD``; a user is made when the first of their role asks.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from edge.access.machine_token import machine_token_path, read_machine_token
from edge.access.records import Opened
from edge.access.rights import Right, Role
from edge.access.store import AccessStore, access_path
from edge.web.cookies import CSRF_COOKIE, SESSION_COOKIE

PASSWORD = "a horse with 4 batteries"
HERE = "127.0.0.1"

_stores: dict[str, AccessStore] = {}
_tokens: weakref.WeakKeyDictionary[AccessStore, str] = weakref.WeakKeyDictionary()


def access_of_tests(*, set_up: bool = True) -> AccessStore:
    """An access file of its own in a folder of its own, both gone with the last use of it, with a machine token. ``set_up``: it has a user
    already, who never comes."""
    folder = Path(tempfile.mkdtemp(prefix="access-"))
    access = AccessStore.open(access_path(folder / "journal.db"))
    access.lend_to_machine(machine_token_path(folder / "journal.db"))
    _tokens[access] = read_machine_token(machine_token_path(folder / "journal.db"))
    if set_up:
        with ThreadPoolExecutor() as aside:  # as this is called where a loop runs already
            aside.submit(asyncio.run, access.create_user("nobody", "viewer", by="test")).result()
    weakref.finalize(access, shutil.rmtree, folder, ignore_errors=True)
    return access


def file_of(access: AccessStore) -> Path:
    """Where it is kept."""
    ((_, _, path),) = access._reading.execute("PRAGMA database_list")
    return Path(path)


@contextmanager
def known(url: str, access: AccessStore) -> Iterator[None]:
    """The store at ``url`` may be asked for by address."""
    _stores[url] = access
    try:
        yield
    finally:
        _stores.pop(url, None)


@contextmanager
def visited(url: str, journal: Path) -> Iterator[None]:
    """The running store at ``url`` with this journal may be asked for by address: browsers sign in to it by role."""
    with closing(AccessStore.open(access_path(journal))) as access, known(url, access):
        yield


def machine(store: str | AccessStore) -> dict[str, str]:
    """Headers of a program on the machine itself. ``store``: its address, or its access."""
    return bearer(_tokens[_access(store)])


def machine_token(url: str) -> str:
    """The machine token of the store at ``url``; of a store that is not known here, one that proves nothing."""
    return _tokens[_stores[url]] if url in _stores else "ssm_unknown"


def bearer(secret: str) -> dict[str, str]:
    """Headers of a program with this token."""
    return {"authorization": f"Bearer {secret}"}


async def token(store: str | AccessStore, *rights: Right, expires_s: float | None = None) -> dict[str, str]:
    """Headers of a program that may do so much."""
    access = _access(store)
    secret, _ = await access.make_token(f"program {len(access.tokens())}", rights, expires_s=expires_s, by="test")
    return bearer(secret)


async def session(store: str | AccessStore, role: Role = "admin", *, name: str | None = None) -> Opened:
    """A new session of the user with this role."""
    access = _access(store)
    called = name or f"{role}-1"
    if access.user(called) is None:
        await access.create_user(called, role, PASSWORD, by="test")
    return await access.open_session(called, address=HERE, agent="test")


def headers(opened: Opened, *, csrf: str | None = None) -> dict[str, str]:
    """Headers of the store's own page in that session; ``csrf`` another proof than its own."""
    return {"cookie": f"{SESSION_COOKIE}={opened.cookie}", "x-csrf-token": opened.csrf if csrf is None else csrf}


async def cookies(url: str, role: Role = "admin") -> list[Any]:
    """Cookies for a browser's context in which somebody of this role is signed in, none where the store at ``url`` is not known here."""
    if url not in _stores:
        return []
    opened = await session(url, role)
    return [{"name": name, "value": value, "url": url} for name, value in ((SESSION_COOKIE, opened.cookie), (CSRF_COOKIE, opened.csrf))]


def asked_in_process(app: FastAPI, headers: dict[str, str]) -> httpx.AsyncClient:
    """A client of an application that no server serves."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://127.0.0.1:8080", headers=headers)


def program(url: str, **how: Any) -> httpx.AsyncClient:
    """A client on the machine of a served store that may do everything."""
    return httpx.AsyncClient(base_url=url, headers=machine(url), **how)


async def page_of(url: str, role: Role = "admin", **how: Any) -> httpx.AsyncClient:
    """A client that asks as the store's own page does, signed in with this role."""
    return httpx.AsyncClient(base_url=url, headers=headers(await session(url, role)), **how)


def _access(store: str | AccessStore) -> AccessStore:
    return _stores[store] if isinstance(store, str) else store
