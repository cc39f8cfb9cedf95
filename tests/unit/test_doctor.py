"""The doctor's findings on machines that lack something."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import socket
import sqlite3
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from cloud_bridge.settings import CloudSettings
from devices.config import BusSettings
from edge.cli.__main__ import main
from edge.runtime.checkup import keys, machine, network, ports, storage
from edge.runtime.checkup.finding import Finding
from edge.runtime.clock import ClockSync
from edge.runtime.sections import JournalSettings
from edge.runtime.settings import load_settings
from tests.certificates import Authority

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "store.toml"


def only(found: Iterator[Finding], level: str) -> Finding:
    (finding,) = [finding for finding in found if finding.level == level]
    return finding


def nanoseconds(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000_000


def test_this_installation_has_its_names_for_itself() -> None:
    assert [finding.level for finding in machine.check_package_names()] == ["ok"]


def test_a_stranger_with_the_name_of_a_room_is_reported(tmp_path: Path) -> None:
    stranger = only(machine.check_package_names({"models": ["smartstore-edge", "other-models"]}), "failure")
    assert "other-models also installs a package named 'models'" in stranger.text
    moved = list(machine.check_package_names({}, home=tmp_path))
    assert len(moved) == len(machine.ROOMS)
    assert all(finding.level == "failure" for finding in moved)
    assert "nowhere" in only(machine.check_package_names({}, rooms=["no_such_room"]), "failure").text


@pytest.mark.parametrize(
    ("now", "sync", "level", "words"),
    [
        (datetime(2020, 1, 1, tzinfo=UTC), "none", "failure", "2020-01-01"),
        (datetime(2140, 1, 1, tzinfo=UTC), "ntp", "failure", "2140-01-01"),
        (datetime(2026, 11, 1, tzinfo=UTC), "ntp", "ok", "kept by a time server"),
        (datetime(2026, 11, 1, tzinfo=UTC), "rtc", "ok", "battery-backed"),
        (datetime(2026, 11, 1, tzinfo=UTC), "none", "warning", "nobody vouches"),
    ],
)
def test_the_clock_is_judged(now: datetime, sync: ClockSync, level: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "rtc0").mkdir()
    date, battery = machine.check_clock(now_ns=nanoseconds(now), sync=sync, rtc=tmp_path)
    assert date.level == level
    assert words in date.text
    assert battery.level == "ok"
    assert [finding.level for finding in machine.check_clock(rtc=tmp_path / "none")][-1] == "warning"


def test_the_disk_is_judged(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/a / ext4 rw 0 0\ntmpfs {tmp_path} tmpfs rw 0 0\n")
    settings = JournalSettings(path=tmp_path / "journal.db", min_free_mb=16)
    found = list(storage.check_disk(settings, mounts=mounts))
    assert [finding.level for finding in found][:2] == ["warning", "ok"]
    assert "forgets" in found[0].text
    assert "a durable write takes" in found[-1].text
    mounts.write_text("/dev/a / ext4 rw 0 0\nserver:/x / nfs4 rw 0 0\n")
    assert "nfs4" in only(storage.check_disk(settings, mounts=mounts), "failure").text
    gone = settings.model_copy(update={"path": tmp_path / "none" / "journal.db"})
    assert "there is no folder" in only(storage.check_disk(gone), "failure").text
    greedy = settings.model_copy(update={"min_free_mb": 10**9})
    assert "less than min_free_mb" in only(storage.check_disk(greedy, mounts=Path("/none")), "failure").text


def test_a_journal_is_judged(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    assert "will be made" in only(storage.check_journal(path), "ok").text
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE fact(body TEXT)")
        connection.executemany("INSERT INTO fact VALUES(?)", [("x" * 200,)] * 500)
        connection.commit()
    assert "is whole" in only(storage.check_journal(path), "ok").text
    content = bytearray(path.read_bytes())
    content[4096 * 5 : 4096 * 7] = os.urandom(4096 * 2)
    path.write_bytes(content)
    assert "support" in only(storage.check_journal(path), "failure").advice
    path.write_text("no database at all, but longer than a header would be, so that it is looked at")
    assert "cannot be read" in only(storage.check_journal(path), "failure").text


def test_ports_are_judged(tmp_path: Path) -> None:
    controller, device = pty.openpty()
    dev = tmp_path / "dev"
    by_id = dev / "serial" / "by-id"
    by_id.mkdir(parents=True)
    try:
        (dev / "ttyUSB0").symlink_to(os.ttyname(device))
        (by_id / "usb-adapter").symlink_to(os.ttyname(device))
        (found,) = ports.check_plugged_in(dev)
        assert f"serial://{by_id}/usb-adapter is {Path(os.ttyname(device)).name}" in found.text
        bus = BusSettings(name="locks", url=f"serial://{by_id}/usb-adapter")
        held = only(ports.check_ports([bus], dev=dev), "warning")
        assert f"({os.getpid()})" in held.text
        assert only(ports.check_ports([bus], dev=dev, proc=tmp_path), "ok").text.endswith("is there and free")
        gone = BusSettings(name="locks", url="serial:///dev/serial/by-id/none")
        missing = only(ports.check_ports([gone], dev=dev), "failure")
        assert "usb-adapter" in missing.advice
    finally:
        os.close(controller)
        os.close(device)


def test_a_name_that_changes_is_advised_against(tmp_path: Path) -> None:
    (tmp_path / "ttyUSB3").touch()
    bus = BusSettings(name="locks", url=f"serial://{tmp_path}/ttyUSB3")
    warning = only(ports.check_ports([bus], dev=tmp_path, proc=tmp_path), "warning")
    assert "after a replug" in warning.text
    assert "without a stable name" in only(ports.check_plugged_in(tmp_path), "warning").text


def test_certificates_are_judged(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    issued = authority.issue("store")
    issued.key.chmod(0o600)
    settings = load_settings(EXAMPLE, check_files=False)
    now = datetime.now(UTC)

    def found(at: datetime, key: Path = issued.key) -> list[Finding]:
        cloud = settings.cloud.model_copy(update={"ca_file": authority.cert, "cert_file": issued.cert, "key_file": key})
        return list(keys.check_keys(settings.model_copy(update={"cloud": cloud}), now=at))

    def texts(level: str, at: datetime, key: Path = issued.key) -> str:
        return "\n".join(finding.text for finding in found(at, key) if finding.level == level)

    assert texts("failure", now) == ""
    assert texts("warning", now).count("expires in 0 days") == 2  # the authority's and the store's
    assert "is a private key, and private" in texts("ok", now)
    assert texts("failure", now + timedelta(days=3)).count("expired on") == 2
    assert texts("failure", now - timedelta(days=3)).count("valid only from") == 2
    assert "do not belong together" in texts("failure", now, private(authority.issue("other").key))
    assert "may be read by others (mode 0644)" in texts("failure", now, authority.issue("open").key)
    assert "there is no such file" in texts("failure", now, tmp_path / "none.key")
    assert "holds no usable key" in texts("failure", now, private(tmp_path / "store.toml"))
    certificate = x509.load_pem_x509_certificate(issued.cert.read_bytes())
    assert keys.validity("x", certificate, now - timedelta(hours=1)).level == "warning"
    assert keys.validity("x", certificate, certificate.not_valid_before_utc).level == "warning"


def private(path: Path) -> Path:
    if not path.exists():
        path.write_text("no key")
    path.chmod(0o600)
    return path


@contextlib.contextmanager
def listening(context: ssl.SSLContext | None) -> Iterator[int]:
    """A server that takes one connection, with TLS where a context is given; its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with contextlib.suppress(OSError):
                connection, _ = server.accept()
                with (
                    connection
                    if context is None
                    else context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False) as peer
                ):
                    peer.recv(1)

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join(timeout=10)


def test_the_way_to_the_broker_is_judged(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    issued = authority.issue("broker")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(issued.cert, issued.key)
    with listening(context) as port:
        trusted = CloudSettings(broker=f"mqtts://127.0.0.1:{port}", ca_file=authority.cert)
        assert "its certificate is trusted" in only(network.check_broker(trusted), "ok").text
    with listening(context) as port:
        finding = only(network.check_broker(CloudSettings(broker=f"mqtts://127.0.0.1:{port}")), "warning")
        assert "is not trusted" in finding.text
    with listening(None) as port:
        assert "accepts connections" in only(network.check_broker(CloudSettings(broker=f"mqtt://127.0.0.1:{port}")), "ok").text
    gone = only(network.check_broker(CloudSettings(broker=f"mqtt://127.0.0.1:{port}")), "warning")
    assert "is not reached" in gone.text
    assert "within its offline limits" in gone.advice
    with listening(None) as port:
        broken = CloudSettings(broker=f"mqtts://127.0.0.1:{port}", ca_file=tmp_path / "none.pem")
        assert "none.pem" in only(network.check_broker(broken), "warning").text


def test_the_command_reports_and_its_exit_code_tells(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "store.toml"
    config.write_text(EXAMPLE.read_text().replace("/var/lib/smartstore/journal.db", "journal.db"))
    assert main(["doctor", "--config", str(config), "--no-probe", "--offline", "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    checks = {finding["check"] for finding in report["findings"]}
    assert {"versions", "packages", "user", "clock", "ports", "config", "keys", "disk", "journal"} <= checks
    assert report["failures"] == sum(finding["level"] == "failure" for finding in report["findings"]) > 0
    assert main(["doctor", "--config", str(config), "--no-probe", "--offline"]) == 1
    shown = capsys.readouterr().out
    assert "FAIL  ports" in shown
    assert "-> Plug the adapter in or correct the url" in shown
    config.write_text("[store]\n")
    assert main(["doctor", "--config", str(config)]) == 2
    assert "is missing" in capsys.readouterr().out
