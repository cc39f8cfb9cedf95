"""Plate samples in, settled changes out: drift, ringing, neighbours, health. Pure."""

from devices.weighing.settings import WeighingSettings
from devices.weighing.weighing import PlateGeometry, PlateLive, Weighing

__all__ = ["PlateGeometry", "PlateLive", "Weighing", "WeighingSettings"]
