"""The store's figures as Prometheus metrics, read at the moment they are asked for. Units are in the names; one table per kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import get_args

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from edge.figures import Distribution, StoreMetrics
from edge.session.receipt import Outcome, Status
from edge.session.revision import Decision
from edge.snapshot import Phase, PlateCondition, StoreSnapshot

Labels = Sequence[str]
Rows = list[tuple[tuple[str, ...], float]]


class StoreCollector(Collector):
    """Turns ``read()`` into metric families. ``streams()`` is the number of live streams open."""

    def __init__(self, read: Callable[[], StoreMetrics], streams: Callable[[], int]) -> None:
        self._read = read
        self._streams = streams

    def collect(self) -> Iterator[Metric]:
        """One scrape."""
        figures = self._read()
        snapshot = figures.snapshot
        yield from _counts(figures)
        yield from _cabinet(snapshot)
        yield from _plates(snapshot)
        yield from _eye(snapshot)
        yield from _cloud(snapshot)
        yield from _devices(snapshot)
        yield from _controller(figures)
        yield _gauge("web_streams", "Live streams that are open.", (), [((), self._streams())])


def registry(read: Callable[[], StoreMetrics], streams: Callable[[], int]) -> CollectorRegistry:
    """A registry of its own, so that nothing else of the process shows up in it."""
    own = CollectorRegistry(auto_describe=False)
    own.register(StoreCollector(read, streams))
    return own


def _gauge(name: str, text: str, labels: Labels, rows: Rows) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"smartstore_{name}", text, labels=labels)
    for values, number in rows:
        family.add_metric(values, number)
    return family


def _counter(name: str, text: str, labels: Labels, rows: Rows) -> CounterMetricFamily:
    family = CounterMetricFamily(f"smartstore_{name}", text, labels=labels)
    for values, number in rows:
        family.add_metric(values, number)
    return family


def _histogram(name: str, text: str, seen: Distribution) -> HistogramMetricFamily:
    below = 0
    buckets: list[tuple[str, float]] = []
    for bound, count in zip((*seen.bounds, float("inf")), seen.counts, strict=True):
        below += count
        buckets.append(("+Inf" if bound == float("inf") else repr(bound), below))
    family = HistogramMetricFamily(f"smartstore_{name}", text)
    family.add_metric([], buckets, seen.total)
    return family


def _counts(figures: StoreMetrics) -> Iterator[Metric]:
    currency = figures.snapshot.currency
    outcomes: Sequence[str] = get_args(Outcome)
    statuses: Sequence[str] = get_args(Status)
    yield _counter("visits", "Ended visits by outcome.", ("outcome",), [((key,), figures.visits.get(key, 0)) for key in outcomes])
    yield _counter("receipts", "Receipts issued.", ("status",), [((key,), figures.receipts.get(key, 0)) for key in statuses])
    yield _counter(
        "receipts_minor",
        "Sum of receipts in minor units of the currency.",
        ("status", "currency"),
        [((key, currency), figures.receipts_minor.get(key, 0)) for key in statuses],
    )
    decisions: Sequence[str] = get_args(Decision)
    yield _counter("reviews", "Decisions about receipts.", ("decision",), [((key,), figures.reviews.get(key, 0)) for key in decisions])
    yield _counter(
        "reviews_due_minor",
        "Sum of what was due by decisions about receipts, in minor units of the currency.",
        ("kind", "currency"),
        [((key, currency), figures.due_minor.get(key, 0)) for key in ("charge", "refund")],
    )
    yield _gauge("reviews_open", "Provisional receipts that wait for a person.", (), [((), figures.snapshot.reviews_open)])
    yield _counter(
        "refusals", "Refused entries by reason.", ("code",), [((key,), count) for key, count in sorted(figures.refusals.items())]
    )
    yield _histogram("step_seconds", "Time of one step of the visit machine.", figures.step_s)
    yield _histogram("commit_seconds", "Time of one durable journal commit.", figures.commit_s)
    yield _histogram("receipt_seconds", "From the door's closing to the stored receipt.", figures.receipt_s)


def _cabinet(snapshot: StoreSnapshot) -> Iterator[Metric]:
    phases: Sequence[str] = get_args(Phase)
    yield _gauge("cabinet_phase", "1 for the phase the cabinet is in.", ("phase",), [((p,), p == snapshot.cabinet.phase) for p in phases])
    yield _gauge("door_open", "1 while the door is open.", ("door",), [((d.door,), d.open) for d in snapshot.doors if d.open is not None])
    yield _gauge(
        "door_secured", "1 while the bolt holds.", ("door",), [((d.door,), d.secured) for d in snapshot.doors if d.secured is not None]
    )
    yield _gauge(
        "alarm",
        "1 for each fault that is present.",
        ("code", "subject", "severity"),
        [((a.code, a.subject, a.severity), 1) for a in snapshot.alarms],
    )


def _plates(snapshot: StoreSnapshot) -> Iterator[Metric]:
    conditions: Sequence[str] = get_args(PlateCondition)
    known = [plate for plate in snapshot.plates if plate.grams is not None]
    yield _gauge("plate_grams", "Live weight on the plate in grams.", ("plate",), [((p.plate,), p.grams or 0.0) for p in known])
    yield _gauge(
        "plate_condition",
        "1 for the condition the plate is in.",
        ("plate", "condition"),
        [((p.plate, c), c == p.condition) for p in snapshot.plates for c in conditions],
    )
    yield _gauge(
        "plate_quality",
        "1 for the quality of the plate's last sample.",
        ("plate", "quality"),
        [((p.plate, p.quality), 1) for p in snapshot.plates],
    )
    yield _gauge(
        "stock_units",
        "Units the store believes are on the plate.",
        ("plate", "gtin"),
        [((p.plate, c.gtin), c.units) for p in snapshot.plates for c in p.contents],
    )
    rows = snapshot.stock.products
    yield _gauge(
        "product_short", "1 while a facing of the product holds fewer units than it must.", ("gtin",), [((r.gtin,), r.short) for r in rows]
    )
    yield _gauge(
        "misplaced_units", "Units on plates where the product does not belong.", ("gtin",), [((r.gtin,), r.misplaced) for r in rows]
    )
    yield _gauge(
        "unit_weight_grams",
        "Weight of one unit, by the catalogue and as learned from the plates.",
        ("gtin", "source"),
        [
            ((r.gtin, source), grams)
            for r in rows
            for source, grams in (("catalogue", r.catalogue_g), ("plates", r.learned_g))
            if grams is not None
        ],
    )
    yield _gauge(
        "proposed_facings", "Facings laid out by restockers that the planogram does not have.", (), [((), len(snapshot.stock.proposal))]
    )


def _eye(snapshot: StoreSnapshot) -> Iterator[Metric]:
    eye = snapshot.eye
    if eye.condition == "off":
        return
    yield _gauge("eye_open", "1 while the process that watches the cameras answers.", (), [((), eye.condition == "open")])
    yield _gauge("eye_products", "Products that it recognises.", (), [((), eye.products)])
    yield _gauge(
        "camera_seeing",
        "1 while the camera's pictures can be used.",
        ("camera",),
        [((camera.camera,), eye.condition == "open" and camera.condition == "seeing") for camera in eye.cameras],
    )


def _cloud(snapshot: StoreSnapshot) -> Iterator[Metric]:
    cloud = snapshot.cloud
    waiting_s = 0.0 if cloud.oldest_since_s is None else max(0.0, snapshot.at_s - cloud.oldest_since_s)
    yield _gauge("cloud_connected", "1 while the far end confirms what it is sent.", (), [((), cloud.condition == "connected")])
    yield _gauge("outbox_events", "Events the far end has not confirmed.", (), [((), cloud.depth)])
    yield _gauge("outbox_oldest_seconds", "Age of the oldest unconfirmed event.", (), [((), waiting_s)])
    yield _counter("outbox_stored_events", "Events stored since the outbox was made.", (), [((), cloud.stored_total)])
    yield _counter("outbox_confirmed_events", "Events the far end confirmed.", (), [((), cloud.confirmed_total)])


def _devices(snapshot: StoreSnapshot) -> Iterator[Metric]:
    yield _gauge(
        "device_up",
        "1 while the device answers.",
        ("device", "product"),
        [((d.name, d.product), d.condition == "up") for d in snapshot.devices],
    )
    yield _counter(
        "device_events",
        "What the driver counted.",
        ("device", "counter"),
        [((d.name, key), count) for d in snapshot.devices for key, count in d.counters.items()],
    )
    yield _gauge("bus_connected", "1 while the port is open.", ("bus",), [((b.name,), b.connected) for b in snapshot.buses])
    yield _gauge(
        "bus_busy_ratio",
        "Share of time in which the line is in use.",
        ("bus",),
        [((b.name,), b.busy_fraction) for b in snapshot.buses if b.busy_fraction is not None],
    )
    yield _counter(
        "bus_events",
        "What the bus master counted.",
        ("bus", "counter"),
        [((b.name, key), count) for b in snapshot.buses for key, count in b.counters.items()],
    )


def _controller(figures: StoreMetrics) -> Iterator[Metric]:
    snapshot, controller = figures.snapshot, figures.snapshot.controller
    yield _gauge(
        "build_info",
        "Always 1; the versions are labels.",
        ("version", "price_version"),
        [((controller.version, snapshot.price_version), 1)],
    )
    yield _gauge("uptime_seconds", "Time since the controller started.", (), [((), max(0.0, snapshot.at_s - controller.started_s))])
    yield _gauge("clock_synchronised", "1 while the wall clock follows NTP.", (), [((), controller.clock_sync == "ntp")])
    yield _gauge("journal_bytes", "Size of the journal on disk.", (), [((), controller.journal_bytes)])
    yield _counter("facts", "Facts taken since the journal began.", (), [((), controller.facts)])
    if controller.disk_free_fraction is not None:
        yield _gauge("disk_free_ratio", "Free share of the journal's file system.", (), [((), controller.disk_free_fraction)])
    if figures.resident_bytes is not None:
        yield _gauge("resident_bytes", "Resident memory of the controller.", (), [((), figures.resident_bytes)])
    yield _gauge("loop_lag_seconds", "How late the event loop woke last.", (), [((), figures.loop_lag_s)])
    yield _gauge(
        "loop_age_seconds",
        "Time since each supervised loop last gave its beat.",
        ("loop",),
        [((key,), age) for key, age in sorted(figures.loop_ages_s.items())],
    )
