"""The plain pages themselves: what each says and asks for. What was typed is shown again, passwords never. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from edge.web.plain.markup import NOTHING, Markup, element, joined
from edge.web.plain.parts import Field, Frame, Kind, form, link, notice, page, paragraphs, secret
from edge.web.plain.words import Words

LONGEST = {"name": 64, "password": 256, "again": 256, "token": 128, "code": 128}  # characters of each field; more is not read
PASSWORDS = frozenset({"password", "again"})  # never shown again


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A form that was sent and could not be taken: what was typed, what is wrong with which field, and what is wrong with all of it."""

    typed: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)
    notice: str = ""

    @property
    def wrong(self) -> bool:
        """Something is to be mended."""
        return bool(self.problems or self.notice)


@dataclass(frozen=True, slots=True, kw_only=True)
class OuterWay:
    """How other machines reach the store: addresses to type, and what their browser shows of a self-made certificate."""

    addresses: tuple[str, ...] = ()
    fingerprint: str | None = None


NOT_TRIED = Tried()


def login(frame: Frame, seal: str, tried: Tried, *, onward: str) -> bytes:
    """Name and password; ``onward``: where to go then."""
    words = frame.words
    fields = (
        _asked(words, tried, "name", "name", first=True),
        _asked(words, tried, "password", "password"),
    )
    return page(
        frame,
        words("login.title"),
        _noticed(tried),
        form(frame, seal, words("login.act"), fields, hidden=(("next", onward),)),
        link("/recover", words("login.lost")),
        wrong=tried.wrong,
    )


def setup(frame: Frame, seal: str, tried: Tried, *, least: int, way: OuterWay) -> bytes:
    """First run: the token from the console, and the first admin."""
    words = frame.words
    fields = (
        _asked(words, tried, "token", "code", first=True, hint=words("setup.token")),
        _asked(words, tried, "name", "name", hint=words("setup.name")),
        *_new_password(words, tried, least),
    )
    return page(
        frame,
        words("setup.title"),
        _noticed(tried),
        paragraphs(words("setup.words")),
        form(frame, seal, words("setup.act"), fields),
        _outer(words, way),
        wrong=tried.wrong,
    )


def set_up(frame: Frame, *, name: str, recovery_code: str, way: OuterWay) -> bytes:
    """It is done: the recovery code, this once."""
    words = frame.words
    return page(
        frame,
        words("setup.done.title"),
        notice("good", words("done.signed_in", name=name)),
        _recovery(words, recovery_code),
        _outer(words, way),
        link("/", words("done.go"), main=True),
    )


def recover(frame: Frame, seal: str, tried: Tried, *, least: int) -> bytes:
    """A recovery code in place of the password."""
    words = frame.words
    fields = (
        _asked(words, tried, "name", "name", first=True),
        _asked(words, tried, "code", "code"),
        *_new_password(words, tried, least),
    )
    return page(
        frame,
        words("recover.title"),
        _noticed(tried),
        paragraphs(words("recover.words")),
        form(frame, seal, words("recover.act"), fields),
        paragraphs(words("recover.without")),
        link("/login", words("login.back")),
        wrong=tried.wrong,
    )


def recovered(frame: Frame, *, name: str, recovery_code: str) -> bytes:
    """The new password holds; the next recovery code, this once."""
    words = frame.words
    return page(
        frame,
        words("recover.done.title"),
        notice("good", words("done.signed_in", name=name)),
        _recovery(words, recovery_code),
        link("/", words("done.go"), main=True),
    )


def enter(frame: Frame, seal: str, tried: Tried, *, name: str, choose_password: bool, least: int) -> bytes:
    """A one-time link, before it is used: only the button uses it, as programs that look at links press none."""
    words = frame.words
    fields = _new_password(words, tried, least) if choose_password else ()
    return page(
        frame,
        words("enter.title", name=name),
        _noticed(tried),
        paragraphs(words("enter.choose" if choose_password else "enter.words")),
        form(frame, seal, words("enter.act"), fields),
        wrong=tried.wrong,
    )


def message(frame: Frame, key: str, *, onward: str, said: str) -> bytes:
    """A page that only says something: ``KEY.title``, ``KEY.words``, and a way on."""
    words = frame.words
    return page(frame, words(f"{key}.title"), paragraphs(words(f"{key}.words")), link(onward, words(said), main=True))


def sign_out(frame: Frame, seal: str, *, name: str) -> bytes:
    """Somebody who is still signed in came to the page for those who are not."""
    words = frame.words
    return page(
        frame,
        words("out.still.title"),
        paragraphs(words("out.still.words", name=name)),
        form(frame, seal, words("out.still.act")),
        link("/", words("done.go")),
    )


def _asked(words: Words, tried: Tried, name: str, kind: Kind, *, first: bool = False, hint: str = "") -> Field:
    return Field(
        name=name,
        label=words(f"field.{name}"),
        kind=kind,
        longest=LONGEST[name],
        hint=hint,
        value=tried.typed.get(name, ""),
        problem=tried.problems.get(name, ""),
        first=first,
    )


def _new_password(words: Words, tried: Tried, least: int) -> tuple[Field, ...]:
    return (
        _asked(words, tried, "password", "new-password", hint=words("field.password.least", least=least)),
        _asked(words, tried, "again", "new-password"),
    )


def _noticed(tried: Tried) -> Markup:
    return notice("bad", tried.notice) if tried.notice else NOTHING


def _recovery(words: Words, code: str) -> Markup:
    return joined(secret(words("field.code"), code), notice("warn", words("done.code")))


def _outer(words: Words, way: OuterWay) -> Markup:
    """How to reach the store from elsewhere; nothing where only this machine is served."""
    if not way.addresses:
        return NOTHING
    compared = () if way.fingerprint is None else (paragraphs(words("outer.compare")), secret(words("outer.fingerprint"), way.fingerprint))
    addresses = element("ul", *(element("li", element("code", one)) for one in way.addresses))
    return element("section", element("h2", words("outer.title")), paragraphs(words("outer.words")), addresses, *compared, class_="outer")
