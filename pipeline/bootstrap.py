"""The only place that builds real objects: settings in, a pipeline that runs out."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.domain.errors import CheckFailedError, DependencyError, UsageError
from pipeline.ports import Broker, Publisher, Receipt
from pipeline.services.draining import LandedInbox, drain
from pipeline.services.health import Check, writable_home
from pipeline.services.reconciliation import Reconciliation
from pipeline.services.running import Source
from pipeline.services.stopping import until_told_to_stop
from pipeline.settings import Settings

if TYPE_CHECKING:
    from pipeline.services.reporting import Reporter
    from pipeline.services.scorecard import Scorecard
    from streams.brokers.open import AnyBroker
    from streams.progress import PipelineProgress
    from streams.worker_processes import WorkerProcesses
    from warehouse.lake import DeltaLake

LAKE_ID = "id"
"""The file in the lake that names it, so that its ledger workers find each other wherever they run."""

PACED_BATCH_SECONDS = 0.1
"""How long a worker collects where publishing is paced by what has landed."""


def sources_of(files: Sequence[Path], format_name: str, mapping: Path | None = None) -> list[Source]:
    """One source a file, by its format's importer. Raises `UsageError` for a file or format that is not there."""
    from pipeline.importers.formats import importer

    read = importer(format_name, mapping)
    for file in files:
        if not file.is_file():
            raise UsageError(f"There is no file {file}.")
    return [Source(file.name, partial(read, str(file))) for file in files]


def open_lake(settings: Settings) -> DeltaLake:
    """The lake of the home; its tables are made when something is first landed in them."""
    from warehouse.lake import DeltaLake

    return DeltaLake(settings.lake_path, compact_every=settings.compact_every)


def lake_id(settings: Settings) -> str:
    """The lake's own name, made the first time anybody asks. Raises `DependencyError` when it cannot be written."""
    import uuid

    file = settings.lake_path / LAKE_ID
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            with file.open("x", encoding="ascii") as new:
                new.write(uuid.uuid4().hex[:12])
        except FileExistsError:
            pass
        return file.read_text(encoding="ascii")
    except OSError as error:
        raise DependencyError(f"The lake {settings.lake_path} cannot be used ({error.strerror}).") from error


@contextmanager
def open_publisher(settings: Settings, reporter: Reporter) -> Iterator[Publisher]:
    """A publisher on the broker that the settings name, whoever works on what it sends."""
    from streams.admin import create_topics
    from streams.brokers.open import open_broker
    from streams.publisher import KafkaPublisher

    with open_broker(settings) as broker:
        if broker.max_ahead_bytes is not None:
            raise UsageError(
                "A broker in memory forgets what nobody takes from it, so publishing alone would lose it; "
                "use `vidhuk run`, or another VIDHUK_KAFKA."
            )
        partitions = create_topics(broker, settings)
        with reporter.step("publishing") as step:
            yield KafkaPublisher(broker, settings, partitions=partitions, progress=step.sent)


@contextmanager
def open_line(settings: Settings, reporter: Reporter, *, fall_back: bool = False) -> Iterator[RunningLine]:
    """A whole pipeline for one command: broker, topics, workers as children; stopped when the block ends."""
    from streams.admin import create_topics
    from streams.brokers.open import open_broker
    from streams.log_identity import log_ids
    from streams.progress import TABLE_OF, PipelineProgress
    from streams.topics import INBOX
    from streams.worker_processes import WorkerProcesses

    writable_home(settings.home_path)
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


def settings_for_children(settings: Settings, broker: AnyBroker) -> Settings:
    """The same settings with the broker by its address, for processes that join it."""
    import msgspec

    own = {"kafka": broker.bootstrap, "home": str(settings.home_path)}
    if broker.max_ahead_bytes is None:
        return msgspec.structs.replace(settings, **own)
    # the publisher waits for what lands, so small batches at once are quicker here than large ones later
    return msgspec.structs.replace(settings, **own, batch_seconds=min(settings.batch_seconds, PACED_BATCH_SECONDS))


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
        """Build, audit and publish what is new; returns the version. Raises `CheckFailedError` when the audit fails."""
        from pipeline.services.publishing import publish

        with self._reporter.step("warehouse"):
            published = publish(self._settings).published
        for warning in published.warnings:
            self._reporter.say(warning)
        return published.version

    def write_data_docs(self) -> None:
        """Run the suites as a Great Expectations checkpoint over the published version, in a process of its own.

        Raises `CheckFailedError` when it finds what the gate did not.
        """
        from expectations.process import document
        from warehouse.published import required

        _, file = required(self._settings.published_path)
        with self._reporter.step("data docs"):
            documented = document(file, self._settings.published_path / "data-docs")
        self._reporter.say(f"data docs: {documented.index}")
        if not documented.holds:
            raise CheckFailedError(documented.said)

    def lake_versions(self) -> dict[str, int]:
        """Version of each table of the lake: whether anything has landed since."""
        from warehouse.published import snapshot

        return snapshot(self.lake).versions


def scorecard_of(settings: Settings, counts: Reconciliation) -> Scorecard:
    """The published warehouse's figures on one page; `counts` say what became of the inputs."""
    from pipeline.services.scorecard import Flow, make_scorecard
    from warehouse.connections import reading
    from warehouse.published import required

    _, path = required(settings.published_path)
    flow = Flow(counts.read, counts.accepted, counts.duplicates, counts.dead_letters)
    with reading(path) as connection:

        def query(statement: str) -> list[dict[str, Any]]:
            cursor = connection.execute(statement)
            names = [column[0] for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

        return make_scorecard(query, flow)


def run_role(settings: Settings, role: str, *, attached: bool) -> int:
    """Run one agent in this process until it is told to stop; returns the exit code.

    An `attached` worker was started by a command that keeps the broker: it ends with that command.
    """
    import os
    import signal

    from streams.admin import create_topics
    from streams.brokers.open import open_broker
    from streams.worker_processes import stop_with_parent

    with open_broker(settings) as broker:
        if attached:
            stop_with_parent(lambda: os.kill(os.getpid(), signal.SIGTERM))
        else:
            create_topics(broker, settings)
        return _run_intake(settings, broker) if role == "intake" else _run_ledger(settings, broker)


def run_roles(settings: Settings, roles: Sequence[str]) -> int:
    """Run each agent in a child of its own until this process is told to stop, or one of them gives up."""
    from streams.admin import create_topics
    from streams.brokers.open import open_broker
    from streams.worker_processes import WorkerProcesses

    with open_broker(settings) as broker:
        create_topics(broker, settings)
        workers = WorkerProcesses(settings_for_children(settings, broker), roles)
        try:
            workers.start()
            until_told_to_stop(workers.check, every_seconds=1.0)
        finally:
            workers.stop()
    return 0


def _run_intake(settings: Settings, broker: Broker) -> int:
    from pipeline.classify.lexicon import LexiconClassifier
    from pipeline.services.intake import Intake
    from streams.agents.intake import intake_agent
    from streams.app import create_app, run_worker
    from streams.groups import intake_group
    from streams.log_identity import log_ids
    from streams.sender import BatchSender
    from streams.topics import INBOX

    app = create_app(settings, broker, group=intake_group(settings))
    sender = BatchSender(broker)
    inbox = settings.topic(INBOX)
    intake = Intake(
        LexiconClassifier(),
        inbox_log=log_ids(broker, [inbox])[inbox],
        rejected_share_limit=settings.rejected_share_limit,
        consecutive_rejections_limit=settings.consecutive_rejections_limit,
    )
    intake_agent(app, settings, intake, sender)
    return run_worker(app, sender)


def _run_ledger(settings: Settings, broker: Broker) -> int:
    from pipeline.services.ledger import Ledger
    from streams.admin import committed
    from streams.agents.ledger import ledger_agents
    from streams.app import create_app, run_worker
    from streams.groups import ledger_group
    from streams.log_identity import log_ids
    from streams.progress import TABLE_OF
    from streams.sender import BatchSender
    from warehouse.landed_rows import LakeRows

    group = ledger_group(settings, lake_id(settings))
    app = create_app(settings, broker, group=group)
    sender = BatchSender(broker)
    lake = open_lake(settings)
    ledger = Ledger(
        lake,
        LakeRows(lake),
        dedupe_days=settings.dedupe_days,
        window_seconds=settings.window_seconds,
        live_windows=settings.live_windows,
    )
    ids = log_ids(broker, [settings.topic(name) for name in TABLE_OF])
    ledger_agents(app, settings, ledger, sender, ids, lambda topic: committed(broker, group, topic))
    return run_worker(app, sender)


@contextmanager
def demo_home(settings: Settings) -> Iterator[Settings]:
    """Settings whose home is empty and whose topics are the demo's own; foreign topics are removed afterwards."""
    import uuid

    import msgspec

    from pipeline.services.demo_home import clear_demo_home
    from streams.admin import delete_topics
    from streams.brokers.local.cluster import local_status
    from streams.brokers.open import LOCAL, MEMORY, open_broker

    clear_demo_home(settings.home_path, broker_runs=local_status(settings).running)
    if settings.kafka in {LOCAL, MEMORY}:
        yield settings
        return
    own = msgspec.structs.replace(settings, topic_prefix=f"{settings.topic_prefix}.demo-{uuid.uuid4().hex[:8]}")
    try:
        yield own
    finally:
        with open_broker(own) as broker:
            delete_topics(broker, own)


def health_checks(settings: Settings) -> list[tuple[str, Check]]:
    """What `vidhuk doctor` looks at, without starting anything."""
    from pipeline.domain.lake_tables import TABLES
    from pipeline.services.health import check_home, check_python
    from streams.brokers.local.jars import class_path, java_command
    from streams.brokers.open import LOCAL, MEMORY, open_broker

    def java() -> str:
        return f"the local broker's Java is {java_command(settings.java)}"

    def jars() -> str:
        where = settings.kafka_libs or settings.cache_path
        return f"{len(class_path(settings.cache_path, settings.kafka_libs).split(os.pathsep))} jars of Kafka in {where}"

    def broker() -> str:
        with open_broker(settings) as found:
            return f"Kafka answers at {found.bootstrap}"

    def lake() -> str:
        counts = {table: len(open_lake(settings).files(table)) for table in TABLES}
        return "the lake has " + ", ".join(f"{n} files of {table}" for table, n in counts.items())

    checks: list[tuple[str, Check]] = [("packages", check_python), ("home", lambda: check_home(settings.home_path))]
    if settings.kafka == LOCAL:
        checks += [("java", java), ("jars", jars)]
    elif settings.kafka != MEMORY:
        checks.append(("broker", broker))
    return [*checks, ("lake", lake)]


def keep_up(settings: Settings, reporter: Reporter, publish_every_seconds: float, *, docs: bool) -> int:
    """Broker, workers and publishing until told to stop; an audit that fails is said and tried again with news."""
    with open_line(settings, reporter) as line:
        reporter.say(f"Up. Kafka answers at {line.bootstrap}; stop with Ctrl-C.")
        published_at = -publish_every_seconds
        seen: object = None

        def tend() -> None:
            nonlocal published_at, seen
            line.workers.check()
            stands = line.lake_versions()
            if stands == seen or time.monotonic() - published_at < publish_every_seconds:
                return
            try:
                line.publish_warehouse()
                if docs:
                    line.write_data_docs()
            except CheckFailedError as error:
                reporter.say(f"Check failed: {error}")
            published_at, seen = time.monotonic(), stands

        until_told_to_stop(tend, every_seconds=1.0)
    return 0
