"""The cookies of a session: what proves it, which no script may read, and what its own pages prove themselves by."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from edge.access.records import Opened

SESSION_COOKIE: Final = "smartstore_session"
CSRF_COOKIE: Final = "smartstore_csrf"


def put_session(request: Request, response: Response, opened: Opened) -> None:
    """Give the browser its session. It ends when the store says so; the cookie of a browser that is closed goes before that."""
    secure = request.url.scheme == "https"
    response.set_cookie(SESSION_COOKIE, opened.cookie, path="/", httponly=True, samesite="strict", secure=secure)
    response.set_cookie(CSRF_COOKIE, opened.csrf, path="/", samesite="strict", secure=secure)


def drop_session(request: Request, response: Response) -> None:
    """Let the browser forget it."""
    secure = request.url.scheme == "https"
    response.delete_cookie(SESSION_COOKIE, path="/", httponly=True, samesite="strict", secure=secure)
    response.delete_cookie(CSRF_COOKIE, path="/", samesite="strict", secure=secure)
