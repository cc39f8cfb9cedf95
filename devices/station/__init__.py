"""The one room the runtime talks to when it wants doors, plates and readers."""

from __future__ import annotations

from devices.station.live import BusLive, DeviceLive, StationLive
from devices.station.probe import ProbeResult, probe
from devices.station.station import Station

__all__ = ["BusLive", "DeviceLive", "ProbeResult", "Station", "StationLive", "probe"]
