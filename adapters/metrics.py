"""Metrics for Prometheus, in a registry of their own. No label names a person, a room or a message."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, Info, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily
from prometheus_client.metrics_core import Metric

from adapters.base import TurnRecord
from adapters.observability import OWN, ChannelStatus, ContentStatus, State

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
"""Seconds of the latency histogram; a turn takes about two milliseconds."""
COUNTS = {
    "retries": "Calls to the platform that were repeated.",
    "undecryptable": "Messages that could not be decrypted.",
    "dead_letters": "Messages that were put aside because nobody can read or answer them.",
}
"""What a channel may count (``ChannelStatus.counts``), with its help text."""


class Metrics:
    """Counts turns and log lines; ``follow`` adds the state of channels and content to every scrape."""

    def __init__(self, version: str) -> None:
        self.registry = CollectorRegistry()
        self._turns = Counter(
            "lotse_turns",
            "Turns that were answered.",
            ["channel", "outcome", "topic"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "lotse_turn_seconds",
            "Time to decide an answer.",
            ["channel"],
            buckets=BUCKETS,
            registry=self.registry,
        )
        self._messages = Counter(
            "lotse_log_messages",
            "Warnings and errors in the log.",
            ["logger", "level"],
            registry=self.registry,
        )
        Info("lotse_build", "The program.", registry=self.registry).info({"version": version})
        ProcessCollector(registry=self.registry)

    def follow(
        self, channels: Callable[[], Iterable[ChannelStatus]], content: Callable[[], ContentStatus]
    ) -> None:
        """Ask ``channels`` and ``content`` for their state whenever the page is made."""
        self.registry.register(_States(channels, content))

    def record(self, turn: TurnRecord) -> None:
        """Count one turn."""
        self._turns.labels(turn.channel, turn.outcome, turn.topic).inc()
        self._seconds.labels(turn.channel).observe(turn.seconds)

    def count_log(self, record: logging.LogRecord) -> bool:
        """Count a warning or error; a filter for a log handler that lets everything pass."""
        if record.levelno >= logging.WARNING:
            name = record.name if record.name.split(".")[0] == OWN else "libraries"
            self._messages.labels(name, record.levelname.lower()).inc()
        return True

    def page(self) -> bytes:
        """Return all metrics in the text format of Prometheus."""
        return generate_latest(self.registry)


class _States:
    """Turns the state of channels and content into metrics at the moment of the scrape."""

    def __init__(
        self, channels: Callable[[], Iterable[ChannelStatus]], content: Callable[[], ContentStatus]
    ) -> None:
        self._channels, self._content = channels, content

    def collect(self) -> Iterator[Metric]:
        """Yield all of it: called by the registry."""
        yield from self._of_channels()
        yield from self._of_content()
        yield GaugeMetricFamily("lotse_tasks", "Tasks of the event loop; a leak shows here.", _tasks())

    def _of_channels(self) -> Iterator[Metric]:
        state = GaugeMetricFamily(
            "lotse_channel_state", "1 for the state it is in.", labels=["channel", "state"]
        )
        age = GaugeMetricFamily(
            "lotse_channel_contact_age_seconds", "Since the last successful poll or sync.", labels=["channel"]
        )
        waiting = GaugeMetricFamily(
            "lotse_channel_waiting", "Questions without an answer yet.", labels=["channel"]
        )
        restarts = CounterMetricFamily("lotse_channel_restarts", "Starts after a break.", labels=["channel"])
        counts = {
            key: CounterMetricFamily(f"lotse_channel_{key}", text, labels=["channel"])
            for key, text in COUNTS.items()
        }
        for channel in self._channels():
            for each in State:
                state.add_metric([channel.name, each], float(channel.state is each))
            if channel.age is not None:
                age.add_metric([channel.name], channel.age)
            waiting.add_metric([channel.name], channel.waiting)
            restarts.add_metric([channel.name], channel.restarts)
            for key, family in counts.items():
                family.add_metric([channel.name], channel.counts.get(key, 0))
        yield from (state, age, waiting, restarts, *counts.values())

    def _of_content(self) -> Iterator[Metric]:
        content = self._content()
        yield InfoMetricFamily("lotse_content", "The content in force.", value={"digest": content.digest})
        yield GaugeMetricFamily(
            "lotse_content_loaded_timestamp_seconds", "When it was loaded.", content.since
        )
        yield GaugeMetricFamily(
            "lotse_content_refused",
            "1 while newer content is refused for its mistakes.",
            float(content.refused),
        )
        loads = CounterMetricFamily("lotse_content_loads", "Attempts to load content.", labels=["result"])
        loads.add_metric(["loaded"], content.loads)
        loads.add_metric(["refused"], content.refusals)
        yield loads


def _tasks() -> int:
    try:
        return len(asyncio.all_tasks())
    except RuntimeError:  # asked from outside an event loop
        return 0
