"""The eye as a process: it sees, survives being killed, stays small, and ends when it is told to."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.vision.eye_rig import COLA, LEFT, RIGHT, WATER, EyeProcess, EyeStore, Listener, film
from vision.facts import CameraFound, EyeOpened
from vision.wire import MAX_LINE, ShowPicture, WatchVisit

MOST_MB = 250.0  # what a board of the smallest kind can spare


def test_a_killed_eye_is_started_again_and_goes_on_seeing(tmp_path: Path) -> None:
    store = EyeStore(tmp_path, pictures=film())
    store.enrol(LEFT, RIGHT)
    with EyeProcess(store) as eye:
        eye.heard("READY=1")
        with Listener(store.socket) as controller:
            opened = controller.next()
            assert isinstance(opened, EyeOpened)
            assert (opened.cameras, opened.model, opened.gallery, opened.products) == (("cam",), "tiny@1", "1", 2)
            assert isinstance(controller.next(), CameraFound)
            seen = controller.sighting()
            assert seen.plates == ("A1",)
            logs = dict(seen.log_likelihoods)
            assert logs[COLA] > logs[WATER] + 1.0
            assert seen.start_ns < seen.end_ns < seen.at_ns
            eye.process.send_signal(signal.SIGKILL)
            assert isinstance(controller.end(), EOFError | ConnectionError)
    assert store.socket.exists()
    with EyeProcess(store) as eye:
        eye.heard("READY=1")
        with Listener(store.socket) as controller:
            assert isinstance(controller.next(), EyeOpened)
            assert controller.sighting().plates == ("A1",)
            eye.heard("WATCHDOG=1")
            eye.process.send_signal(signal.SIGTERM)
            eye.heard("STOPPING=1")
            code, output = eye.ended()
            assert code == 0, output
    assert not store.socket.exists()


def test_four_cameras_and_hostile_readers_leave_it_small(tmp_path: Path) -> None:
    store = EyeStore(tmp_path, pictures=film(), cameras=("one", "two", "three", "four"))
    store.enrol(LEFT, RIGHT)
    with EyeProcess(store) as eye:
        eye.heard("READY=1")
        with Listener(store.socket) as controller, Listener(store.socket) as stopped, Listener(store.socket) as hostile:
            for number in range(2000):
                controller.wish(WatchVisit(visit=f"visit-{number}", at_ns=number))
            controller.wish(*[ShowPicture(camera=name, until_ns=2**62) for name in ("one", "two", "three", "four", "../../etc/passwd")])
            with pytest.raises(ConnectionError):  # reset or broken pipe, as it happens
                hostile.socket.sendall(b"x" * (64 * MAX_LINE))
            seen = {controller.sighting().camera for _ in range(4)}
            assert len(seen) > 1
            assert eye.resident_mb() < MOST_MB
            assert stopped.next()
        assert eye.process.poll() is None


def test_a_second_eye_and_a_wrong_file_say_why(tmp_path: Path) -> None:
    store = EyeStore(tmp_path / "one")
    with EyeProcess(store) as eye:
        eye.heard("READY=1")
        other = EyeStore(tmp_path / "two")
        other.config.write_text(other.config.read_text().replace("\n[vision]", f'\n[vision]\nsocket = "{store.socket}"'))
        without = EyeStore(tmp_path / "three", models=False)
        blind = EyeStore(tmp_path / "four", cameras=())
        with EyeProcess(other) as second, EyeProcess(without) as third, EyeProcess(blind) as fourth:
            code, output = second.ended()
            assert (code, "another eye already serves" in output) == (1, True), output
            code, output = third.ended()
            assert (code, "there is no model called 'tiny'" in output) == (1, True), output
            code, output = fourth.ended()
            assert (code, "has no [[camera]]" in output) == (2, True), output
        assert eye.process.poll() is None
