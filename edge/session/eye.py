"""What the eye reports: which cameras see, and what a hand took or put back, to the visit it happened in. Pure.

The eye is a witness. It never bills, never closes the cabinet and is never waited for longer than the settings allow.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from edge.session import enrolment, looks
from edge.session import visit as flow
from edge.session.details import Said, words_of
from edge.session.eye_state import CameraState, EyeState
from edge.session.facts import Camera
from edge.session.turn import STORE, Turn
from vision.facts import MOST_LISTED, CameraFound, CameraLost, EyeLost, EyeOpened, ItemSeen
from vision.wire import WatchVisit

TEXT_CHARS = 200  # longest text of the eye that is kept
STEADY_NS: Final = 300_000_000_000  # ns an eye must be open for its deaths before that to be forgotten


def seen(turn: Turn, fact: ItemSeen) -> None:
    """A camera saw a hand reach over plates."""
    camera, store = _camera(turn, fact.camera), turn.state.store
    look = None if camera is None or store is None else looks.look_of(fact, store)
    if camera is None or look is None:
        turn.ignore("no such camera, or a reach over no plate")
        return
    _put(turn, replace(camera, last=look))
    visit = turn.visit
    if visit is not None:
        turn.put_visit(looks.looked(visit, look))
        flow.conclude(turn)


def camera_lost(turn: Turn, fact: CameraLost) -> None:
    """A camera's pictures are of no use."""
    camera = _camera(turn, fact.camera)
    if camera is None:
        turn.ignore("no such camera")
        return
    detail = fact.detail[:TEXT_CHARS]
    _put(turn, replace(camera, condition="lost", trouble=fact.reason, detail=detail))
    said = Said(f"camera_{fact.reason}", more=detail)
    turn.alarm_now("camera_lost", camera.camera, words_of(said), said)
    _blinded(turn)


def camera_found(turn: Turn, fact: CameraFound) -> None:
    """A camera sees, again or for the first time."""
    camera = _camera(turn, fact.camera)
    if camera is None:
        turn.ignore("no such camera")
        return
    _put(turn, replace(camera, condition="seeing", trouble=None, detail=""))
    turn.over("camera_lost", camera.camera)


def opened(turn: Turn, fact: EyeOpened) -> None:
    """The eye answers, still answers, or goes on with another model or gallery. What its cameras are like follows, one by one, after it was
    not open; whoever is inside is told to it again. One that died more than once in a row must stay open for a while to be trusted."""
    eye = turn.state.eye
    if not eye.cameras:
        turn.ignore("this store has no cameras")
        return
    anew = eye.condition != "open"
    steady = not anew and turn.at_ns - eye.since_ns >= STEADY_NS
    deaths = 0 if steady else eye.deaths
    if anew:
        _forget(turn)
    if deaths < 2:
        turn.over("eye_lost", STORE)
    model, gallery = fact.model[:TEXT_CHARS], fact.gallery[:TEXT_CHARS]
    since_ns = turn.at_ns if anew else eye.since_ns
    known = replace(turn.state.eye, condition="open", reason="", since_ns=since_ns, deaths=deaths)
    products = max(0, fact.products)
    turn.set(
        eye=replace(
            known, model=model, gallery=gallery, products=products, enrolled=fact.enrolled[:MOST_LISTED], before=fact.before[:TEXT_CHARS]
        )
    )
    visit = turn.visit
    if visit is not None and anew:
        turn.do(WatchVisit(visit=visit.visit, at_ns=visit.granted_ns))


def lost(turn: Turn, fact: EyeLost) -> None:
    """The eye does not answer: everything goes by weight alone. One that dies again and again is one fault, which counts."""
    eye = turn.state.eye
    if not eye.cameras:
        turn.ignore("this store has no cameras")
        return
    deaths = eye.deaths
    if eye.condition == "open":
        deaths = 1 if turn.at_ns - eye.since_ns >= STEADY_NS else deaths + 1
    _forget(turn)
    reason = fact.reason[:TEXT_CHARS]
    turn.set(eye=replace(turn.state.eye, condition="lost", reason=reason, since_ns=turn.at_ns, deaths=deaths))
    if deaths < 2:
        turn.alarm_now("eye_lost", STORE, reason)
    else:
        words = f"{deaths} times in a row; the last time: {reason}"[:TEXT_CHARS]
        turn.alarm_now("eye_lost", STORE, words, Said("eye_again", {"times": str(deaths)}, reason))
    enrolment.eye_lost(turn)
    _blinded(turn)


def unknown(turn: Turn) -> None:
    """Nothing is known of the eye and its cameras any more."""
    _forget(turn)
    enrolment.eye_lost(turn)
    turn.over("eye_lost", STORE)
    turn.set(eye=replace(turn.state.eye, deaths=0))


def shifted(eye: EyeState, shift_ns: int) -> EyeState:
    """The eye with what its cameras saw last carried into the clock of another boot."""
    moved = (one if one.last is None else replace(one, last=looks.look_shifted(one.last, shift_ns)) for one in eye.cameras)
    return replace(eye, cameras=tuple(moved), since_ns=eye.since_ns + shift_ns)


def configured(turn: Turn, cameras: tuple[Camera, ...]) -> None:
    """These are the cameras from now on."""
    eye = turn.state.eye
    known = {camera.camera: camera for camera in eye.cameras}
    for gone in sorted(known.keys() - {camera.camera for camera in cameras}):  # commands come in the same order at every replay
        turn.clear("camera_lost", gone)
    if not cameras:
        turn.clear("eye_lost", STORE)
        turn.set(eye=EyeState())
        return
    now = (replace(known.get(one.camera, CameraState(camera=one.camera, plates=())), plates=one.plates) for one in cameras)
    turn.set(eye=replace(eye, cameras=tuple(now)))


def _forget(turn: Turn) -> None:
    """What its cameras are like nobody knows now."""
    eye = turn.state.eye
    for camera in eye.cameras:
        turn.over("camera_lost", camera.camera)
    cameras = tuple(replace(camera, condition="unknown", trouble=None, detail="") for camera in eye.cameras)
    turn.set(eye=replace(eye, cameras=cameras, condition="unknown", reason=""))


def _camera(turn: Turn, name: str) -> CameraState | None:
    return next((camera for camera in turn.state.eye.cameras if camera.camera == name), None)


def _put(turn: Turn, camera: CameraState) -> None:
    cameras = tuple(camera if one.camera == camera.camera else one for one in turn.state.eye.cameras)
    turn.set(eye=replace(turn.state.eye, cameras=cameras))


def _blinded(turn: Turn) -> None:
    """The running visit remembers what is out of sight, and does not wait for it."""
    visit = turn.visit
    if visit is not None:
        turn.put_visit(looks.blinded(visit, turn.state.eye))
        flow.conclude(turn)
