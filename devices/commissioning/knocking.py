"""The knock test with a person: says when to knock, hears the knocks, refuses bad ones, and agrees only when they agree. Pure."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from devices.commissioning.rest import MOST_SD_G, Watch
from devices.commissioning.said import CannotWeigh, Said, Tell
from devices.commissioning.samples import Samples
from devices.weighing.knock import HAND_S, LISTEN_S, LOWEST_HZ, SAMPLES_PER_PERIOD, NotHeard, Ringing, heard

KNOCK_G = 15.0  # g from the rest; less is somebody walking by
REFUSALS = 5  # bad knocks before the test is given up
BEFORE_NS = 1_000_000_000  # ns; of the rest before a knock that is kept
AGREE_SHARE = 0.05  # of the frequency, between the slowest and the fastest of the knocks


@dataclass(frozen=True, slots=True)
class KnockResult:
    """What the knocks agree on."""

    hertz: float
    damping: float
    quiet_after_s: float
    rate_hz: float


async def knock_test(samples: Samples, plate: str, *, knocks: int, patience_s: float, tell: Tell) -> KnockResult:
    """Guide through ``knocks`` good knocks. CannotWeigh with the reason where it comes to nothing."""
    found: list[Ringing] = []
    refused = 0
    while len(found) < knocks:
        tell(Said("leave_plate", {"plate": plate}))
        watch = Watch((plate,))
        rest = (await watch.until(samples, lambda _: True, patience_s, f"plate {plate} at rest"))[plate]
        if rest.rate_hz < SAMPLES_PER_PERIOD * LOWEST_HZ:
            raise CannotWeigh(
                f"{rest.rate_hz:.1f} samples per second are too few to hear any plate ring",
                "Raise the line's baud rate and the transmitter's conversion rate.",
                code="too_slow",
                figures={"rate_hz": rest.rate_hz},
            )
        tell(Said("knock", {"number": len(found) + 1, "of": knocks, "plate": plate}))
        said = heard(await _knock(samples, plate, rest.grams, patience_s))
        if isinstance(said, NotHeard):
            refused += 1
            tell(Said("knock_unused", {"why": said.words, "reason": said.reason}))
            if refused >= REFUSALS or said.reason == "too_slow":
                raise CannotWeigh(
                    f"no knock could be used: {said.words}",
                    "Nothing was measured; the store file stays as it is.",
                    code=said.reason,
                )
            continue
        found.append(said)
        tell(
            Said(
                "knock_used",
                {"hertz": said.hertz, "damping": said.damping, "amplitude_g": said.amplitude_g, "rate_hz": said.rate_hz},
            )
        )
    hertz = sorted(ringing.hertz for ringing in found)
    if hertz[-1] - hertz[0] > AGREE_SHARE * hertz[0]:
        raise CannotWeigh(
            f"the knocks do not agree: {', '.join(f'{each:.1f}' for each in hertz)} Hz",
            "Look for a plate that touches something or goods that shift, then begin again.",
            code="knocks_disagree",
            figures={"lowest_hz": hertz[0], "highest_hz": hertz[-1]},
        )
    return KnockResult(
        hertz=statistics.median(hertz),
        damping=statistics.median(ringing.damping for ringing in found),
        quiet_after_s=statistics.median(ringing.quiet_after_s(1.0) for ringing in found),
        rate_hz=statistics.median(ringing.rate_hz for ringing in found),
    )


async def _knock(samples: Samples, plate: str, rest_g: float, patience_s: float) -> list[tuple[int, float]]:
    """The samples of one knock: the second before it and what follows."""
    threshold_g = KNOCK_G + 3.0 * MOST_SD_G
    recorded: list[tuple[int, float]] = []
    samples.skip()
    hardest_g, hardest_ns, first_ns = 0.0, None, None
    while True:
        sample = await samples.next()
        if sample.plate != plate:
            continue
        first_ns = sample.at_ns if first_ns is None else first_ns
        if recorded and sample.at_ns <= recorded[-1][0]:
            continue
        recorded.append((sample.at_ns, sample.grams))
        off_g = abs(sample.grams - rest_g)
        if off_g > max(threshold_g, hardest_g):
            hardest_g, hardest_ns = off_g, sample.at_ns
        if hardest_ns is None:
            recorded = [each for each in recorded if sample.at_ns - each[0] <= BEFORE_NS]
            if sample.at_ns - first_ns > patience_s * 1e9:
                raise CannotWeigh(
                    f"no knock was felt within {patience_s:g} s",
                    f"A knock must move the plate by {threshold_g:.0f} g or more.",
                    code="no_knock",
                    figures={"within_s": patience_s, "least_g": threshold_g},
                )
        elif sample.at_ns - hardest_ns > (HAND_S + LISTEN_S + 0.1) * 1e9:
            return recorded
