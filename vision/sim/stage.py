"""The file that tells the camera process what to film: cameras, which plates each sees, and what the products look like."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, model_validator

from vision.sim.camera import widths_of
from vision.sim.looks import Look
from vision.sim.scene import Scene, rows_of_spots


class CameraOnStage(BaseModel):
    """One camera. ``rows``: the plates in its picture, shelf by shelf from above, each from left to right."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[A-Za-z0-9_-]{1,32}$")
    rows: tuple[tuple[str, ...], ...] = Field(min_length=1)


class Stage(BaseModel):
    """All cameras of one cabinet and the looks of its products, by GTIN. ``strangers``: those of them that nobody has enrolled."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cameras: tuple[CameraOnStage, ...] = Field(min_length=1, max_length=8)
    looks: dict[str, Look]
    strangers: tuple[str, ...] = ()
    width: int = Field(default=1280, ge=160, le=4096)
    height: int = Field(default=720, ge=120, le=4096)
    frames_per_s: float = Field(default=10.0, ge=1.0, le=60.0)
    seed: int = 0

    @model_validator(mode="after")
    def _each_once(self) -> Stage:
        names = [camera.id for camera in self.cameras]
        if len(set(names)) < len(names):
            raise ValueError(f"two cameras have the same id among {', '.join(names)}; give each its own")
        return self

    def scene(self, camera: str) -> Scene:
        """The empty scene in front of one camera. KeyError where there is none of that name."""
        rows = {one.id: one.rows for one in self.cameras}[camera]
        return Scene(rows_of_spots(rows), widths_of(self.looks), shape=self.width / self.height)


def write_stage(path: Path, stage: Stage) -> Path:
    """Write it for :func:`read_stage`; returned: ``path``."""
    path.write_text(stage.model_dump_json(indent=1), encoding="utf-8")
    return path


def read_stage(path: Path) -> Stage:
    """Raises OSError or ValueError, whose text names what is wrong."""
    return Stage.model_validate_json(path.read_bytes())
