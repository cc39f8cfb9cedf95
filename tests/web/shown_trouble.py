"""What a store tells when a scale and the cloud are gone."""

from __future__ import annotations

from edge.session.details import Reason, Said
from edge.snapshot import AlarmView, CabinetView, CloudView

CLOSED = CabinetView(
    phase="out_of_service",
    words="Sorry, this cabinet is out of service.",
    since_s=4700.0,
    may_enter=False,
    reasons=(Reason(code="plate_lost", words="Plate P2 has no weight.", subjects=("P2",)),),
)
CLOUD_LOST = CloudView(
    condition="lost",
    words="No word from the cloud for 12 minutes; visits are stored.",
    depth=17,
    oldest_since_s=4280.0,
    last_error="timed out",
    said=Said("cloud_unreached", more="timed out"),
)
PLATE_LOST = AlarmView(
    code="plate_lost",
    subject="P2",
    severity="critical",
    words="Plate P2 has no weight.",
    action="Check the cable of scale-1.",
    since_s=4700.0,
    latched=True,
)
