"""What can be set of the eye: the section [vision] and the list [[camera]] of the store file. Pure."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Provider: TypeAlias = Literal["cpu", "cuda", "tensorrt", "openvino", "rocm"]
Fraction: TypeAlias = Annotated[float, Field(ge=0.0, le=1.0)]

LEAST_ZONE = 1e-4  # of the picture; 13 pixels square at 1280 x 720 cannot show a hand
MAX_CAMERAS = 8  # more than a small board can watch


class ZoneSettings(BaseModel):
    """A part of a camera's picture and the plates behind it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    plates: tuple[str, ...] = Field(min_length=1, description="Plates that a hand in this part of the picture reaches for.")
    polygon: tuple[tuple[Fraction, Fraction], ...] = Field(
        min_length=3,
        max_length=32,
        description="Corners [x, y] in fractions of the picture, from the upper left corner.",
    )

    @model_validator(mode="after")
    def _has_area(self) -> ZoneSettings:
        xs, ys = zip(*self.polygon, strict=True)
        doubled = sum(x * ys[at - 1] - xs[at - 1] * y for at, (x, y) in enumerate(self.polygon))
        if abs(doubled) / 2 < LEAST_ZONE:
            raise ValueError(
                f"the zone of {', '.join(self.plates)} has no area; give its corners in order around it, in fractions from 0 to 1"
            )
        return self


class CameraSettings(BaseModel):
    """One camera."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$", description="Name of the camera.")
    url: str = Field(
        min_length=1,
        max_length=500,
        description="Where its frames come from: v4l2:///dev/video0, rtsp://…, http://… (MJPEG), file:///… (a video), "
        "folder:///… (pictures). User and password belong into a file named by password_file, not here.",
    )
    password_file: Path | None = Field(default=None, description="File with user:password for the camera, readable by the service only.")
    frames_per_s: float = Field(default=10.0, ge=1.0, le=60.0, description="Frames per second that are looked at; more are dropped unseen.")
    width: int = Field(default=1280, ge=160, le=4096, description="Width of the frames asked of a V4L2 camera, in pixels.")
    height: int = Field(default=720, ge=120, le=4096, description="Height of the frames asked of a V4L2 camera, in pixels.")
    rotate: Literal[0, 90, 180, 270] = Field(default=0, description="Clockwise turn in degrees that puts the picture upright.")
    zones: tuple[ZoneSettings, ...] = Field(default=(), max_length=64, description="Which plates are where in the picture.")

    @field_validator("url")
    @classmethod
    def _without_password(cls, url: str) -> str:
        if "@" in urlsplit(url).netloc:
            # The words leave the url out: they are shown and logged.
            raise ValueError("url contains a user or password, which would be shown and logged; write user:password into a password_file")
        return url


class VisionSettings(BaseModel):
    """The eye as a whole. Without a [[camera]] it is not there, and a store goes by weight alone."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    socket: Path = Field(default=Path("vision.sock"), description="Unix socket between the eye and the controller.")
    handover: Path = Field(
        default=Path("/run/smartstore/eye.json"),
        description="File in which the running controller hands the eye what was changed of [vision] and [[camera]] on a page; the eye "
        "begins anew when it changes. In a folder where the controller may write and the eye may read.",
    )
    embedder: str = Field(default="product-embedder", description="Model that recognises products; `smartstore models list` shows them.")
    hand_detector: str = Field(default="", description="Model that finds hands and products in hands; empty: by motion alone.")
    person_detector: str = Field(default="", description="Model whose persons' heads are masked in evidence; empty: nobody looks for any.")
    gallery: Path = Field(default=Path("gallery"), description="Folder of the enrolled products.")
    gallery_keys: dict[str, str] = Field(
        default_factory=dict,
        description="Key id to the base64 of the raw Ed25519 public key whose galleries are taken; 'smartstore models keygen' makes both. "
        "Empty: any gallery in the folder.",
    )
    models: Path | None = Field(default=None, description="Folder of models that were added; those that come with the program need none.")
    providers: tuple[Provider, ...] = Field(
        default=("cpu",),
        min_length=1,
        description="Where models run, first choice first; what this machine lacks is skipped and named in the log.",
    )
    threads: int = Field(default=1, ge=1, le=16, description="Processor threads of one model.")
    evidence: Path = Field(default=Path("evidence"), description="Folder of the pictures that speak for receipts.")
    evidence_days: int = Field(default=14, ge=0, le=365, description="Days after which they are deleted; 0 keeps none.")
    evidence_max_mb: int = Field(default=500, ge=1, le=1_000_000, description="Megabytes of them at most; the oldest go first.")
    evidence_least_free_mb: int = Field(
        default=300,
        ge=0,
        le=1_000_000,
        description="Megabytes of that disk that they leave to others; the oldest go where there is less. More than [journal] "
        "min_free_mb where both are on one disk, so that pictures never keep shoppers out.",
    )

    @field_validator("gallery_keys")
    @classmethod
    def _public_keys(cls, keys: dict[str, str]) -> dict[str, str]:
        for kid, text in keys.items():
            if not re.fullmatch(r"[A-Za-z0-9_-]{1,32}", kid):
                raise ValueError(f"key id {kid!r} must be 1 to 32 letters, digits, hyphens or underscores")
            if not re.fullmatch(r"[A-Za-z0-9+/]{43}=", text):
                raise ValueError(
                    f"gallery_keys.{kid} is not the base64 of the 32 bytes of a public key, as 'smartstore models keygen' prints it"
                )
        return keys


class EyeSettings(BaseModel):
    """[vision] and every [[camera]] together."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    vision: VisionSettings = Field(default_factory=VisionSettings, description="The eye as a whole.")
    cameras: tuple[CameraSettings, ...] = Field(alias="camera", default=(), max_length=MAX_CAMERAS, description="The cameras.")

    @model_validator(mode="after")
    def _named_once(self) -> EyeSettings:
        names = [camera.id for camera in self.cameras]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two cameras are called {name!r}; give each its own id")
        return self
