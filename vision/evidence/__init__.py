"""Pictures that speak for receipts: the last minute in memory, what is kept on the disk and for how long, heads made unrecognisable.

Which visit and which reach deserve it is decided by whoever calls. Nothing here looks for anything in a picture.
"""

from __future__ import annotations

from vision.evidence.folder import EvidenceFolder
from vision.evidence.heads import mask_heads
from vision.evidence.ring import Kept, Ring
from vision.evidence.sittings import SittingFolder

__all__ = ["EvidenceFolder", "Kept", "Ring", "SittingFolder", "mask_heads"]
