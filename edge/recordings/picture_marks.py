"""Marks on a plate's trace: what a change is believed to be, what a camera saw meanwhile, with labels that do not cover each other.

What is drawn into one panel; the panels themselves are picture.py's.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from matplotlib.axes import Axes

from devices.facts import PlateSettled
from edge.basket.reading import best_story
from edge.recordings.format import Recording
from edge.recordings.seen_words import NONE_OF_THESE, in_time
from edge.recordings.session_receipt import SessionReceipt
from edge.session.looks import guesses

MIN_MARK_G = 2.0  # g; less is what a change next door shows on a plate, or noise
LATE_SHARE = 0.75  # of the width; further right a label stands left of what it names
LETTER = 0.0051  # of the panel's width; one letter of a label
LEVELS: Final = (0.98, 0.79, 0.60)  # of a panel's height; where labels stand that would cover each other
SEEN_LEVELS: Final = (0.03, 0.17, 0.31)  # of a panel's height; where the bars of what was seen stand
SEEN_HEIGHT = 0.08  # of a panel's height
GREY, DARK = "#9A9A9A", "#333333"
NAME = 26  # characters of a product's name in a label

Taken: TypeAlias = list[tuple[float, float, float]]
"""Where labels stand in a panel: level, from, to."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One change of one plate and what it is believed to be: a product of the colour table, or None for what nobody can name."""

    plate: str
    settled: PlateSettled
    delta_g: float
    gtins: tuple[str, ...]
    words: str


@dataclass(frozen=True, slots=True)
class SeenMark:
    """One reach over ``plates``, in seconds since the recording began. ``gtin``: the likeliest by the pictures alone, "" for none that is
    known; ``words`` name it with its probability."""

    plates: tuple[str, ...]
    from_s: float
    to_s: float
    gtin: str
    words: str


def marks_of(receipt: SessionReceipt, recording: Recording) -> list[Mark]:
    """What every change of a session is believed to be at its end."""
    if not receipt.moments:
        return []
    belief = receipt.moments[-1].belief
    story = best_story(belief)
    foreign = {number for load in story.foreign for number in load.changes}
    products = {product.gtin: product for product in recording.store.prices.products}
    marks = []
    for moment in receipt.moments:
        if moment.settled is None:
            continue
        numbers = dict(moment.numbers)
        whole = math.fsum(change.delta_g for change in moment.settled.changes)
        for change in moment.settled.changes:
            if abs(change.delta_g) < MIN_MARK_G:
                continue
            number = numbers.get(change.plate)
            gtins = tuple(sorted({known.gtin for known in (*story.support, *story.returned) if number in known.changes}))
            if len(gtins) == 1:
                product = products[gtins[0]]
                units = round(abs(whole) / product.unit_weight_g)  # one item may stand on several plates
                words = f"{'−' if whole < 0 else '+'}{units} {short(product.name)}" if units else f"part of {short(product.name)}"
            elif gtins:
                words = " and ".join(short(products[gtin].name) for gtin in gtins)
            else:
                words = "unexplained" if number in foreign else "no goods"
            marks.append(Mark(change.plate, moment.settled, change.delta_g, gtins, words))
    return marks


def seen_marks(receipt: SessionReceipt, recording: Recording) -> list[SeenMark]:
    """What was seen in a session, in the order of time."""
    names = {product.gtin: short(product.name) for product in recording.store.prices.products}
    first_ns = int(recording.times_ns[0])
    marks = []
    for one in in_time(receipt.seen):
        sighting = one.look.sighting
        best = next(iter(guesses(sighting)), None)
        words = "a hand" if best is None else f"{names.get(best.gtin, best.gtin) or NONE_OF_THESE} {best.probability:.0%}"
        from_s, to_s = ((edge - first_ns) / 1e9 for edge in (sighting.start_ns, sighting.end_ns))
        marks.append(SeenMark(sighting.plates, from_s, to_s, "" if best is None else best.gtin, words))
    return marks


def draw_marks(panel: Axes, marks: Sequence[Mark], colours: dict[str, str], origin_ns: int) -> None:
    """Shade every change and say what it is believed to be, on the side where there is room, on a level where nothing stands yet."""
    taken: Taken = []
    for mark in marks:
        start, end = ((edge - origin_ns) / 1e9 for edge in (mark.settled.start_ns, mark.settled.end_ns))
        end = max(end, start + 0.04)
        colour = colours[mark.gtins[0]] if mark.gtins else GREY
        panel.axvspan(start, end, color=colour, alpha=0.35, linewidth=0)
        grams = f"{mark.delta_g:+.0f}".replace("-", "−")
        _label(panel, taken, (start, end), f"{mark.words} ({grams} g)", colour)


def draw_seen(panel: Axes, marks: Sequence[SeenMark], colours: Mapping[str, str]) -> None:
    """A bar below the trace for every reach, from the moment the hand came to the moment it went, with what it seemed to hold."""
    left, right = panel.get_xlim()
    taken: Taken = []
    for mark in marks:
        colour = colours.get(mark.gtin, GREY)
        level = _label(panel, taken, (mark.from_s, mark.to_s), mark.words, colour, below=True)
        start, end = max(left, mark.from_s), min(right, mark.to_s)
        panel.axvspan(start, end, level, level + SEEN_HEIGHT, color=colour, alpha=0.9, linewidth=0)


def _label(panel: Axes, taken: Taken, edges: tuple[float, float], words: str, colour: str, *, below: bool = False) -> float:
    """Write beside ``edges``, on the side where there is room, on the first level where nothing stands yet. Returns the level.

    Where no level is free, a label at the top stands over another, one ``below`` is left out.
    """
    levels = SEEN_LEVELS if below else LEVELS
    (start, end), (left, right) = edges, panel.get_xlim()
    late = end > left + LATE_SHARE * (right - left)
    width = (len(words) + 2) * LETTER * (right - left)
    low, high = (start - width, end) if late else (start, end + width)
    free = [level for level in levels if not any(level == other and low < to and high > since for other, since, to in taken)]
    level = free[0] if free else levels[-1]
    taken.append((level, low, high))
    if below and not free:
        return level  # the bar has the product's colour; a word across another would hide both
    panel.annotate(
        words,
        xy=(start if late else end, level),
        xycoords=("data", "axes fraction"),
        xytext=(-3 if late else 3, 0),
        textcoords="offset points",
        ha="right" if late else "left",
        va="bottom" if below else "top",
        fontsize=7.5,
        color=DARK,
        bbox={"facecolor": "white", "edgecolor": colour, "linewidth": 0.9, "pad": 1.2, "alpha": 0.9},
    )
    return level


def short(name: str) -> str:
    """The name as a label has room for it."""
    text = name if len(name) <= NAME else f"{name[: NAME - 1].rstrip(' ,')}…"
    return text.replace("$", r"\$")
