"""The service units, the udev rules and the installer, judged by the programs that will read them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from edge.runtime.restarting import AGAIN
from vision.settings import VisionSettings

ROOT = Path(__file__).parents[2]
SYSTEMD = ROOT / "systemd"
EXPOSURE = {
    "smartstore.service": 20,
    "smartstore-fleet.service": 12,
    "smartstore-vision.service": 15,
}  # tenths of systemd-analyze's scale of 0 (closed) to 10 (open)
UNITS = tuple(EXPOSURE)

RULE = re.compile(r'^[A-Z]+(\{[^}]+\})?(==|!=|=|\+=|-=|:=)"[^"]*"(\s*,\s*[A-Z]+(\{[^}]+\})?(==|!=|=|\+=|-=|:=)"[^"]*")*$')


@pytest.mark.parametrize("unit", UNITS)
def test_systemd_accepts_the_unit(unit: str, tmp_path: Path) -> None:
    """With the program at its present place: verify looks whether it can be started."""
    present = Path(sys.executable).parent
    assert (present / "smartstore").is_file()
    copy = tmp_path / unit
    copy.write_text((SYSTEMD / unit).read_text().replace("/opt/smartstore/venv/bin", str(present)))
    copy.chmod(0o644)
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", str(copy)], capture_output=True, text=True, check=False)
    complaints = [line for line in done.stderr.splitlines() if unit in line]
    assert complaints == []
    assert done.returncode == 0, done.stderr


def test_systemd_would_have_complained(tmp_path: Path) -> None:
    copy = tmp_path / "smartstore.service"
    copy.write_text((SYSTEMD / "smartstore.service").read_text().replace("WatchdogSec=15", "WatchdogSec=often"))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", str(copy)], capture_output=True, text=True, check=False)
    assert "Failed to parse sec value" in done.stderr


@pytest.mark.parametrize("unit", UNITS)
def test_the_unit_exposes_little(unit: str) -> None:
    command = ["systemd-analyze", "security", "--offline=yes", "--no-pager", f"--threshold={EXPOSURE[unit]}", str(SYSTEMD / unit)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_controller_may_ask_whether_the_clock_is_kept() -> None:
    """The hardening must leave adjtimex(2) for reading, or every receipt would say that the clock cannot be trusted."""
    unit = (SYSTEMD / "smartstore.service").read_text()
    assert "\nProtectClock=yes" not in unit
    assert "\nSystemCallFilter=adjtimex clock_adjtime\n" in unit


@pytest.mark.parametrize("unit", ["smartstore.service", "smartstore-vision.service"])
def test_a_part_that_wants_to_be_started_again_is_and_has_not_failed(unit: str) -> None:
    text = (SYSTEMD / unit).read_text()
    assert f"\nSuccessExitStatus={AGAIN}\n" in text
    assert "\nRestart=always\n" in text
    assert not re.search(rf"RestartPreventExitStatus=.*\b{AGAIN}\b", text)


def test_what_is_handed_to_the_eye_outlives_a_restart_of_the_controller() -> None:
    unit = (SYSTEMD / "smartstore.service").read_text()
    folder = VisionSettings().handover.parent
    assert f"\nRuntimeDirectory={folder.name}\nRuntimeDirectoryPreserve=restart\n" in unit
    assert folder.parent == Path("/run")


def test_udev_rules_are_well_formed() -> None:
    text = (SYSTEMD / "99-smartstore.rules").read_text()
    rules = [line for line in text.splitlines() if line and not line.startswith("# ") and line != "#"]
    assert len(rules) >= 6
    for rule in rules:
        assert RULE.match(rule.removeprefix("#")), rule
    for label in re.findall(r'GOTO="(\w+)"', text):
        assert f'LABEL="{label}"' in text


def test_udev_accepts_the_rules() -> None:
    """By udevadm's own check, which systemd has since version 254."""
    version = int(subprocess.run(["udevadm", "--version"], capture_output=True, text=True, check=True).stdout)
    if version >= 254:
        done = subprocess.run(["udevadm", "verify", str(SYSTEMD / "99-smartstore.rules")], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def test_the_eye_reaches_neither_journal_nor_keys_nor_the_internet() -> None:
    unit = (SYSTEMD / "smartstore-vision.service").read_text()
    assert "\nUser=smartstore-vision\n" in unit
    assert "\nInaccessiblePaths=-/var/lib/smartstore -/etc/smartstore/credentials\n" in unit
    assert "\nIPAddressDeny=any\n" in unit


@pytest.mark.parametrize(
    ("arguments", "units"),
    [((), UNITS[:1]), (("--fleet",), UNITS[1:2]), (("--vision",), ("smartstore.service", "smartstore-vision.service"))],
)
def test_the_installer_says_what_it_would_do_and_does_nothing(arguments: tuple[str, ...], units: tuple[str, ...], tmp_path: Path) -> None:
    image = tmp_path / "image"
    done = subprocess.run(
        [SYSTEMD / "install.sh", "--dry-run", *arguments],
        capture_output=True,
        text=True,
        check=True,
        env={"DESTDIR": str(image), "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"},
    )
    assert [unit for unit in UNITS if f"/etc/systemd/system/{unit}" in done.stdout] == sorted(units, key=UNITS.index)
    assert ("/requirements/vision.lock" in done.stdout) == ("--vision" in arguments)
    assert "--require-hashes" in done.stdout
    assert not image.exists()


def test_an_update_does_not_leave_the_eye_behind(tmp_path: Path) -> None:
    unit = tmp_path / "image" / "etc" / "systemd" / "system" / "smartstore-vision.service"
    unit.parent.mkdir(parents=True)
    unit.write_text("of the last release")
    done = subprocess.run(
        [SYSTEMD / "install.sh", "--dry-run"],
        capture_output=True,
        text=True,
        check=True,
        env={"DESTDIR": str(tmp_path / "image"), "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"},
    )
    assert "/requirements/vision.lock" in done.stdout


@pytest.mark.parametrize(("arguments", "code"), [(("--remove-everything",), 2), (("--vision", "--fleet"), 1), (("--fleet", "--vision"), 1)])
def test_the_installer_refuses_what_it_does_not_know(arguments: tuple[str, ...], code: int) -> None:
    done = subprocess.run([SYSTEMD / "install.sh", *arguments, "--dry-run"], capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert "--dry-run" in done.stderr if code == 2 else "leave out --vision or --fleet" in done.stderr


@pytest.mark.parametrize("script", ["systemd/install.sh", "setup/setup.sh", "setup/lock.sh", ".ci/run"])
def test_a_script_is_executable_and_parses(script: str) -> None:
    assert shutil.which(str(ROOT / script)) is not None
    subprocess.run(["bash", "-n", ROOT / script], check=True)
