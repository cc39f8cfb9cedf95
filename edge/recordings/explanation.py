"""A receipt in words: why each line is there, what else it may be, what came back, what nobody can name, and why a person looks."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from edge.basket.evidence import Evidence
from edge.basket.reading import BasketLine, basket_shares, best_story
from edge.recordings.format import Recording
from edge.recordings.receipts import clock_origin_ns
from edge.recordings.seen_words import alone_words, besides, moved_words, seen_lines, seen_of
from edge.recordings.session_receipt import SessionReceipt
from edge.session.settle import REASONS
from edge.store.model import Product

WORDS: Final = {
    **REASONS,
    "overlapping_visits": "Others were inside at the same time, and weights cannot tell people apart.",
    "plates_not_quiet": "Something still moved on the plates when the visit was closed.",
    "moving_at_entry": "Something moved on the plates when the visit began.",
}
"""Reasons for a person to look, in words: those of a store, and those that only a recording has."""

MIN_SHARE = 0.02  # of the belief; a basket less likely than that is not told
FAR_SD, FAR_G = 5.0, 5.0  # standard deviations and grams; further from the catalogue's weight there is more in a change than the goods
MOST_SHARED = 20  # changes of several people's time that are listed
MIN_PART_G = 2.0  # g; a plate that shows less was only next door
INDENT = " " * 6


@dataclass(frozen=True, slots=True)
class Movement:
    """Changes that one line cites and that settled together: one item may stand on several plates.

    ``grams`` is the sum over all of them, ``plates`` are those that show a part worth naming.
    """

    at_ns: int
    plates: tuple[str, ...]
    grams: float
    sd_g: float


def movements(evidence: Sequence[Evidence]) -> list[Movement]:
    """The evidence of one line by the times at which it settled."""
    together: dict[int, list[Evidence]] = {}
    for one in evidence:
        together.setdefault(one.at_ns, []).append(one)
    return [
        Movement(
            at_ns,
            tuple(one.plate for one in sorted(parts, key=lambda one: one.plate) if abs(one.delta_g) >= min(MIN_PART_G, largest(parts))),
            math.fsum(one.delta_g for one in parts),
            math.sqrt(math.fsum(one.sd_g**2 for one in parts)),
        )
        for at_ns, parts in sorted(together.items())
    ]


def largest(parts: Sequence[Evidence]) -> float:
    """The largest change of one plate, in grams."""
    return max(abs(one.delta_g) for one in parts)


def explained(receipt: SessionReceipt, recording: Recording, alone: SessionReceipt | None = None) -> Iterator[str]:
    """The lines of text about one receipt counted with ``detail``. Times are seconds since the recording's first sample.

    ``alone``: the same session counted without what an eye saw; the two are then held side by side.
    """
    session, verdict = receipt.session, receipt.verdict
    if session is None or verdict is None:
        raise ValueError(f"{receipt.session_id} was counted without detail")
    first_ns = int(recording.times_ns[0])
    lead_s = (first_ns - clock_origin_ns(recording)) / 1e9  # evidence carries the belief's clock
    products = {product.gtin: product for product in recording.store.prices.products}
    who = f"shopper {session.shopper}, " if session.shopper else ""
    from_s, to_s = (session.start_ns - first_ns) / 1e9, (session.end_ns - first_ns) / 1e9
    yield f"{receipt.session_id}: {receipt.status}"
    yield f"   {who}{from_s:.1f} s to {to_s:.1f} s; this basket as a whole has probability {verdict.probability:.3f}"
    if not verdict.lines:
        yield "   nothing was taken" if not verdict.unexplained else "   nothing that a product explains"
    if alone is not None:
        yield f"   {moved_words(receipt, alone, products)}"
    cited = _cited(receipt)
    for line in verdict.lines:
        beside = "" if alone is None else f" ({alone_words(alone, line.gtin, line.quantity)})"
        yield f"   {line.quantity} x {_name(products, line.gtin)} ({line.gtin}), probability {line.probability:.3f}{beside}"
        for movement in movements(line.evidence):
            yield _movement(movement, lead_s)
        for one in seen_of(receipt, line.gtin):
            yield from seen_lines(one, products, first_ns)
        yield from _weighed(line, products, cited)
    if receipt.moments:
        for basket, share in basket_shares(receipt.moments[-1].belief)[1:]:
            if share >= MIN_SHARE:
                goods = ", ".join(f"{quantity} x {_name(products, gtin)}" for gtin, quantity in basket) or "nothing"
                yield f"   or, as a whole, {goods}: probability {share:.3f}"
    returned = _returned(receipt, clock_origin_ns(recording))
    for gtin, came_back in returned.items():
        yield f"   0 x {_name(products, gtin)}: taken and put back"
        for movement in came_back:
            yield _movement(movement, lead_s)
        for one in seen_of(receipt, gtin):
            yield from seen_lines(one, products, first_ns)
    yield from besides(receipt, [*(line.gtin for line in verdict.lines), *returned], products, first_ns)
    yield from _moved_about(receipt, products)
    for left in verdict.unexplained:
        sign = "gone from" if left.delta_g < 0 else "more on"
        yield f"   unexplained: {abs(left.delta_g):.1f} ± {left.sd_g:.1f} g {sign} {left.plate} since {left.at_ns / 1e9 - lead_s:.2f} s"
    if receipt.shared:
        yield f"   while others were inside, on nobody's receipt ({len(receipt.shared)}):"
        for fact in receipt.shared[:MOST_SHARED]:
            grams = math.fsum(change.delta_g for change in fact.changes)
            plates = " + ".join(change.plate for change in fact.changes)
            yield f"{INDENT}{(fact.at_ns - first_ns) / 1e9:7.2f} s  {grams:+9.1f} g  {plates}"
    for reason in receipt.reasons:
        yield f"   to be looked at: {WORDS.get(reason, reason)}"


def _cited(receipt: SessionReceipt) -> dict[Evidence, dict[str, int]]:
    """Per change the products it speaks for, with the units of each in the basket (0: all came back)."""
    cited: dict[Evidence, dict[str, int]] = {}
    if not receipt.moments:
        return cited
    belief = receipt.moments[-1].belief
    evidence = {change.number: change.evidence for change in belief.changes}
    story = best_story(belief)
    held = dict(story.basket())
    for known in story.support:
        for number in known.changes:
            if number in evidence:
                cited.setdefault(evidence[number], {})[known.gtin] = held.get(known.gtin, 0)
    return cited


def _weighed(line: BasketLine, products: dict[str, Product], cited: dict[Evidence, dict[str, int]]) -> Iterator[str]:
    """What the line weighed in all against what it should weigh, and what else it may be."""
    product = products[line.gtin]
    shared = {other: quantity for one in line.evidence for other, quantity in cited.get(one, {}).items() if other != line.gtin}
    found = movements(line.evidence)
    if found:
        grams = -math.fsum(movement.grams for movement in found)
        sd = math.sqrt(math.fsum(movement.sd_g**2 for movement in found))
        back = sorted(_name(products, other) for other, quantity in shared.items() if not quantity)
        if back:
            yield f"{INDENT}weighed together with what came back: {', '.join(back)}"
        parts = [(product, line.quantity), *((products[other], quantity) for other, quantity in shared.items() if quantity)]
        expected = math.fsum(quantity * each.unit_weight_g for each, quantity in parts)
        spread = math.sqrt(math.fsum(quantity * each.weight_sd_g**2 for each, quantity in parts))
        goods = " and ".join(f"{quantity} {'of it' if each is product else f'x {each.name}'}" for each, quantity in parts)
        fits = abs(grams - expected) <= FAR_SD * math.hypot(sd, spread) + FAR_G
        doubt = "" if fits or back else "; hands or other goods moved in the same changes"
        yield f"{INDENT}weighed {grams:.1f} ± {sd:.1f} g in all; {goods} should weigh {expected:.1f} ± {spread:.1f} g{doubt}"
    for share in line.quantities:
        if share.quantity != line.quantity:
            yield f"{INDENT}or {share.quantity or 'none'} of it, probability {share.probability:.3f}"
    for other in line.alternatives:
        yield f"{INDENT}or {other.quantity} x {_name(products, other.gtin)}, probability {other.probability:.3f}"


def _movement(movement: Movement, lead_s: float) -> str:
    verb = "taken" if movement.grams < 0 else "put back"
    plates = " + ".join(movement.plates)
    return f"{INDENT}{movement.at_ns / 1e9 - lead_s:7.2f} s  {verb:<8} {abs(movement.grams):8.1f} ± {movement.sd_g:.1f} g  {plates}"


def _returned(receipt: SessionReceipt, clock_ns: int) -> dict[str, list[Movement]]:
    """Products that were taken and are all back, with what the plates said of it."""
    if not receipt.moments:
        return {}
    evidence: dict[int, Evidence] = {}  # the belief forgets the changes of goods that are back where they were
    for moment in receipt.moments:
        numbers = dict(moment.numbers)
        for change in () if moment.settled is None else moment.settled.changes:
            if change.plate in numbers:
                evidence[numbers[change.plate]] = Evidence(change.plate, moment.at_ns - clock_ns, change.delta_g, change.sd_g)
    story = best_story(receipt.moments[-1].belief)
    held = dict(story.basket())
    cited: dict[str, list[Evidence]] = {}
    for known in (*story.support, *story.returned):
        if known.gtin not in held:
            cited.setdefault(known.gtin, []).extend(evidence[number] for number in known.changes if number in evidence)
    return {gtin: movements(parts) for gtin, parts in cited.items()}


def _moved_about(receipt: SessionReceipt, products: dict[str, Product]) -> Iterator[str]:
    """Goods that stand on another plate now than before."""
    if not receipt.moments:
        return
    for net in best_story(receipt.moments[-1].belief).nets:
        if net.units > 0:
            yield f"   now {net.units} x {_name(products, net.gtin)} more on {net.plate} than before"


def _name(products: dict[str, Product], gtin: str) -> str:
    product = products.get(gtin)
    return gtin if product is None else product.name
