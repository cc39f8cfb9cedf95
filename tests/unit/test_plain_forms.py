"""What the plain pages are made of: escaping, strict forms, seals, where to go on to, which language somebody reads."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote_plus, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from edge.web.plain.forms import SEAL_LIFE_S, Seals, browser, new_browser, onward, read_form
from edge.web.plain.markup import element, joined
from edge.web.plain.words import best_language, languages
from edge.web.problem import Problem

EDGE = Path(__file__).parents[2] / "edge" / "web"
HOSTILE = "\"><script>alert(1)</script>'`&lt;"


class Reader(HTMLParser):
    """Elements and text as a browser takes them."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_an_element_is_as_it_is_written() -> None:
    assert element("p", "a < b", class_="quiet", hidden=False, lang=None) == '<p class="quiet">a &lt; b</p>'
    assert element("input", required=True, aria_invalid="true", for_="x") == '<input required aria-invalid="true" for="x">'
    assert joined(element("b", "x"), " & ", element("i", element("b", "y"))) == "<b>x</b> &amp; <i><b>y</b></i>"


@given(st.text().filter(lambda text: "\x00" not in text and "\r" not in text))
@example(HOSTILE)
@example("</p><p>")
@example("&amp;&#60;script&#62;")
def test_no_text_becomes_markup(text: str) -> None:
    read = Reader(element("p", text, title=text))
    assert read.elements == [("p", {"title": text})]
    assert read.text == text


@pytest.mark.parametrize("place", ["/", "/review", "/visits/0193-visit-0001", "/visits?page=2&order=total", "/a%20b"])
def test_a_page_of_the_store_is_gone_on_to(place: str) -> None:
    assert onward(place) == place


@pytest.mark.parametrize(
    "place",
    [
        "",
        "review",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "http://evil.example/",
        "https:evil.example",
        "javascript:alert(1)",
        "/review\r\nset-cookie: a=b",
        "/.//evil.example",
        "/@evil.example",
        "/login",
        "/login?next=/login",
        "/enter/abc",
        "/setup",
        "/api/v1/logout",
        "/static/plain.css",
        "/" + "a" * 300,
        "/\u2044evil.example",
    ],
)
def test_nothing_else_is(place: str) -> None:
    assert onward(place) == "/"


@given(st.text(max_size=60))
def test_no_address_leads_away(place: str) -> None:
    target = urlsplit(onward(place))
    assert (target.scheme, target.netloc) == ("", "")
    assert target.path.startswith("/")


def test_a_form_is_read_as_a_browser_sends_it() -> None:
    body = "&".join(f"{name}={quote_plus(value)}" for name, value in {"name": "Ann Ü", "password": "a&b=c +%", "again": ""}.items())
    assert read_form(body.encode()) == {"name": "Ann Ü", "password": "a&b=c +%", "again": ""}
    assert read_form(b"") == {}


@pytest.mark.parametrize(
    "body",
    [
        b"name=a&name=b",
        b"name=%00",
        b"name=a%0Ab",
        b"name=%FF",
        b"name=%ED%A0%80",
        "name=ü".encode(),
        b"name",
        b"&".join(b"field%d=x" % number for number in range(13)),
    ],
)
def test_what_no_browser_sends_is_refused(body: bytes) -> None:
    with pytest.raises(Problem, match="unreadable"):
        read_form(body)


@given(st.binary(max_size=200))
def test_any_body_is_read_or_refused(body: bytes) -> None:
    found: dict[str, str] | Problem
    try:
        found = read_form(body)
    except Problem as problem:
        found = problem
    assert found.document.status == 400 if isinstance(found, Problem) else all(isinstance(value, str) for value in found.values())


def test_a_seal_holds_for_its_page_and_browser_for_a_while() -> None:
    now_s = 100.0
    seals = Seals(lambda: now_s)
    one, other = new_browser(), new_browser()
    seal = seals.seal(one, "/login")
    assert seals.holds(seal, one, "/login")
    assert not seals.holds(seal, other, "/login")
    assert not seals.holds(seal, None, "/login")
    assert not seals.holds(seal, one, "/setup")
    assert not Seals(lambda: now_s).holds(seal, one, "/login"), "another process"
    now_s += SEAL_LIFE_S + 1.0
    assert not seals.holds(seal, one, "/login")


@given(st.text(max_size=90))
@example("100.")
@example("9" * 400 + ".x")
@example("-1." + "0" * 64)
def test_no_seal_can_be_made_up(seal: str) -> None:
    assert not Seals(lambda: 100.0).holds(seal, new_browser(), "/login")


@pytest.mark.parametrize("cookie", [None, "", "short", "x" * 23, "x" * 21 + "\n", "ü" * 22])
def test_a_cookie_that_is_none_of_ours_names_no_browser(cookie: str | None) -> None:
    assert browser(cookie) is None
    assert browser(new_browser()) is not None


@pytest.mark.parametrize(
    ("chosen", "accepted", "tag"),
    [
        (None, "", "en"),
        (None, "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        (None, "en-GB;q=0.3, zh-TW;q=0.7", "zh"),
        (None, "fr, de;q=0.9", "en"),
        (None, "zh;q=0, en;q=0.1", "en"),
        (None, "*", "en"),
        (None, ",;q=,zh;q=9,,en;;q=1" + ",a" * 10_000, "en"),
        ("zh", "en", "zh"),
        ("ZH-hans", "en", "zh"),
        ("../../etc/passwd", "zh", "zh"),
        ("", "zh", "zh"),
    ],
)
def test_the_language_is_the_readers(chosen: str | None, accepted: str, tag: str) -> None:
    assert best_language(chosen, accepted).tag == tag


def test_every_word_is_used_and_every_used_word_is_there() -> None:
    sources = "".join(path.read_text("utf-8") for path in (EDGE / "plain").glob("*.py"))
    english = json.loads((EDGE / "languages" / "en.json").read_text("utf-8"))
    written = {key.removeprefix("server.") for key in english if key.startswith("server.")}
    quoted = set(re.findall(r'"([a-z_]+(?:\.[a-z_]+)*)"', sources))
    made = {f"field.{name}" for name in ("name", "password", "again", "token", "code")}
    made |= {f"{key}.{part}" for key in ("enter.gone", "setup.over", "out") for part in ("title", "words")}
    assert written - quoted - made == set()
    assert made <= written
    with pytest.raises(KeyError):
        languages()["en"]("no.such.word")


def test_the_colours_are_those_of_the_screens() -> None:
    """Each name with its values, light and dark."""

    def values(css: str) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name, value in re.findall(r"(--[\w-]+):\s*([^;]+);", css):
            if name != "--font":
                found.setdefault(name, []).append(value)
        return found

    screens = values((EDGE / "ui" / "src" / "styles" / "tokens.css").read_text("utf-8"))
    plain = values((EDGE / "static" / "plain.css").read_text("utf-8"))
    assert {name: found for name, found in plain.items() if found != screens[name][: len(found)]} == {}
