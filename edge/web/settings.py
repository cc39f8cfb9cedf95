"""The described settings of the local web server. Pure."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator


class WebSettings(BaseModel):
    """The screens, the JSON API and /metrics of one store: to this machine always, and beyond it where `host` says so."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    enabled: bool = Field(default=True, description="Serve the screens (dashboard and kiosk), the JSON API and /metrics.")
    host: str = Field(
        default="127.0.0.1",
        description="Address to listen on. A loopback address serves this machine alone. Any other (0.0.0.0: every network) needs tls or "
        "behind_proxy, and is opened once the store has its first user; this machine is then served on 127.0.0.1 as well.",
    )
    port: int = Field(
        default=8080, ge=0, le=65535, description="TCP port on the loopback address, without TLS, for this machine; 0 takes a free one."
    )
    outer_port: int = Field(
        default=8443, ge=0, le=65535, description="TCP port at host where that is no loopback address; 0 takes a free one."
    )
    tls: Literal["off", "own", "self-made"] = Field(
        default="off",
        description="How the outer port is secured: with the certificate of certificate_file, or with one that the store makes for itself "
        "and that people compare by its fingerprint.",
    )
    certificate_file: Path | None = Field(
        default=None, description='PEM file with the certificate and what leads to its issuer, for tls = "own".'
    )
    key_file: Path | None = Field(
        default=None, description="PEM file with the private key of certificate_file, readable by the controller's user alone (chmod 600)."
    )
    behind_proxy: bool = Field(
        default=False,
        description="A reverse proxy stands between this server and people, and secures the way: host may be any address without tls, and "
        "the forwarding headers of proxies are believed.",
    )
    proxies: tuple[str, ...] = Field(
        default=(), description="Addresses of the reverse proxies, or networks such as 10.1.0.0/28; nobody else's forwarding headers count."
    )
    allowed_hosts: tuple[str, ...] = Field(
        default=("127.0.0.1", "localhost", "[::1]"),
        min_length=1,
        description="Host names under which the screens may be asked for, without port; any other Host header is refused (DNS rebinding). "
        "The address at which a request arrives needs no entry.",
    )
    max_streams: int = Field(default=16, ge=1, le=256, description="Live streams served at the same time; one more is told to come back.")
    stream_interval_ms: int = Field(
        default=50,
        ge=20,
        le=10_000,
        description="Shortest time between two events of the live stream that show no more than weights and counters, in milliseconds.",
    )
    keep_alive_s: float = Field(
        default=15.0, ge=1.0, le=120.0, description="A silent stream sends a comment this often, so that a cut is noticed."
    )
    max_body_bytes: int = Field(default=8192, ge=1024, le=1_048_576, description="Largest request body that is read, in bytes.")
    answer_within_s: float = Field(
        default=10.0, ge=0.5, le=60.0, description="How long a POST waits for the store's decision before it answers that none came."
    )
    shopper_panel_url: str | None = Field(
        default=None, description="Address of a simulated shopper's controls, shown on the screens; only the demo sets it."
    )

    @field_validator("host")
    @classmethod
    def _address(cls, host: str) -> str:
        if host == "localhost":
            return host
        try:
            ipaddress.ip_address(host)
        except ValueError:
            raise ValueError(f"host must be an address: a loopback address such as 127.0.0.1, or 0.0.0.0, got {host!r}") from None
        return host

    @field_validator("proxies")
    @classmethod
    def _networks(cls, proxies: tuple[str, ...]) -> tuple[str, ...]:
        for proxy in proxies:
            try:
                ipaddress.ip_network(proxy)
            except ValueError:
                raise ValueError(f"proxies holds addresses such as 10.1.0.2 or networks such as 10.1.0.0/28, got {proxy!r}") from None
        return proxies

    @field_validator("allowed_hosts")
    @classmethod
    def _plain_hosts(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        for host in hosts:
            name_with_port = ":" in host and not (host.startswith("[") and host.endswith("]"))
            if not host or name_with_port or any(mark in host for mark in "/*@ "):
                raise ValueError(f"allowed_hosts holds bare host names without port or wildcard (IPv6 in brackets), got {host!r}")
        return tuple(host.lower() for host in hosts)

    @model_validator(mode="after")
    def _the_way_is_secured(self) -> Self:
        own = self.tls == "own"
        if (self.certificate_file is not None, self.key_file is not None) != (own, own):
            raise ValueError('tls = "own" needs certificate_file and key_file, and they need tls = "own"')
        if self.behind_proxy != bool(self.proxies):
            raise ValueError("behind_proxy = true needs the addresses of the proxies, and proxies needs behind_proxy = true")
        if self.beyond and self.tls == "off" and not self.behind_proxy:
            raise ValueError(
                f"host {self.host} is no loopback address, so passwords would cross the network unsecured; "
                'set tls = "self-made" or "own", or behind_proxy = true where a reverse proxy does it'
            )
        return self

    @model_validator(mode="after")
    def _panel_is_an_origin(self) -> Self:
        if self.shopper_panel_url is not None:
            parts = urlsplit(self.shopper_panel_url)
            if (
                parts.scheme not in {"http", "https"}
                or not parts.netloc
                or parts.query
                or parts.fragment
                or set(parts.netloc) & set(" ;,'\"")
            ):
                raise ValueError(f"shopper_panel_url must be like http://127.0.0.1:8090, got {self.shopper_panel_url!r}")
        return self

    @property
    def beyond(self) -> bool:
        """Other machines are to be served too."""
        return self.host != "localhost" and not ipaddress.ip_address(self.host).is_loopback

    @property
    def shopper_panel_origin(self) -> str | None:
        """Scheme, host and port of the shopper's controls: what the page's content policy lets it talk to."""
        if self.shopper_panel_url is None:
            return None
        parts = urlsplit(self.shopper_panel_url)
        return f"{parts.scheme}://{parts.netloc}"
