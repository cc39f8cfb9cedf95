"""The web server's settings refuse what would open it to others."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from pydantic import ValidationError

from edge.web.server import PortTaken, address, listen
from edge.web.settings import WebSettings
from edge.web.shopper_panel import ShopperAct


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.10", "::", "store.example", ""])
def test_only_loopback_is_listened_on(host: str) -> None:
    with pytest.raises(ValidationError, match="loopback"):
        WebSettings(host=host)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_loopback_addresses_are_taken(host: str) -> None:
    assert WebSettings(host=host).host == host


SECURED: tuple[dict[str, Any], ...] = (
    {"tls": "self-made"},
    {"tls": "own", "certificate_file": "shop.pem", "key_file": "shop.key"},
    {"behind_proxy": True, "proxies": ("10.1.0.2",)},
)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.10", "::", "2001:db8::7"])
@pytest.mark.parametrize("how", SECURED)
def test_other_machines_are_served_where_the_way_is_secured(host: str, how: dict[str, Any]) -> None:
    assert WebSettings(host=host, **how).beyond
    assert not WebSettings(**how).beyond


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"tls": "own"}, "needs certificate_file and key_file"),
        ({"tls": "own", "certificate_file": "shop.pem"}, "needs certificate_file and key_file"),
        ({"tls": "self-made", "certificate_file": "shop.pem", "key_file": "shop.key"}, 'they need tls = "own"'),
        ({"behind_proxy": True}, "needs the addresses of the proxies"),
        ({"proxies": ("10.1.0.2",)}, "proxies needs behind_proxy"),
        ({"behind_proxy": True, "proxies": ("proxy.example",)}, "proxies holds addresses"),
        ({"behind_proxy": True, "proxies": ("10.1.0.2/24",)}, "proxies holds addresses"),
        ({"host": "0.0.0.0", "certificate_file": "shop.pem"}, "needs certificate_file and key_file"),
    ],
)
def test_half_a_way_is_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        WebSettings(**wrong)


@pytest.mark.parametrize("host", ["*", "shop.example:8080", "http://shop.example", "", "a b"])
def test_allowed_hosts_are_bare_names(host: str) -> None:
    with pytest.raises(ValidationError, match="allowed_hosts"):
        WebSettings(allowed_hosts=(host,))


@pytest.mark.parametrize("url", ["javascript:alert(1)", "127.0.0.1:80", "http://a b/", "http://x/?q=1", "http://x; script-src *"])
def test_the_shopper_panel_is_a_plain_address(url: str) -> None:
    with pytest.raises(ValidationError, match="shopper_panel_url"):
        WebSettings(shopper_panel_url=url)


def test_a_taken_port_is_named_with_what_to_change() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match=rf"127\.0\.0\.1 port {port} .*\[web\] port"):
            listen(WebSettings(port=port))


def test_a_free_port_is_told() -> None:
    with listen(WebSettings(port=0)) as listener:
        assert address(listener) == f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_taking_needs_to_say_what_from_where() -> None:
    with pytest.raises(ValidationError, match="take needs plate and gtin"):
        ShopperAct(action="take", plate="P1")
    assert ShopperAct(action="leave").plate is None
