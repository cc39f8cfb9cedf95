"""Topics, envelopes, watermarks, questions, contact: sound values are read, everything else is refused without an exception."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cloud_bridge.contact import Contact
from cloud_bridge.entry_messages import EntryAnswerV1, EntryQuestionV1, OfferAnswerV1
from cloud_bridge.envelope import BadEnvelope, ClockStamp, open_envelope, renumber, rfc3339, seal, uuid7
from cloud_bridge.facts import CloudLost, CloudReachable, EntryOffered
from cloud_bridge.messages import CheckoutCompletedV1, WatermarkV1, read_event_data
from cloud_bridge.offers import Offers
from cloud_bridge.outbox_marks import OutboxMarks
from cloud_bridge.ports import LinkMessage
from cloud_bridge.questions import MAX_OPEN, Questions
from cloud_bridge.settings import CloudSettings, broker_address
from cloud_bridge.topics import ACK, ANSWER_ENTRY, ANSWER_OFFER, OFFER_ENTRY, TOPICS, BadId, StoreAddress, parse
from cloud_bridge.watermark import WatermarkReader, read_watermark
from tests.outbox_rig import ADDRESS, checkout, door

_S = 1_000_000_000
STAMP = ClockStamp(1_795_341_600_123_000_000, 5 * _S, "boot", "ntp")
MARKS = OutboxMarks(epoch=7, first=1, confirmed=10, last=20)


def _sealed() -> bytes:
    return seal(door(), event_id=uuid7(STAMP.wall_ns, b"0123456789"), source=ADDRESS.source, store="S0001", epoch=7, seq=12, stamp=STAMP)


class TestTopics:
    def test_every_row_is_found_again(self) -> None:
        for topic in TOPICS:
            placed = parse(topic.at(ADDRESS))
            assert placed is not None
            assert (placed.topic, placed.address) == (topic, ADDRESS)

    @pytest.mark.parametrize("text", ["", "a.b", "a/b", "a+b", "#", "$SYS", "x" * 65, "ü", "a\n", "a b"])
    def test_an_id_that_could_break_a_topic_is_refused(self, text: str) -> None:
        with pytest.raises(BadId):
            StoreAddress("acme", text)

    @given(st.text())
    def test_no_topic_is_too_odd(self, text: str) -> None:
        parse(text)
        parse("ss/v1/" + text)


class TestEnvelope:
    def test_what_was_sealed_is_read_again(self) -> None:
        envelope = open_envelope(_sealed())
        assert (envelope.epoch, envelope.seq, envelope.source, envelope.monotonic_ns) == (7, 12, ADDRESS.source, 5 * _S)
        assert read_event_data(envelope.type, envelope.data) == door()
        assert json.loads(_sealed())["time"] == "2026-11-22T10:00:00.123Z"

    def test_a_new_number_changes_nothing_else(self) -> None:
        before, after = json.loads(_sealed()), json.loads(renumber(_sealed(), epoch=9, seq=1))
        assert (after.pop("epoch"), after.pop("sequence")) == (9, "0000000009-00000000000001")
        del before["epoch"], before["sequence"]
        assert after == before

    def test_ids_are_version_7_and_ordered_by_time(self) -> None:
        early, late = uuid7(1_000 * _S, b"\xff" * 10), uuid7(1_001 * _S, b"\0" * 10)
        assert early < late
        assert early[14] == "7"
        assert early[19] in "89ab"

    @given(st.integers())
    def test_any_clock_gives_a_time(self, wall_ns: int) -> None:
        assert rfc3339(wall_ns).endswith("Z")
        assert len(uuid7(wall_ns, b"0123456789")) == 36

    @given(st.binary(max_size=200))
    def test_any_bytes_are_an_envelope_or_refused(self, body: bytes) -> None:
        with pytest.raises(BadEnvelope):
            open_envelope(body)

    @given(
        st.sampled_from(["specversion", "id", "source", "type", "time", "sequence", "epoch", "bootid", "monons", "partitionkey"]),
        st.one_of(st.none(), st.integers(), st.floats(), st.text(max_size=20), st.lists(st.integers(), max_size=3), st.booleans()),
    )
    def test_a_spoilt_attribute_is_no_exception_of_another_kind(self, name: str, value: object) -> None:
        attributes = json.loads(_sealed())
        attributes[name] = value
        try:
            open_envelope(json.dumps(attributes).encode())
        except BadEnvelope:
            pass

    @pytest.mark.parametrize(
        "body",
        [
            b"[" * 100_000,
            b"{" + b'"a":{' * 50_000,
            b'{"a":' + b"9" * 10_000 + b"}",
            b"\xff\xfe",
            b'{"a":NaN}',
            b'"\\ud800"',
            b'{"a":"\\ud800"}',
        ],
    )
    def test_depth_length_and_half_characters_are_refused(self, body: bytes) -> None:
        with pytest.raises(BadEnvelope):
            open_envelope(body)

    def test_a_later_release_may_add_fields(self) -> None:
        data = checkout("v1").model_dump(mode="json") | {"new": 1}
        data["lines"][0]["newer"] = 2
        assert read_event_data(CheckoutCompletedV1.full_type(), data) == checkout("v1")

    def test_a_total_that_is_not_the_sum_is_refused(self) -> None:
        with pytest.raises(ValueError, match="the lines sum to 300"):
            CheckoutCompletedV1.model_validate(checkout("v1").model_dump() | {"total_minor": 299})


class TestWatermark:
    @pytest.mark.parametrize(
        "payload",
        [
            b"",
            b"no json",
            b"[]",
            b'{"epoch":7}',
            b'{"epoch":7,"seq":-1}',
            b'{"epoch":7,"seq":1.0}',
            b'{"epoch":7,"seq":1e3}',
            b'{"epoch":"7","seq":1}',
            b'{"epoch":7,"seq":true}',
            b'{"epoch":7,"seq":null}',
            b'{"epoch":7,"seq":' + b"9" * 400 + b"}",
            b'{"epoch":99999999999,"seq":1}',
            b'{"epoch":7,"seq":NaN}',
            b"x" * (2 * 1024 * 1024),
        ],
    )
    def test_anything_else_is_none(self, payload: bytes) -> None:
        assert read_watermark(payload) is None

    def test_a_sound_one_is_read_even_with_more_fields(self) -> None:
        assert read_watermark(b'{"epoch":7,"seq":12,"more":1}') == WatermarkV1(epoch=7, seq=12)

    def test_sound_ones_confirm(self) -> None:
        reader = WatermarkReader(30.0)
        assert reader.judge(WatermarkV1(epoch=7, seq=12), MARKS, 0) == "confirm"
        assert reader.judge(WatermarkV1(epoch=7, seq=10), MARKS, 0) == "nothing"
        assert reader.judge(WatermarkV1(epoch=6, seq=12), MARKS, 0) == "nothing"

    def test_one_that_is_beyond_everything_is_believed_once_when_it_insists(self) -> None:
        reader = WatermarkReader(30.0)
        ahead = WatermarkV1(epoch=7, seq=21)
        assert [reader.judge(ahead, MARKS, at * _S) for at in (0, 10, 29, 30)] == ["nothing", "nothing", "nothing", "renew"]
        assert [reader.judge(ahead, MARKS, at * _S) for at in (31, 100, 1000)] == ["nothing"] * 3

    def test_one_that_is_behind_is_believed_when_it_insists_and_no_sound_one_comes(self) -> None:
        reader = WatermarkReader(30.0)
        behind, sound = WatermarkV1(epoch=7, seq=3), WatermarkV1(epoch=7, seq=10)
        assert reader.judge(behind, MARKS, 0) == "nothing"
        assert reader.judge(sound, MARKS, 20 * _S) == "nothing"
        assert reader.judge(behind, MARKS, 40 * _S) == "nothing"
        assert reader.judge(behind, MARKS, 70 * _S) == "rewind"


class TestContact:
    def test_reachable_once_everything_that_waited_is_confirmed(self) -> None:
        contact = Contact(90.0, since_ns=0)
        assert contact.judge(_S, 0) is None
        contact.word(2 * _S, last=5)
        assert contact.judge(3 * _S, 4) is None
        assert contact.judge(4 * _S, 5) == CloudReachable(at_ns=4 * _S)
        assert contact.judge(5 * _S, 5) is None

    def test_lost_when_the_consumer_is_silent_and_reachable_again_afterwards(self) -> None:
        contact = Contact(90.0, since_ns=0)
        contact.word(0, last=0)
        contact.judge(0, 0)
        assert contact.judge(90 * _S, 0) == CloudLost(at_ns=90 * _S)
        assert contact.judge(200 * _S, 0) is None
        assert contact.word(300 * _S, last=8)
        assert contact.judge(301 * _S, 7) is None
        assert contact.judge(302 * _S, 8) == CloudReachable(at_ns=302 * _S)

    def test_never_heard_is_lost_too(self) -> None:
        contact = Contact(90.0, since_ns=10 * _S)
        assert contact.judge(99 * _S, 0) is None
        assert contact.judge(100 * _S, 0) == CloudLost(at_ns=100 * _S)


class TestQuestions:
    QUESTION = EntryQuestionV1(visit="v1", source="qr", digest="0" * 64, pass_id=None)

    def _answer(self, correlation: bytes | None, visit: str = "v1", payload: bytes | None = None, retain: bool = False) -> LinkMessage:
        body = EntryAnswerV1(visit=visit, granted=True, holder="h").model_dump_json().encode() if payload is None else payload
        return LinkMessage(ANSWER_ENTRY.at(ADDRESS), body, 1, retain=retain, correlation=correlation)

    def test_the_request_carries_what_an_answer_needs_and_expires(self) -> None:
        request = Questions(ADDRESS).ask(self.QUESTION, b"c1", 0, 2_500_000_000)
        assert request is not None
        assert (request.response_topic, request.correlation, request.expiry_s) == (ANSWER_ENTRY.at(ADDRESS), b"c1", 3)
        assert not request.retain

    def test_an_answer_in_time_is_a_fact_once(self) -> None:
        questions = Questions(ADDRESS)
        questions.ask(self.QUESTION, b"c1", 0, 3 * _S)
        fact = questions.answered(self._answer(b"c1"), _S)
        assert fact is not None
        assert (fact.visit, fact.granted, fact.holder) == ("v1", True, "h")
        assert questions.answered(self._answer(b"c1"), _S) is None

    def test_late_foreign_retained_and_unreadable_answers_are_dropped(self) -> None:
        wrong = [
            (self._answer(b"c1"), 3 * _S),
            (self._answer(b"other"), _S),
            (self._answer(None), _S),
            (self._answer(b"c1", visit="v2"), _S),
            (self._answer(b"c1", retain=True), _S),
            (self._answer(b"c1", payload=b"\xff"), _S),
            (self._answer(b"c1", payload=b'{"visit":"v1","granted":"maybe"}'), _S),
        ]
        for message, at_ns in wrong:
            questions = Questions(ADDRESS)
            questions.ask(self.QUESTION, b"c1", 0, 3 * _S)
            assert questions.answered(message, at_ns) is None
            assert questions.dropped == 1

    def test_open_questions_are_bounded_and_expire(self) -> None:
        questions = Questions(ADDRESS)
        for number in range(MAX_OPEN):
            assert questions.ask(self.QUESTION, b"%d" % number, 0, _S) is not None
        assert questions.ask(self.QUESTION, b"x", 0, _S) is None
        assert questions.ask(self.QUESTION, b"x", 2 * _S, 3 * _S) is not None
        assert questions.ask(self.QUESTION, b"y", 2 * _S, 2 * _S) is None


class TestSettings:
    @pytest.mark.parametrize("url", ["", "localhost", "http://x", "mqtt://", "mqtt://u:p@h", "mqtt://h/x", "mqtt://h?x=1"])
    def test_a_wrong_address_is_explained(self, url: str) -> None:
        with pytest.raises(ValueError, match="write mqtt://host:port"):
            broker_address(url)

    def test_ports_by_default(self) -> None:
        assert broker_address("mqtt://h") == ("h", 1883)
        assert broker_address("mqtts://h") == ("h", 8883)

    @pytest.mark.parametrize(
        "wrong",
        [
            {"cert_file": "a"},
            {"ca_file": "a"},
            {"password_file": "a"},
            {"delivery": {"window": 100, "ahead": 150}},
            {"delivery": {"retry_first_s": 10, "retry_max_s": 5}},
            {"borker": "x"},
        ],
    )
    def test_what_does_not_fit_together_is_refused(self, wrong: dict[str, object]) -> None:
        with pytest.raises(ValidationError):
            CloudSettings.model_validate({"broker": "mqtt://h"} | wrong)


def test_the_watermark_topic_is_below_the_store() -> None:
    assert ACK.at(ADDRESS) == "ss/v1/acme/S0001/ack"


class TestOffers:
    OFFER = b'{"code": "q7Zb1Xo0f3mT9wLsKc2e8A", "presented": "ss1.k.c.s", "door": "left"}'

    def _said(self, payload: bytes = OFFER, correlation: bytes | None = b"c1", *, retain: bool = False) -> LinkMessage:
        return LinkMessage(OFFER_ENTRY.at(ADDRESS), payload, 1, retain=retain, response_topic="x/evil", correlation=correlation)

    def test_an_offer_is_read_and_answered_where_answers_go(self) -> None:
        offers = Offers(ADDRESS)
        fact = offers.read(self._said(), 7)
        assert fact == EntryOffered(at_ns=7, code="q7Zb1Xo0f3mT9wLsKc2e8A", text="ss1.k.c.s", door="left", correlation=b"c1")
        answer = offers.answer(OfferAnswerV1(accepted=False, code="code_unknown"), fact.correlation)
        assert (answer.topic, answer.correlation, answer.retain) == (ANSWER_OFFER.at(ADDRESS), b"c1", False)

    @pytest.mark.parametrize(
        "said",
        [
            (OFFER, b"c1", True),
            (OFFER, None, False),
            (OFFER, b"", False),
            (OFFER, b"x" * 65, False),
            (b"", b"c1", False),
            (b"[]", b"c1", False),
            (b"\xff", b"c1", False),
            (b'{"code": "short", "presented": "p"}', b"c1", False),
            (b'{"code": "q7Zb1Xo0f3mT9wLsKc2e8A\\n", "presented": "p"}', b"c1", False),
            (b'{"code": "q7Zb1Xo0f3mT9wLsKc2e8A", "presented": ""}', b"c1", False),
            (b'{"code": "q7Zb1Xo0f3mT9wLsKc2e8A", "presented": "%s"}' % (b"p" * 4097), b"c1", False),
            (b'{"code": "q7Zb1Xo0f3mT9wLsKc2e8A", "presented": 7}', b"c1", False),
        ],
    )
    def test_what_is_no_offer_is_counted_and_dropped(self, said: tuple[bytes, bytes | None, bool]) -> None:
        payload, correlation, retain = said
        offers = Offers(ADDRESS)
        assert offers.read(self._said(payload, correlation, retain=retain), 7) is None
        assert offers.dropped == 1
