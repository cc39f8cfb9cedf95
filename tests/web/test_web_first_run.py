"""The way in, in a real browser: from the setup token to the dashboard, without a script until there; over TLS; for everybody."""

from __future__ import annotations

import asyncio
import hashlib
import re
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, BrowserContext, Error, Page, ViewportSize, expect

from edge.access.store import AccessStore
from edge.access.tickets import new_typed
from edge.web.outer import OuterPort
from edge.web.server import address, listen, serve
from edge.web.settings import WebSettings
from tests.certificates import Authority
from tests.waiting import until
from tests.web.barriers import barriers_on, bring_axe
from tests.web.browsing import LIVE, SOON_MS
from tests.web.shown_store import ShownStore
from tests.web.signed_in import PASSWORD, access_of_tests

OPEN_S = 10.0
NEW = "another horse with batteries"
PHONE: ViewportSize = {"width": 360, "height": 740}
NARROW: ViewportSize = {"width": 320, "height": 640}
DESK: ViewportSize = {"width": 1280, "height": 800}
WORDS = {
    "en": {
        "locale": "en-GB",
        "title": "Set up this store",
        "act": "Set up the store",
        "wrong": "not the setup token",
        "go": "Go to the store",
    },
    "zh": {"locale": "zh-CN", "title": "设置本店", "act": "完成设置", "wrong": "不是本店的设置令牌", "go": "进入门店"},
}

pytestmark = pytest.mark.asyncio(loop_scope="session")


@asynccontextmanager
async def served(access: AccessStore, folder: Path, **web: object) -> AsyncIterator[tuple[str, OuterPort]]:
    """A store with these users on real ports: its loopback address, and the outer port that opens once there is one."""
    chosen = WebSettings.model_validate({"port": 0, "host": "0.0.0.0", "outer_port": 0, "tls": "self-made", **web})
    outer = OuterPort(chosen, folder)
    outer.prepare()
    listener = listen(chosen)
    ready = asyncio.Event()
    serving = asyncio.create_task(serve(ShownStore(access=access), chosen, outer=outer, listener=listener, ready=lambda _: ready.set()))
    try:
        async with asyncio.timeout(10):
            await ready.wait()
        yield address(listener), outer
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


@asynccontextmanager
async def context(browser: Browser, **how: object) -> AsyncIterator[BrowserContext]:
    """A browser of somebody's own; without scripts where nothing else is said."""
    settings = {"locale": "en-GB", "java_script_enabled": False, "viewport": PHONE, **how}
    found = await browser.new_context(**settings)  # type: ignore[arg-type]  # names of its settings, told by the tests
    yield found
    await found.close()


async def fill(page: Page, **fields: str) -> None:
    """Type into the fields of the form, and send it by its button."""
    for name, value in fields.items():
        await page.locator(f"#{name}").fill(value)
    await page.locator("main form button").click()


async def until_open(outer: OuterPort) -> int:
    """The outer port, once it is open."""
    await until(lambda: outer.port is not None, OPEN_S)
    assert outer.port is not None
    return outer.port


@pytest.mark.parametrize("language", WORDS)
async def test_from_the_setup_token_to_the_dashboard(browser: Browser, tmp_path: Path, language: str) -> None:
    access, words = access_of_tests(set_up=False), WORDS[language]
    token = await access.setup_token()
    assert token is not None
    async with served(access, tmp_path) as (url, outer), context(browser, locale=words["locale"]) as shopkeeper:
        page = await shopkeeper.new_page()
        for place in ("/", "/kiosk", "/visits/0193-visit-0001", "/login"):
            await page.goto(url + place)
            assert page.url == f"{url}/setup"
        await expect(page.get_by_role("heading", level=1)).to_have_text(words["title"])
        assert outer.fingerprint is not None
        await expect(page.locator(".outer code").last).to_have_text(outer.fingerprint)
        assert outer.port is None, "nobody else is served before"

        await fill(page, token="AAAA-BBBB-CCCC", name="maria", password=PASSWORD, again=PASSWORD)
        token_field = page.locator("#token")
        await expect(token_field).to_have_attribute("aria-invalid", "true")
        await expect(token_field).to_be_focused()
        await expect(token_field).to_have_value("AAAA-BBBB-CCCC")
        await expect(page.locator("#token-problem")).to_contain_text(words["wrong"])
        await expect(page.locator("#name")).to_have_value("maria")
        await expect(page.locator("#password")).to_have_value("")

        await fill(page, token=token.lower(), password=PASSWORD, again=PASSWORD)
        code = await page.locator(".secret code").first.inner_text()
        assert re.fullmatch(r"(?:[A-Z2-9]{4}-){6}[A-Z2-9]{4}", code)
        go = page.get_by_role("link", name=words["go"])
        await expect(go).to_have_attribute("href", "/")

        state = await shopkeeper.storage_state()
        async with context(browser, java_script_enabled=True, storage_state=state, locale=words["locale"]) as reader:
            dashboard = await reader.new_page()
            await dashboard.goto(f"{url}/")
            await expect(dashboard.locator(LIVE)).to_be_visible(timeout=SOON_MS)
        assert await access.recover("maria", code, NEW, address="10.0.0.1") is not None


async def test_signing_in_and_out_slowly_where_somebody_guesses(browser: Browser, tmp_path: Path) -> None:
    access = access_of_tests(set_up=False)
    await access.create_user("maria", "operator", PASSWORD, by="test")
    async with served(access, tmp_path) as (url, _), context(browser) as shopkeeper:
        page = await shopkeeper.new_page()
        await page.goto(f"{url}/login")
        await page.locator("#name").fill("maria")
        await page.keyboard.press("Tab")
        await page.keyboard.type(PASSWORD)
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"{url}/")
        await page.goto(f"{url}/signed-out")
        await expect(page.get_by_text("You are signed in as maria.")).to_be_visible()
        await page.get_by_role("button", name="Sign out").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("You are signed out")
        await page.get_by_role("link", name="Sign in again").click()
        for _ in range(4):
            await fill(page, name="maria", password="wrong wrong wrong")
            await expect(page.get_by_role("alert")).to_have_text("Name or password is wrong.")
        await fill(page, name="maria", password=PASSWORD)
        await expect(page.get_by_role("alert")).to_contain_text("Too many tries. Try again after")
        await expect(page.locator("#name")).to_have_value("maria")
    assert access.sessions("maria") == ()


async def test_a_lost_password_is_replaced_by_the_code(browser: Browser, tmp_path: Path) -> None:
    access = access_of_tests(set_up=False)
    await access.create_user("maria", "admin", PASSWORD, by="test")
    code = await access.make_recovery_code("maria", by="maria")
    async with served(access, tmp_path) as (url, _), context(browser) as shopkeeper:
        page = await shopkeeper.new_page()
        await page.goto(f"{url}/login")
        await page.get_by_role("link", name="Password lost?").click()
        await fill(page, name="maria", code=new_typed(), password=NEW, again=NEW)
        await expect(page.get_by_role("alert")).to_have_text("Name or recovery code is wrong.")
        await fill(page, code=code.replace("-", " "), password=NEW, again=NEW)
        await expect(page.get_by_role("heading", level=1)).to_have_text("The new password is set")
        assert await page.locator(".secret code").inner_text() != code
    assert await access.check_password("maria", NEW, address="10.0.0.1") is not None


async def test_a_link_from_a_terminal_signs_in_and_its_language_can_be_changed(browser: Browser, tmp_path: Path) -> None:
    access = access_of_tests(set_up=False)
    await access.create_user("maria", "admin", PASSWORD, by="test")
    place = f"/enter/{await access.make_link('enter', 'maria', by='test')}"
    async with served(access, tmp_path) as (url, _), context(browser) as shopkeeper:
        page = await shopkeeper.new_page()
        await page.goto(url + place)
        await page.get_by_role("link", name="中文").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("以 maria 的身份登录")
        await page.get_by_role("button", name="登录").click()
        assert page.url == f"{url}/"
        await page.goto(url + place)
        await expect(page.get_by_role("heading", level=1)).to_have_text("此链接已失效")
    assert len(access.sessions("maria")) == 1


async def test_other_machines_are_served_over_tls_once_it_is_set_up(browser: Browser, tmp_path: Path) -> None:
    access = access_of_tests(set_up=False)
    async with served(access, tmp_path) as (url, outer):
        assert outer.port is None
        await access.create_user("maria", "admin", PASSWORD, by="test")
        port = await until_open(outer)
        outside = f"https://127.0.0.1:{port}"
        assert outer.fingerprint == await asyncio.to_thread(fingerprint_at, port)
        async with context(browser, java_script_enabled=True) as stranger:
            page = await stranger.new_page()
            with pytest.raises(Error, match="ERR_CERT_AUTHORITY_INVALID"):
                await page.goto(f"{outside}/login")
        async with context(browser, java_script_enabled=True, ignore_https_errors=True) as trusting:
            page = await trusting.new_page()
            answer = await page.goto(f"{outside}/login")
            assert answer is not None
            assert "strict-transport-security" not in answer.headers
            await fill(page, name="maria", password=PASSWORD)
            await expect(page.locator(LIVE)).to_be_visible(timeout=SOON_MS)
            assert page.url == f"{outside}/"
            cookies = {cookie["name"]: cookie for cookie in await trusting.cookies()}
            assert all(cookie["secure"] and cookie["sameSite"] == "Strict" for cookie in cookies.values())
            assert cookies["smartstore_session"]["httpOnly"]
        async with httpx.AsyncClient() as near, httpx.AsyncClient(verify=False) as far:
            assert (await near.get(f"{url}/healthz")).status_code == 200, "this machine goes on as before"
            for host, status in (("127.0.0.1", 200), ("evil.example", 400), (socket.gethostname(), 200)):
                assert (await far.get(f"{outside}/healthz", headers={"host": f"{host}:{port}"})).status_code == status


async def test_a_renewed_certificate_is_taken_up_while_it_runs(tmp_path: Path) -> None:
    access = access_of_tests()
    async with served(access, tmp_path) as (_, outer):
        port = await until_open(outer)
        before = await asyncio.to_thread(fingerprint_at, port)
        assert outer.certificate is not None
        outer.certificate.file.unlink()
        outer.look()
        after = await asyncio.to_thread(fingerprint_at, port)
    assert before != after == outer.fingerprint


async def test_a_port_that_is_taken_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("edge.web.outer.TRY_AGAIN_S", 0.02)
    with socket.socket() as other:
        other.bind(("0.0.0.0", 0))
        other.listen()
        taken = other.getsockname()[1]
        async with served(access_of_tests(), tmp_path, outer_port=taken) as (url, outer):
            await until(lambda: "cannot listen on 0.0.0.0" in caplog.text, OPEN_S)
            async with httpx.AsyncClient() as near:
                assert (await near.get(f"{url}/healthz")).status_code == 200
            other.close()
            assert await until_open(outer) == taken
    assert caplog.text.count("cannot listen on") == 1


async def test_an_own_certificate_is_believed_and_kept_to(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    given = authority.issue("shop.example")
    web = {"tls": "own", "certificate_file": str(given.cert), "key_file": str(given.key)}
    async with served(access_of_tests(set_up=False), tmp_path, **web) as (url, outer), httpx.AsyncClient() as near:
        assert "SHA-256" not in (await near.get(f"{url}/setup")).text, "nobody has to compare it"
        assert "strict-transport-security" not in (await near.get(f"{url}/healthz")).headers
    async with served(access_of_tests(), tmp_path, **web) as (_, outer):
        port = await until_open(outer)
        async with httpx.AsyncClient(verify=ssl.create_default_context(cafile=str(authority.cert))) as far:
            reply = await far.get(f"https://127.0.0.1:{port}/healthz")
        assert (reply.status_code, reply.headers["strict-transport-security"]) == (200, "max-age=31536000")


@pytest.mark.parametrize(
    ("proxies", "address", "secure"), [(("127.0.0.1",), "203.0.113.7", True), (("10.1.0.2", "192.168.0.0/16"), "127.0.0.1", False)]
)
async def test_only_the_named_proxies_are_believed(tmp_path: Path, proxies: tuple[str, ...], address: str, secure: bool) -> None:
    access = access_of_tests(set_up=False)
    await access.create_user("maria", "admin", PASSWORD, by="test")
    web = {"host": "127.0.0.1", "tls": "off", "behind_proxy": True, "proxies": proxies, "allowed_hosts": ("shop.example",)}
    sent = {
        "host": "shop.example",
        "origin": "https://shop.example",
        "x-forwarded-for": "198.51.100.1, 203.0.113.7",
        "x-forwarded-proto": "https",
    }
    async with served(access, tmp_path, **web) as (url, _), httpx.AsyncClient(base_url=url, headers=sent) as client:
        page = await client.get("/login")
        seal = re.search(r'name="form" value="([^"]+)"', page.text)
        assert seal is not None
        browser_is = page.headers["set-cookie"].partition(";")[0]
        reply = await client.post("/login", data={"form": seal[1], "name": "maria", "password": PASSWORD}, headers={"cookie": browser_is})
        assert reply.status_code == 303
        assert all(("Secure" in cookie) is secure for cookie in reply.headers.get_list("set-cookie"))
    assert [session.address for session in access.sessions("maria")] == [address]


def fingerprint_at(port: int) -> str:
    """SHA-256 of the certificate that is shown there, as browsers show it."""
    pem = ssl.get_server_certificate(("127.0.0.1", port), timeout=10)
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).digest().hex(":").upper()


async def test_the_pages_of_a_first_run_have_no_barrier(browser: Browser, tmp_path: Path) -> None:
    access = access_of_tests(set_up=False)
    token = await access.setup_token()
    assert token is not None
    async with served(access, tmp_path) as (url, _), context(browser, java_script_enabled=True) as reader:
        page = await reader.new_page()
        await page.goto(f"{url}/setup")
        found = [*await looked_at(page, "setup")]
        await fill(page, token="x", name="", password="short", again="other")
        found += await looked_at(page, "setup with mistakes")
        await fill(page, token=token, name="maria", password=PASSWORD, again=PASSWORD)
        await expect(page.locator(".secret")).not_to_have_count(0)
        found += await looked_at(page, "set up")
        await page.goto(f"{url}/setup")
        found += await looked_at(page, "set up already")
        await page.goto(f"{url}/signed-out")
        found += await looked_at(page, "still signed in")
    assert found == []


async def test_the_other_pages_have_no_barrier(browser: Browser, tmp_path: Path) -> None:
    access = access_of_tests(set_up=False)
    await access.create_user("maria", "admin", PASSWORD, by="test")
    code = await access.make_recovery_code("maria", by="maria")
    enter, choose = [await access.make_link(purpose, "maria", by="test") for purpose in ("enter", "password")]
    async with served(access, tmp_path) as (url, _), context(browser, java_script_enabled=True) as reader:
        page = await reader.new_page()
        found = []
        for place in ("/login", "/recover", "/signed-out", f"/enter/{enter}", f"/enter/{choose}", "/enter/unknown"):
            await page.goto(url + place)
            found += await looked_at(page, place)
        await page.goto(f"{url}/login?language=zh")
        await fill(page, name="maria", password="wrong wrong wrong")
        found += await looked_at(page, "wrong, in Chinese")
        await page.goto(f"{url}/recover?language=en")
        await fill(page, name="maria", code=code, password=NEW, again=NEW)
        await expect(page.locator(".secret")).to_have_count(1)
        found += await looked_at(page, "recovered")
    assert found == []


async def looked_at(page: Page, what: str) -> list[str]:
    """What keeps people out of this page, on a phone and at a desk, light and dark; and whether it runs out of a narrow screen."""
    await bring_axe(page)
    found = []
    for size, looks in ((PHONE, ("light", "dark")), (DESK, ("dark", "light"))):
        await page.set_viewport_size(size)
        for look, rules in zip(looks, ((), ("color-contrast",)), strict=True):
            await page.emulate_media(color_scheme="dark" if look == "dark" else "light")
            found += [f"{what}, {look}, {size['width']}: {each}" for each in await barriers_on(page, *rules)]
    await page.set_viewport_size(NARROW)
    needed = await page.evaluate("document.documentElement.scrollWidth")
    found += [f"{what} needs {needed} of {NARROW['width']}"] if needed > NARROW["width"] else []
    small = await page.evaluate(
        "[...document.querySelectorAll('a, button, input:not([type=hidden])')]"
        ".filter((each) => each.getBoundingClientRect().height < 44).map((each) => each.outerHTML.slice(0, 80))"
    )
    return found + [f"{what}: too small for a finger: {each}" for each in small]
