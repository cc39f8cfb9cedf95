"""The described settings of the cloud bridge. Pure: bounds, units and one sentence per field; docs/config.md is generated from them."""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

PORTS = {"mqtt": 1883, "mqtts": 8883}


class DeliverySettings(BaseModel):
    """How events are sent, repeated and considered delivered."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    confirmation: Literal["watermark", "puback"] = Field(
        default="watermark",
        description="Delete an event when the consumer at the far end has committed it, or already when the broker took it. "
        "The second is weaker: a broker that dies loses what it took. Only for a cloud that cannot send watermarks.",
    )
    window: int = Field(default=50, ge=1, le=100, description="Events under way to the broker at once; larger windows are slower.")
    ahead: int = Field(
        default=1000, ge=100, le=20_000, description="Events sent but not confirmed by the far end, at most; bounds what an outage repeats."
    )
    rate_per_s: float = Field(default=50.0, ge=1.0, le=100_000.0, description="Events per second while a backlog drains (events/s).")
    resend_after_s: float = Field(
        default=30.0, ge=0.2, le=3600.0, description="No progress for this long although the oldest event was sent: send it again (s)."
    )
    retry_first_s: float = Field(
        default=1.0, ge=0.01, le=60.0, description="Upper bound of the first random pause before reconnecting (s)."
    )
    retry_max_s: float = Field(default=300.0, ge=0.05, le=3600.0, description="Bound to which that pause doubles (s).")
    steady_after_s: float = Field(default=60.0, ge=0.1, le=3600.0, description="A connection this old makes the pauses short again (s).")
    keep_days: float = Field(default=30.0, ge=0.0, le=3650.0, description="How long confirmed events stay on the disk for audit (days).")
    keep_rows: int = Field(default=200_000, ge=0, le=10_000_000, description="How many confirmed events stay on the disk at most.")

    @model_validator(mode="after")
    def _order(self) -> DeliverySettings:
        if self.retry_max_s < self.retry_first_s:
            raise ValueError(f"retry_max_s ({self.retry_max_s}) is below retry_first_s ({self.retry_first_s}): raise it")
        if self.ahead < 2 * self.window:
            raise ValueError(f"ahead ({self.ahead}) is below twice the window ({self.window}): raise it")
        return self


class CloudSettings(BaseModel):
    """The connection to the cloud."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    broker: str = Field(description="Broker as mqtt://host:port or, with TLS, mqtts://host:port.")
    client_id: str | None = Field(
        default=None, pattern=r"^[A-Za-z0-9_-]{1,64}$", description="MQTT client id; without it, tenant and store joined by a hyphen."
    )
    username: str | None = Field(default=None, description="User name, where the broker asks for one.")
    password_file: Path | None = Field(default=None, description="File that holds the password, so that it is not in this one.")
    ca_file: Path | None = Field(default=None, description="Certificates that may sign the broker's; without it, the system's.")
    cert_file: Path | None = Field(default=None, description="Certificate by which this store is known to the broker.")
    key_file: Path | None = Field(default=None, description="Private key of that certificate.")
    keepalive_s: int = Field(default=30, ge=1, le=1200, description="A frozen broker or dead network is noticed within twice this (s).")
    connect_timeout_s: float = Field(default=15.0, ge=0.5, le=120.0, description="Time for connecting, TLS and subscribing (s).")
    session_expiry_s: int = Field(default=3600, ge=60, le=604_800, description="How long the broker keeps our session (s).")
    will_delay_s: int = Field(default=30, ge=0, le=3600, description="The broker reports the store offline this long after losing it (s).")
    lost_after_s: float = Field(
        default=90.0, ge=0.5, le=3600.0, description="No word from the consumer for this long: the store is on its own (s)."
    )
    health_every_s: float = Field(default=60.0, ge=1.0, le=3600.0, description="How often the state of the controller is sent (s).")
    delivery: DeliverySettings = Field(default=DeliverySettings(), description="How events are sent and repeated.")

    @field_validator("broker")
    @classmethod
    def _broker(cls, value: str) -> str:
        broker_address(value)
        return value

    @model_validator(mode="after")
    def _files(self) -> CloudSettings:
        if (self.cert_file is None) != (self.key_file is None):
            raise ValueError("cert_file and key_file belong together: give both or none")
        if self.tls is False and (self.ca_file or self.cert_file):
            raise ValueError("ca_file and cert_file need TLS: write mqtts:// in broker")
        if self.password_file is not None and self.username is None:
            raise ValueError("password_file needs username")
        return self

    @property
    def tls(self) -> bool:
        """Whether the broker is reached over TLS."""
        return urlsplit(self.broker).scheme == "mqtts"


def broker_address(url: str) -> tuple[str, int]:
    """Host and port of mqtt://host[:port] or mqtts://host[:port]. Raises ValueError with what is expected."""
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname or parts.path not in ("", "/") or parts.query or parts.username:
        raise ValueError(f"{url!r} is not a broker address: write mqtt://host:port or mqtts://host:port")
    return parts.hostname, parts.port or PORTS[parts.scheme]
