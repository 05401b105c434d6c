"""Prometheus' view, made anew for each scrape from the database: several API processes tell the same numbers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from api.clients import Clients
from db import metrics
from db.metrics import Distribution, LineNumbers

KINDS = ("chat", "research", "ingest")
ENDS = ("completed", "failed", "cancelled")
BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)


@dataclass(frozen=True, slots=True, eq=False)
class Numbers(Collector):
    """What was read, as prometheus_client asks for it."""

    families: Sequence[Metric]

    def collect(self) -> Iterable[Metric]:
        """The metric families."""
        return self.families


async def collect(clients: Clients) -> CollectorRegistry:
    """Read every number, at one moment.

    Raises:
        Unavailable: the database cannot be reached.
    """
    async with clients.database.transaction() as tx:
        families = [
            *_gauges(await metrics.line_numbers(tx, clients.settings.kinds_with_slot)),
            _ended(await metrics.ended_totals(tx)),
            _histogram("sluice_wait_seconds", "From submission to start", await metrics.wait_seconds(tx, BOUNDS)),
            _histogram("sluice_run_seconds", "From start to end", await metrics.run_seconds(tx, BOUNDS)),
            _histogram(
                "sluice_first_token_seconds",
                "From start to the first text",
                await metrics.first_token_seconds(tx, BOUNDS),
            ),
        ]
    registry = CollectorRegistry()
    registry.register(Numbers([*families, *clients.streams.open.gauge.collect()]))
    return registry


def _gauges(numbers: LineNumbers) -> list[Metric]:
    return [
        GaugeMetricFamily("sluice_active", "Chat and research tasks that hold a slot", numbers.active),
        GaugeMetricFamily("sluice_waiting", "Chat and research tasks that wait for a slot", numbers.waiting),
        GaugeMetricFamily("sluice_limit", "Slots there are", numbers.limit),
        GaugeMetricFamily("sluice_oldest_wait_seconds", "How long the oldest waiting task waits", numbers.oldest_wait),
    ]


def _ended(totals: dict[tuple[str, str], int]) -> Metric:
    family = CounterMetricFamily("sluice_tasks_ended", "Tasks that ended", labels=("kind", "status"))
    for kind in KINDS:
        for status in ENDS:
            family.add_metric((kind, status), totals.get((kind, status), 0))
    return family


def _histogram(name: str, words: str, distributions: Sequence[Distribution]) -> Metric:
    family = HistogramMetricFamily(name, words, labels=("kind",))
    by_kind = {each.kind: each for each in distributions}
    for kind in KINDS:
        each = by_kind.get(kind, Distribution(kind, (0,) * len(BOUNDS), 0, 0.0))
        buckets = [(str(bound), float(count)) for bound, count in zip(BOUNDS, each.within, strict=True)]
        family.add_metric((kind,), [*buckets, ("+Inf", float(each.count))], each.total)
    return family
