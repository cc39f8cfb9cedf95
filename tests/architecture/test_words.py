"""The words of the screens: every code that the store tells can be said in every language, and all languages say the same things."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, get_args, get_type_hints

import pytest

from devices.commissioning.said import SAYINGS, TROUBLES
from devices.ports import Reading
from edge.runtime.changes_words import WORDS
from edge.runtime.commissioning.answers import REFUSALS as BENCH_REFUSALS
from edge.runtime.described import ELSEWHERE, keys_of
from edge.runtime.enrolment import LOOK_WORDS
from edge.runtime.settings_markdown import ORDER
from edge.session.details import DETAILS
from edge.session.enrolment import ENROLMENT_WORDS
from edge.session.faults import FAULTS
from edge.session.looks import NOTES
from edge.session.receipt import Outcome
from edge.session.refusals import TEXTS
from edge.session.review import REVIEW_WORDS
from edge.session.revision import Decision
from edge.session.settle import REASONS
from edge.session.weights import COUNT_WORDS
from edge.snapshot import ClockSync, CloudCondition, DeviceCondition, EyeCondition, Phase, PlateCondition, Severity
from edge.store.conflicts import Likeness
from edge.web.bench import Ended, PortState, ProcedureState, Step, Verdict
from edge.web.front import ServiceAction
from vision.facts import EnrolmentTrouble, ViewFlaw

SETTINGS = tuple(section for section in ORDER if section not in ELSEWHERE)
LANGUAGES = Path(__file__).parents[2] / "edge" / "web" / "languages"
CATEGORY = re.compile(r"_(zero|one|two|few|many|other)$")
Language = dict[str, str]


def languages() -> dict[str, Language]:
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(LANGUAGES.glob("*.json"))}


ALL = languages()
each_language = pytest.mark.parametrize("tag", ALL)


def codes(*shapes: str, of: object) -> Iterator[str]:
    """Keys made of each code: ``of`` is a table by code, or a type of literals."""
    known = of if isinstance(of, dict) else get_args(of)
    return (shape.format(code) for code in known for shape in shapes)


NEEDED = {
    "faults": (*codes("fault.{}.words", "fault.{}.action", of=dict(FAULTS)),),
    "details": (*codes("detail.{}.words", of=DETAILS),),
    "refusals": (*codes("refusal.{}", of=dict(TEXTS)),),
    "review reasons": (*codes("review.{}", of=dict(REASONS)),),
    "notes": (*codes("note.{}", of=dict(NOTES)),),
    "answers to a count": (*codes("count.{}", of=dict(COUNT_WORDS)),),
    "answers to a decision": tuple(key for key in codes("reviews.code.{}", of=dict(REVIEW_WORDS)) if key != "reviews.code.reviewed"),
    "decisions": (*codes("reviews.decision.{}", of=Decision),),
    "phases": (*codes("phase.{}.title", "phase.{}.words", of=Phase),),
    "outcomes": (*codes("outcome.{}", of=Outcome),),
    "severities": (*codes("severity.{}", of=Severity),),
    "conditions": (*codes("condition.{}", of=PlateCondition), *codes("cloud.{}", of=CloudCondition), *codes("eye.{}", of=EyeCondition)),
    "qualities": tuple(key for key in codes("quality.{}", of=get_type_hints(Reading)["quality"]) if key != "quality.ok"),
    "devices": (*codes("device.{}", of=DeviceCondition), *codes("clock.{}", of=ClockSync)),
    "enrolment": (
        *codes("enrol.said.{}", of=ENROLMENT_WORDS | LOOK_WORDS),
        *codes("enrol.trouble.{}", of=EnrolmentTrouble),
        *codes("enrol.flaw.{}", of=ViewFlaw),
        *codes("enrol.alike.{}", of=Likeness),
        "enrol.trouble.eye_lost",
    ),
    "steps of commissioning": (
        *codes("bench.step.{}", "bench.step.{}.words", of=Step),
        *codes("bench.procedure.{}", of=ProcedureState),
        *codes("bench.ended.{}", "bench.outcome.{}", of=Ended),
        *codes("bench.port.{}", of=PortState),
        *codes("bench.verdict.{}", "bench.verdict.{}.words", of=Verdict),
        *codes("bench.said.{}", of=dict(SAYINGS)),
        *codes("bench.refused.{}", of=BENCH_REFUSALS),
        *codes("bench.trouble.{}.words", "bench.trouble.{}.advice", of=dict.fromkeys(TROUBLES)),
    ),
    "changes": tuple(f"change.{code}" for code in WORDS),
    "sections of settings": tuple(f"settings.section.{section}" for section in SETTINGS),
    "service": (*codes("service.{}", "service.means.{}", "service.done.{}", of=ServiceAction),),
}


def test_a_code_makes_its_keys() -> None:
    assert [*codes("{}.a", "{}.b", of=Literal["x", "y"])] == ["x.a", "x.b", "y.a", "y.b"]
    assert all(len(keys) > 0 for keys in NEEDED.values())


def test_english_and_chinese_are_there() -> None:
    assert {"en", "zh"} <= set(ALL)


@each_language
@pytest.mark.parametrize("what", NEEDED)
def test_every_code_can_be_said(tag: str, what: str) -> None:
    assert [key for key in NEEDED[what] if not ALL[tag].get(key)] == [], f"add these to edge/web/languages/{tag}.json"


@each_language
def test_no_words_are_left_of_a_code_that_is_gone(tag: str) -> None:
    for family, shape in (
        ("faults", r"fault\.\w+\.\w+"),
        ("details", r"detail\.\w+\.words"),
        ("refusals", r"refusal\.\w+"),
        ("review reasons", r"review\.\w+"),
        ("notes", r"note\.\w+"),
        ("steps of commissioning", r"bench\.(said|refused)\.\w+|bench\.trouble\.\w+\.\w+"),
    ):
        told = {key for key in ALL[tag] if re.fullmatch(shape, key)}
        assert told <= set(NEEDED[family]), family


@each_language
def test_the_settings_are_described_in_every_language_but_the_program_s_own(tag: str) -> None:
    told = json.loads((LANGUAGES / "settings" / f"{tag}.json").read_text(encoding="utf-8"))
    known = {f"{section}.{key.field}" for section in SETTINGS for key in keys_of(section)}
    assert set(told) - known == set()
    assert tag == "en" or known - set(told) == set(), f"add these to edge/web/languages/settings/{tag}.json"
    assert [key for key, (title, about) in told.items() if not title or not (about or tag == "en")] == []


@each_language
def test_all_languages_say_the_same_things(tag: str) -> None:
    said = {CATEGORY.sub("", key) for key in ALL[tag]}
    assert said == {CATEGORY.sub("", key) for key in ALL["en"]}
    counted = {CATEGORY.sub("", key) for key in ALL["en"] if key.endswith("_other")}
    assert [base for base in counted if f"{base}_other" not in ALL[tag]] == []
    assert [key for key, words in ALL[tag].items() if not words.strip()] == []


@each_language
def test_a_detail_takes_the_values_that_the_store_gives(tag: str) -> None:
    def holes(words: str) -> list[str]:
        return sorted(re.findall(r"\{(\w+)\}", words))

    assert [code for code, words in DETAILS.items() if holes(words) != holes(ALL[tag][f"detail.{code}.words"])] == []


@each_language
def test_the_holes_are_the_same(tag: str) -> None:
    def holes(words: str) -> set[str]:
        return set(re.findall(r"\{(\w+)\}", words))

    for key, words in ALL[tag].items():
        english = ALL["en"].get(key) or ALL["en"][CATEGORY.sub("_other", key)]
        assert holes(words) == holes(english) or (CATEGORY.search(key) and holes(words) <= holes(english)), key
