"""A counted recording as a picture: the plates that moved with what each change is believed to be, and the belief over time below.

The place for matplotlib, which is drawn without a screen and loaded with this module alone.
"""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from edge.basket.reading import basket_shares
from edge.recordings.format import Recording
from edge.recordings.picture_marks import DARK, GREY, Mark, SeenMark, draw_marks, draw_seen, marks_of, seen_marks, short
from edge.recordings.session_receipt import SessionReceipt
from edge.store.model import StoreModel

MOST_PLATES = 12  # traces in one picture; those with the largest changes
ENDING_SHARE = 0.05  # of the belief at the end of a session; such a basket is always named
MOST_BASKETS = 7  # named baskets; the rest is one grey area
POINTS = 3_000  # of a trace, more than the picture has columns
ROOM, SEEN_ROOM = 0.12, 1.0  # of what a trace moved, free below it; the latter where the eye's bars stand
MARGIN_S = 1.0  # s shown before and after the sessions
WIDTH_IN, TRACE_IN, SEEN_TRACE_IN, BELIEF_IN, FOOT_IN = 14.0, 1.1, 1.5, 2.4, 0.6
TITLE_IN, LINE_IN = 0.32, 0.21  # the first line of the title with its margins, and each one more
LEFT, RIGHT = 0.105, 0.8  # of the width; the plates' names stand left of it, the legend right
DPI = 110
# Okabe and Ito's palette: told apart by people who see colours differently, and in grey.
COLOURS: Final = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442")
LEGEND = 40  # characters of a line of the legend

Basket = tuple[tuple[str, int], ...]


def draw(recording: Recording, receipts: Sequence[SessionReceipt]) -> bytes:
    """A PNG of the time in which these sessions, counted with ``detail``, were there."""
    origin_ns = int(recording.times_ns[0])
    marks = [mark for receipt in receipts for mark in marks_of(receipt, recording)]
    seen = [mark for receipt in receipts for mark in seen_marks(receipt, recording)]
    plates = _largest(marks, seen, recording)
    span = _span(recording, receipts)
    colours = _colours(marks, seen)
    title = _title(recording, receipts)
    head = TITLE_IN + LINE_IN * len(title)
    trace_in = SEEN_TRACE_IN if seen else TRACE_IN
    height = head + trace_in * max(1, len(plates)) + BELIEF_IN + FOOT_IN
    figure = Figure(figsize=(WIDTH_IN, height), dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    rows = [trace_in] * max(1, len(plates)) + [BELIEF_IN]
    panels: list[Axes] = list(figure.subplots(len(rows), 1, sharex=True, height_ratios=rows, squeeze=False)[:, 0])
    for panel, plate in zip(panels, plates, strict=False):
        below = [mark for mark in seen if plate in mark.plates]
        _trace(panel, recording, plate, span, SEEN_ROOM if below else ROOM)
        draw_marks(panel, [mark for mark in marks if mark.plate == plate], colours, origin_ns)
        draw_seen(panel, below, colours)
    if not plates:
        panels[0].text(0.5, 0.5, "no plate changed", transform=panels[0].transAxes, ha="center", va="center", color=DARK)
        panels[0].set_yticks([])
    _belief(panels[-1], receipts, recording.store, origin_ns)
    panels[-1].set_xlim(*span)
    for panel in panels:
        _sessions(panel, receipts, origin_ns)
        for side in ("top", "right"):
            panel.spines[side].set_visible(False)
    under = "; a bar below a trace: what a camera saw meanwhile, by the pictures alone" if seen else ""
    panels[-1].set_xlabel(f"time since the recording began (s){under}")
    figure.suptitle("\n".join(title), x=0.012, y=1.0 - 0.14 / height, ha="left", va="top", fontsize=12, color=DARK)
    figure.subplots_adjust(left=LEFT, right=RIGHT, top=1.0 - head / height, bottom=FOOT_IN / height, hspace=0.14)
    target = io.BytesIO()
    figure.savefig(target, format="png")
    return target.getvalue()


def _largest(marks: Sequence[Mark], seen: Sequence[SeenMark], recording: Recording) -> list[str]:
    """The plates to draw, in the order of the shop: those that moved most, then those where hands were seen and none of these is near."""
    moved: dict[str, float] = {}
    for mark in marks:
        moved[mark.plate] = max(moved.get(mark.plate, 0.0), abs(mark.delta_g))
    chosen = set(sorted(moved, key=lambda plate: -moved[plate])[:MOST_PLATES])
    for one in seen:
        if len(chosen) < MOST_PLATES and chosen.isdisjoint(one.plates):
            chosen.add(one.plates[0])
    return [place.plate for place in recording.shop.places if place.plate in chosen]


def _span(recording: Recording, receipts: Sequence[SessionReceipt]) -> tuple[float, float]:
    origin_ns = int(recording.times_ns[0])
    sessions = [receipt.session for receipt in receipts if receipt.session is not None]
    ends = [session.end_ns for session in sessions] + [moment.at_ns for receipt in receipts for moment in receipt.moments]
    first = min(session.start_ns for session in sessions) - origin_ns
    last = max(ends) - origin_ns
    length_s = (int(recording.times_ns[-1]) - origin_ns) / 1e9
    return max(0.0, first / 1e9 - MARGIN_S), min(length_s, last / 1e9 + MARGIN_S)


def _colours(marks: Sequence[Mark], seen: Sequence[SeenMark]) -> dict[str, str]:
    order = list(dict.fromkeys(gtin for mark in marks for gtin in mark.gtins))
    merely_seen = dict.fromkeys(mark.gtin for mark in seen if mark.gtin and mark.gtin not in order)
    order += list(merely_seen)[: max(0, len(COLOURS) - len(order))]  # the others are grey: a colour means one product
    return {gtin: COLOURS[place % len(COLOURS)] for place, gtin in enumerate(order)}


def _trace(panel: Axes, recording: Recording, plate: str, span: tuple[float, float], below: float) -> None:
    """The plate's grams since the beginning of ``span``; ``below`` it stays free, as a share of what it moved."""
    origin_ns = int(recording.times_ns[0])
    column = next(place for place, one in enumerate(recording.shop.places) if one.plate == plate)
    low, high = np.searchsorted(recording.times_ns, [origin_ns + round(edge * 1e9) for edge in span])
    times = (recording.times_ns[low : high + 1] - origin_ns) / 1e9
    grams = recording.grams[low : high + 1, column].astype(np.float64)
    grams -= np.median(grams[:30])
    panel.plot(*_thinned(times, grams), color=DARK, linewidth=1.0)
    bottom, top = float(grams.min()), float(grams.max())
    panel.set_xlim(*span)
    room = max(top - bottom, 10.0)
    panel.set_ylim(bottom - below * room, top + 0.42 * room)
    panel.text(-0.06, 0.5, f"{plate}\n(g)", transform=panel.transAxes, ha="right", va="center", fontsize=9, color=DARK)
    panel.tick_params(labelsize=7.5)
    panel.grid(axis="y", color="#E3E3E3", linewidth=0.6)
    panel.locator_params(axis="y", nbins=4)


def _thinned(times: npt.NDArray[np.float64], values: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """At most about ``POINTS`` points that keep every peak: the lowest and the highest of each piece, in their order."""
    size = len(values) // (POINTS // 2)
    if size < 2:
        return times, values
    usable = len(values) // size * size
    pieces = values[:usable].reshape(-1, size)
    first = np.arange(len(pieces)) * size
    rows = np.sort(np.concatenate([first + pieces.argmin(axis=1), first + pieces.argmax(axis=1), np.arange(usable, len(values))]))
    return times[rows], values[rows]


def _belief(panel: Axes, receipts: Sequence[SessionReceipt], store: StoreModel, origin_ns: int) -> None:
    """Stacked shares of the likeliest baskets, one step per change; a label stands where its area has room for it."""
    names = {product.gtin: short(product.name) for product in store.prices.products}
    steps = [step for receipt in receipts for step in _steps(receipt, origin_ns)]
    ends = {basket for receipt in receipts for basket, share in _steps(receipt, origin_ns)[-1][2] if share >= ENDING_SHARE}
    weight: dict[Basket, float] = {}
    for start, end, shares in steps:
        for basket, share in shares:
            weight[basket] = weight.get(basket, 0.0) + share * max(end - start, 1e-3)
    likely = sorted(weight, key=lambda basket: (basket not in ends, -weight[basket]))[:MOST_BASKETS]
    named = [basket for basket in weight if basket in likely]  # in the order in which they were first believed
    colours = {basket: COLOURS[place] for place, basket in enumerate(named)}
    legend: dict[Basket, str] = {}
    for start, end, shares in steps:
        floor = 0.0
        for basket, share in sorted(shares, key=lambda item: named.index(item[0]) if item[0] in colours else MOST_BASKETS):
            panel.fill_between(
                [start, end],
                floor,
                floor + share,
                color=colours.get(basket, "#CFCFCF"),
                alpha=0.75 if basket in colours else 1.0,
                linewidth=0,
            )
            floor += share
            if basket in colours and share > 0.005:
                legend[basket] = "\n".join(
                    textwrap.wrap(_basket_words(basket, names), LEGEND, subsequent_indent="  ", max_lines=3, placeholder=" …")
                )
    for basket in named:
        if basket in legend:
            panel.fill_between([], [], color=colours[basket], alpha=0.75, linewidth=0, label=legend[basket])
    if len(weight) > len(named):
        panel.fill_between([], [], color="#CFCFCF", linewidth=0, label="other baskets")
    panel.legend(
        loc="upper left",
        bbox_to_anchor=(1.005, 1.02),
        fontsize=7.5,
        frameon=False,
        title="basket, as believed then",
        title_fontsize=8,
        alignment="left",
        labelspacing=0.6,
    )
    panel.set_ylim(0.0, 1.0)
    panel.text(-0.06, 0.5, "probability", transform=panel.transAxes, ha="right", va="center", fontsize=9, color=DARK)
    panel.tick_params(labelsize=7.5)


def _steps(receipt: SessionReceipt, origin_ns: int) -> list[tuple[float, float, tuple[tuple[Basket, float], ...]]]:
    """(from, to, shares of the baskets) from one change to the next, in seconds."""
    session = receipt.session
    if session is None:
        return []
    times = [session.start_ns, *(moment.at_ns for moment in receipt.moments)]
    shares = [(((), 1.0),), *(basket_shares(moment.belief) for moment in receipt.moments)]
    ends = [*times[1:], max(session.end_ns, times[-1])]
    return [((start - origin_ns) / 1e9, (end - origin_ns) / 1e9, share) for start, end, share in zip(times, ends, shares, strict=True)]


def _sessions(panel: Axes, receipts: Sequence[SessionReceipt], origin_ns: int) -> None:
    for receipt in receipts:
        if receipt.session is not None:
            for edge in (receipt.session.start_ns, receipt.session.end_ns):
                panel.axvline((edge - origin_ns) / 1e9, color=GREY, linestyle=(0, (4, 3)), linewidth=0.9, zorder=0.5)


def _title(recording: Recording, receipts: Sequence[SessionReceipt]) -> list[str]:
    names = {product.gtin: short(product.name) for product in recording.store.prices.products}
    lines = [
        f"{receipt.session_id}: {receipt.status}, {_basket_words(tuple((line.sku, line.quantity) for line in receipt.lines), names)}"
        for receipt in receipts[:2]
    ]
    return [*lines, *([f"and {len(receipts) - 2} more"] if len(receipts) > 2 else [])]


def _basket_words(basket: Basket, names: dict[str, str]) -> str:
    return ", ".join(f"{quantity} {names.get(gtin, gtin)}" for gtin, quantity in basket) or "nothing"
