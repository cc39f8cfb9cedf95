"""The codes that the screen shows, and passes that the cloud sends for whoever has scanned one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import ValidationError

from cloud_bridge.entry_messages import OfferAnswerV1
from cloud_bridge.facts import EntryOffered
from edge.runtime.entry_codes import KEPT, EntryCodes
from edge.runtime.pass_desk import MOST_AT_ONCE, PassDesk
from edge.session.facts import Source
from edge.session.settings import EntrySettings
from edge.web.front import EntryResult
from tests.waiting import until

S = 1_000_000_000
URL = "https://shop.example/enter"


class Clock:
    def __init__(self) -> None:
        self.ns = 100 * S

    def __call__(self) -> int:
        return self.ns


def codes(clock: Callable[[], int], **rules: object) -> EntryCodes:
    settings = EntrySettings.model_validate({"offer_url": URL, **rules})
    return EntryCodes("acme/S0001", lambda: settings, clock)


def code_of(address: str | None) -> str:
    assert address is not None
    (code,) = parse_qs(urlsplit(address).query)["c"]
    return code


def test_the_address_names_store_and_code_and_keeps_what_it_had() -> None:
    clock = Clock()
    address = codes(clock, offer_url=f"{URL}?lang=de").shown()
    assert address is not None
    parts = urlsplit(address)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == URL
    assert {**parse_qs(parts.query), "c": ["…"]} == {"lang": ["de"], "s": ["acme/S0001"], "c": ["…"]}
    assert codes(clock, offer_url="").shown() is None


def test_a_code_stays_while_it_is_shown_and_holds_a_while_after() -> None:
    clock = Clock()
    shown = codes(clock, offer_code_s=30.0, offer_grace_s=20.0)
    first = code_of(shown.shown())
    clock.ns += 29 * S
    assert code_of(shown.shown()) == first
    clock.ns += S
    second = code_of(shown.shown())
    assert second != first
    clock.ns += 19 * S
    assert shown.take(first)
    clock.ns += 31 * S
    assert not shown.take(second)


def test_a_code_counts_once_and_the_next_is_shown_at_once() -> None:
    shown = codes(Clock())
    first = code_of(shown.shown())
    assert shown.take(first)
    assert not shown.take(first)
    assert code_of(shown.shown()) != first


@pytest.mark.parametrize("guess", ["", "x" * 22, "ä" * 22, "a" * 5000])
def test_what_was_never_shown_is_no_code(guess: str) -> None:
    shown = codes(Clock())
    shown.shown()
    assert not shown.take(guess)


def test_no_more_codes_are_kept_than_a_queue_needs() -> None:
    clock = Clock()
    shown = codes(clock, offer_code_s=5.0, offer_grace_s=300.0)
    seen = []
    for _ in range(KEPT + 2):
        seen.append(code_of(shown.shown()))
        clock.ns += 5 * S
    assert len(set(seen)) == KEPT + 2
    assert [shown.take(code) for code in seen] == [False, False] + [True] * KEPT


@pytest.mark.parametrize(
    "url", ["http://shop.example/enter", "https://", "https://shop.example/#x", "https://u:p@shop.example/", 'https://shop.example/"', "x"]
)
def test_an_address_that_no_phone_should_open_is_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        EntrySettings(offer_url=url)


class Bench:
    """A desk whose store decides when it is told to."""

    def __init__(self) -> None:
        self.codes = codes(Clock())
        self.presented: list[tuple[str, Source, str | None]] = []
        self.answers: list[tuple[OfferAnswerV1, bytes]] = []
        self.decide = asyncio.Event()
        self.desk = PassDesk(self._present, {}, self.codes, lambda answer, correlation: self.answers.append((answer, correlation)))

    async def _present(self, text: str, source: Source, door: str | None) -> EntryResult:
        self.presented.append((text, source, door))
        await self.decide.wait()
        return EntryResult(accepted=True, code="accepted", words="Welcome.", visit="v1", door=door)

    def offer(self, code: str, correlation: bytes = b"c1") -> None:
        self.desk.offered(EntryOffered(at_ns=0, code=code, text="ss1.k.c.s", door="left", correlation=correlation))


async def test_an_offer_with_the_code_on_the_screen_is_presented_and_answered() -> None:
    bench = Bench()
    bench.decide.set()
    bench.offer(code_of(bench.codes.shown()))
    await until(lambda: bench.answers, 5.0)
    assert bench.presented == [("ss1.k.c.s", "offer", "left")]
    assert bench.answers == [(OfferAnswerV1(accepted=True, code="accepted", words="Welcome.", visit="v1"), b"c1")]


async def test_a_code_that_was_used_or_never_shown_opens_nothing() -> None:
    bench = Bench()
    bench.decide.set()
    code = code_of(bench.codes.shown())
    bench.offer(code)
    bench.offer(code, b"c2")
    bench.offer("q7Zb1Xo0f3mT9wLsKc2e8A", b"c3")
    await until(lambda: len(bench.answers) == 3, 5.0)
    assert len(bench.presented) == 1
    refused = {correlation: answer for answer, correlation in bench.answers if not answer.accepted}
    assert {answer.code for answer in refused.values()} == {"code_unknown"}
    assert set(refused) == {b"c2", b"c3"}


async def test_too_many_at_once_are_told_so_and_keep_their_code() -> None:
    bench = Bench()
    for _ in range(MOST_AT_ONCE):
        bench.offer(code_of(bench.codes.shown()))
    last = code_of(bench.codes.shown())
    bench.offer(last, b"last")
    assert bench.answers[-1][0].code == "busy"
    bench.decide.set()
    await until(lambda: len(bench.answers) == MOST_AT_ONCE + 1, 5.0)
    bench.offer(last, b"again")
    await until(lambda: bench.answers[-1] == (OfferAnswerV1(accepted=True, code="accepted", words="Welcome.", visit="v1"), b"again"), 5.0)
