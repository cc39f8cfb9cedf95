"""Which photographs of a product will do, and what else looks like it: verdicts from measures and vectors, in words. No files, no model.

The thresholds were chosen on pairs of packages and on sets of photographs with and without one of another product; ``bench/enrolment.py``
measures what they do.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from vision.enrolment.photographs import Photograph
from vision.facts import ViewFlaw
from vision.pipeline.gallery import Gallery
from vision.pipeline.photo_quality import LEAST_SIDE, Flaw
from vision.pipeline.whitening import unit_rows
from vision.types import Floats

ODD: Final = 0.25  # of the others' likeness; below it lie four in five photographs of something else, and 3 of 100 sets without one
UNLIKE: Final = 0.5  # of the others' likeness; below it lie nineteen in twenty of them, and one or two of ten sets without one
LEAST_FOR_ODD: Final = 3  # photographs; of two nobody can say which is the wrong one
LOOKS_ALIKE: Final = 0.1  # chance that one view is taken for the other; 1 pair in 140 has more, and is confused ten times and more as often
USUAL_LIKENESS: Final = 0.45  # cosine of a photograph to the mean of others of its product, where there is no other to compare with

FLAWS: Final[dict[Flaw, str]] = {
    "small": f"too small: the product has fewer than {LEAST_SIDE} pixels; go nearer",
    "dark": "too dark; more light, or a longer exposure",
    "bright": "overexposed; less light on the product, or a shorter exposure",
    "flat": "shows nothing: as good as one colour; is the lens covered?",
    "blurred": "blurred; hold still and let the camera focus",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one photograph. ``used`` false: ``words`` and ``flaw`` say why; true: they are empty, or a doubt."""

    name: str
    used: bool
    words: str = ""
    flaw: ViewFlaw | None = None


@dataclass(frozen=True, slots=True)
class Rival:
    """An enrolled product that looks like the new one. ``mistaken``: chance that one view of the new one is taken for it, of these two."""

    product: str
    mistaken: float

    @property
    def alike(self) -> bool:
        """True where sight alone will mistake them now and then."""
        return self.mistaken >= LOOKS_ALIKE


def flawless(photographs: Sequence[Photograph], product: str) -> list[Verdict]:
    """A verdict for each photograph by itself and beside those before it: flaws, the same shot again, bar codes of something else."""
    verdicts: list[Verdict] = []
    for place, one in enumerate(photographs):
        flaw = one.quality.flaw
        twin = next((photographs[at] for at in range(place) if verdicts[at].used and one.quality.same_shot(photographs[at].quality)), None)
        if flaw is not None:
            verdicts.append(Verdict(one.name, False, FLAWS[flaw], flaw))
        elif twin is not None:
            same = "given twice" if twin.name == one.name else f"the same shot as {twin.name}; turn the product between two shots"
            verdicts.append(Verdict(one.name, False, same, "same_shot"))
        else:
            words = _code_words(one.codes, product)
            verdicts.append(Verdict(one.name, True, words, "other_code" if words else None))
    return verdicts


def unlike_the_rest(verdicts: Sequence[Verdict], vectors: Floats, *, keep: bool = False, kept: Container[int] = ()) -> list[Verdict]:
    """The verdicts again, with a photograph that shows something else left out, or doubted where that is not sure.

    ``vectors``: whitened unit rows of the used photographs, in their order. ``keep``: never leave one out, only doubt it; ``kept``: the
    places among the verdicts of those for which that holds in any case.
    """
    found = list(verdicts)
    places = [place for place, verdict in enumerate(verdicts) if verdict.used]
    rows = vectors
    while len(places) >= LEAST_FOR_ODD:
        likeness = likeness_to_others(rows)
        worst = int(likeness.argmin())
        usual = float(np.median(likeness_to_others(np.delete(rows, worst, axis=0))))
        if likeness[worst] >= UNLIKE * usual:
            break
        place = places[worst]
        name = verdicts[place].name
        if likeness[worst] < ODD * usual and not keep and place not in kept:
            words = "shows something else than the others, or a side they do not show; see --keep-odd"
            found[place] = Verdict(name, False, words, "odd")
        else:
            words = "looks unlike the others: another side of the product, or another product?"
            found[place] = Verdict(name, True, words, "unlike")
        places.pop(worst)
        rows = np.delete(rows, worst, axis=0)
    return found


def likeness_to_others(vectors: Floats) -> Floats:
    """Cosine of each unit row (n, size) to the mean of the others: (n,)."""
    rest = unit_rows(vectors.sum(axis=0, keepdims=True) - vectors)
    return np.asarray((vectors * rest).sum(axis=1), np.float32)


def rivals(gallery: Gallery, product: str, embeddings: Floats, most: int = 5) -> tuple[Rival, ...]:
    """The enrolled products that ``product`` may be mistaken for, worst first. ``embeddings``: its photographs, (k, size), not whitened.

    Each photograph is compared as the eye would: to the mean of the product's other photographs, and to the mean of the rival.
    """
    others = gallery.without(product)
    if not others.products or not embeddings.shape[0]:
        return ()
    vectors = gallery.whitening(embeddings)
    own = likeness_to_others(vectors) if vectors.shape[0] > 1 else np.full(1, USUAL_LIKENESS, np.float32)
    nats = gallery.calibration.nats(others.counts)
    ahead = own[:, None] - vectors @ others.means.T
    mistaken = (1.0 / (1.0 + np.exp(np.clip(nats * ahead, -50.0, 50.0)))).mean(axis=0)
    worst = np.argsort(-mistaken, kind="stable")[:most]
    return tuple(Rival(others.products[int(place)], float(mistaken[place])) for place in worst)


def _code_words(codes: Sequence[str], product: str) -> str:
    if not codes or product.zfill(14) in {code.zfill(14) for code in codes}:
        return ""
    return f"shows the bar code {' and '.join(codes)}, not {product}: another product, or one behind it?"
