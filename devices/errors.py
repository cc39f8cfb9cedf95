"""What can go wrong on a wire, named by what the caller should do about it. Pure."""

from __future__ import annotations


class DeviceError(Exception):
    """Base of everything a driver raises. ``device`` names the configured device, or the bus before a device is known."""

    def __init__(self, device: str, message: str) -> None:
        super().__init__(f"{device}: {message}")
        self.device = device


class Unreachable(DeviceError):
    """No answer in time, or the port is gone. Retry after the bus has recovered; physical actions are never retried blindly."""


class Refused(DeviceError):
    """The device understood and said no (a Modbus exception, an ES/ET/EL of a scale). Do not retry the same request."""


class Garbled(DeviceError):
    """Bytes came, but not a valid answer to this request. Count it and retry a read; the value is unknown."""


class Misconfigured(DeviceError):
    """The configuration and the device disagree (another identity, an impossible address). Stop and tell the technician."""


class Expired(Unreachable):
    """The request's own deadline passed before it reached the wire. Nothing was sent and nothing will be."""
