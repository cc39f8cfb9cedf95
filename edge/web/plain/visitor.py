"""Who stands before a plain page: their language, their browser, where they come from, and the answer that they get."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from edge.access.records import Opened
from edge.web.cookies import drop_session, put_session
from edge.web.gate import on_this_machine, session_cookie
from edge.web.plain.forms import BROWSER_COOKIE, Seals, browser, new_browser
from edge.web.plain.parts import LANGUAGE, Frame
from edge.web.plain.words import best_language, languages

LANGUAGE_COOKIE: Final = "smartstore_language"
LANGUAGE_S: Final = 365 * 86_400  # s; how long a browser keeps the choice of a language
HEADERS: Final = {
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "referrer-policy": "same-origin",  # with less than that a browser sends forms without their origin
    "cache-control": "no-store",
    "vary": "accept-language, cookie",
}


class Visitor:
    """One request for a plain page."""

    def __init__(self, request: Request, store: str, seals: Seals, query: tuple[tuple[str, str], ...] = ()) -> None:
        asked, kept = request.query_params.get(LANGUAGE), request.cookies.get(LANGUAGE_COOKIE)
        self._request = request
        words = best_language(asked or kept, request.headers.get("accept-language", ""))
        self.words = words
        self.frame = Frame(words=words, store=store, path=quote(request.url.path), query=query)
        self.address = request.client.host if request.client is not None else ""
        self.near = on_this_machine(request.scope)
        self.agent = request.headers.get("user-agent", "")
        self.cookie = session_cookie(request.scope) or ""
        self._language = asked if asked in languages() and asked != kept else None
        self._seals = seals
        self._known = browser(request.cookies.get(BROWSER_COOKIE))
        self._browser = self._known or new_browser()

    @property
    def seal(self) -> str:
        """For the form that is about to be shown."""
        return self._seals.seal(self._browser, self.frame.path)

    def sealed(self, seal: str) -> bool:
        """This page showed the form that came back, to this browser."""
        return self._seals.holds(seal, self._known, self.frame.path)

    def shown(self, page: bytes, status: int = 200, *, opened: Opened | None = None, after_s: float | None = None) -> Response:
        """The page. ``opened``: they are signed in from now on. ``after_s``: seconds until they should try again."""
        response = Response(page, status, HEADERS | {"content-language": self.words.tag}, "text/html; charset=utf-8")
        if after_s is not None:
            response.headers["retry-after"] = f"{after_s:.0f}"
        return self._with_cookies(response, opened)

    def sent(self, address: str, *, opened: Opened | None = None) -> Response:
        """On to another page."""
        return self._with_cookies(RedirectResponse(address, 303, HEADERS), opened)

    def signed_out(self, address: str) -> Response:
        """On to another page, without the session."""
        response = self.sent(address)
        drop_session(self._request, response)
        return response

    def _with_cookies(self, response: Response, opened: Opened | None) -> Response:
        if self._known is None:
            self._keep(response, BROWSER_COOKIE, self._browser, None)
        if self._language is not None:
            self._keep(response, LANGUAGE_COOKIE, self._language, LANGUAGE_S)
        if opened is not None:
            put_session(self._request, response, opened)
        return response

    def _keep(self, response: Response, name: str, value: str, life_s: int | None) -> None:
        response.set_cookie(name, value, life_s, secure=self._request.url.scheme == "https", httponly=True, samesite="strict")
