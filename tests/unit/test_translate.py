"""Commands become wire messages in every state the store can be in: one that cannot be put on the wire would stop the store for ever."""

from __future__ import annotations

from cloud_bridge.messages import CheckoutCompletedV1
from edge.session.commands import IssueReceipt
from edge.session.facts import Camera
from edge.translate.messages import outgoing
from tests.unit.visit_story import BAR, COLA, NS, Story
from vision.facts import EyeLost


def test_a_visit_that_began_before_the_machine_did_is_billed() -> None:
    story = Story()
    story.at_s = 100_000.0
    story.shopping().change(-350.0).wait(60).moving().change(0.0)
    story.at_s = 20.0  # a power cut: the monotonic clock begins anew, and the door has been open for longer than that
    story.start(same_boot=False).sense(open=True, secured=False).measure()
    story.wait(1).leave()
    (issued,) = story.all(IssueReceipt)
    assert issued.opened_ns < 0
    message = outgoing(issued)
    assert isinstance(message, CheckoutCompletedV1)
    assert (message.opened_ns, message.total_minor) == (0, 199)
    assert message.closed_ns > 21 * NS


def test_what_cameras_saw_goes_with_the_receipt() -> None:
    story = Story(cameras=(Camera("c1", ("p1",)), Camera("c2", ("p2",)))).eye().wait(1).shopping()
    story.sees((COLA.gtin, 0.0), (BAR.gtin, -2.0), barcode="4006381333931").change(-350.2).wait(1)
    story.sees(reach=2, plate="p2", camera="c2", barcode="x" * 13, evidence="../x")
    story.tell(EyeLost(at_ns=story.at_ns, reason="gone")).wait(2).change(-52.0, "p2").leave()
    (issued,) = story.all(IssueReceipt)
    message = outgoing(issued)
    assert isinstance(message, CheckoutCompletedV1)
    assert message.notes == ("weight_alone",)
    (picture,) = message.lines[0].pictures
    assert (picture.camera, picture.plates, picture.barcode, picture.evidence) == ("c1", ("p1",), "4006381333931", "v1/c1-1")
    assert picture.guesses[0].gtin == COLA.gtin
    (other,) = message.pictures
    assert (other.camera, other.barcode, other.evidence, other.guesses) == ("c2", None, "", ())
    assert CheckoutCompletedV1.model_validate_json(message.model_dump_json()) == message


def test_every_command_of_that_visit_can_be_told() -> None:
    story = Story()
    story.at_s = 100_000.0
    story.shopping().change(-350.0).wait(60).close().wait(1).moving()
    story.at_s = 3.0
    story.start(same_boot=False).sense(open=False, secured=True).measure().quiet()
    (issued,) = story.all(IssueReceipt)
    assert issued.closed_ns <= 3 * NS
    for command in story.commands:
        outgoing(command)
