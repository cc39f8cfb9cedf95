"""The phone of a simulated shopper, and the cloud behind its app: it reads the code on the shop's screen, and the cloud sends the pass."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Final
from urllib.request import urlopen

import numpy as np

from cloud_bridge.entry_messages import EntryOfferV1, OfferAnswerV1
from cloud_bridge.fleet.offering import offer, scanned
from cloud_bridge.ports import LinkError
from cloud_bridge.settings import CloudSettings

MODULE_PX: Final = 4  # of a photograph of the screen; cameras give more
QUIET: Final = 4  # light modules around the code


class NoCode(RuntimeError):
    """The screen shows no code now, or the shop did not answer."""


def read_code(rows: Sequence[str]) -> str:
    """What a phone reads of a code on a screen: rows of ``0`` and ``1`` (dark). Raises NoCode where it is none."""
    import zxingcpp  # comes with what the eye needs, which a demonstration without a camera does without

    dark = np.pad(np.array([[module == "1" for module in row] for row in rows], dtype=bool), QUIET)
    pixels = np.where(dark, 0, 255).astype(np.uint8).repeat(MODULE_PX, axis=0).repeat(MODULE_PX, axis=1)
    found = zxingcpp.read_barcodes(pixels)
    if len(found) != 1:
        raise NoCode("the phone cannot read the code")
    return str(found[0].text)


def scan(page_url: str) -> str:
    """The address in the code that the screen of the shop at ``page_url`` shows. Raises NoCode."""
    with urlopen(f"{page_url}/api/v1/kiosk/snapshot", timeout=5.0) as answer:  # noqa: S310 - the scheme is ours: http to the loopback address
        code = json.load(answer).get("code")
    if code is None:
        raise NoCode("the screen shows no code at the moment")
    return read_code(code["rows"])


async def enter_by_code(page_url: str, broker: str, text: str) -> OfferAnswerV1:
    """Scan the screen at ``page_url`` and let the cloud send the pass ``text`` through ``broker``. Raises NoCode."""
    at = scanned(await asyncio.to_thread(scan, page_url))
    try:
        return await offer(CloudSettings(broker=broker), at.store, EntryOfferV1(code=at.code, presented=text))
    except (LinkError, TimeoutError) as error:
        raise NoCode(str(error) or "the shop did not answer") from error
