"""The described settings of the local web server. Pure."""

from __future__ import annotations

import ipaddress
from typing import Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator


class WebSettings(BaseModel):
    """The screens, the JSON API and /metrics of one store, served to this machine only: there is no login yet."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    enabled: bool = Field(default=True, description="Serve the screens (dashboard and kiosk), the JSON API and /metrics.")
    host: str = Field(
        default="127.0.0.1", description="Loopback address to listen on; put a reverse proxy with a login in front to go further."
    )
    port: int = Field(default=8080, ge=0, le=65535, description="TCP port to listen on; 0 takes a free one.")
    allowed_hosts: tuple[str, ...] = Field(
        default=("127.0.0.1", "localhost", "[::1]"),
        min_length=1,
        description="Host names under which the screens may be asked for, without port; any other Host header is refused (DNS rebinding).",
    )
    max_streams: int = Field(default=16, ge=1, le=256, description="Live streams served at the same time; one more is told to come back.")
    stream_interval_ms: int = Field(
        default=200,
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
    def _loopback_only(cls, host: str) -> str:
        if host == "localhost":
            return host
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            raise ValueError(f"host must be a loopback address such as 127.0.0.1, got {host!r}") from None
        if not address.is_loopback:
            raise ValueError(
                f"host must be a loopback address such as 127.0.0.1, got {host}; use a reverse proxy with a login to serve a network"
            )
        return host

    @field_validator("allowed_hosts")
    @classmethod
    def _plain_hosts(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        for host in hosts:
            name_with_port = ":" in host and not (host.startswith("[") and host.endswith("]"))
            if not host or name_with_port or any(mark in host for mark in "/*@ "):
                raise ValueError(f"allowed_hosts holds bare host names without port or wildcard (IPv6 in brackets), got {host!r}")
        return tuple(host.lower() for host in hosts)

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
    def shopper_panel_origin(self) -> str | None:
        """Scheme, host and port of the shopper's controls: what the page's content policy lets it talk to."""
        if self.shopper_panel_url is None:
            return None
        parts = urlsplit(self.shopper_panel_url)
        return f"{parts.scheme}://{parts.netloc}"
