"""The steps about plates: which channel is under a plate, calibrating it, cross-talk and knocking."""

from __future__ import annotations

from typing import Final

from devices.commissioning.calibration import LEAST_MASS_G, LEAST_RATED_SHARE, Calibration, calibrate
from devices.commissioning.knocking import knock_test
from devices.commissioning.leaking import leak_test
from devices.commissioning.pressing import which_channel
from devices.commissioning.said import CameToNothing
from devices.config import DevicesSettings, PlateSettings
from devices.errors import DeviceError
from devices.weighing.knock import averaging_s
from edge.runtime.commissioning.work import Done, StepKind, Work
from edge.web.bench import CalibrationView, Figure, FoundView, KnockView, LeakView, LoadView, PressedView, StepOrder

UNCHANGED: Final = 0.0002  # of the factor; nearer to 1 it is none


async def map_plate(work: Work) -> Done:
    """Press on a plate, and see which channel moves."""
    name = work.order.subject
    with work.feed.channels() as samples:
        pressed = await which_channel(samples, name, patience_s=work.patience_s, tell=work.tell)
    device, _, number = pressed.channel.rpartition(":")
    channel = int(number)
    plate = next((one for one in work.draft.kept if one.id == name), None)
    holds = next((one.id for one in work.draft.kept if (one.device, one.channel) == (device, channel) and one.id != name), None)
    same = plate is not None and (plate.device, plate.channel) == (device, channel)
    work.show(FoundView(pressed=PressedView(plate=name, device=device, channel=channel, peak_g=pressed.peak_g, same=same, holds=holds)))
    rated = {} if work.order.rated_g is None or plate is not None else {"rated_g": work.order.rated_g}
    work.draft.want("plate", name, device=device, channel=channel, **rated)
    return Done(words=f"plate {name} is {pressed.channel}", figures={"device": device, "channel": channel, "peak_g": round(pressed.peak_g)})


def map_refused(order: StepOrder, settings: DevicesSettings) -> str:
    """A plate that is there, or a new one with its rated load."""
    if not order.subject:
        return "unknown_subject"
    return "" if _plate(settings, order.subject) is not None or order.rated_g is not None else "no_rated_load"


async def calibrate_plate(work: Work) -> Done:
    """Put known masses on a plate."""
    plate = _known_plate(work)
    others = [
        one.id
        for one in work.settings.plates
        if one.id != plate.id and (reading := work.feed.readings.get((one.device, one.channel))) and reading.quality in ("ok", "unstable")
    ]

    async def zero() -> None:
        try:
            await work.bench.zero(plate.device, plate.channel)
            work.tended("scale_zeroed", f"{plate.device}:{plate.channel}, plate {plate.id}")
        except DeviceError as error:
            raise CameToNothing(
                str(error),
                "Set the zero at the scale itself, then calibrate without it.",
                code="zero_refused",
                figures={"plate": plate.id},
            ) from error

    with work.feed.plates(calibrated=False) as samples:
        found = await calibrate(
            samples,
            plate.id,
            others,
            masses_g=work.order.masses_g,
            repeats=work.order.repeats,
            zero=zero if work.order.zero else None,
            patience_s=work.patience_s,
            tell=work.tell,
        )
    work.show(FoundView(calibration=_calibration_view(plate, found, zeroed=work.order.zero)))
    work.draft.want("plate", plate.id, grams_per_shown_gram=1.0 if abs(found.factor - 1.0) < UNCHANGED else round(found.factor, 5))
    figures: dict[str, Figure] = {
        "factor": round(found.factor, 5),
        "linearity_g": round(found.linearity_g, 2),
        "repeat_g": round(found.repeat_g, 2),
        "zero_g": round(found.zero_g, 1),
        "masses_g": ", ".join(f"{mass:g}" for mass in work.order.masses_g),
        "repeats": work.order.repeats,
        "zeroed": "yes" if work.order.zero else "no",
    }
    return Done(words=f"factor {found.factor:.5f}", figures=figures)


def calibrate_refused(order: StepOrder, settings: DevicesSettings) -> str:
    """A plate, and masses that say something about it."""
    plate = _plate(settings, order.subject)
    if plate is None:
        return "unknown_subject"
    if not order.masses_g:
        return "no_mass"
    if min(order.masses_g) < max(LEAST_MASS_G, LEAST_RATED_SHARE * plate.rated_g):
        return "light_mass"
    return "heavy_mass" if max(order.masses_g) > plate.rated_g else ""


async def measure_leaks(work: Work) -> Done:
    """Put a mass on each plate in turn."""
    everything = [plate.id for plate in work.settings.plates]
    mass_g = work.order.masses_g[0]
    with work.feed.plates() as samples:
        leaks = await leak_test(
            samples, everything, work.order.plates or everything, mass_g=mass_g, patience_s=work.patience_s, tell=work.tell
        )
    work.show(FoundView(leaks=tuple(LeakView(plate=plate, shares=shares) for plate, shares in leaks.items())))
    for plate, shares in leaks.items():
        work.draft.want("plate", plate, leaks={other: round(share, 4) for other, share in shares.items()})
    largest = max((abs(share) for shares in leaks.values() for share in shares.values()), default=0.0)
    return Done(words=f"largest share {largest:.2%}", figures={"plates": len(leaks), "mass_g": mass_g, "largest_share": round(largest, 4)})


def leaks_refused(order: StepOrder, settings: DevicesSettings) -> str:
    """A mass that shows, on plates that are there."""
    known = {plate.id for plate in settings.plates}
    if not known or not set(order.plates) <= known:
        return "unknown_subject"
    if not order.masses_g:
        return "no_mass"
    return "light_mass" if order.masses_g[0] < LEAST_MASS_G else ""


async def knock_on_plate(work: Work) -> Done:
    """Knock on a plate until the knocks agree."""
    plate = _known_plate(work)
    with work.feed.plates() as samples:
        found = await knock_test(samples, plate.id, knocks=work.order.repeats, patience_s=work.patience_s, tell=work.tell)
    average_s = averaging_s(found.hertz)
    work.show(
        FoundView(
            knock=KnockView(
                plate=plate.id,
                hertz=found.hertz,
                damping=found.damping,
                quiet_after_s=found.quiet_after_s,
                rate_hz=found.rate_hz,
                average_s=average_s,
            )
        )
    )
    work.draft.want("plate", plate.id, ringing_hz=round(found.hertz, 1))
    figures = {"hertz": round(found.hertz, 2), "damping": round(found.damping, 4), "rate_hz": round(found.rate_hz)}
    return Done(words=f"rings at {found.hertz:.1f} Hz", figures=figures)


def plate_refused(order: StepOrder, settings: DevicesSettings) -> str:
    """A plate that is there."""
    return "" if _plate(settings, order.subject) is not None else "unknown_subject"


def _plate(settings: DevicesSettings, name: str) -> PlateSettings | None:
    return next((plate for plate in settings.plates if plate.id == name), None)


def _known_plate(work: Work) -> PlateSettings:
    plate = _plate(work.settings, work.order.subject)
    if plate is None:
        raise ValueError(f"there is no plate {work.order.subject!r}")  # refused before it begins
    return plate


def _calibration_view(plate: PlateSettings, found: Calibration, *, zeroed: bool) -> CalibrationView:
    return CalibrationView(
        plate=plate.id,
        factor=found.factor,
        before=plate.grams_per_shown_gram,
        linearity_g=found.linearity_g,
        repeat_g=found.repeat_g,
        zero_g=found.zero_g,
        zeroed=zeroed,
        loads=tuple(
            LoadView(mass_g=load.mass_g, shown_g=load.shown_g, sd_g=load.sd_g, left_g=found.factor * load.shown_g - load.mass_g)
            for load in found.loads
        ),
    )


PLATES: Final = StepKind(step="plates", per="plate", do=map_plate, refused=map_refused)
CALIBRATE: Final = StepKind(step="calibrate", per="plate", do=calibrate_plate, refused=calibrate_refused)
LEAKS: Final = StepKind(step="leaks", per="store", do=measure_leaks, refused=leaks_refused)
KNOCK: Final = StepKind(step="knock", per="plate", do=knock_on_plate, refused=plate_refused)
