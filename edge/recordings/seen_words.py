"""What an eye saw of a recorded visit, in words, and what that changed; times are seconds since the recording's first sample."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from edge.basket.reading import best_story, quantity_probability
from edge.recordings.session_receipt import Seen, SessionReceipt
from edge.session.looks import guesses
from edge.store.counted import counted
from edge.store.model import Product
from vision.facts import Direction

DIRECTIONS: Final[Mapping[Direction, str]] = {"taken": "taken", "put": "put back", "unclear": "a hand"}
NONE_OF_THESE: Final = "none of these"
MOST_BESIDES = 20  # reaches told that speak for no line
INDENT = " " * 6
UNDER = INDENT + " " * 20  # below what was seen

Products = Mapping[str, Product]


def seen_of(receipt: SessionReceipt, gtin: str) -> list[Seen]:
    """What was seen of the changes that speak for ``gtin`` in the likeliest story, in the order of time."""
    if not receipt.moments:
        return []
    story = best_story(receipt.moments[-1].belief)
    numbers = {number for known in (*story.support, *story.returned) if known.gtin == gtin for number in known.changes}
    return in_time(one for one in receipt.seen if not one.changes.isdisjoint(numbers))


def in_time(seen: Iterator[Seen] | Sequence[Seen]) -> list[Seen]:
    """By the time at which the hand came."""
    return sorted(seen, key=lambda one: (one.look.sighting.start_ns, one.look.camera, one.look.reach))


def seen_lines(seen: Seen, products: Products, first_ns: int) -> Iterator[str]:
    """One reach: when, which way, over what, which camera, how many, and what it may have been by the pictures alone."""
    look = seen.look
    from_s, to_s = ((edge - first_ns) / 1e9 for edge in (look.sighting.start_ns, look.sighting.end_ns))
    details = [
        f"by {look.camera} until {to_s:.2f} s",
        *([counted(look.units, "unit")] if look.units else []),
        *([counted(look.views, "view")] if look.views else []),
        *([f"barcode {look.barcode}"] if look.barcode else []),
    ]
    yield f"{INDENT}{from_s:7.2f} s  seen     {DIRECTIONS[look.direction]} at {' + '.join(look.sighting.plates)}, {', '.join(details)}"
    yield f"{UNDER}{candidates(seen, products)}"
    if look.evidence:
        yield f"{UNDER}pictures {look.evidence}"


def candidates(seen: Seen, products: Products) -> str:
    """What the pictures show with which probability, were every product as likely as another before."""
    told = guesses(seen.look.sighting)
    return ", ".join(f"{called(one.gtin, products)} {one.probability:.0%}" for one in told) or "what it was cannot be said"


def called(gtin: str, products: Products) -> str:
    """The name of a guess."""
    if not gtin:
        return NONE_OF_THESE
    return products[gtin].name if gtin in products else gtin


def besides(receipt: SessionReceipt, gtins: Sequence[str], products: Products, first_ns: int) -> Iterator[str]:
    """What was seen that speaks for none of ``gtins``."""
    told = [one for gtin in gtins for one in seen_of(receipt, gtin)]
    others = [one for one in in_time(receipt.seen) if one not in told]
    if others:
        yield f"   seen besides, of no line ({len(others)}):"
    for one in others[:MOST_BESIDES]:
        yield from seen_lines(one, products, first_ns)


def moved_words(receipt: SessionReceipt, alone: SessionReceipt, products: Products) -> str:
    """Whether the verdict is another one than without the eye. Both were counted with ``detail``."""
    if receipt.verdict is None or alone.verdict is None:
        raise ValueError(f"{receipt.session_id} was counted without detail")
    if not receipt.seen:
        return "the eye told of nothing in this visit"
    basket, before = ({line.gtin: line.quantity for line in one.verdict.lines} for one in (receipt, alone) if one.verdict is not None)
    probability = f"{alone.verdict.probability:.3f}"
    if basket != before:
        goods = ", ".join(f"{quantity} x {called(gtin, products)}" for gtin, quantity in before.items()) or "nothing"
        return f"the eye changed the basket: by weight alone it would be {goods}, {alone.status}, probability {probability}"
    if receipt.status != alone.status:
        return f"the eye made it {receipt.status}: by weight alone the same basket would be {alone.status}, probability {probability}"
    return f"the eye changed neither basket nor status: by weight alone the basket has probability {probability}"


def alone_words(alone: SessionReceipt, gtin: str, quantity: int) -> str:
    """How probable a line would be without the eye."""
    if not alone.moments:
        return "nothing moved by weight alone"
    return f"{quantity_probability(alone.moments[-1].belief, gtin, quantity):.3f} by weight alone"
