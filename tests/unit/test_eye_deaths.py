"""What the operator reads of an eye that comes and goes, and of a camera that fails in one way after another."""

from __future__ import annotations

from edge.session import eye
from edge.session.commands import ClearAlarm, RaiseAlarm
from edge.session.facts import Camera
from edge.session.turn import Turn
from tests.unit.visit_story import Story
from vision.facts import CameraLost, EyeLost

CAMERAS = (Camera("c1", ("p1",)), Camera("c2", ("p2",)))


def test_an_eye_that_dies_again_and_again_is_one_alarm_that_counts_until_it_has_stayed_up() -> None:
    story = Story(cameras=CAMERAS).eye()
    for death in range(1, 6):
        story.wait(2).tell(EyeLost(at_ns=story.at_ns, reason=f"reason {death}"))
        assert story.present() == {"eye_lost"}
        story.wait(5).eye()
    assert [alarm.detail for alarm in story.all(RaiseAlarm)] == ["reason 1", "2 times in a row; the last time: reason 2"]
    assert len(story.all(ClearAlarm)) == 1  # after the first, which may have been an update
    (alarm,) = story.state.alarms
    assert alarm.detail == "5 times in a row; the last time: reason 5"
    assert story.state.eye.condition == "open"  # what it sees counts meanwhile
    story.wait(200).eye()
    assert story.present() == {"eye_lost"}
    story.wait(100).eye()  # the link says it once more when it has been up for so long
    assert story.present() == set()
    story.wait(1).tell(EyeLost(at_ns=story.at_ns, reason="much later"))
    assert story.state.alarms[0].detail == "much later"
    assert story.wait(1).eye().present() == set()


def test_deaths_are_forgotten_by_a_restart_of_the_controller_and_not_by_the_wait_for_the_next() -> None:
    story = Story(cameras=CAMERAS).eye()
    for _ in range(3):
        story.wait(1).tell(EyeLost(at_ns=story.at_ns, reason="gone")).wait(1).eye()
    story.wait(1).tell(EyeLost(at_ns=story.at_ns, reason="gone")).wait(3600).eye()  # away for an hour is not up for an hour
    assert story.present() == {"eye_lost"}
    story.start(same_boot=True)
    assert story.present() == set()
    assert story.eye().present() == set()
    assert story.state.eye.deaths == 0


def test_a_camera_that_is_lost_in_another_way_says_so_without_a_second_alarm() -> None:
    story = Story(cameras=CAMERAS).eye("c1")
    story.tell(CameraLost(at_ns=story.at_ns, camera="c1", plates=("p1",), reason="moved"))
    assert [alarm.detail for alarm in story.state.alarms] == ["it points elsewhere than when its zones were drawn"]
    assert len(story.all(RaiseAlarm)) == 1


def test_cameras_that_are_gone_clear_their_faults_in_the_same_order_in_every_process() -> None:
    names = tuple(f"c{number}" for number in range(12))
    story = Story(cameras=tuple(Camera(name, ("p1",)) for name in names)).eye(*names)
    for name in names:
        story.tell(CameraLost(at_ns=story.at_ns, camera=name, plates=("p1",), reason="moved"))
    turn = Turn(story.state, "configured", story.at_ns)
    eye.configured(turn, (Camera("other", ("p1",)),))
    assert [command.subject for command in turn.commands if isinstance(command, ClearAlarm)] == sorted(names)
