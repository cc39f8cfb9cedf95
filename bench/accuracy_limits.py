"""What receipts must reach, by level and class of recordings, and which figures miss it. No measuring here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from edge.recordings.scores import Scores

# (level, class): perfect at least, micro F1 at least, overcharged at most, all in percent.
MUST: Final = {
    ("typical", "real"): (90.0, 97.5, 4.0),
    ("hard", "real"): (80.0, 95.5, 5.0),
    ("typical", "gen"): (96.0, 99.0, 2.0),
    ("hard", "gen"): (88.0, 97.0, 4.0),
}
MOST_PROVISIONAL: Final = {"typical": 8.0, "hard": 20.0}  # percent of receipts
FINAL_PERFECT: Final = 98.0  # percent of final receipts
MOST_ECE: Final = 0.03  # expected calibration error of lines
WITHOUT_FACINGS: Final = 88.0  # percent perfect, generated typical with 5 % of the facings missing
MISSING_SHARE: Final = 0.05
ROUNDING: Final = 1e-9


def broken(rows: Sequence[tuple[str, str, Scores]], *, missing: float = 0.0) -> list[str]:
    """Words for every figure of (level, class, scores) that is missed. With missing facings only their own limit counts.

    Calibration is judged per level over its classes together; levels and classes without a limit are passed over.
    """
    told = []
    if missing:
        for level, kind, scores in rows:
            perfect = _percent(scores.perfect, scores.receipts)
            if (level, kind) == ("typical", "gen") and missing <= MISSING_SHARE + ROUNDING and perfect < WITHOUT_FACINGS - ROUNDING:
                told.append(f"{level} {kind} without {missing:.0%} of the facings: {perfect:.1f} % perfect, at least {WITHOUT_FACINGS:g}")
        return told
    for level, kind, scores in rows:
        if (level, kind) not in MUST:
            continue
        least, least_f1, most = MUST[level, kind]
        for name, figure, bound, sign in (
            ("perfect", _percent(scores.perfect, scores.receipts), least, 1),
            ("micro F1", 100.0 * scores.f1, least_f1, 1),
            ("overcharged", _percent(scores.overcharged, scores.receipts), most, -1),
        ):
            if sign * figure < sign * bound - ROUNDING:
                told.append(f"{level} {kind}: {name} {figure:.1f} %, {'at least' if sign > 0 else 'at most'} {bound:g}")
    for level, most_provisional in MOST_PROVISIONAL.items():
        scores = sum((one for name, _, one in rows if name == level), Scores())
        if not scores.receipts:
            continue
        if (provisional := 100.0 * scores.review_rate) > most_provisional + ROUNDING:
            told.append(f"{level}: {provisional:.1f} % provisional, at most {most_provisional:g}")
        if (right := _percent(scores.final_perfect, scores.final)) < FINAL_PERFECT - ROUNDING:
            told.append(f"{level}: {right:.1f} % of final receipts perfect, at least {FINAL_PERFECT:g}")
        if (error := scores.expected_calibration_error) > MOST_ECE + ROUNDING:
            told.append(f"{level}: calibration error of lines {error:.3f}, at most {MOST_ECE:g}")
    return told


def _percent(part: int, whole: int) -> float:
    return 100.0 * part / whole if whole else 100.0
