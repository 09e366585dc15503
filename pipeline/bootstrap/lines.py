"""A whole pipeline for one command: broker, topics, workers, lake, publishing."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING

from pipeline.bootstrap.children import settings_for_children
from pipeline.bootstrap.classifiers import check_classification
from pipeline.bootstrap.homes import open_lake
from pipeline.domain.errors import CheckFailedError, UsageError
from pipeline.domain.taxonomies.documents import TaxonomyError
from pipeline.ports import Publisher, Receipt
from pipeline.services.demo_home import disown
from pipeline.services.draining import LandedInbox, drain
from pipeline.services.health import writable_home
from pipeline.services.reconciliation import Reconciliation
from pipeline.services.running import Source
from pipeline.services.stopping import Told, until_told_to_stop
from pipeline.settings import Settings

if TYPE_CHECKING:
    from pipeline.services.reporting import Reporter
    from streams.brokers.open import AnyBroker
    from streams.progress import PipelineProgress
    from streams.worker_processes import WorkerProcesses
    from warehouse.lake import DeltaLake


@contextmanager
def open_publisher(settings: Settings, reporter: Reporter) -> Iterator[Publisher]:
    """A publisher on the broker that the settings name, whoever works on what it sends."""
    from streams.admin import create_topics
    from streams.brokers.open import open_broker
    from streams.publisher import KafkaPublisher

    with open_broker(settings) as broker:
        disown(settings.home_path)
        if broker.max_ahead_bytes is not None:
            raise UsageError(
                "A broker in memory forgets what nobody takes from it, so publishing alone would lose it; "
                "use `vidhuk run`, or another VIDHUK_KAFKA."
            )
        partitions = create_topics(broker, settings)
        with reporter.step("publishing") as step:
            yield KafkaPublisher(broker, settings, partitions=partitions, progress=step.sent)


@contextmanager
def open_line(
    settings: Settings, reporter: Reporter, *, fall_back: bool = False, demo: bool = False
) -> Iterator[RunningLine]:
    """A whole pipeline for one command: broker, topics, workers as children; stopped when the block ends.

    A home that was a demo's becomes its user's own, unless it is a `demo` again.
    """
    from streams.admin import create_topics
    from streams.brokers.open import open_broker
    from streams.log_identity import log_ids
    from streams.progress import TABLE_OF, PipelineProgress
    from streams.topics import INBOX
    from streams.worker_processes import WorkerProcesses

    check_classification(settings)
    writable_home(settings.home_path)
    if not demo and disown(settings.home_path):
        reporter.say(f"{settings.home_path} holds a demo's data, to which yours is added now; no demo will empty it.")
    with ExitStack() as stack:
        with reporter.step("broker"):
            broker = open_broker(settings, fall_back=fall_back)
            stack.callback(broker.close)
            if broker.notice:
                reporter.say(broker.notice)
            partitions = create_topics(broker, settings)
            ids = log_ids(broker, [settings.topic(name) for name in (INBOX, *TABLE_OF)])
        attached = settings_for_children(settings, broker)
        workers = WorkerProcesses(attached)
        lake = open_lake(settings)
        progress = PipelineProgress(broker, settings, lake, ids, workers.check)
        stack.callback(progress.close)
        stack.callback(workers.stop)
        workers.start()
        yield RunningLine(settings, reporter, broker, partitions, ids, lake, progress, workers)


class RunningLine:
    """The `Line` of one home and one broker."""

    def __init__(
        self,
        settings: Settings,
        reporter: Reporter,
        broker: AnyBroker,
        partitions: int,
        log_ids: Mapping[str, str],
        lake: DeltaLake,
        progress: PipelineProgress,
        workers: WorkerProcesses,
    ) -> None:
        self._settings, self._reporter = settings, reporter
        self._broker, self._partitions, self._log_ids = broker, partitions, log_ids
        self.lake, self.progress, self.workers = lake, progress, workers

    @property
    def bootstrap(self) -> str:
        """Where the broker answers."""
        return self._broker.bootstrap

    def publish(self, source: Source) -> Receipt:
        """Send one source's chunks."""
        from streams.publisher import KafkaPublisher

        with self._reporter.step(f"publishing {source.name}") as step:
            publisher = KafkaPublisher(
                self._broker,
                self._settings,
                partitions=self._partitions,
                landed=LandedInbox(self.progress),
                landed_dead_letters=self.progress.landed_dead_letters,
                progress=step.sent,
            )
            return publisher.publish(source.chunks(), source.name)

    def drain(self) -> None:
        """Return when everything on the broker has landed."""
        with self._reporter.step("landing") as step:
            drain(self.progress, sleep=time.sleep, now=time.monotonic, on_progress=step.left)

    def account(self, receipts: Sequence[Receipt]) -> Reconciliation:
        """Where each input of the receipts ended, counted in the three tables of the lake."""
        from pipeline.services.reconciliation import reconcile
        from streams.topics import DEAD_LETTERS, INBOX
        from warehouse.landed_counts import LakeCounts

        inbox, letters = (self._log_ids[self._settings.topic(name)] for name in (INBOX, DEAD_LETTERS))
        return reconcile(receipts, LakeCounts(self.lake, inbox_log=inbox, letters_log=letters))

    def publish_warehouse(self) -> int:
        """Build, audit and publish what is new, and tell of new signals and topics; returns the version.

        Raises `CheckFailedError` when the audit fails.
        """
        from pipeline.services.chart_alerts import tell_of_signals
        from pipeline.services.publishing import publish
        from pipeline.services.topic_alerts import tell_of_topics
        from streams.alerts import send_alerts

        with self._reporter.step("warehouse"):
            published = publish(self._settings).published
        for warning in published.warnings:
            self._reporter.say(warning)
        send = partial(send_alerts, self._settings, self._broker, self._partitions)
        file, state = published.path(self._settings.published_path), self._settings.state_path
        told = tell_of_signals(file, state, send)
        if told:
            self._reporter.say(f"{told:,} new signals of control charts; see them with `vidhuk alerts`.")
        topics = tell_of_topics(file, state, send, self._settings.topic_examples)
        if topics:
            self._reporter.say(f"{topics:,} topics emerged in texts; see them with `vidhuk alerts`.")
        return published.version

    def write_data_docs(self, told: Told = lambda: False) -> None:
        """Run the suites as a Great Expectations checkpoint over the published version, in a process of its own.

        Once `told` to stop it leaves the last pages as they are. Raises `CheckFailedError` when the suites find what
        the gate did not.
        """
        from expectations.process import document
        from warehouse.published import required

        _, file = required(self._settings.published_path)
        with self._reporter.step("data docs"):
            documented = document(file, self._settings.published_path / "data-docs", told=told)
        if documented is None:
            self._reporter.say("data docs: left as they were.")
            return
        self._reporter.say(f"data docs: {documented.index}")
        if not documented.holds:
            raise CheckFailedError(documented.said)

    def lake_versions(self) -> dict[str, int]:
        """Version of each table of the lake: whether anything has landed since."""
        from warehouse.published import snapshot

        return snapshot(self.lake, self._settings.enrichment).versions


def keep_up(settings: Settings, reporter: Reporter, publish_every_seconds: float, *, docs: bool) -> int:
    """Broker, workers and publishing until told to stop; an audit that fails is said and tried again with news."""
    with open_line(settings, reporter) as line:
        reporter.say(f"Up. Kafka answers at {line.bootstrap}; stop with Ctrl-C.")
        published_at = -publish_every_seconds
        seen: object = None

        def tend(told: Told) -> None:
            nonlocal published_at, seen
            line.workers.check()
            stands = line.lake_versions()
            if stands == seen or time.monotonic() - published_at < publish_every_seconds:
                return
            try:
                line.publish_warehouse()
                if docs:
                    line.write_data_docs(told)
            except CheckFailedError as error:
                reporter.say(f"Check failed: {error}")
            except TaxonomyError as error:  # somebody is editing the file; what lands goes on
                reporter.say(f"Not published: {error}")
            published_at, seen = time.monotonic(), stands

        until_told_to_stop(tend, every_seconds=1.0)
    return 0
