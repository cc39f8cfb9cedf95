"""Who stands before a plain page: their language, their browser, where they come from, and the answer that they get."""

from __future__ import annotations

import ipaddress
from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from edge.access.records import Opened
from edge.web.plain.forms import BROWSER_COOKIE, Seals, browser, new_browser
from edge.web.plain.parts import LANGUAGE, Frame
from edge.web.plain.words import best_language, languages

SESSION_COOKIE: Final = "smartstore_session"
CSRF_COOKIE: Final = "smartstore_csrf"
LANGUAGE_COOKIE: Final = "smartstore_language"
COOKIE_S: Final = 365 * 86_400  # s; how long a browser keeps a cookie; when a session ends is the store's business
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
        words = best_language(asked or kept, request.headers.get("accept-language", ""))
        self.words = words
        self.frame = Frame(words=words, store=store, path=quote(request.url.path), query=query)
        self.address = request.client.host if request.client is not None else ""
        self.near = _is_here(self.address)
        self.agent = request.headers.get("user-agent", "")
        self.cookie = request.cookies.get(SESSION_COOKIE, "")
        self._secure = request.url.scheme == "https"
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
        for name in (SESSION_COOKIE, CSRF_COOKIE):
            response.delete_cookie(name, secure=self._secure, httponly=name == SESSION_COOKIE, samesite="strict")
        return response

    def _with_cookies(self, response: Response, opened: Opened | None) -> Response:
        if self._known is None:
            self._keep(response, BROWSER_COOKIE, self._browser, None)
        if self._language is not None:
            self._keep(response, LANGUAGE_COOKIE, self._language, COOKIE_S)
        if opened is not None:
            self._keep(response, SESSION_COOKIE, opened.cookie, COOKIE_S)
            self._keep(response, CSRF_COOKIE, opened.csrf, COOKIE_S, readable=True)
        return response

    def _keep(self, response: Response, name: str, value: str, life_s: int | None, *, readable: bool = False) -> None:
        response.set_cookie(name, value, life_s, secure=self._secure, httponly=not readable, samesite="strict")


def _is_here(address: str) -> bool:
    """The request comes from this machine itself."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
