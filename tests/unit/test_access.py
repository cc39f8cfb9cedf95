"""Users, sessions, tokens and links in their file: what they open, for how long, and what ends them; also beside another process."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from edge.access import database
from edge.access.machine_token import machine_token_path, read_machine_token, write_machine_token
from edge.access.refusals import AccessError, AccessRefused, RefusalCode
from edge.access.sessions import MOST_SESSIONS
from edge.access.settings import AccessSettings
from edge.access.store import AccessStore, access_path

PASSWORD = "a horse with 4 batteries"
DAY_S = 86_400.0


@pytest.fixture
def clock() -> SimpleNamespace:
    return SimpleNamespace(now_s=1_800_000_000.0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return access_path(tmp_path / "journal.db")


@pytest.fixture
async def access(path: Path, clock: SimpleNamespace) -> AsyncIterator[AccessStore]:
    store = AccessStore.open(path, now=lambda: float(clock.now_s))
    yield store
    store.close()


@pytest.fixture
def again(path: Path, clock: SimpleNamespace) -> Iterator[AccessStore]:
    """The same file in another process, as far as SQLite can tell."""
    store = AccessStore.open(path, now=lambda: float(clock.now_s))
    yield store
    store.close()


async def refused(doing: object) -> RefusalCode:
    with pytest.raises(AccessRefused) as refusal:
        await doing  # type: ignore[misc] # any of the store's coroutines
    return refusal.value.code


async def test_the_first_user_is_an_admin_made_by_the_setup_token_once(access: AccessStore) -> None:
    old = await access.setup_token()
    token = await access.setup_token()
    assert access.empty
    assert old is not None
    assert token is not None
    assert await refused(access.set_up(old, "anna", PASSWORD)) == "bad_link", "a newer one has taken its place"
    assert await refused(access.set_up(token, "anna", "short")) == "password_short"
    user = await access.set_up(f" {token.lower().replace('-', ' ')} ", "Anna", PASSWORD)
    assert (user.name, user.role, access.empty) == ("anna", "admin", False)
    assert await refused(access.set_up(token, "bert", PASSWORD)) == "set_up_already"
    assert await access.setup_token() is None


async def test_two_who_set_up_at_once_make_one_user(access: AccessStore) -> None:
    token = await access.setup_token() or ""
    results = await asyncio.gather(*(access.set_up(token, name, PASSWORD) for name in ("a1", "a2", "a3")), return_exceptions=True)
    assert sum(isinstance(one, AccessRefused) for one in results) == 2
    assert len(access.users()) == 1


async def test_a_session_lasts_over_a_restart_and_is_kept_as_a_digest(access: AccessStore, path: Path, clock: SimpleNamespace) -> None:
    await access.create_user("anna", "operator", PASSWORD, by="test")
    opened = await access.open_session("anna", address="192.0.2.7", agent="A browser\x1b[31m\u202eX")
    assert opened.session.agent == "A browser [31m X"
    access.close()
    for file in path.parent.iterdir():
        assert opened.cookie.encode() not in file.read_bytes(), file
        assert PASSWORD.encode() not in file.read_bytes(), file
    later = AccessStore.open(path, now=lambda: float(clock.now_s))
    session = later.session_of(opened.cookie)
    assert session is not None
    assert (session.user, session.role, session.address) == ("anna", "operator", "192.0.2.7")
    assert later.csrf_of(opened.cookie) == opened.csrf
    later.close()


async def test_a_session_ends_when_idle_and_at_its_longest(access: AccessStore, clock: SimpleNamespace) -> None:
    await access.create_user("anna", "viewer", PASSWORD, by="test")
    idle = (await access.open_session("anna", address="")).cookie
    used = (await access.open_session("anna", address="")).cookie
    settings = AccessSettings()
    for _ in range(int(settings.session_days * 24 / settings.session_idle_hours) * 2 - 1):
        clock.now_s += settings.session_idle_hours * 1800.0
        assert access.session_of(used) is not None
    assert access.session_of(idle) is None
    clock.now_s += settings.session_idle_hours * 1800.0
    assert access.session_of(used) is None, "however much it is used"
    clock.now_s -= 40 * DAY_S
    assert access.session_of(used) is not None, "a clock that was set back lets nobody out who may be in"
    clock.now_s += 41 * DAY_S
    await access.open_session("anna", address="")
    clock.now_s -= 41 * DAY_S
    assert access.session_of(used) is None, "but what has ended was let go"


async def test_one_user_has_so_many_sessions_and_the_least_used_gives_way(access: AccessStore, clock: SimpleNamespace) -> None:
    await access.create_user("anna", "viewer", PASSWORD, by="test")
    cookies = []
    for _ in range(MOST_SESSIONS + 2):
        clock.now_s += 61.0
        cookies.append((await access.open_session("anna", address="")).cookie)
    assert [access.session_of(cookie) is not None for cookie in cookies] == [False] * 2 + [True] * MOST_SESSIONS


async def test_whatever_ends_a_user_ends_what_was_opened_by_them(access: AccessStore) -> None:
    for name in ("disabled", "changed", "signed-out"):
        await access.create_user(name, "operator", PASSWORD, by="test")
    opened = {name: await access.open_session(name, address="") for name in ("disabled", "changed", "signed-out")}
    link = await access.make_link("enter", "disabled", by="test")
    await access.change_user("disabled", disabled=True, by="test")
    await access.set_password("changed", "seven wooden bridges", by="test")
    assert await access.end_sessions("signed-out", by="test") == 1
    assert [access.session_of(one.cookie) for one in opened.values()] == [None] * 3
    assert access.link_of(link) is None
    assert await refused(access.open_session("disabled", address="")) == "unknown_user"
    assert await access.check_password("disabled", PASSWORD, address="", near=True) is None
    await access.change_user("disabled", disabled=False, by="test")
    assert access.session_of(opened["disabled"].cookie) is None, "who may come back signs in anew"
    assert access.link_of(link) is None
    assert await access.check_password("changed", PASSWORD, address="", near=True) is None
    assert await access.check_password("CHANGED", "seven wooden bridges", address="", near=True) is not None


async def test_another_role_holds_in_the_open_session(access: AccessStore) -> None:
    await access.create_user("anna", "operator", PASSWORD, by="test")
    cookie = (await access.open_session("anna", address="")).cookie
    await access.change_user("anna", role="viewer", by="test")
    session = access.session_of(cookie)
    assert session is not None
    assert session.role == "viewer"


async def test_what_another_process_ends_has_ended_here(access: AccessStore, again: AccessStore) -> None:
    await access.create_user("anna", "operator", PASSWORD, by="test")
    cookie = (await access.open_session("anna", address="")).cookie
    secret, token = await access.make_token("till", ["let_in"], expires_s=None, by="test")
    assert again.session_of(cookie) is not None
    await again.end_sessions("anna", by="the command line")
    await again.revoke_token(token.id, by="the command line")
    assert access.session_of(cookie) is None
    assert access.token_of(secret) is None
    assert [change.by for change in access.untold()][-2:] == ["the command line"] * 2


async def test_a_link_is_good_once_for_its_time_and_the_newest_counts(access: AccessStore, clock: SimpleNamespace) -> None:
    await access.create_user("anna", "viewer", by="test")
    first = await access.make_link("password", "anna", by="test")
    second = await access.make_link("password", "anna", by="test")
    enter = await access.make_link("enter", "anna", lives_s=60.0, by="test")
    assert access.link_of(first) is None
    taken = await asyncio.gather(*(access.take_link(second) for _ in range(5)))
    assert sum(one is not None for one in taken) == 1
    assert access.link_of(enter) is not None
    clock.now_s += 61.0
    assert access.link_of(enter) is None
    assert await access.take_link(enter) is None
    assert await access.take_link("x" * 10_000) is None
    assert await access.take_link("") is None
    assert await refused(access.make_link("enter", "nobody", by="test")) == "unknown_user"


async def test_a_token_is_good_until_it_expires(access: AccessStore, clock: SimpleNamespace) -> None:
    secret, token = await access.make_token("till\n\x1b[0m", ["let_in", "see"], expires_s=clock.now_s + 10.0, by="anna")
    assert (token.rights, token.name, token.used_s) == (("see", "let_in"), "till  [0m", None)
    assert secret.startswith("sst_")
    assert access.token_of(secret) is not None
    assert access.token_of(secret.upper()) is None
    assert access.token_of(secret.removeprefix("sst_")) is None
    await access._write(lambda _: None)
    assert access.tokens()[0].used_s == clock.now_s
    clock.now_s += 10.0
    assert access.token_of(secret) is None


async def test_names_are_one_in_any_spelling(access: AccessStore) -> None:
    await access.create_user("王芳", "viewer", by="test")
    await access.create_user("Straße.Süd", "viewer", by="test")
    assert [user.name for user in access.users()] == ["strasse.süd", "王芳"]
    assert access.user("ＳＴＲＡＳＳＥ.SU\u0308D") is not None
    assert await refused(access.create_user("strasse.süd", "viewer", by="test")) == "taken"
    for bad in ("", " ", "a b", "this machine", "token x", "-a", "a\nb", "a\u202e", "a/b", "x" * 41, "a@b", "<b>", "\ud800"):
        assert await refused(access.create_user(bad, "viewer", by="test")) == "bad_name", repr(bad)
        assert access.user(bad) is None


def test_the_file_is_for_its_user_alone_also_one_that_was_not(path: Path) -> None:
    path.touch()
    path.chmod(0o644)
    store = AccessStore.open(path)
    asyncio.run(store.create_user("anna", "viewer", by="test"))
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert "access.db-wal" in modes
    assert set(modes.values()) == {0o600}
    store.close()


def test_a_file_that_is_none_or_is_newer_says_what_to_do(path: Path) -> None:
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(AccessError, match="Bring it back from a copy"):
        AccessStore.open(path)
    path.unlink()
    AccessStore.open(path).close()
    with sqlite3.connect(path) as newer:
        newer.execute("UPDATE meta SET value = ? WHERE key = 'schema'", (str(database.SCHEMA_VERSION + 1).encode(),))
    newer.close()
    with pytest.raises(AccessError, match="update first"):
        AccessStore.open(path)
    with pytest.raises(AccessError, match="cannot be opened"):
        AccessStore.open(path.parent / "nowhere" / "access.db")


async def test_a_disk_that_refuses_changes_nothing_and_says_so(access: AccessStore) -> None:
    await access.create_user("anna", "viewer", by="test")
    (pages,) = access._writing.execute("PRAGMA page_count").fetchone()
    access._writing.execute(f"PRAGMA max_page_count = {pages}")

    async def fill() -> None:
        for number in range(1000):
            await access.create_user(f"user-{number}", "viewer", by="test")

    with pytest.raises(AccessError, match="full or failing disk"):
        await fill()
    known = len(access.users())
    access._writing.execute("PRAGMA max_page_count = 1000000")
    await access.create_user("late", "viewer", by="test")
    assert len(access.users()) == known + 1
    assert len(access.untold()) == known + 1, "what is told is what was done"


async def test_what_is_told_is_forgotten_and_never_numbered_again(access: AccessStore, again: AccessStore) -> None:
    await access.create_user("anna", "viewer", by="test")
    (first,) = again.untold()
    await access.told(first.number)
    await access.create_user("bert", "viewer", by="test")
    (second,) = again.untold()
    assert (second.action, second.detail) == ("user_created", "bert, viewer")
    assert second.number > first.number
    assert access.book == again.book


def test_a_machine_token_is_a_private_file_that_is_written_whole(tmp_path: Path) -> None:
    path = machine_token_path(tmp_path / "journal.db")
    path.with_name("machine.token.new").symlink_to(tmp_path / "elsewhere")
    token = write_machine_token(path)
    assert read_machine_token(path) == token
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not (tmp_path / "elsewhere").exists()
    assert write_machine_token(path) != token
    with pytest.raises(AccessError, match="is the store running"):
        read_machine_token(tmp_path / "none.token")
    with pytest.raises(AccessError, match="cannot be written"):
        write_machine_token(tmp_path / "nowhere" / "machine.token")
