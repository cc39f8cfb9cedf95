"""Passwords: which are taken, how they are kept, and how guessing at them gets slower without keeping the owner out."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher, extract_parameters
from hypothesis import given
from hypothesis import strategies as st

from edge.access.passwords import MOST_WAITING, NOBODY, Passwords, check_new
from edge.access.refusals import AccessRefused, Throttled
from edge.access.store import AccessStore
from edge.access.throttle import (
    FORGOTTEN_AFTER_S,
    FREE_ATTEMPTS,
    LONGEST_ADDRESS_WAIT_S,
    LONGEST_NAME_WAIT_S,
    MOST_ENTRIES,
    Throttle,
)

PASSWORD = "a horse with 4 batteries"


@pytest.fixture
async def access(tmp_path: Path) -> AsyncIterator[AccessStore]:
    store = AccessStore.open(tmp_path / "access.db")
    await store.create_user("anna", "admin", PASSWORD, by="test")
    await store.create_user("bert", "viewer", by="test")
    await store.create_user("carl", "viewer", PASSWORD, by="test")
    await store.change_user("carl", disabled=True, by="test")
    yield store
    store.close()


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("elevenchars", "password_short"),
        ("", "password_short"),
        ("x" * 201, "password_long"),
        ("aaaaaaaaaaaaaaaa", "password_simple"),
        ("121212121212", "password_simple"),
        ("abcdefghijklmno", "password_simple"),
        ("987654321098", "password_simple"),
        ("qwertyuiopasdf", "password_simple"),
        ("password2026", "password_common"),
        ("Smartstore!2026", "password_common"),
        ("my-annabel-house", "password_name"),
    ],
)
def test_what_is_guessed_first_is_not_taken(password: str, code: str) -> None:
    with pytest.raises(AccessRefused) as refusal:
        check_new(password, "anna")
    assert refusal.value.code == code


@pytest.mark.parametrize("password", [PASSWORD, "四只马和七座木桥还有一盏灯", "x1y2z3x1y2z3", "p" * 100 + "qrst"])
def test_long_ones_of_any_kind_are_taken(password: str) -> None:
    assert check_new(password, "anna") == password


async def test_a_hash_is_argon2id_as_decided_and_tells_equal_passwords_apart() -> None:
    passwords = Passwords()
    one, other = await passwords.kept(PASSWORD), await passwords.kept(PASSWORD)
    assert one.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert one != other
    assert await passwords.fits(one, PASSWORD)
    assert not await passwords.fits(one, PASSWORD + " ")
    assert await passwords.fits(await passwords.kept("ma\u0301 in 12 Zeichen"), "m\u00e1 in 12 Zeichen"), "typed on another keyboard"
    assert not await passwords.fits(one, "\ud800" * 3)
    assert not await passwords.fits("no hash", PASSWORD)
    passwords.close()


async def test_an_older_releases_hash_is_made_anew_with_the_password_at_hand(access: AccessStore) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    await access._write(lambda db: db.execute("UPDATE user SET password = ? WHERE name = 'anna'", (weak,)))
    assert await access.check_password("anna", PASSWORD, address="", near=True) is not None
    (kept,) = access._reading.execute("SELECT password FROM user WHERE name = 'anna'").fetchone()
    assert kept.startswith("$argon2id$v=19$m=19456")
    assert await access.check_password("anna", PASSWORD, address="", near=True) is not None


async def test_nobodys_name_costs_the_same_work_as_a_name_that_is_known(access: AccessStore) -> None:
    for number, name in enumerate(("anna", "bert", "carl", "nobody", "not a name at all", "")):
        before = access.passwords.checks
        assert await access.check_password(name, "not the password", address=f"192.0.2.{number}") is None
        assert access.passwords.checks == before + 1, name
    kept = await access.passwords.kept("something else")
    assert extract_parameters(NOBODY) == extract_parameters(kept), "the hash of nobody is as dear as any"


async def test_hashing_holds_nobody_up(access: AccessStore) -> None:
    ticks, on_loop = 0, threading.get_ident()
    hashing = [asyncio.create_task(access.passwords.fits(None, "x")) for _ in range(MOST_WAITING)]
    while not all(task.done() for task in hashing):
        await asyncio.sleep(0.001)
        ticks += 1
        assert threading.get_ident() == on_loop
    assert ticks > MOST_WAITING, "the loop went round between two hashes"


async def test_so_many_wait_and_one_more_is_sent_away_uncounted(access: AccessStore) -> None:
    addresses = [f"10.0.0.{number}" for number in range(MOST_WAITING + 3)]
    tries = [access.check_password(f"n{address}", "x", address=address) for address in addresses]
    here = access.check_password("anna", PASSWORD, address="127.0.0.1", near=True)
    *results, owner = await asyncio.gather(*tries, here, return_exceptions=True)
    assert sum(isinstance(one, Throttled) for one in results) == 3
    assert owner == access.user("anna"), "who is on the machine does not wait behind a network"
    for address, result in zip(addresses, results, strict=True):
        failures = access.throttle.failures(f"n{address}", address, known=False, near=False)
        assert failures == (0 if isinstance(result, Throttled) else 1)


async def test_many_tries_at_once_are_no_more_than_were_free(access: AccessStore) -> None:
    results = await asyncio.gather(
        *(access.check_password("anna", f"guess {number}", address="192.0.2.7") for number in range(30)), return_exceptions=True
    )
    assert sum(one is None for one in results) == FREE_ATTEMPTS
    with pytest.raises(Throttled):
        await access.check_password("anna", PASSWORD, address="198.51.100.1")
    assert await access.check_password("anna", PASSWORD, address="127.0.0.1", near=True) is not None, "the owner at the machine"


async def test_failures_are_told_at_the_4th_8th_16th_and_never_what_was_typed(access: AccessStore) -> None:
    await access.told(100)
    for number in range(FREE_ATTEMPTS):
        await access.check_password("my-password-in-the-wrong-field", f"x{number}", address="192.0.2.7")
    (change,) = access.untold()
    assert (change.action, change.by, change.detail) == ("sign_in_failed", "an unknown name", f"{FREE_ATTEMPTS} times in a row, 192.0.2.7")


def attempt(
    throttle: Throttle, now_s: float, *, name: str = "anna", address: str = "192.0.2.7", known: bool = True, near: bool = False
) -> float:
    return throttle.begin(name, address, known=known, near=near, now_s=now_s)


def test_the_delay_grows_to_a_bound_and_is_forgotten() -> None:
    throttle, now_s, waits = Throttle(), 0.0, []
    for _ in range(FREE_ATTEMPTS + 12):
        wait_s = attempt(throttle, now_s)
        waits.append(wait_s)
        now_s += wait_s
        if wait_s:
            assert attempt(throttle, now_s - 0.01) > 0.0
            assert attempt(throttle, now_s) == 0.0
    growing = [wait for wait in waits if wait]
    assert growing == sorted(growing)
    assert growing[0] == 1.0
    assert growing[-1] == LONGEST_ADDRESS_WAIT_S
    assert attempt(throttle, now_s, address="203.0.113.9") <= LONGEST_NAME_WAIT_S, "a name alone is never kept longer"
    assert attempt(throttle, now_s + FORGOTTEN_AFTER_S) == 0.0


def test_a_right_password_clears_its_name_and_buys_no_guesses_at_others() -> None:
    throttle = Throttle()
    for _ in range(FREE_ATTEMPTS - 1):
        assert attempt(throttle, 0.0, name="victim") == 0.0
        assert attempt(throttle, 0.0, name="own") == 0.0
        throttle.take_back("own", "192.0.2.7", known=True, near=False, right=True)
    assert throttle.failures("own", "198.51.100.1", known=True, near=False) == 0
    assert attempt(throttle, 0.0, name="victim", address="192.0.2.7") == 0.0
    assert attempt(throttle, 0.0, name="another", address="192.0.2.7") > 0.0


def test_a_household_of_addresses_counts_as_one() -> None:
    throttle = Throttle()
    for number in range(FREE_ATTEMPTS):
        assert attempt(throttle, 0.0, name=f"n{number}", address=f"2001:db8:1:2::{number:x}") == 0.0
    assert attempt(throttle, 0.0, name="n9", address="2001:db8:1:2:ffff::1") > 0.0
    assert attempt(throttle, 0.0, name="n9", address="2001:db8:1:3::1") == 0.0
    assert attempt(throttle, 0.0, name="n8", address="fe80::1%eth0") == 0.0
    assert attempt(throttle, 0.0, name="n7", address="not an address") == 0.0


def test_a_flood_of_names_and_addresses_fills_no_memory_and_frees_no_name_that_is_known() -> None:
    throttle = Throttle()
    for _ in range(FREE_ATTEMPTS):
        attempt(throttle, 0.0)
    for number in range(5 * MOST_ENTRIES):
        attempt(throttle, 1.0, name=f"n{number}", address=f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", known=False)
    assert len(throttle) <= 2 * MOST_ENTRIES + 1
    assert throttle.failures("anna", "203.0.113.200", known=True, near=False) >= FREE_ATTEMPTS


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from(["10.0.0.1", "10.0.0.2"]), st.floats(0.0, 100.0), st.booleans()), max_size=60
    )
)
def test_no_order_of_tries_gives_more_than_the_free_ones_at_one_moment(tries: list[tuple[str, str, float, bool]]) -> None:
    throttle, now_s = Throttle(), 0.0
    for name, address, pause_s, right in tries:
        now_s += pause_s
        if throttle.begin(name, address, known=True, near=False, now_s=now_s) == 0.0 and right:
            throttle.take_back(name, address, known=True, near=False, right=True)
    went = sum(throttle.begin("x", "10.0.0.1", known=True, near=False, now_s=now_s) == 0.0 for _ in range(20))
    assert went <= FREE_ATTEMPTS
    assert throttle.begin("x", "127.0.0.1", known=True, near=True, now_s=now_s) == 0.0


async def test_passwords_are_checked_where_no_thread_may_step_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.setpriority", forbidden)
    passwords = Passwords()
    assert await passwords.fits(await passwords.kept(PASSWORD), PASSWORD)
    passwords.close()
