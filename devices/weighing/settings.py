"""The described settings of the weighing stage. Pure: bounds, units and one sentence per field."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class WeighingSettings(BaseModel):
    """How plate samples become settled changes. The defaults fit plates that ring near 12 Hz and goods from 8 g."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    average_s: float = Field(
        default=0.25,
        ge=0.0,
        le=2.0,
        description="Length of the moving average in seconds: three periods of the plate's ringing (12 Hz), each cancelled in turn. "
        "Used only where at least four samples fall into it; 0 switches it off.",
    )
    window_s: float = Field(
        default=0.18, ge=0.1, le=5.0, description="How long a plate must hold still before its movement counts as over, in seconds."
    )
    still_span_g: float = Field(
        default=4.0, ge=0.2, le=200.0, description="A plate holds still while its values differ by no more than this, in grams."
    )
    min_change_g: float = Field(
        default=6.0,
        ge=0.5,
        le=500.0,
        description="The smallest change that is reported, in grams; less than the lightest product weighs.",
    )
    disturbed_after_s: float = Field(
        default=10.0, ge=1.0, le=120.0, description="A plate that moves for longer is reported as disturbed, in seconds."
    )
    neighbour_wait_s: float = Field(
        default=3.0,
        ge=0.0,
        le=30.0,
        description="How long a settled plate waits for a neighbour that moved with it, in seconds: one item can stand on both.",
    )
    stale_periods: float = Field(
        default=3.0, ge=1.5, le=50.0, description="A plate is stale when no sample came for this many of its usual sample periods."
    )
    lost_after_s: float = Field(
        default=3.0, ge=0.5, le=60.0, description="A plate without a sample for longer is faulted, in seconds; it must be measured anew."
    )
    first_weights_within_s: float = Field(
        default=5.0,
        ge=0.5,
        le=60.0,
        description="After the first sample of any plate, those that are stable by then are reported without the others, in seconds.",
    )
    fault_after_s: float = Field(
        default=3.0,
        ge=0.2,
        le=60.0,
        description="Impossible values (overload, below zero) must last this long to fault a plate, in seconds; a hand presses too.",
    )
    recover_after_s: float = Field(
        default=1.0,
        ge=0.1,
        le=60.0,
        description="Plausible values must last this long before a faulted plate is trusted again, in seconds.",
    )
    unsteady_after_s: float = Field(
        default=180.0,
        ge=10.0,
        le=3600.0,
        description="A plate that never holds still for this long is faulted, in seconds: loose or disconnected.",
    )
    below_zero_g: float = Field(
        default=20.0, ge=1.0, le=5000.0, description="A plate that rests lower than this below its zero has lost its calibration, in grams."
    )
    overload_factor: float = Field(
        default=1.25, ge=1.0, le=3.0, description="More than this many times the rated load is an overload, not a weight."
    )
    stuck_samples: int = Field(
        default=200,
        ge=20,
        le=100_000,
        description="This many identical samples in a row fault a plate that was seen to dither at its full resolution.",
    )
    stuck_after_s: float = Field(
        default=10.0, ge=1.0, le=3600.0, description="Identical samples must also last this long to count as stuck, in seconds."
    )
    tracking_g_per_min: float = Field(
        default=6.0,
        ge=0.0,
        le=60.0,
        description="How fast the reference follows a resting plate while nobody is shopping, in grams per minute; 0 switches it off.",
    )
    tracking_cap_g: float = Field(
        default=100.0,
        ge=0.0,
        le=5000.0,
        description="How far the reference may follow in total since the plate's last change, in grams; drift beyond it is a change.",
    )
    drift_allowance_g_per_min: float = Field(
        default=6.0,
        ge=0.0,
        le=60.0,
        description="How much of a difference before a movement is taken for drift during a visit, in grams per minute.",
    )
    drifting_g_per_h: float = Field(
        default=30.0,
        ge=0.0,
        le=10_000.0,
        description="A resting plate that creeps faster than this while nobody is shopping is reported as drifting, in grams per hour; "
        "0 switches it off.",
    )
