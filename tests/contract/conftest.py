"""What tests of stations share."""

from __future__ import annotations

import pytest

from devices.station import lifeline


@pytest.fixture
def soon_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lost device is asked four times as often as in a shop: whoever waits until it is found again waits a quarter."""
    monkeypatch.setattr(lifeline, "PROBE_PERIOD_NS", lifeline.PROBE_PERIOD_NS // 4)
