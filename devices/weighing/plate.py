"""One plate's detector: samples in, movements and faults out. Pure and deterministic; time comes with the samples.

    unknown --holds still--> stable --leaves its reference--> moving --holds still--> stable
    any --impossible, stuck, never still, no samples--> fault --plausible and still--> stable

Two memories: the *reference* decides whether the plate moves, the *booked* weight is what the last reported change left behind.
A drift too small to report stays between the two, so that a slow taking adds up instead of being forgotten.
"""

from __future__ import annotations

import math
from typing import Literal, TypeAlias

from devices.facts import Quality
from devices.weighing.events import Broke, Drifting, Entered, Event, Healed, Measured, Rested
from devices.weighing.health import Drift, Fault, Jumps, Repeats, impossible
from devices.weighing.settings import WeighingSettings
from devices.weighing.trace import NS_PER_S, Trace, Window

PlateState: TypeAlias = Literal["unknown", "stable", "moving", "stale", "fault"]

ENTER_SHARE = 0.75  # of the smallest change: a plate moves before its change is large enough to report
BEFORE_S = 1.0  # s; how much of the rest before a movement is averaged
APPROACH_S = 0.2  # s; a hand touches before the plate has left its reference
DRIFT_SLACK_G = 1.0  # g; what two windows of a resting plate may differ by noise alone
FASTEST_DRIFT = 2.5  # times the allowance; a cell that walks goes faster for half a minute than on average
CUT_S = 0.15  # s; the newest values that judge a movement which is never seen to end
CUT_SD_G = 3.0  # g; how little they say at best
WALK_EVERY_NS = NS_PER_S  # how far apart two values are whose difference tells how far a resting plate wanders
WALK_G2 = 0.15  # square grams per second; how far a plate wanders that was not watched yet
WALK_MEMORY = 30.0  # differences that are remembered; a plate becomes restless within half a minute
WALK_DOUBT = 4.0  # differences that the first guess counts for
WALK_MOST_G2 = 9.0  # square grams; a larger difference is no wandering
MIN_SD_G = 0.1  # g; a calibrated plate is never surer than this
# A noisy plate may settle with a wider span, if it holds for longer: (factor on the span, factor on the window).
PATIENCE = ((1.0, 1.0), (2.0, 3.0), (3.0, 6.0))
UNSTABLE_PATIENCE_S = 3.0  # s; a transmitter that calls itself unstable for longer is not waited for
BACKWARD_SAMPLES = 5  # samples in a row from the past mean that the time base was set anew


class PlateDetector:
    """See the module. ``phase`` is where the plate is; ``tracking`` lets the reference follow slow drift."""

    def __init__(self, settings: WeighingSettings, rated_g: float) -> None:
        self._settings = settings
        self._rated_g = rated_g
        self._enter_g = max(settings.still_span_g, ENTER_SHARE * settings.min_change_g)
        history_s = PATIENCE[-1][1] * settings.window_s + BEFORE_S + APPROACH_S + 1.0
        self._trace = Trace(settings.average_s, history_s)
        self._repeats = Repeats(settings)
        self._jumps = Jumps(settings)
        self._drift = Drift(settings)
        self._distrusted_since_g: float | None = None  # what it weighed before its calibration was lost; it is trusted again there
        self.phase: Literal["unknown", "stable", "moving", "fault", "missing"] = "unknown"
        self._tracking = True
        self.last_ns: int | None = None
        self.grams: float | None = None
        self.quality = "none"
        self.rejected = 0
        self.entered_ns = 0
        self.still_since_ns = 0
        self._backward = 0
        self._minor_until_ns: int | None = None
        self._walk_from: tuple[int, float] | None = None
        self._walk_g2, self._walk_seen = WALK_G2, WALK_DOUBT
        self._impossible_since: int | None = None
        self._plausible_since: int | None = None
        self._seen_since: int | None = None  # the first value of a plate that has not rested yet
        self._clean_since = 0  # nothing before this time may be in a window
        self._far = False
        self._reference_g = 0.0
        self._booked_g = 0.0
        self._booked_ns = 0
        self._tracked_g = 0.0
        self._before = Window(0, 0, 0.0, MIN_SD_G, 0.0)

    def feed(self, at_ns: int, grams: float, quality: str) -> tuple[Event, ...]:
        """One sample. Samples out of time order are dropped and counted."""
        if not self._in_time(at_ns):
            self.rejected += 1
            return ()
        previous_ns, self.last_ns = self.last_ns, at_ns
        if previous_ns is not None and at_ns - previous_ns > self._settings.lost_after_s * NS_PER_S and self.phase != "fault":
            self._restart(at_ns)
        self.quality = quality
        reason = impossible(self._settings, self._rated_g, grams, quality)
        if reason is not None:
            return self._impossible(at_ns, reason)
        self._impossible_since = None
        if self._plausible_since is None:
            self._plausible_since = at_ns
        if self._repeats.stuck(at_ns, grams, resting=self.phase == "stable"):
            return self._break("stuck", at_ns)
        if self.phase != "fault" and self._jumps.take(at_ns, grams):
            return self.distrust(at_ns, self._jumps.from_g)
        if quality == "unstable" and not self._trace.averaging and at_ns - self.entered_ns <= UNSTABLE_PATIENCE_S * NS_PER_S:
            # Sampled too slowly to see the ringing, the transmitter's own word is the better one; sampled fast, it only comes late.
            self._clean_since = at_ns
        value = self._trace.add(at_ns, grams)
        if value is None:
            return ()
        self.grams = value
        match self.phase:
            case "stable":
                return self._resting(at_ns, previous_ns, value)
            case "moving":
                return self._moving(at_ns)
            case _:
                return self._starting(at_ns)

    def lapse(self, at_ns: int) -> tuple[Event, ...]:
        """No sample came until ``at_ns``: a plate without samples for too long is faulty."""
        if self.last_ns is None:
            self.last_ns = at_ns
        if self.phase in ("fault", "missing") or at_ns - self.last_ns <= self._settings.lost_after_s * NS_PER_S:
            return ()
        return self._break("no_samples", at_ns)

    def missing(self) -> None:
        """The device is gone and reported elsewhere; the plate is measured anew when samples come back."""
        if self.phase != "fault":
            self.phase = "missing"
        self._forget()

    def distrust(self, at_ns: int, before_g: float) -> tuple[Event, ...]:
        """Its calibration is lost: faulty until the controller restarts, or the weight is back at ``before_g``."""
        self._distrusted_since_g = before_g
        return self._break("factory_reset", at_ns)

    @property
    def resting_g(self) -> float | None:
        """The weight at which it rests, None while it does not."""
        return self._reference_g if self.phase == "stable" else None

    def stale(self, at_ns: int) -> bool:
        """Whether the newest sample is older than a few of the plate's usual periods."""
        if self.last_ns is None or self._trace.period_ns is None:
            return True
        return at_ns - self.last_ns > self._settings.stale_periods * self._trace.period_ns

    def still_after(self, after_ns: int) -> bool:
        """Whether the plate has been stable over a whole window that began after ``after_ns``."""
        since = max(after_ns, self.still_since_ns)
        return self.phase == "stable" and self.last_ns is not None and self.last_ns - since > self._settings.window_s * NS_PER_S

    @property
    def tracking(self) -> bool:
        """Whether reference and booked weight follow slow drift: nobody is shopping."""
        return self._tracking

    @tracking.setter
    def tracking(self, enabled: bool) -> None:
        if enabled and not self._tracking and self.phase == "stable":
            # What a resting plate wandered during the visit was no taking; the next shopper must not be billed for it.
            self._book(self._reference_g, self.last_ns or 0)
            self._minor_until_ns = None
        self._tracking = enabled

    def cut_short(self, at_ns: int) -> tuple[Event, ...]:
        """No more samples will come: a movement is judged by its newest values, as little as they say."""
        if self.phase != "moving":
            return ()
        window = self._trace.between(at_ns - round(CUT_S * NS_PER_S), at_ns)
        if window is None:  # sampled too slowly for two values in so short a time
            window = self._trace.between(at_ns - round(2.0 * (self._trace.period_ns or 0.0)), at_ns)
        if window is None:
            return ()
        delta = window.median_g - self._before.median_g
        sd = math.hypot(self._before.sd_g, max(CUT_SD_G, window.span_g))
        reported = abs(delta) >= self._settings.min_change_g
        return (Rested(self.entered_ns, at_ns, delta, sd, window.median_g, "disturbed", reported),)

    @property
    def moved_g(self) -> float:
        """How far the newest value of a moving plate is off its rest before the movement, 0 while it rests."""
        return abs(self.grams - self._before.median_g) if self.phase == "moving" and self.grams is not None else 0.0

    def resume(self, rested: Rested) -> None:
        """The plate moves again before its last movement was reported: both are one, from the rest before the first."""
        before_g = rested.after_g - rested.delta_g
        self._before = Window(rested.start_ns, rested.start_ns, before_g, max(MIN_SD_G, rested.sd_g), 0.0)
        self.entered_ns = rested.start_ns
        self._booked_g, self._booked_ns = before_g, rested.start_ns

    def before_entry(self, at_ns: int) -> Window | None:
        """How the plate rested until a neighbour was touched, which left its own reference at ``at_ns``; None while it moves itself."""
        if self.phase != "stable":
            return None
        end_ns = at_ns - round(APPROACH_S * NS_PER_S) - self._trace.feel_ns
        return self._trace.between(max(self.still_since_ns, end_ns - round(BEFORE_S * NS_PER_S)), end_ns)

    def echo(self, before: Window, start_ns: int) -> Rested | None:
        """What a neighbour's movement left on this plate, which itself was never touched: from ``before`` to the values since ``start_ns``.

        None where the plate moved in between.
        """
        if self.phase != "stable" or self.still_since_ns > before.end_ns:
            return None
        after = self._trace.between(start_ns, self.last_ns or 0)
        if after is None:
            return None
        sd = math.hypot(max(MIN_SD_G, before.sd_g), max(MIN_SD_G, after.sd_g), self._wandered(before.end_ns, after.start_ns))
        return Rested(before.end_ns, after.end_ns, after.median_g - before.median_g, sd, after.median_g, "ok", False)

    def keep_echo(self, echo: Rested) -> None:
        """The echo was reported beside the change that caused it: what comes later is measured from here."""
        self._reference_g += echo.delta_g
        self._booked_g += echo.delta_g
        self._minor_until_ns = None

    def keep_minor(self, rested: Rested) -> None:
        """A change too small on its own was reported as part of an item that stands on two plates: book it."""
        self._book(rested.after_g, rested.end_ns)
        self._minor_until_ns = None

    def _in_time(self, at_ns: int) -> bool:
        if at_ns < 0:
            return False
        if self.last_ns is None or at_ns > self.last_ns:
            self._backward = 0
            return True
        self._backward += 1
        if self._backward < BACKWARD_SAMPLES:
            return False
        self._backward = 0
        self._restart(at_ns)
        return True

    def _restart(self, at_ns: int) -> None:
        if self.phase != "fault":
            self.phase = "unknown"
        self._forget()
        self._clean_since = self.entered_ns = at_ns

    def _forget(self) -> None:
        self._trace.clear()
        self._plausible_since = self._impossible_since = self._seen_since = None
        self._far = False
        self._jumps.forget()
        self._drift.interrupt()

    def _impossible(self, at_ns: int, reason: Fault) -> tuple[Event, ...]:
        self._plausible_since = None
        if self._impossible_since is None:
            self._impossible_since = at_ns
        lasting = at_ns - self._impossible_since >= self._settings.fault_after_s * NS_PER_S
        entered = self._enter(at_ns) if self.phase == "stable" else ()
        self._trace.clear()
        self._jumps.forget()
        self._clean_since = at_ns
        return (*entered, *self._break(reason, at_ns)) if lasting and self.phase != "fault" else entered

    def _break(self, reason: Fault, at_ns: int) -> tuple[Event, ...]:
        if self.phase == "fault":
            self._plausible_since = None
            return ()
        self.phase = "fault"
        self._forget()
        self._clean_since = at_ns
        return (Broke(reason),)

    def _starting(self, at_ns: int) -> tuple[Event, ...]:
        since = at_ns if self._plausible_since is None else self._plausible_since
        if self.phase == "fault" and at_ns - since < self._settings.recover_after_s * NS_PER_S:
            return ()
        found = self._held_still()
        if found is None:
            return self._never_still(at_ns)
        window, _ = found
        if self._distrusted_since_g is not None:
            if abs(window.median_g - self._distrusted_since_g) > self._settings.still_span_g:
                return ()
            self._distrusted_since_g = None
        healed: tuple[Event, ...] = (Healed(),) if self.phase == "fault" else ()
        self._rest(window)
        self._book(window.median_g, window.end_ns)
        return (*healed, Measured(window.median_g, max(MIN_SD_G, window.sd_g)))

    def _never_still(self, at_ns: int) -> tuple[Event, ...]:
        """A plate that nobody has seen at rest: broken as one that moves for too long."""
        if self._seen_since is None:
            self._seen_since = at_ns
        unsteady = self.phase == "unknown" and at_ns - self._seen_since > self._settings.unsteady_after_s * NS_PER_S
        return self._break("unsteady", at_ns) if unsteady else ()

    def _resting(self, at_ns: int, previous_ns: int | None, value: float) -> tuple[Event, ...]:
        off = abs(value - self._reference_g)
        if off <= self._enter_g:
            self._far = False
            self._watch_walk(at_ns, value)
            if previous_ns is not None:
                self._track(value, (at_ns - previous_ns) / NS_PER_S)
            if not self._tracking:
                self._drift.interrupt()
                return ()
            rate = self._drift.rest(at_ns, value)
            return () if rate is None else (Drifting(rate),)
        if self._trace.averaging or self._far or off > 2.0 * self._enter_g:
            return self._enter(at_ns)
        self._far = True  # a single raw value may be noise, two in a row are not
        return ()

    def _enter(self, at_ns: int) -> tuple[Event, ...]:
        settings = self._settings
        self._drift.interrupt()
        if self._minor_until_ns is not None and at_ns <= self._minor_until_ns:
            self.phase = "moving"  # a touch too small to report was the beginning of this movement: it left no rest to measure from
            self.entered_ns = self._clean_since = at_ns
            self._far = False
            return (Entered(at_ns),)
        end_ns = at_ns - round(APPROACH_S * NS_PER_S) - self._trace.feel_ns
        start_ns = max(self.still_since_ns, end_ns - round(BEFORE_S * NS_PER_S))
        before = self._trace.between(start_ns, end_ns)
        drift_g = DRIFT_SLACK_G + FASTEST_DRIFT * settings.drift_allowance_g_per_min * max(0, at_ns - self._booked_ns) / (60.0 * NS_PER_S)
        if before is None:
            self._before = Window(start_ns, at_ns, self._booked_g, max(MIN_SD_G, self._before.sd_g), 0.0)
        else:
            median = min(max(before.median_g, self._booked_g - drift_g), self._booked_g + drift_g)
            self._before = Window(before.start_ns, before.end_ns, median, max(MIN_SD_G, before.sd_g), before.span_g)
        self.phase = "moving"
        self.entered_ns = self._clean_since = at_ns
        self._far = False
        return (Entered(at_ns),)

    def _moving(self, at_ns: int) -> tuple[Event, ...]:
        moved_s = (at_ns - self.entered_ns) / NS_PER_S
        found = self._held_still()
        if found is None:
            return self._break("unsteady", at_ns) if moved_s > self._settings.unsteady_after_s else ()
        window, noisy = found
        delta = window.median_g - self._before.median_g
        sd = math.hypot(self._before.sd_g, max(MIN_SD_G, window.sd_g), self._wandered(self._before.end_ns, window.start_ns))
        quality: Quality = "disturbed" if moved_s > self._settings.disturbed_after_s else "noisy" if noisy else "ok"
        reported = abs(delta) >= self._settings.min_change_g
        entered_ns = self.entered_ns
        self._rest(window)
        self._minor_until_ns = None if reported else window.end_ns + round(BEFORE_S * NS_PER_S)
        if reported:
            self._book(window.median_g, window.end_ns)
        else:
            self._booked_g, self._booked_ns = self._before.median_g, entered_ns
        return (Rested(entered_ns, max(entered_ns, window.start_ns), delta, sd, window.median_g, quality, reported),)

    def _held_still(self) -> tuple[Window, bool] | None:
        """The window in which the plate holds still, and whether it took more patience than a quiet plate needs."""
        settings = self._settings
        for span, length in PATIENCE:
            window = self._trace.still(self._clean_since, round(length * settings.window_s * NS_PER_S), span * settings.still_span_g)
            if window is not None:
                return window, span > 1.0
        return None

    def _rest(self, window: Window) -> None:
        self.phase = "stable"
        self.still_since_ns = window.start_ns
        self._reference_g = window.median_g

    def _book(self, grams: float, at_ns: int) -> None:
        self._booked_g, self._booked_ns, self._tracked_g = grams, at_ns, 0.0

    def _wandered(self, from_ns: int, to_ns: int) -> float:
        """Standard deviation in grams of a random walk between two times: its variance grows with time."""
        return math.sqrt(self._walk_g2 * max(0.0, (to_ns - from_ns) / NS_PER_S))

    def _watch_walk(self, at_ns: int, value: float) -> None:
        """Learn from a resting plate how far it wanders in a second."""
        if self._walk_from is None or self._walk_from[0] < self.still_since_ns:
            self._walk_from = (at_ns, value)
        elif at_ns - self._walk_from[0] >= WALK_EVERY_NS:
            squared = (value - self._walk_from[1]) ** 2 * WALK_EVERY_NS / (at_ns - self._walk_from[0])
            self._walk_seen = min(self._walk_seen + 1.0, WALK_MEMORY)
            self._walk_g2 += (min(squared, WALK_MOST_G2) - self._walk_g2) / self._walk_seen
            self._walk_from = (at_ns, value)

    def _track(self, value: float, seconds: float) -> None:
        """Follow slow drift. While somebody shops only the reference does: drift is no movement, a slow taking stays to be booked."""
        if not self._tracking:
            most = self._settings.drift_allowance_g_per_min / 60.0 * seconds
            self._reference_g += min(max(value - self._reference_g, -most), most)
            return
        most = self._settings.tracking_g_per_min / 60.0 * seconds
        step = min(max(value - self._reference_g, -most), most)
        if abs(self._tracked_g + step) > self._settings.tracking_cap_g:
            return
        self._tracked_g += step
        self._reference_g += step
        self._booked_g += step
        self._booked_ns = self.last_ns or 0
