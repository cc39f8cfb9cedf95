"""A recovery code is the way back, once, for one user, and at no attacker's pace."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from edge.access.refusals import AccessRefused, Throttled
from edge.access.store import AccessStore
from edge.access.tickets import new_typed, typed

PASSWORD = "correct horse battery"
NEW = "a new staple of words"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[AccessStore]:
    with closing(AccessStore.open(tmp_path / "access.db")) as opened:
        yield opened


async def with_code(store: AccessStore, name: str = "ann") -> str:
    await store.create_user(name, "admin", PASSWORD, by="test")
    return await store.make_recovery_code(name, by=name)


def everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


async def test_the_code_gives_a_new_password_and_is_used_up(store: AccessStore) -> None:
    code = await with_code(store)
    opened = await store.open_session("ann", address="10.0.0.1")
    user = await store.recover("Ann", code.lower().replace("-", " "), NEW, address="10.0.0.1")
    assert user is not None
    assert user.name == "ann"
    assert await store.check_password("ann", NEW, address="10.0.0.1") is not None
    assert await store.check_password("ann", PASSWORD, address="10.0.0.1") is None
    assert store.session_of(opened.cookie) is None, "whoever was signed in is not any more"
    assert await store.recover("ann", code, NEW + "!", address="10.0.0.1") is None


async def test_it_is_kept_as_a_digest_only(store: AccessStore, tmp_path: Path) -> None:
    code = await with_code(store)
    kept = everything_in(tmp_path)
    assert code.encode() not in kept
    assert code.replace("-", "").encode() not in kept
    assert any(change.action == "recovery_code_made" for change in store.untold())
    assert all(code not in change.detail for change in store.untold())


async def test_a_new_code_replaces_the_old_one(store: AccessStore) -> None:
    old = await with_code(store)
    new = await store.make_recovery_code("ann", by="ann")
    assert await store.recover("ann", old, NEW, address="10.0.0.1") is None
    assert await store.recover("ann", new, NEW, address="10.0.0.1") is not None


@pytest.mark.parametrize(("name", "code"), [("bob", None), ("nobody", None), ("ann", ""), ("ann", "AAAA-BBBB"), ("ann", "x" * 100_000)])
async def test_it_is_good_for_its_user_alone(store: AccessStore, name: str, code: str | None) -> None:
    right = await with_code(store)
    await store.create_user("bob", "viewer", PASSWORD, by="test")
    assert await store.recover(name, right if code is None else code, NEW, address="10.0.0.1") is None


async def test_a_disabled_user_has_no_way_back(store: AccessStore) -> None:
    code = await with_code(store)
    await store.create_user("bob", "admin", PASSWORD, by="test")
    await store.change_user("ann", disabled=True, by="bob")
    assert await store.recover("ann", code, NEW, address="10.0.0.1") is None


async def test_a_password_that_is_not_taken_leaves_the_code_good(store: AccessStore) -> None:
    code = await with_code(store)
    with pytest.raises(AccessRefused, match="at least 12"):
        await store.recover("ann", code, "short", address="10.0.0.1")
    assert await store.recover("ann", code, NEW, address="10.0.0.1") is not None


async def test_guessing_is_slowed_down(store: AccessStore) -> None:
    code = await with_code(store)
    for _ in range(4):
        assert await store.recover("ann", new_typed(), NEW, address="10.0.0.1") is None
    with pytest.raises(Throttled):
        await store.recover("ann", code, NEW, address="10.0.0.2")


def test_what_is_typed_is_read_as_it_was_given_out() -> None:
    code = new_typed()
    assert len(code.replace("-", "")) * 5 >= 128, "bits"
    assert typed(f"  {code.lower().replace('-', '')} ") == code
    assert typed("") == ""
