"""The described settings of the consumer. Pure."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_validator

from cloud_bridge.settings import broker_address


class FleetSettings(BaseModel):
    """One consumer process at the far end."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    broker: str = Field(description="Broker as mqtt://host:port or, with TLS, mqtts://host:port.")
    database: str = Field(description="Database as sqlite:///file or postgresql://user@host/database.")
    client_id: str = Field(
        default="fleet", pattern=r"^[A-Za-z0-9_-]{1,64}$", description="MQTT client id; the broker keeps this consumer's queue under it."
    )
    share: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9_-]{1,64}$",
        description="Name of a group of consumers that divide the stores' events among them; each needs its own client_id and all one "
        "PostgreSQL database.",
    )
    username: str | None = Field(default=None, description="User name, where the broker asks for one.")
    password_file: Path | None = Field(default=None, description="File that holds the password.")
    ca_file: Path | None = Field(default=None, description="Certificates that may sign the broker's; without it, the system's.")
    cert_file: Path | None = Field(default=None, description="Certificate by which this consumer is known to the broker.")
    key_file: Path | None = Field(default=None, description="Private key of that certificate.")
    keepalive_s: int = Field(default=30, ge=1, le=1200, description="A frozen broker is noticed within twice this (s).")
    heartbeat_s: float = Field(
        default=20.0, ge=0.1, le=600.0, description="How often every store is told its watermark although nothing came (s)."
    )
    batch: int = Field(default=500, ge=1, le=5000, description="Events committed together at most.")
    batch_wait_s: float = Field(default=0.005, ge=0.0, le=5.0, description="How long a batch waits for more events (s).")
    session_expiry_s: int = Field(default=604_800, ge=0, le=2_000_000, description="How long the broker keeps our queue while we are away.")
    retry_max_s: float = Field(default=30.0, ge=0.05, le=600.0, description="Longest pause before connecting or committing again (s).")
    admit_signed: bool = Field(
        default=True,
        description="Answer yes to a signed pass that no rule names; the store has checked its signature. Cards need a rule.",
    )

    @field_validator("broker")
    @classmethod
    def _broker(cls, value: str) -> str:
        broker_address(value)
        return value
