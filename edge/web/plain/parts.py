"""What the plain pages are made of: the frame, fields with what is wrong beside them, forms, notices. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias
from urllib.parse import urlencode

from edge.web.plain.markup import NOTHING, Markup, document, element, joined
from edge.web.plain.words import NAMES, Words, languages

STYLE = "/static/plain.css"
ICON = "/static/plain.svg"
LANGUAGE = "language"  # the parameter of an address that chooses a language
SEAL = "form"  # the field that proves that a form came from this page

Kind: TypeAlias = Literal["name", "password", "new-password", "code"]
_INPUT: dict[Kind, dict[str, str]] = {
    "name": {"type": "text", "autocomplete": "username"},
    "password": {"type": "password", "autocomplete": "current-password"},
    "new-password": {"type": "password", "autocomplete": "new-password"},
    "code": {"type": "text", "autocomplete": "off"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What is around every page. ``address``: path and query of this page, without its language."""

    words: Words
    store: str
    path: str
    query: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One line to fill in. ``value`` is what was typed before; ``problem``: what is wrong with it, said beside it."""

    name: str
    label: str
    kind: Kind
    longest: int
    value: str = ""
    hint: str = ""
    problem: str = ""
    first: bool = False


def page(frame: Frame, title: str, *content: Markup, wrong: bool = False) -> bytes:
    """A whole page; ``wrong``: its title says first that something is to be mended, as that is what a screen reader reads out."""
    words = frame.words
    named = words("title.wrong", title=title) if wrong else title
    head = joined(
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", words("title", title=named, store=frame.store)),
        element("link", rel="icon", href=ICON, type="image/svg+xml"),
        element("link", rel="stylesheet", href=STYLE),
    )
    body = element(
        "body",
        element("header", element("p", frame.store, class_="store"), _languages(frame), class_="top"),
        element("main", element("h1", title), *content, class_="card"),
    )
    return document(words.tag, head, body)


def form(frame: Frame, seal: str, act: str, fields: Sequence[Field] = (), *, hidden: Sequence[tuple[str, str]] = ()) -> Markup:
    """A form that comes back to this page's own address. ``act``: what its button says."""
    return element(
        "form",
        element("input", type="hidden", name=SEAL, value=seal),
        *(element("input", type="hidden", name=name, value=value) for name, value in hidden),
        *(_field(one) for one in fields),
        element("button", act, type="submit", class_="button"),
        method="post",
        action=_address(frame, frame.words.tag),
        novalidate=True,
    )


def notice(kind: Literal["bad", "warn", "good"], *content: str) -> Markup:
    """What happened, read out at once."""
    return element("div", *(element("p", one) for one in content if one), class_="notice", data_kind=kind, role="alert")


def paragraphs(*texts: str) -> Markup:
    """Plain sentences, one paragraph each."""
    return joined(*(element("p", text) for text in texts if text))


def link(address: str, words: str, *, main: bool = False) -> Markup:
    """A way on; ``main``: the way that most people go."""
    return element("p", element("a", words, href=address, class_="button" if main else None), class_="way")


def secret(label: str, value: str) -> Markup:
    """Something to write down or to compare, letter by letter: a line ends behind a mark, and what is copied is the value alone."""
    pieces = (joined(piece, element("wbr")) for piece in re.split(r"(?<=[:-])", value))
    return element("dl", element("dt", label), element("dd", element("code", *pieces, translate="no")), class_="secret")


def _field(field: Field) -> Markup:
    about = [f"{field.name}-{part}" for part, words in (("hint", field.hint), ("problem", field.problem)) if words]
    return element(
        "div",
        element("label", field.label, for_=field.name),
        element("p", field.hint, id=f"{field.name}-hint", class_="hint") if field.hint else NOTHING,
        element("p", field.problem, id=f"{field.name}-problem", class_="problem") if field.problem else NOTHING,
        element(
            "input",
            id=field.name,
            name=field.name,
            value=field.value if field.kind not in {"password", "new-password"} else None,
            required=True,
            maxlength=str(field.longest),
            autocapitalize="none",
            spellcheck="false",
            autofocus=field.first or bool(field.problem),
            aria_invalid="true" if field.problem else None,
            aria_describedby=" ".join(about) or None,
            **_INPUT[field.kind],
        ),
        class_="field",
    )


def _languages(frame: Frame) -> Markup:
    """The other languages, each by its own name."""
    others = [tag for tag in languages() if tag != frame.words.tag]
    links = (element("a", NAMES.get(tag, tag), href=_address(frame, tag), lang=tag, hreflang=tag) for tag in others)
    return element("nav", *links, class_="languages", aria_label=frame.words("language"))


def _address(frame: Frame, language: str) -> str:
    return f"{frame.path}?{urlencode([*frame.query, (LANGUAGE, language)])}"
