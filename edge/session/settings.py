"""The described settings of visits and entry. Pure: bounds, units and one sentence per field; docs/config.md is generated from them."""

from __future__ import annotations

import base64
import binascii
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

PUBLIC_KEY_BYTES = 32  # bytes; a raw Ed25519 public key


class VisitSettings(BaseModel):
    """Time-outs and limits of one visit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pulse_s: float = Field(
        default=0.7,
        ge=0.1,
        le=10.0,
        description="Length of the unlock pulse, timed by the lock board itself. A hook lock needs a short one, or its coil burns; an "
        "electric strike is open only for so long, so it must cover the walk to the door (4 to 8 s).",
    )
    unlock_expires_s: float = Field(
        default=5.0, ge=0.5, le=10.0, description="An unlock that has not reached the wire by then is never sent."
    )
    unlock_confirm_s: float = Field(
        default=8.0, ge=1.0, le=30.0, description="A sensor of the door must have moved by then, or the unlock has failed."
    )
    open_within_s: float = Field(
        default=15.0, ge=3.0, le=120.0, description="Time from the unlock to the opening; the shopper walks from the reader to the door."
    )
    held_open_after_s: float = Field(
        default=60.0, ge=5.0, le=3600.0, description="A door open for longer raises the held-open alarm; shopping goes on."
    )
    max_open_s: float = Field(
        default=600.0,
        ge=30.0,
        le=7200.0,
        description="A visit open for longer ends there and goes to a person, the door is reported as left open.",
    )
    relock_within_s: float = Field(
        default=5.0,
        ge=0.5,
        le=60.0,
        description="After closing, or after the pulse where that ends later, the bolt must hold by then, or the relock alarm is raised.",
    )
    settle_within_s: float = Field(
        default=8.0, ge=1.0, le=60.0, description="After closing, the plates must be quiet by then, or the receipt goes to a person."
    )
    eye_wait_s: float = Field(
        default=0.8,
        ge=0.0,
        le=5.0,
        description="After closing, the receipt waits no longer than this for what cameras saw of the last movements; without it they go "
        "by weight alone. A store without cameras waits for nothing.",
    )
    receipt_shown_s: float = Field(
        default=3.0, ge=0.0, le=60.0, description="How long the receipt stays on the screen before the next shopper may enter."
    )
    min_line_probability: float = Field(
        default=0.80, ge=0.5, le=1.0, description="A receipt with a line less certain than this is provisional and goes to a person."
    )
    min_basket_probability: float = Field(
        default=0.80,
        ge=0.5,
        le=1.0,
        description="A receipt whose lines are all right together with less than this probability is provisional and goes to a person.",
    )
    gap_tolerance_g: float = Field(
        default=8.0,
        ge=0.5,
        le=500.0,
        description="A plate that was out of sight and weighs the same within this (grams) has not changed; creep and drift stay below.",
    )
    staff_max_open_s: float = Field(
        default=14_400.0, ge=60.0, le=86_400.0, description="A restocker's or technician's visit is closed in the books after that."
    )
    lost_plate: Literal["out_of_service", "review"] = Field(
        default="out_of_service",
        description="What a lost plate does while nobody is shopping: close the cabinet, or go on and send visits to a person.",
    )
    unlock_failures_before_closing: int = Field(
        default=3, ge=1, le=20, description="Unlocks in a row that may fail before the cabinet takes itself out of service."
    )


class EntrySettings(BaseModel):
    """Who may enter, and for how long the store may decide alone."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    verify: Literal["offline", "cloud", "cloud_then_offline"] = Field(
        default="offline",
        description="Judge signed passes alone, only by asking the cloud, or ask first and judge alone when it does not answer.",
    )
    keys: dict[str, str] = Field(
        default_factory=dict,
        description="Key id to the base64 of the raw Ed25519 public key whose passes are accepted; 'smartstore pass keygen' makes both.",
    )
    cloud_answer_s: float = Field(default=3.0, ge=0.2, le=30.0, description="How long a shopper waits for the cloud's answer.")
    deny: tuple[str, ...] = Field(default=(), description="Pass ids and holders that are refused.")
    min_limit_minor: int = Field(
        default=0, ge=0, description="A pass with a smaller spending limit is refused, in minor units of the currency."
    )
    untrusted_clock: Literal["refuse", "accept"] = Field(
        default="refuse", description="What to do with a pass while the clock cannot be trusted, so that its expiry cannot be judged."
    )
    offline_hours: float = Field(
        default=72.0, ge=0.0, le=720.0, description="How long the store sells without a word from the cloud (hours)."
    )
    offline_visits: int = Field(default=200, ge=0, le=100_000, description="How many visits it sells without a word from the cloud.")
    offline_minor: int = Field(
        default=200_000, ge=0, description="How much it sells without a word from the cloud, in minor units of the currency."
    )

    offer_url: str = Field(
        default="",
        max_length=200,
        pattern=r"^(https://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?(\?[A-Za-z0-9._~=&-]*)?)?$",
        description="Address of the app's page for entering, such as https://shop.example/enter: the shopper's screen shows it as a QR "
        "code with a code in it that changes, and the cloud sends the pass of whoever scans it. Empty: no such code.",
    )
    offer_code_s: float = Field(default=30.0, ge=5.0, le=300.0, description="How long the screen shows one such code.")
    offer_grace_s: float = Field(
        default=30.0, ge=5.0, le=300.0, description="How long a code still counts after the screen has gone on to the next."
    )

    @field_validator("keys")
    @classmethod
    def _public_keys(cls, keys: dict[str, str]) -> dict[str, str]:
        for kid, text in keys.items():
            if not kid.isascii() or not kid.replace("-", "").replace("_", "").isalnum() or len(kid) > 32:
                raise ValueError(f"key id {kid!r} must be 1 to 32 letters, digits, hyphens or underscores")
            try:
                raw = base64.b64decode(text, validate=True)
            except binascii.Error as error:
                raise ValueError(f"entry.keys.{kid} is not base64 ({error})") from error
            if len(raw) != PUBLIC_KEY_BYTES:
                raise ValueError(f"entry.keys.{kid} has {len(raw)} bytes; a raw Ed25519 public key has {PUBLIC_KEY_BYTES}")
        return keys
