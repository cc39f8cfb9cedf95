"""How good receipts are against the truth: units, whole receipts, who decides, and whether probabilities mean what they say. No I/O."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

from edge.recordings.session_receipt import SessionReceipt
from edge.recordings.visits import Truth

EDGES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)  # bounds of the bins, finer where receipts become final


class NotComparable(ValueError):
    """Receipts that do not belong to this truth. The message names the session and says what to do."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Lines whose probability lies in one bin: how many, the sum of their probabilities, and how many are exactly right."""

    lines: int = 0
    promised: float = 0.0
    right: int = 0

    def __add__(self, other: Bin) -> Bin:
        return Bin(self.lines + other.lines, self.promised + other.promised, self.right + other.right)

    @property
    def mean_probability(self) -> float | None:
        """What these lines promised; None without lines."""
        return self.promised / self.lines if self.lines else None

    @property
    def right_share(self) -> float | None:
        """What they kept; None without lines."""
        return self.right / self.lines if self.lines else None


@dataclass(frozen=True, slots=True)
class Scores:
    """Sums that can be added over recordings. ``right``, ``billed``, ``taken`` are units; the three sums of ratios are over receipts.

    ``overcharged``: at least one unit billed that was not taken. ``missing``: visits without a receipt; they count as empty, and final.
    """

    receipts: int = 0
    missing: int = 0
    perfect: int = 0
    overcharged: int = 0
    final: int = 0
    final_perfect: int = 0
    right: int = 0
    billed: int = 0
    taken: int = 0
    sum_precision: float = 0.0
    sum_recall: float = 0.0
    sum_f1: float = 0.0
    bins: tuple[Bin, ...] = (Bin(),) * (len(EDGES) - 1)

    def __add__(self, other: Scores) -> Scores:
        sums = {one.name: getattr(self, one.name) + getattr(other, one.name) for one in fields(self) if one.name != "bins"}
        return Scores(**sums, bins=tuple(mine + theirs for mine, theirs in zip(self.bins, other.bins, strict=True)))

    @property
    def precision(self) -> float:
        """Share of billed units that were taken; nothing billed is right where nothing was taken."""
        return _share(self.right, self.billed, not self.taken)

    @property
    def recall(self) -> float:
        """Share of taken units that were billed; nothing taken is right where nothing was billed."""
        return _share(self.right, self.taken, not self.billed)

    @property
    def f1(self) -> float:
        """2 right / (billed + taken): the harmonic mean of precision and recall over all units."""
        return _share(2 * self.right, self.billed + self.taken, True)

    @property
    def receipt_precision(self) -> float:
        """Mean of the receipts' precisions."""
        return _share(self.sum_precision, self.receipts, False)

    @property
    def receipt_recall(self) -> float:
        """Mean of the receipts' recalls."""
        return _share(self.sum_recall, self.receipts, False)

    @property
    def receipt_f1(self) -> float:
        """Mean of the receipts' F1."""
        return _share(self.sum_f1, self.receipts, False)

    @property
    def perfect_share(self) -> float:
        """Share of receipts whose products and quantities are exactly right."""
        return _share(self.perfect, self.receipts, False)

    @property
    def overcharged_share(self) -> float:
        """Share of receipts with at least one unit too many."""
        return _share(self.overcharged, self.receipts, False)

    @property
    def final_perfect_share(self) -> float | None:
        """Share of final receipts that are perfect; None where none is final."""
        return self.final_perfect / self.final if self.final else None

    @property
    def review_rate(self) -> float:
        """Share of receipts that a person sees first."""
        return _share(self.receipts - self.final, self.receipts, False)

    @property
    def expected_calibration_error(self) -> float:
        """Mean over lines of how far the mean probability of a line's bin is from the share of right lines in it.

        Naeini, Cooper, Hauskrecht 2015, with the bins of :data:`EDGES`; finer bins never make it smaller.
        """
        return _share(sum(abs(one.promised - one.right) for one in self.bins), sum(one.lines for one in self.bins), False)


def score(truth: Truth, receipts: Iterable[SessionReceipt]) -> Scores:
    """Compare. Raises NotComparable for a receipt of a session that the truth does not know, or for two of one session."""
    taken = {one.session_id: Counter({line.sku: line.quantity for line in one.lines}) for one in truth.receipts}
    billed: dict[str, SessionReceipt] = {}
    for receipt in receipts:
        if receipt.session_id not in taken:
            raise NotComparable(f"the session {receipt.session_id!r} has a receipt but no truth; give the truth of the same recording")
        if receipt.session_id in billed:
            raise NotComparable(f"the session {receipt.session_id!r} has two receipts; keep one of them")
        billed[receipt.session_id] = receipt
    total = Scores()
    for session, basket in taken.items():
        total += _one(basket, billed.get(session))
    return total


def _one(taken: Counter[str], receipt: SessionReceipt | None) -> Scores:
    lines = () if receipt is None else receipt.lines
    got: Counter[str] = Counter()
    for line in lines:
        got[line.sku] += line.quantity
    right, perfect = (got & taken).total(), got == taken
    final = receipt is None or receipt.status == "final"
    scores = Scores(
        receipts=1,
        missing=receipt is None,
        perfect=perfect,
        overcharged=bool(got - taken),
        final=final,
        final_perfect=final and perfect,
        right=right,
        billed=got.total(),
        taken=taken.total(),
        bins=_bins([(line.probability, taken[line.sku] == line.quantity) for line in lines]),
    )
    return scores + Scores(sum_precision=scores.precision, sum_recall=scores.recall, sum_f1=scores.f1)


def _bins(lines: Sequence[tuple[float, bool]]) -> tuple[Bin, ...]:
    found = [Bin()] * (len(EDGES) - 1)
    for probability, right in lines:
        place = next((place for place, edge in enumerate(EDGES[1:-1]) if probability < edge), len(EDGES) - 2)
        found[place] += Bin(1, probability, int(right))
    return tuple(found)


def _share(part: float, whole: float, empty: bool) -> float:
    """``part`` of ``whole``; of nothing 1 where ``empty`` is right and 0 where it is not."""
    return part / whole if whole else float(empty)
