"""Who is let in: passes, cards, the cloud's word, the offline risk budget, and how a refusal reads."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cloud_bridge.facts import CloudLost, CloudReachable, EntryAnswered, Role
from edge.session import entry
from edge.session.commands import AskCloud, EndVisit, PulseLock, RecordAudit
from edge.session.facts import BadPass, EntryRequested, OpaqueCard, StorageLow
from edge.session.refusals import TEXTS, text_for
from edge.session.settings import EntrySettings
from tests.unit.visit_story import NOW_UNIX, NS, Story, claims

CARD = OpaqueCard("ab" * 32)


def answer(story: Story, *, granted: bool = True, role: Role = "shopper", limit: int | None = None, visit: str = "v1") -> Story:
    return story.tell(
        EntryAnswered(at_ns=story.at_ns, visit=visit, granted=granted, reason="blocked card", holder="h", role=role, limit_minor=limit)
    )


def visit_once(story: Story, number: int, *, delta_g: float = -350.0) -> Story:
    """A whole visit by pass, if they are let in."""
    story.wait(60).enter(claims(f"n{number}"), visit=f"n{number}")
    if story.phase == "unlocking":
        story.unlock().open().wait(1).change(delta_g).leave().timer()
    return story


@pytest.mark.parametrize(
    ("code", "changes", "rules", "unix_s"),
    [
        ("expired", {"expires_s": NOW_UNIX}, {}, NOW_UNIX),
        ("not_yet_valid", {"not_before_s": NOW_UNIX + 61}, {}, NOW_UNIX),
        ("clock", {}, {}, None),
        ("denied", {}, {"deny": ("pass-1",)}, NOW_UNIX),
        ("denied", {}, {"deny": ("holder-1",)}, NOW_UNIX),
        ("currency", {"currency": "USD", "limit_minor": 1000}, {}, NOW_UNIX),
        ("limit_too_low", {"limit_minor": 499}, {"min_limit_minor": 500}, NOW_UNIX),
    ],
)
def test_refused(code: str, changes: dict[str, Any], rules: dict[str, Any], unix_s: int | None) -> None:
    story = Story(entry=EntrySettings(**rules)).enter(claims(**changes), unix_s=unix_s)
    assert (story.phase, story.refusal()) == ("idle", code)
    assert story.pulses() == []
    (audit,) = story.all(RecordAudit)
    assert (audit.action, audit.by) == ("entry_refused", "holder-1")
    refusal = story.state.last_refusal
    assert refusal is not None
    assert refusal.text == TEXTS[code]


@pytest.mark.parametrize(
    ("changes", "rules", "unix_s"),
    [
        ({"not_before_s": NOW_UNIX + 60}, {}, NOW_UNIX),  # the signer's clock may be a minute ahead
        ({"expires_s": NOW_UNIX + 1}, {}, NOW_UNIX),
        ({}, {"untrusted_clock": "accept"}, None),
        ({"limit_minor": 500}, {"min_limit_minor": 500}, NOW_UNIX),
        ({"role": "technician", "currency": None}, {"min_limit_minor": 500}, NOW_UNIX),
    ],
)
def test_let_in(changes: dict[str, Any], rules: dict[str, Any], unix_s: int | None) -> None:
    story = Story(entry=EntrySettings(**rules)).enter(claims(**changes), unix_s=unix_s)
    assert story.phase == "unlocking"
    assert story.state.last_refusal is None


VOUCHED = EntryRequested(
    at_ns=2 * NS,
    visit="v1",
    source="api",
    credential=claims("made-here", role="technician", expires_s=0, currency=None),
    unix_s=None,
    door="d1",
    vouched=True,
)


@pytest.mark.parametrize("verify", ["offline", "cloud", "cloud_then_offline"])
def test_staff_that_the_store_vouches_for_need_neither_cloud_nor_clock(verify: str) -> None:
    story = Story(entry=EntrySettings.model_validate({"verify": verify})).tell(VOUCHED)
    assert story.phase == "unlocking"
    assert [pulse.token for pulse in story.pulses()] == ["v1"]
    assert story.all(AskCloud) == []


def test_a_shopper_is_never_vouched_for() -> None:
    story = Story().tell(replace(VOUCHED, credential=claims()))
    assert (story.refusal(), story.pulses()) == ("denied", [])


def test_who_is_denied_is_not_vouched_for() -> None:
    assert Story(entry=EntrySettings(deny=("holder-1",))).tell(VOUCHED).refusal() == "denied"


def test_nobody_is_unlocked_for_while_somebody_is_inside() -> None:
    story = Story().shopping()
    pulses = len(story.pulses())
    assert story.tell(replace(VOUCHED, at_ns=story.at_ns, visit="v2")).refusal() == "busy"
    assert len(story.pulses()) == pulses


def test_unreadable_codes_are_refused_by_their_reason() -> None:
    story = Story().enter(BadPass("bad_signature"))
    assert story.refusal() == "bad_signature"


def test_a_pass_opens_once_also_after_a_restart() -> None:
    story = Story().shopping().leave().timer()
    story.start(same_boot=False).sense(open=False, secured=True).measure()
    story.wait(60).enter(visit="v2")
    assert story.refusal() == "already_used"
    assert len(story.pulses()) == 1


def test_an_expired_pass_stays_expired_while_the_clock_is_lost() -> None:
    rules = EntrySettings(untrusted_clock="accept")
    story = Story(entry=rules).enter(BadPass("malformed"), unix_s=NOW_UNIX + 1000).wait(60).enter(unix_s=None)
    assert story.refusal() == "expired"


def test_used_passes_are_forgotten_a_day_after_they_expired() -> None:
    story = Story()
    visit_once(story, 1)
    assert [used.pass_id for used in story.state.used] == ["n1"]
    later = NOW_UNIX + 86_400 + 301
    story.wait(60).enter(claims("n2", expires_s=later + 10), unix_s=later, visit="n2")
    assert [used.pass_id for used in story.state.used] == ["n2"]


def test_no_room_for_used_passes_refuses_instead_of_forgetting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entry, "MAX_USED", 1)
    story = visit_once(Story(), 1)
    story.wait(60).enter(claims("n2"), visit="n2")
    assert story.refusal() == "pass_store_full"
    assert "pass_store_full" in story.present()


def test_the_same_code_twice_is_one_visit_and_no_refusal() -> None:
    story = Story().enter().wait(0.2).enter(visit="v2")
    assert story.last == ()
    assert story.state.last_refusal is None
    story.unlock().open().wait(1).enter(visit="v3").leave().enter(visit="v4")
    assert story.state.last_refusal is None
    assert len(story.pulses()) == 1


def test_another_code_during_a_visit_is_refused_politely() -> None:
    story = Story().enter().enter(claims("other"), visit="v2")
    assert story.refusal() == "busy"
    assert story.phase == "unlocking"


def test_a_refused_code_held_in_front_of_the_reader_is_recorded_once() -> None:
    story = Story()
    for _ in range(20):
        story.wait(0.2).enter(BadPass("malformed"), visit=f"v{story.at_s}")
    assert len(story.all(RecordAudit)) == 1
    assert story.state.last_refusal is not None
    assert story.state.last_refusal.times == 20
    story.wait(6).enter(BadPass("malformed"), visit="later")
    assert len(story.all(RecordAudit)) == 2


def test_before_the_sensors_have_reported_only_a_technician_enters() -> None:
    story = Story(ready=False).enter()
    assert story.refusal() == "starting"
    story.sense(open=False, secured=True).wait(10).enter()
    assert story.refusal() == "starting"  # the plates have no weight yet
    story.enter(claims("t", role="technician"), visit="t")
    assert story.phase == "unlocking"


def test_an_unknown_door() -> None:
    assert Story().enter(door="d9").refusal() == "unknown_door"


@pytest.mark.parametrize(
    ("role", "storage", "door_fault", "let_in"),
    [
        ("technician", True, True, True),
        ("restocker", False, True, False),
        ("restocker", True, False, False),
        ("restocker", False, False, True),
        ("shopper", False, False, False),
    ],
)
def test_out_of_service_still_opens_for_staff(role: Role, storage: bool, door_fault: bool, let_in: bool) -> None:
    story = Story().lose(plates=("p1",))  # closes the cabinet, concerns neither door nor safety
    if storage:
        story.tell(StorageLow(at_ns=story.at_ns, low=True))
    if door_fault:
        story.release()
    story.enter(claims(role=role))
    assert (story.phase == "unlocking") is let_in
    if not let_in:
        assert story.refusal() == ("storage_low" if storage else "out_of_service")


def test_asking_the_cloud() -> None:
    story = Story(entry=EntrySettings(verify="cloud")).enter()
    (question,) = story.all(AskCloud)
    assert story.phase == "authorising"
    assert (question.visit, question.pass_id, len(question.digest)) == ("v1", "pass-1", 64)
    assert question.expires_ns == story.at_ns + 3_000_000_000
    answer(story.wait(1))
    assert story.phase == "unlocking"


def test_the_cloud_says_no() -> None:
    story = answer(Story(entry=EntrySettings(verify="cloud")).enter(), granted=False)
    assert (story.phase, story.refusal(), story.end().outcome) == ("idle", "cloud_refused", "refused")
    assert story.pulses() == []
    assert "blocked card" in story.all(RecordAudit)[0].detail


def test_the_cloud_cannot_make_a_shopper_staff() -> None:
    story = answer(Story(entry=EntrySettings(verify="cloud")).enter(), role="technician", limit=100)
    story.unlock().open().wait(1).change(-350.0).leave()
    assert story.receipt().review_reasons == ("over_limit",)  # and its limit counts beside the pass's own


def test_the_cloud_is_silent() -> None:
    story = Story(entry=EntrySettings(verify="cloud")).enter().timer()
    assert (story.phase, story.refusal()) == ("idle", "cloud_silent")
    answer(story)
    assert story.phase == "idle"
    assert story.pulses() == []


def test_the_cloud_is_silent_and_the_store_decides_alone() -> None:
    story = Story(entry=EntrySettings(verify="cloud_then_offline")).enter().timer()
    assert story.phase == "unlocking"


def test_a_store_that_knows_it_is_alone_does_not_let_shoppers_wait() -> None:
    story = Story(entry=EntrySettings(verify="cloud_then_offline")).tell(CloudLost(at_ns=1)).enter()
    assert story.phase == "unlocking"


def test_what_is_wrong_with_a_pass_needs_no_cloud() -> None:
    story = Story(entry=EntrySettings(verify="cloud", deny=("pass-1",))).enter()
    assert story.refusal() == "denied"
    assert story.all(AskCloud) == []


def test_a_card_is_judged_by_the_cloud_alone() -> None:
    story = Story().enter(CARD)
    (question,) = story.all(AskCloud)
    assert (question.digest, question.pass_id) == (CARD.digest, None)
    answer(story, limit=5000)
    story.unlock().open().wait(1).change(-350.0).leave()
    assert (story.receipt().status, story.receipt().holder) == ("final", "h")
    story.timer().commands.clear()
    story.wait(60).enter(CARD, visit="v2")  # a card is no single-use pass
    assert story.phase == "authorising"
    story.timer()
    assert story.refusal() == "needs_cloud"


def test_a_technicians_card_opens_a_cabinet_out_of_service_a_shoppers_does_not() -> None:
    story = Story().lose(plates=("p1",)).enter(CARD)
    answer(story, role="shopper")
    assert story.refusal() == "out_of_service"
    story.wait(60).enter(CARD, visit="v2")
    answer(story, role="technician", visit="v2")
    assert story.phase == "unlocking"


def test_what_changed_while_asking_counts() -> None:
    story = Story(entry=EntrySettings(verify="cloud")).enter().lose(doors=("d1",))
    answer(story)
    assert (story.refusal(), story.pulses()) == ("out_of_service", [])


def test_a_forced_door_while_asking_ends_the_question() -> None:
    story = Story(entry=EntrySettings(verify="cloud")).enter().open()
    assert story.end().outcome == "refused"
    answer(story)
    assert story.pulses() == []


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        ({"offline_visits": 2}, "offline_visits"),
        ({"offline_minor": 398}, "offline_money"),
        ({"offline_hours": 0.05}, "offline_too_long"),
    ],
)
def test_the_offline_budget_ends_in_a_polite_refusal_and_comes_back_with_the_cloud(rules: dict[str, Any], code: str) -> None:
    story = Story(entry=EntrySettings(**rules))
    story.tell(CloudLost(at_ns=story.at_ns))
    visit_once(story, 1)
    visit_once(story, 2)
    story.wait(90).enter(claims("n3"), visit="n3")
    assert story.refusal() == code
    assert {"cloud_lost", "offline_budget_spent"} <= story.present()
    story.tell(CloudReachable(at_ns=story.at_ns))
    assert story.present() == set()
    visit_once(story, 4)
    assert len(story.all(PulseLock)) == 3


def test_a_technician_walks_into_a_cabinet_whose_door_stands_open() -> None:
    story = Story().shopping().timer().timer().wait(1).quiet().timer()
    assert story.present() == {"held_open", "door_left_open"}
    story.commands.clear()
    story.enter(claims("t", role="technician"), visit="t")
    assert (story.phase, story.pulses()) == ("open", [])
    story.wait(5).close().secure().quiet()
    assert story.end().outcome == "staff"
    assert story.present() == set()


def test_staff_are_outside_the_budget() -> None:
    story = Story(entry=EntrySettings(offline_visits=0)).tell(CloudLost(at_ns=1)).enter(claims(role="restocker"))
    assert story.phase == "unlocking"


def test_every_code_of_the_machine_has_its_text() -> None:
    assert text_for("nonsense")
    assert all(text.endswith(".") for text in TEXTS.values())


def test_a_limit_that_the_cloud_lowers_below_the_minimum_is_refused_and_the_cloud_is_told() -> None:
    story = Story(entry=EntrySettings(verify="cloud", min_limit_minor=500)).enter(claims(limit_minor=2000, currency="EUR"))
    answer(story, limit=499)
    assert (story.phase, story.refusal()) == ("idle", "limit_too_low")
    assert story.pulses() == []
    assert [ended.outcome for ended in story.all(EndVisit)] == ["refused"]


def test_the_cloud_is_told_when_a_granted_pass_cannot_be_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entry, "MAX_USED", 0)
    story = answer(Story(entry=EntrySettings(verify="cloud")).enter(claims()))
    assert (story.phase, story.refusal()) == ("idle", "pass_store_full")
    assert [ended.outcome for ended in story.all(EndVisit)] == ["refused"]


def test_a_clock_that_nobody_vouches_for_is_an_alarm_until_a_pass_comes_with_a_known_time() -> None:
    story = Story().enter(claims("n1"), visit="n1", unix_s=None)
    assert story.refusal() == "clock"
    assert "clock_untrusted" in story.present()
    story.wait(60).enter(claims("n2"), visit="n2")
    assert story.phase == "unlocking"
    assert "clock_untrusted" not in story.present()
