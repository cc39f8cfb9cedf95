"""Routes of the screens: the built dashboard under every address that is nothing else, the kiosk, and the files that both load."""

from __future__ import annotations

import html
import logging
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter
from starlette.convertors import StringConvertor, register_url_convertor
from starlette.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from edge.web.problem import Problem
from edge.web.settings import WebSettings

STATIC = Path(str(files("edge.web") / "static"))
UI = STATIC / "ui"
SETUP = "/setup"
NOT_PAGES = (
    "api",
    "static",
    "metrics",
    "healthz",
    "kiosk",
    "login",
    "setup",
    "recover",
    "enter",
    "signed-out",
)  # first parts of an address under which the dashboard has no page
FOREVER = "public, max-age=31536000, immutable"  # the name of such a file is made of what is in it
ASSETS = "ui/assets/"
LONGEST = 300  # characters of a page's address: a visit id and more; nothing longer was made by a link

log = logging.getLogger(__name__)


class _PageAddress(StringConvertor):
    """An address that the dashboard may have a page for; which ones it has is said in ui/src/shell/routes.ts. Files have a dot."""

    regex = rf"(?!(?:{'|'.join(NOT_PAGES)})(?:/|$))[^.]{{0,{LONGEST}}}"


register_url_convertor("dashboard", _PageAddress())


class ScreenFiles(StaticFiles):
    """The built files. Those named by their content are kept by browsers for good, all others are asked for again."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """As Starlette's, with how long the answer may be kept."""
        reply = await super().get_response(path, scope)
        reply.headers["cache-control"] = FOREVER if path.startswith(ASSETS) else "no-cache"
        return reply


def pages(settings: WebSettings, ui: Path = UI, *, is_set_up: Callable[[], bool] = lambda: True) -> APIRouter:
    """The routes over one build of the screens. They take every address that no route before them took. Until the store ``is_set_up`` all
    lead to the page where that is done."""
    router = APIRouter()
    dashboard, kiosk = _html(ui / "index.html", settings), _html(ui / "kiosk.html", settings)

    def shown(page: bytes | None) -> Response:
        return _served(page) if is_set_up() else RedirectResponse(SETUP, 303, {"cache-control": "no-store"})

    @router.get("/kiosk", include_in_schema=False)
    async def shopper() -> Response:
        return shown(kiosk)

    @router.get("/{place:dashboard}", include_in_schema=False)
    async def page(place: str) -> Response:
        return shown(dashboard)

    return router


def _html(path: Path, settings: WebSettings) -> bytes | None:
    """One built page; in a demonstration with the address of the simulated shopper's controls. None where it was not built: a store sells
    without a screen."""
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        log.error("no screen: %s (type make ui)", error)
        return None
    if settings.shopper_panel_url is not None:
        meta = f'<meta name="shopper-panel" content="{html.escape(settings.shopper_panel_url, quote=True)}" />'
        text = text.replace("</head>", f"  {meta}\n  </head>", 1)
    return text.encode("utf-8")


def _served(page: bytes | None) -> Response:
    if page is None:
        raise Problem(
            503, "no_screen", "This screen is not installed", "Install the store's software again, or type make ui in its sources."
        )
    return Response(page, media_type="text/html", headers={"cache-control": "no-cache"})
