"""What is wrong with a form, in the reader's words, beside the field that it is about. Pure but for the errors that it catches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from edge.access.passwords import SHORTEST
from edge.access.refusals import AccessError, AccessRefused, RefusalCode, Throttled
from edge.web.plain.parts import SEAL
from edge.web.plain.views import LONGEST, PASSWORDS, Tried
from edge.web.plain.visitor import Visitor
from edge.web.plain.words import Words

MINUTES_FROM_S: Final = 120.0  # s; waiting times from here on are told in minutes

BESIDE: Final[Mapping[RefusalCode, tuple[str, str]]] = {
    "bad_name": ("name", "problem.name"),
    "taken": ("name", "problem.taken"),
    "bad_link": ("token", "problem.token"),
    "password_short": ("password", "problem.short"),
    "password_long": ("password", "problem.long"),
    "password_name": ("password", "problem.like_name"),
    "password_simple": ("password", "problem.simple"),
    "password_common": ("password", "problem.common"),
}
"""The field beside which a refusal is said, and its words; any other is said above the form."""


class Wrong(Exception):
    """The form cannot be taken as it is: ``problems`` by field, or a ``notice`` about all of it."""

    def __init__(self, status: int, *, notice: str = "", problems: Mapping[str, str] | None = None) -> None:
        super().__init__(notice)
        self.status = status
        self.notice = notice
        self.problems = problems or {}


def check(who: Visitor, form: Mapping[str, str], *fields: str) -> None:
    """Raises Wrong unless this page showed the form to this browser, and every one of ``fields`` is filled in as far as one can see."""
    if not who.sealed(form.get(SEAL, "")):
        raise Wrong(403, notice=who.words("problem.stale"))
    problems = {}
    for name in fields:
        value = form.get(name, "")
        if not value.strip():
            problems[name] = who.words("problem.missing")
        elif len(value) > LONGEST[name]:
            problems[name] = who.words("problem.long")
    if "again" in fields and not problems and form["password"] != form["again"]:
        problems["again"] = who.words("problem.differs")
    if problems:
        raise Wrong(422, problems=problems)


def tried_of(
    words: Words, form: Mapping[str, str], error: Wrong | Throttled | AccessRefused | AccessError
) -> tuple[Tried, int, float | None]:
    """The form as it is shown again, the status of the answer, and seconds until the next try where that has to wait."""
    typed = {name: value[: LONGEST[name]] for name, value in form.items() if name in LONGEST and name not in PASSWORDS}
    match error:
        case Wrong():
            return Tried(typed=typed, problems=error.problems, notice=error.notice), error.status, None
        case Throttled():
            return Tried(typed=typed, notice=_wait(words, error.wait_s)), 429, max(1.0, error.wait_s)
        case AccessRefused():
            field, key = BESIDE.get(error.code, ("", "problem.refused"))
            said = words(key, least=SHORTEST)
            return Tried(typed=typed, problems={field: said} if field else {}, notice="" if field else said), 422, None
        case AccessError():
            return Tried(typed=typed, notice=words("problem.busy")), 503, None


def _wait(words: Words, wait_s: float) -> str:
    if wait_s < MINUTES_FROM_S:
        return words("problem.wait.seconds", count=max(1, round(wait_s)))
    return words("problem.wait.minutes", count=round(wait_s / 60))
