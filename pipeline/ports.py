"""Values and interfaces that rooms meet through: whoever implements one imports only this page.

Units: offsets and positions count records of one partition; times are integer microseconds UTC (`_us`) unless the
name says milliseconds (`_ms`, Kafka's own unit).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import pyarrow as pa

Headers = Sequence[tuple[str, bytes]]


class TopicPartition(NamedTuple):
    """One partition of one topic."""

    topic: str
    partition: int


@dataclass(slots=True)
class RecordColumns:
    """Consecutive records of one partition, as columns of equal length, in offset order.

    `position` is where the reader stood before the first record and `next_offset` where it stands after the last:
    both continue without a gap from batch to batch, while `offsets` may have holes (compaction, control records).
    """

    topic: str
    partition: int
    position: int
    next_offset: int
    offsets: list[int]
    timestamps_ms: list[int]
    keys: list[bytes | None]
    values: list[bytes | None]
    headers: list[Headers]

    def __len__(self) -> int:
        return len(self.offsets)

    @property
    def tp(self) -> TopicPartition:
        """The partition these records came from."""
        return TopicPartition(self.topic, self.partition)


@dataclass(slots=True)
class OutgoingRecords:
    """Records to send, as columns of equal length; `headers` and `timestamps_ms` may be left out whole."""

    keys: list[bytes | None] = field(default_factory=list)
    values: list[bytes | None] = field(default_factory=list)
    headers: list[Headers] | None = None
    timestamps_ms: list[int] | None = None

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True, slots=True)
class Classification:
    """What a classifier says of a batch of texts: columns of equal length, None where the text is absent.

    None also where the classifier does not know enough to say. `severity` is 1 to 5. `confidence` holds the chances
    that the likeliest answers are right, in whole percent, in the order of `domain.taxonomy.CONFIDENCE_HEADS`, between
    spaces (`-` where a question was not asked). A classifier that knows neither leaves both columns empty.
    """

    model: str
    language: list[str | None]
    record_class: list[str | None]
    category: list[str | None]
    sentiment: list[str | None]
    safety: list[bool | None]
    severity: list[int | None] = field(default_factory=list)
    confidence: list[str | None] = field(default_factory=list)


class Classifier(Protocol):
    """Says what texts are about. Pure: the same texts and model give the same answer at any batch size."""

    @property
    def model(self) -> str:
        """Name and version, stored beside every answer."""

    def classify(self, texts: Sequence[str | None], stated_languages: Sequence[str | None]) -> Classification:
        """One answer per text, in order. A stated language is believed."""


class Span(NamedTuple):
    """The offsets [position, next_offset) of one partition."""

    position: int
    next_offset: int


class Sink(Protocol):
    """Tables that take rows and the next offsets of their source in one atomic commit.

    Called from a worker thread, never from the event loop; every call may block on storage.
    """

    def next_offsets(self, table: str, partitions: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        """Where `table` stands, for each partition it has ever committed; absent means never."""

    def append(self, table: str, rows: pa.Table, spans: Mapping[TopicPartition, Span]) -> frozenset[TopicPartition]:
        """Commit `rows` with `spans` as next offsets; the partitions that this call moved on.

        Spans the table is already past are dropped with their rows, and of a span it is partly past only the rows at
        or after where it stands are taken (somebody else landed the others). Rows name their place in the columns
        `partition` and `offset`; all spans are of one topic. Raises `FatalError` on a span that begins beyond where
        the table stands (0 if it never committed the partition): that would be a hole.
        """

    def compact(self, table: str) -> None:
        """Rewrite small files into larger ones and checkpoint the log; content is unchanged."""


class LandedRows(Protocol):
    """What the ledger asks of the lake about rows it landed earlier, one partition's below one offset at a time.

    A partition's topic names its log (`domain.logs.in_log`). Rows of the same partition number that came through other
    logs are always among the answers, whatever their offsets: these count something else.
    Called from a worker thread; every call may block on storage.
    """

    def keys(self, table: str, tp: TopicPartition, before: int, horizon_days: int) -> pa.Table:
        """Columns `event_key`, `inbox_log`, `inbox_offset`, `recorded_us` of rows with `offset` below `before`.

        Other logs first, then in the order they were landed; back to `horizon_days` whole days before the newest.
        Rows without a place in the inbox are left out. `event_key` is null for dead letters, nothing else is.
        """

    def newest_cells(self, tp: TopicPartition, before: int, window_us: int, limit: int) -> pa.Table:
        """The newest `limit` cells (`windows.CELL_SCHEMA`) of rows below `before`, and whole the window they end in.

        Fewer than `limit` are all there are.
        """

    def cells(
        self,
        windows: Mapping[TopicPartition, Collection[int]],
        before: Mapping[TopicPartition, int],
        window_us: int,
    ) -> pa.Table:
        """All cells of these window starts by partition: `CELL_SCHEMA` and `partition`; one query for all."""

    def cells_since(self, tp: TopicPartition, since: int, before: int, window_us: int) -> pa.Table:
        """The cells that rows with offsets in [since, before) fall into, with whole totals of rows below `before`."""

    def case_rows(self, tp: TopicPartition, since: Mapping[str, int], before: int) -> Iterator[pa.Table]:
        """Rows of `events` that belong to cases, below `before`, in the order in which they were landed.

        `since` says from which offset on, by log id; a log that it does not name is read from its beginning. The
        tables are `lake_tables.EVENTS`, some ten thousand rows each, with `text` left null.
        """

    def case_histories(
        self, case_ids: Mapping[TopicPartition, Collection[str]], stands: Mapping[TopicPartition, Mapping[str, int]]
    ) -> Mapping[TopicPartition, pa.Table]:
        """All rows of these cases as `case_rows` gives them, by partition; one query for all. Absent means no rows.

        `stands` bounds each partition by log id: only rows below it, and none of a log that it does not name.
        """


class LogOfRecord(Protocol):
    """A lake read as what happened, in the order in which it was landed. Blocks on storage."""

    def logs(self, table: str) -> Mapping[int, Sequence[str]]:
        """The ids of the logs that rows of `table` came through, by partition number."""

    def next_offsets(self, table: str, partitions: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        """Where `table` stands, for each partition it has ever committed."""

    def rows(self, table: str, partition: int, before: Mapping[str, int]) -> Iterator[pa.Table]:
        """Whole rows of one partition number as they were landed, some ten thousand at a time, each table of one log.

        `before` bounds them by log id; rows of a log that it does not name are left out.
        """


@dataclass(frozen=True, slots=True)
class CaseSnapshot:
    """The open cases of one partition number as they were when the lake's `events` stood at `stands`."""

    stands: Mapping[str, int]
    """By log id, the offset below which every row is in `cases`."""
    passed_us: int | None
    """Alerts were sent about every clock that fell due up to this moment; None if none ever were."""
    cases: pa.Table
    """What the fold calls its snapshot."""


class CaseSnapshots(Protocol):
    """Keeps open cases beside the lake, so that a worker need not fold history again. May block on storage.

    What is kept can always be made again: writing may fail without harm, and reading returns only what is whole, of
    this lake, and made by the same policies.
    """

    def save(self, tp: TopicPartition, policies: str, snapshot: CaseSnapshot) -> None:
        """Keep this one for the partition number of `tp`; `policies` is the digest of the policies in force."""

    def newest(self, tp: TopicPartition, policies: str, before: int) -> CaseSnapshot | None:
        """The one to begin with when `events` stands at `before` of `tp`: never one that is ahead of it."""


@dataclass(frozen=True, slots=True)
class Unmappable:
    """One row of a file that could not become an event."""

    line: int
    original: bytes
    reason: str
    sentence: str


@dataclass(slots=True)
class ImportChunk:
    """What an importer made of some consecutive rows: ready CloudEvents (structured JSON) and rows it could not map.

    `keys` are partition keys; every row of the file ends in at least one event or in exactly one `Unmappable`.
    """

    keys: list[bytes | None] = field(default_factory=list)
    values: list[bytes] = field(default_factory=list)
    unmappable: list[Unmappable] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.values) + len(self.unmappable)


class Importer(Protocol):
    """Reads one file format."""

    def __call__(self, path: str) -> Iterator[ImportChunk]:
        """Chunks in file order, a few thousand rows each; the same file always gives the same events and identities.

        Raises `UsageError` when the file is not of this format at all, naming the file and what is wrong.
        """


@dataclass(slots=True)
class Receipt:
    """Which inbox offsets one publishing took, per partition, as half-open spans in order."""

    inbox: dict[int, list[Span]] = field(default_factory=dict)
    dead_letters: dict[int, list[Span]] = field(default_factory=dict)
    events: int = 0
    unmappable: int = 0


@dataclass(frozen=True, slots=True)
class InboxCounts:
    """Rows of the lake's three tables about some inbox offsets, and what is wrong with them."""

    accepted: int = 0
    duplicates: int = 0
    dead_letters: int = 0
    missing: int = 0
    twice: int = 0
    examples: tuple[tuple[int, int], ...] = ()
    """A few (partition, offset) that are missing or there more than once."""


class LandedCounts(Protocol):
    """Counts what the lake holds of what was published to one log each of inbox and dead letters. Blocks on storage."""

    def of_inbox(self, spans: Mapping[int, Sequence[Span]], examples: int) -> InboxCounts:
        """What became of these inbox offsets, by partition; at most `examples` of those at fault."""

    def of_files(self, spans: Mapping[int, Sequence[Span]]) -> int:
        """Letters about files' rows at these offsets of the dead letters, by partition."""


class Publisher(Protocol):
    """Puts importers' chunks on the broker."""

    def publish(self, chunks: Iterator[ImportChunk], source: str) -> Receipt:
        """Send all chunks and return when the broker has acknowledged every record.

        Events go to the inbox by Kafka's default partitioner over their key; unmappable rows go to the dead
        letters with `source` and their line. Raises `DependencyError` when the broker cannot be reached.
        """


class Broker(Protocol):
    """A running Kafka, wherever it comes from."""

    @property
    def bootstrap(self) -> str:
        """`host:port,…` for clients."""

    @property
    def client_options(self) -> Mapping[str, str]:
        """SASL and TLS options by their librdkafka names (`security.protocol`, …); empty for loopback."""

    @property
    def max_ahead_bytes(self) -> int | None:
        """How far publishing may run ahead of what has landed, per partition; None where the log keeps everything."""

    def close(self) -> None:
        """Stop it if this object started it and nobody else uses it."""
