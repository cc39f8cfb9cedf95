"""Our codecs against frames published by others."""

from __future__ import annotations

import pytest

from devices.protocols.crc import crc16_ccitt, crc16_modbus
from devices.protocols.kerong import KerongStatusRequest, KerongUnlock
from devices.protocols.kerong import encode_request as encode_kerong
from devices.protocols.modbus_frames import ModbusReply, ModbusRequest
from devices.protocols.modbus_rtu import ModbusReplyReader, decode_request, encode_reply, encode_request
from devices.protocols.mt_sics import SicsReply, SicsReplyReader, encode_command
from devices.protocols.mt_sics import encode_reply as encode_sics
from tests.contract.published_frames import (
    KERONG_STATUS,
    KERONG_UNLOCK,
    KERONG_WIDE_STATUS,
    MODBUS_REPLIES,
    MODBUS_REQUESTS,
    SICS_IMMEDIATE,
    SICS_REPLIES,
)


@pytest.mark.parametrize(("wire", "request_", "source"), MODBUS_REQUESTS)
def test_modbus_requests(wire: str, request_: ModbusRequest, source: str) -> None:
    assert encode_request(request_) == bytes.fromhex(wire), source
    assert decode_request(bytes.fromhex(wire)) == request_, source


@pytest.mark.parametrize(("wire", "request_", "reply", "source"), MODBUS_REPLIES)
def test_modbus_replies(wire: str, request_: ModbusRequest, reply: ModbusReply, source: str) -> None:
    assert ModbusReplyReader(request_).feed(bytes.fromhex(wire)) == reply, source
    assert encode_reply(reply) == bytes.fromhex(wire), source


def test_kerong_requests() -> None:
    for wire, board, source in KERONG_STATUS:
        assert encode_kerong(KerongStatusRequest(board), "classic") == bytes.fromhex(wire), source
    for wire, board, lock, source in KERONG_UNLOCK:
        assert encode_kerong(KerongUnlock(board, lock), "classic") == bytes.fromhex(wire), source
    for wire, board, source in KERONG_WIDE_STATUS:
        assert encode_kerong(KerongStatusRequest(board), "wide") == bytes.fromhex(wire), source


@pytest.mark.parametrize(("wire", "reply", "source"), SICS_REPLIES)
def test_sics_replies(wire: str, reply: SicsReply, source: str) -> None:
    assert SicsReplyReader("S").feed(bytes.fromhex(wire)) == reply, source
    assert encode_sics(reply) == bytes.fromhex(wire), source


def test_sics_immediate_command() -> None:
    wire, source = SICS_IMMEDIATE
    assert encode_command("SI") == bytes.fromhex(wire), source


def test_checksums_of_the_standard_check_string() -> None:
    """The check values of the CRC catalogue (reveng.sourceforge.io) for the nine digits."""
    assert crc16_modbus(b"123456789") == 0x4B37
    assert crc16_ccitt(b"123456789") == 0x29B1
