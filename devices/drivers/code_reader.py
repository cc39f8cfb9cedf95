"""QR, barcode and NFC readers that send one line per code. They cannot be asked anything: an open port is all there is to know."""

from __future__ import annotations

from devices.drivers.driver import Profile, StreamDriver
from devices.errors import Unreachable
from devices.ports import Identity
from devices.protocols.code_line import CodeDecoder, CodeExplainer
from devices.protocols.meaning import Explainer
from devices.protocols.reply import StreamDecoder


class LineCodeReader(StreamDriver[str]):
    """A CodeReader over a serial line."""

    WIRE = "code_line"
    PROFILE = Profile
    SHOWS_BYTES = False

    @classmethod
    def decoder(cls) -> StreamDecoder[str]:
        return CodeDecoder()

    def explainer(self) -> Explainer:
        return CodeExplainer()

    async def identify(self) -> Identity:
        """Returned: its port is open. Whether a reader is at the other end shows with the first code."""
        if not self.line.connected:
            raise Unreachable(self.name, self.line.trouble or "its port is not open yet")
        return self.check_serial(Identity(product=self.settings.product, serial=None, firmware=None))

    async def next_code(self) -> str:
        """Returned: one complete line. Waits without limit; Unreachable when the port is lost meanwhile."""
        return (await self.line.next(self.name)).frame
