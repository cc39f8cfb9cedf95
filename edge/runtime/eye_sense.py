"""Whether what an eye says makes sense: sizes, numbers and times. The eye is another process, and may be broken or not ours. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from typing import Final, assert_never

from vision.facts import (
    MOST_LISTED,
    MOST_VIEWS,
    CameraFound,
    CameraLost,
    CodeRead,
    EnrolmentFact,
    EnrolmentFailed,
    EyeOpened,
    GalleryChanged,
    ItemSeen,
    ProductEnrolled,
    ViewsJudged,
)
from vision.wire import view_name

MAX_TEXT: Final = 1_000  # characters
AHEAD_NS: Final = 1_000_000_000  # ns a fact's time may be ahead of ours: the clock is the same, the reading of it is not
MAX_PLATES: Final = 64
MAX_NAMED: Final = 1_000  # products in one sighting
MAX_RIVALS: Final = 20  # products that look like the one that is enrolled; the eye names five
MAX_CODES: Final = 20  # bar codes on one photograph
MAX_NUMBER: Final = 1_000_000  # of a photograph among those of its enrolment
CODE: Final = re.compile(r"[0-9]{13}")
MAX_PRODUCTS: Final = 1_000_000  # in a gallery
STALE_NS: Final = 300_000_000_000  # ns; a sighting is kept for a controller that is away for less than half of that
LONGEST_REACH_NS: Final = 3_600_000_000_000  # ns


def state_makes_sense(fact: CameraLost | CameraFound | EyeOpened) -> bool:
    """Texts and lists of the size that an eye has, numbers that are counts."""
    if isinstance(fact, EyeOpened):
        texts = (fact.model, fact.gallery, fact.before, *fact.cameras, *(gtin for gtin, _ in fact.enrolled))
        numbers = (fact.products, *(photographs for _, photographs in fact.enrolled))
        few = len(fact.cameras) <= MAX_PLATES and len(fact.enrolled) <= MOST_LISTED
        return few and all(0 <= number <= MAX_PRODUCTS for number in numbers) and all(len(text) <= MAX_TEXT for text in texts)
    detail = fact.detail if isinstance(fact, CameraLost) else ""
    return len(fact.plates) <= MAX_PLATES and all(len(text) <= MAX_TEXT for text in (fact.camera, detail, *fact.plates))


def enrolment_makes_sense(fact: EnrolmentFact) -> bool:
    """Of few photographs with names that lie where photographs of its token lie, and numbers that are numbers."""
    match fact:
        case ViewsJudged():
            chances = [chance for _, chance in fact.rivals]
            return (
                len(fact.views) <= MOST_VIEWS
                and len(fact.rivals) <= MAX_RIVALS
                and all(0.0 <= chance <= 1.0 for chance in chances)  # not a number is neither
                and all(len(gtin) <= MAX_TEXT for gtin, _ in fact.rivals)
                and all(0 < view.number <= MAX_NUMBER and view.picture in ("", view_name(fact.token, view.number)) for view in fact.views)
                and all(len(view.codes) <= MAX_CODES and all(CODE.fullmatch(code) for code in view.codes) for view in fact.views)
                and len({view.number for view in fact.views}) == len(fact.views)
                and len(fact.token) <= MAX_TEXT
            )
        case CodeRead():
            return CODE.fullmatch(fact.code) is not None and len(fact.token) <= MAX_TEXT
        case ProductEnrolled():
            return 0 < fact.photographs <= MAX_PRODUCTS and all(len(text) <= MAX_TEXT for text in (fact.token, fact.gtin, fact.gallery))
        case GalleryChanged():
            return all(len(text) <= MAX_TEXT for text in (fact.token, fact.gtin, fact.gallery))
        case EnrolmentFailed():
            return all(len(text) <= MAX_TEXT for text in (fact.token, fact.detail))
        case _:
            assert_never(fact)


def sighting_makes_sense(fact: ItemSeen, cameras: Collection[str], now_ns: int) -> bool:
    """Of a camera that is ours, with numbers that are numbers, in a time that a reach can take, and not long ago."""
    numbers = (fact.log_other, *(log for _, log in fact.log_likelihoods))
    texts = (fact.evidence, fact.barcode or "", *fact.plates, *(gtin for gtin, _ in fact.log_likelihoods))
    return (
        now_ns - fact.at_ns <= STALE_NS
        and fact.camera in cameras
        and len(fact.plates) <= MAX_PLATES
        and len(fact.log_likelihoods) <= MAX_NAMED
        and all(len(text) <= MAX_TEXT for text in texts)
        and all(math.isfinite(number) for number in numbers)
        and 0 <= fact.end_ns - fact.start_ns <= LONGEST_REACH_NS
        and fact.start_ns >= 0
        and 0 <= fact.units <= MAX_NAMED
        and 0 <= fact.views <= MAX_NAMED
        and fact.end_ns <= fact.at_ns + AHEAD_NS
    )
