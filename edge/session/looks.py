"""What cameras saw, as the visit uses it: likelihoods for the belief, waiting for a late word, evidence for the receipt. Pure.

A store without cameras passes through here unchanged.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from devices.facts import PlateSettled
from edge.basket.belief import observe
from edge.basket.explain import MAX_UNITS
from edge.basket.hypothesis import Belief
from edge.basket.reading import best_story
from edge.basket.sight import OTHERS, Movement, Sighting, word
from edge.basket.watched import LATE_NS, MAX_SIGHTINGS, Watched, changed, changes_of, sighted, unseen, without_hands
from edge.session.eye_state import EyeState, Look
from edge.session.receipt import Guess, PictureEvidence
from edge.session.state import Visit
from edge.store.model import StoreModel
from vision.facts import ItemSeen

MAX_NAMED: Final = 24  # products a look keeps: those it names last are as unlikely as those it does not name
MAX_GUESSES: Final = 4  # told per picture; a person who reviews reads no more
LEAST_GUESS: Final = 0.01  # probability below which a guess is not told
MAX_PICTURES: Final = 8  # per receipt line, and without a line
BARCODE_LOG: Final = -4.0  # nats for every other product once a code was read: it may be that of what stands behind the hand
BARCODE: Final = re.compile(r"[0-9]{13}")
EVIDENCE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}(/[A-Za-z0-9][A-Za-z0-9_.-]{0,99}){0,4}")
"""Names under which pictures may be kept: they can lead nowhere but down."""
WEIGHT_ALONE: Final = "weight_alone"

NOTES: Final[dict[str, str]] = {
    WEIGHT_ALONE: "The cameras were out of sight for part of the visit: that part goes by weight alone.",
}
"""What a receipt says besides its lines, by code. A note is no reason for a review."""


def look_of(fact: ItemSeen, store: StoreModel) -> Look | None:
    """The reach with what it says to the belief, None where it is of no plate of this store or its times contradict each other."""
    known = {plate.plate for plate in store.plates}
    plates = tuple(dict.fromkeys(plate for plate in fact.plates if plate in known))
    if not plates or not fact.start_ns <= fact.end_ns:
        return None
    products = {product.gtin for product in store.prices.products}
    said = word(
        Sighting(plates, fact.start_ns, fact.end_ns, tuple(one for one in fact.log_likelihoods if one[0] in products), fact.log_other)
    )
    read = next((gtin for gtin in sorted(products) if fact.barcode is not None and gtin.zfill(14) == fact.barcode.zfill(14)), None)
    logs = {gtin: log + (BARCODE_LOG if read not in (None, gtin) else 0.0) for gtin, log in said.items()}
    if read is not None:
        logs.setdefault(read, said[OTHERS])
    other = logs.pop(OTHERS)
    named = sorted(logs.items(), key=lambda one: (-one[1], one[0]))[:MAX_NAMED]
    return Look(
        camera=fact.camera,
        reach=fact.reach,
        at_ns=fact.at_ns,
        direction=fact.direction,
        sighting=Sighting(
            plates,
            fact.start_ns,
            fact.end_ns,
            tuple((gtin, round(log, 3)) for gtin, log in named),
            round(other, 3),
            fact.direction,
            min(max(0, fact.units), MAX_UNITS),
            fact.camera,
        ),
        units=max(0, fact.units),
        barcode=fact.barcode if fact.barcode is not None and BARCODE.fullmatch(fact.barcode) else None,
        views=max(0, fact.views),
        evidence=fact.evidence if EVIDENCE.fullmatch(fact.evidence) else "",
    )


def weighed(visit: Visit, eye: EyeState, settled: PlateSettled) -> Visit:
    """The visit after one settled change and what cameras have said of it."""
    if not eye.cameras and not visit.looks:
        return replace(visit, belief=observe(visit.belief, visit.store, settled))
    plates = {change.plate for change in settled.changes}
    looked_at = settled.quality != "reconstructed" and not plates.isdisjoint(eye.seen)  # who knows what was seen during a gap
    after = changed(_watched(visit), visit.store, settled, looked_at=looked_at)
    return replace(visit, belief=after.belief, movements=after.movements)


def looked(visit: Visit, look: Look) -> Visit:
    """The visit after one reach more that a camera saw; the same where it is known already or older than the visit."""
    known = any((one.camera, one.reach, one.sighting.start_ns) == (look.camera, look.reach, look.sighting.start_ns) for one in visit.looks)
    if known or look.sighting.end_ns < visit.granted_ns:
        return visit
    after = sighted(_watched(visit), look.sighting)
    return replace(visit, belief=after.belief, looks=(*visit.looks, look)[-MAX_SIGHTINGS:])


def reopened(visit: Visit, belief: Belief) -> Visit:
    """The visit on another belief in which nothing has moved yet."""
    return replace(visit, belief=belief, movements=())


def awaited(visit: Visit, eye: EyeState, at_ns: int) -> bool:
    """Whether a camera that sees may yet tell what one of the last movements was."""
    seen = eye.seen
    return any(
        movement.watched and at_ns - movement.end_ns <= LATE_NS and not seen.isdisjoint(movement.plates)
        for movement in unseen(_watched(visit))
    )


def concluded(visit: Visit, eye: EyeState, at_ns: int) -> Visit:
    """The visit as it is judged at its end: where cameras saw plates all the time and no hand near them, goods hardly moved."""
    plates = eye.seen - set(visit.unseen)
    return replace(visit, belief=without_hands(_watched(visit), plates, at_ns)) if plates else visit


def blinded(visit: Visit, eye: EyeState) -> Visit:
    """The visit with the plates that are out of the cameras' sight now."""
    missing = sorted(eye.covered - eye.seen - set(visit.unseen))
    return replace(visit, unseen=(*visit.unseen, *missing)) if missing else visit


def notes(visit: Visit) -> tuple[str, ...]:
    """Codes of :data:`NOTES` for its receipt."""
    alone = any(not set(visit.unseen).isdisjoint(movement.plates) for movement in unseen(_watched(visit)))
    return (WEIGHT_ALONE,) if alone else ()


def pictures(visit: Visit, gtin: str) -> tuple[PictureEvidence, ...]:
    """What cameras saw of the changes that speak for the line of ``gtin``, in the order of time."""
    numbers = {number for known in best_story(visit.belief).support if known.gtin == gtin for number in known.changes}
    changes = changes_of(_watched(visit))
    return _told(look for look, own in zip(visit.looks, changes, strict=True) if not own.isdisjoint(numbers))


def other_pictures(visit: Visit, gtins: Sequence[str]) -> tuple[PictureEvidence, ...]:
    """What cameras saw that speaks for none of the lines of ``gtins``."""
    told = {(one.camera, one.reach, one.at_ns) for gtin in gtins for one in pictures(visit, gtin)}
    return _told(look for look in visit.looks if (look.camera, look.reach, look.at_ns) not in told)


def shifted(visit: Visit, shift_ns: int) -> Visit:
    """The visit with its movements and looks carried into the clock of another boot."""

    def movement(one: Movement) -> Movement:
        return replace(one, start_ns=one.start_ns + shift_ns, end_ns=one.end_ns + shift_ns)

    return replace(
        visit,
        movements=tuple(movement(one) for one in visit.movements),
        looks=tuple(look_shifted(one, shift_ns) for one in visit.looks),
    )


def look_shifted(look: Look, shift_ns: int) -> Look:
    """The look in the clock of another boot."""
    seen = look.sighting
    moved = replace(seen, start_ns=seen.start_ns + shift_ns, end_ns=seen.end_ns + shift_ns)
    return replace(look, at_ns=look.at_ns + shift_ns, sighting=moved)


def guesses(sighting: Sighting) -> tuple[Guess, ...]:
    """What it was by the pictures alone, every product as likely as another before; "" is none of those that were named."""
    logs = {**dict(sighting.log_likelihoods), OTHERS: sighting.log_other}
    if not sighting.log_likelihoods:
        return ()
    best = max(logs.values())
    shares = {gtin: math.exp(log - best) for gtin, log in logs.items()}
    total = math.fsum(shares.values())
    found = sorted(((share / total, gtin) for gtin, share in shares.items()), key=lambda one: (-one[0], one[1]))
    return tuple(Guess(gtin, round(share, 3)) for share, gtin in found[:MAX_GUESSES] if share >= LEAST_GUESS)


def evidence_of(look: Look) -> PictureEvidence:
    """The look as a person is shown it."""
    return PictureEvidence(
        camera=look.camera,
        reach=look.reach,
        at_ns=look.at_ns,
        plates=look.sighting.plates,
        direction=look.direction,
        guesses=guesses(look.sighting),
        barcode=look.barcode,
        evidence=look.evidence,
    )


def _told(looks: Iterable[Look]) -> tuple[PictureEvidence, ...]:
    in_time = sorted(looks, key=lambda look: (look.sighting.start_ns, look.camera, look.reach))
    return tuple(evidence_of(look) for look in in_time[-MAX_PICTURES:])


def _watched(visit: Visit) -> Watched:
    return Watched(visit.belief, visit.movements, tuple(look.sighting for look in visit.looks))
