"""The eye's end of the socket, with readers that are good, slow, gone, too many and hostile."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
import stat
from collections.abc import AsyncIterator, Sequence
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import waiting
from vision.facts import EyeOpened, ItemSeen, VisionFact
from vision.service.listener import (
    KEPT_UNHEARD,
    KEPT_UNHEARD_NS,
    MAX_BAD_LINES,
    MAX_CLIENTS,
    MAX_WAITING,
    Listener,
    SocketTaken,
    listening_socket,
)
from vision.wire import BEAT, MAX_LINE, ShowPicture, VisitOver, WatchVisit, Wish, fact_of, wish_line, wish_of

OPENED = EyeOpened(at_ns=1, cameras=("shelf",), model="m", gallery="g", products=2)


def seen(reach: int, *, at_ns: int = 0, products: int = 3) -> ItemSeen:
    return ItemSeen(
        at_ns=at_ns,
        camera="shelf",
        reach=reach,
        plates=("A1",),
        start_ns=1,
        end_ns=2,
        direction="taken",
        log_likelihoods=tuple((f"{number:013d}", -1.5) for number in range(products)),
        log_other=-3.0,
    )


class Rig:
    """A listener on a socket, a clock that stands, and what was wished."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.now_ns = 0
        self.wishes: list[Wish] = []
        self.listener = Listener(self.greeting, self.wishes.append, lambda: self.now_ns)

    def greeting(self) -> Sequence[VisionFact]:
        return (OPENED,)

    async def connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection that has had its greeting."""
        reader, writer = await asyncio.open_unix_connection(str(self.path))
        assert await told(reader) == OPENED
        return reader, writer


async def told(reader: asyncio.StreamReader) -> VisionFact:
    async with asyncio.timeout(10.0):
        fact = fact_of(await reader.readuntil(b"\n"))
    assert fact is not None
    return fact


async def ended(reader: asyncio.StreamReader) -> None:
    """The other end closed the connection."""
    async with asyncio.timeout(10.0):
        with contextlib.suppress(ConnectionError):
            await reader.read()


until = partial(waiting.until, within_s=10.0)


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    rig = Rig(tmp_path / "eye.sock")
    with listening_socket(rig.path) as listening:
        serving = asyncio.create_task(rig.listener.serve(listening))
        yield rig
        serving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await serving


async def test_who_connects_hears_the_present_and_then_everything(rig: Rig) -> None:
    reader, writer = await rig.connected()
    rig.listener.tell(seen(1))
    assert await told(reader) == seen(1)
    for wish in (WatchVisit(visit="v", at_ns=3), ShowPicture(camera="shelf", until_ns=4), VisitOver(visit="v", at_ns=5, keep=True)):
        writer.write(wish_line(wish))
    await until(lambda: len(rig.wishes) == 3)
    assert [wish.kind for wish in rig.wishes] == ["watch_visit", "show_picture", "visit_over"]
    writer.close()
    await until(lambda: not rig.listener.heard)


async def test_a_beat_is_an_empty_line_where_nothing_else_waits(rig: Rig) -> None:
    reader, writer = await rig.connected()
    rig.listener.beat()
    async with asyncio.timeout(10.0):
        assert await reader.readuntil(b"\n") == BEAT
    fact = seen(7)
    rig.listener.tell(fact)
    rig.listener.beat()
    assert await told(reader) == fact
    writer.close()
    await until(lambda: not rig.listener.heard)


async def test_wishes_may_come_in_any_pieces(rig: Rig) -> None:
    _, writer = await rig.connected()
    for byte in wish_line(WatchVisit(visit="v", at_ns=3)):
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0)
    await until(lambda: rig.wishes)
    writer.close()


async def test_a_sighting_that_nobody_heard_is_told_to_who_comes_next_and_only_once(rig: Rig) -> None:
    for reach in range(KEPT_UNHEARD + 10):
        rig.listener.tell(seen(reach))
    reader, writer = await rig.connected()
    assert [fact.reach for fact in [await told(reader) for _ in range(KEPT_UNHEARD)] if isinstance(fact, ItemSeen)] == list(
        range(10, KEPT_UNHEARD + 10)
    )
    writer.close()
    await until(lambda: not rig.listener.heard)
    reader, writer = await rig.connected()
    rig.listener.tell(seen(900))
    assert await told(reader) == seen(900)
    writer.close()


async def test_a_sighting_of_long_ago_is_told_to_nobody(rig: Rig) -> None:
    rig.listener.tell(seen(1, at_ns=1))
    rig.now_ns = 2 + KEPT_UNHEARD_NS
    rig.listener.tell(seen(2, at_ns=rig.now_ns))
    reader, writer = await rig.connected()
    assert await told(reader) == seen(2, at_ns=rig.now_ns)
    writer.close()


async def test_a_reader_that_stopped_reading_is_cut_off_and_holds_up_nobody(rig: Rig) -> None:
    stopped, other = socket.socket(socket.AF_UNIX), await rig.connected()
    stopped.connect(str(rig.path))
    await until(lambda: len(rig.listener._readers) == 2)
    for reach in range(4 * MAX_WAITING):  # far more than socket buffers and queue hold together
        rig.listener.tell(seen(reach, products=1500))
        assert await told(other[0]) == seen(reach, products=1500)
        if rig.listener.cut_off:
            break
    assert rig.listener.cut_off == 1
    rig.listener.tell(seen(7))
    assert await told(other[0]) == seen(7)
    stopped.close()
    other[1].close()


async def test_what_a_cut_off_controller_did_not_get_it_gets_when_it_comes_again(rig: Rig) -> None:
    stopped = socket.socket(socket.AF_UNIX)
    stopped.connect(str(rig.path))
    await until(lambda: rig.listener.heard)
    for reach in range(4 * MAX_WAITING):
        rig.listener.tell(seen(reach, products=1500))
        await asyncio.sleep(0)
        if not rig.listener.heard:
            break
    stopped.close()
    await until(lambda: not rig.listener.heard)
    reader, writer = await rig.connected()
    first = await told(reader)
    assert isinstance(first, ItemSeen)
    second = await told(reader)
    assert isinstance(second, ItemSeen)
    assert second.reach == first.reach + 1
    writer.close()


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x00\xff\xfe" * 100,
        b"{}",
        b'{"kind":"watch_visit"}',
        b"[" * 5000,
        b"\xf0\x9f\x91\x81" * 10,
        b'{"kind":"show_picture","camera":1,"until_ns":"x"}',
    ],
)
async def test_lines_that_are_no_wishes_are_counted_and_skipped(rig: Rig, garbage: bytes) -> None:
    reader, writer = await rig.connected()
    writer.write(garbage + b"\n" + wish_line(WatchVisit(visit="v", at_ns=3)))
    await until(lambda: rig.wishes)
    assert rig.listener.bad_lines == 1
    rig.listener.tell(seen(1))
    assert await told(reader) == seen(1)
    writer.close()


LINES = st.lists(
    st.one_of(
        st.builds(lambda visit, at_ns: wish_line(WatchVisit(visit=visit, at_ns=at_ns)), st.text(max_size=40), st.integers(0, 2**62)),
        st.binary(max_size=200).map(lambda junk: junk.replace(b"\n", b"") + b"\n"),
    ),
    max_size=MAX_BAD_LINES - 1,
)


@settings(max_examples=25, deadline=None)
@given(lines=LINES, cuts=st.lists(st.integers(1, 50), min_size=1, max_size=20))
def test_whatever_comes_in_whatever_pieces_every_wish_in_it_is_heard(
    lines: list[bytes], cuts: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    sent, wanted = b"".join(lines), [wish for line in lines if (wish := wish_of(line)) is not None]

    async def talk() -> list[Wish]:
        rig = Rig(tmp_path_factory.mktemp("eye") / "eye.sock")
        with listening_socket(rig.path) as listening:
            serving = asyncio.create_task(rig.listener.serve(listening))
            reader, writer = await rig.connected()
            place = 0
            for cut in itertools.cycle(cuts):
                if place >= len(sent):
                    break
                writer.write(sent[place : place + cut])
                place += cut
                await asyncio.sleep(0)
            writer.write_eof()
            await ended(reader)
            writer.close()
            serving.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await serving
            assert rig.listener.bad_lines == len(lines) - len(wanted)
            return rig.wishes

    assert asyncio.run(talk()) == wanted


async def test_who_talks_nothing_but_nonsense_is_cut_off(rig: Rig) -> None:
    reader, writer = await rig.connected()
    writer.write(b"GET / HTTP/1.1\r\n" * (2 * MAX_BAD_LINES))
    await ended(reader)
    assert rig.listener.bad_lines == MAX_BAD_LINES
    writer.close()
    _, writer = await rig.connected()
    writer.close()


async def test_a_fact_that_fits_no_line_is_left_out_and_the_next_is_told(rig: Rig) -> None:
    reader, writer = await rig.connected()
    rig.listener.tell(seen(1, products=10_000))
    rig.listener.tell(seen(2))
    assert await told(reader) == seen(2)
    writer.close()


async def test_it_ends_while_somebody_is_connected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def until_nobody_is_connected(server: asyncio.Server) -> None:
        """What Python 3.12 does; before, it waited for nothing."""
        await asyncio.Event().wait()

    monkeypatch.setattr(asyncio.Server, "wait_closed", until_nobody_is_connected)
    rig = Rig(tmp_path / "eye.sock")
    with listening_socket(rig.path) as listening:
        serving = asyncio.create_task(rig.listener.serve(listening))
        reader, writer = await rig.connected()
        serving.cancel()
        done, _ = await asyncio.wait({serving}, timeout=5.0)
        serving.cancel()
        assert done
        await ended(reader)
        writer.close()


async def test_a_line_without_an_end_costs_no_memory_and_ends_the_connection(rig: Rig) -> None:
    reader, writer = await rig.connected()
    with contextlib.suppress(ConnectionError):
        for _ in range(64):
            writer.write(b"x" * MAX_LINE)
            await writer.drain()
    await ended(reader)
    writer.close()
    assert rig.wishes == []
    assert rig.listener.bad_lines == 1


async def test_a_connection_that_ends_in_the_middle_of_a_line_harms_nobody(rig: Rig) -> None:
    reader, writer = await rig.connected()
    other, other_writer = await rig.connected()
    writer.write(b'{"kind":"watch_vi')
    writer.close()
    await ended(reader)
    rig.listener.tell(seen(1))
    assert await told(other) == seen(1)
    other_writer.close()


async def test_one_connection_too_many_is_refused(rig: Rig) -> None:
    kept = [await rig.connected() for _ in range(MAX_CLIENTS)]
    reader, writer = await asyncio.open_unix_connection(str(rig.path))
    await ended(reader)
    writer.close()
    rig.listener.tell(seen(1))
    for reader, writer in kept:
        assert await told(reader) == seen(1)
        writer.close()


def test_the_socket_is_for_owner_and_group_alone(tmp_path: Path) -> None:
    path = tmp_path / "run" / "eye.sock"
    with listening_socket(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o660
    assert not path.exists()


def test_a_second_eye_is_refused_and_a_dead_one_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "eye.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    with listening_socket(path), pytest.raises(SocketTaken, match="another eye already serves"), listening_socket(path):
        pass
    with listening_socket(path):
        pass


def test_a_path_that_cannot_be_a_socket_is_told(tmp_path: Path) -> None:
    with pytest.raises(SocketTaken, match="longer than the 107 bytes"), listening_socket(tmp_path / ("x" * 120)):
        pass
    (tmp_path / "file").write_text("precious")
    with pytest.raises(SocketTaken, match="name a path that is free"), listening_socket(tmp_path / "file"):
        pass
    assert (tmp_path / "file").read_text() == "precious"
    with pytest.raises(SocketTaken, match="its folder cannot be used"), listening_socket(tmp_path / "file" / "eye.sock"):
        pass
