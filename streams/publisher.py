"""Publishing: importers' chunks onto the inbox, and what they could not map onto the dead letters."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from pipeline.domain.errors import DependencyError, FatalError
from pipeline.domain.log_record import LetterMarks, letter_headers
from pipeline.ports import Broker, Headers, ImportChunk, Receipt, Span
from pipeline.settings import Settings
from streams.brokers.options import aiokafka_options
from streams.pacing import RECORD_BYTES, Landed, Pace
from streams.partitioning import partitions_of
from streams.topics import DEAD_LETTERS, INBOX, MAX_INBOX_BYTES

BATCH_BYTES: Final = 512 * 1024
"""A batch is sent at about so many bytes before compression."""
MAX_RECORD_BYTES: Final = MAX_INBOX_BYTES - 16 * 1024
"""Largest key and value together that surely fit the inbox as a batch of one, even where compression only adds."""
PATIENCE_SECONDS: Final = 60.0
"""How long a record may wait for the broker: longer than a restart takes."""
LANDING_PATIENCE_SECONDS: Final = 180.0
POLL_SECONDS: Final = 0.05
TOO_LARGE: Final = "too_large"
NO_HEADERS: Final[list[tuple[str, bytes]]] = []  # aiokafka wants a list
NO_LINE: Final = 0
"""The line said of a record that came without one."""

Progress = Callable[[int, int], None]
"""Called with events and bytes acknowledged so far."""


class KafkaPublisher:
    """The port `Publisher` on any broker: whole batches, idempotent, acknowledged by every replica in sync."""

    def __init__(
        self,
        broker: Broker,
        settings: Settings,
        *,
        partitions: int,
        landed: Landed | None = None,
        landed_dead_letters: Landed | None = None,
        progress: Progress = lambda events, size_bytes: None,  # noqa: ARG005 - the names say what is given
    ) -> None:
        """`partitions` is what `create_topics` returned.

        `landed` and `landed_dead_letters` say the next offset not certainly in the lake, per partition of the inbox
        and of the dead letters; they are needed where the broker limits being ahead.
        """
        self._broker, self._settings, self._partitions = broker, settings, partitions
        self._lanes = _lanes(broker, settings, landed, landed_dead_letters)
        self._progress = progress

    def publish(self, chunks: Iterator[ImportChunk], source: str) -> Receipt:
        """Send all chunks and return when the broker has acknowledged every record.

        Events go to the partition that Kafka's default partitioner gives their key, those without a key to one
        partition after another, a batch at a time; unmappable rows, and events too large for the inbox, go to the dead
        letters with `source`. When it fails, what was acknowledged stays, and publishing the same again is harmless,
        because identity decides. Raises `DependencyError` when the broker cannot be reached for a minute.
        """
        return asyncio.run(self._publish(chunks, source))

    async def _publish(self, chunks: Iterator[ImportChunk], source: str) -> Receipt:
        run = _Run(self._broker, self._settings, self._partitions, self._lanes, self._progress)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await run.start()
        except Exception as error:
            await run.stop()
            raise _unreachable(self._broker, error) from error
        try:
            loop = asyncio.get_running_loop()
            # in a thread, so that batches leave while the next chunk is being read
            while (chunk := await loop.run_in_executor(None, next, chunks, None)) is not None:
                await run.send(chunk, source)
            return await run.finish()
        finally:
            await run.stop()


@dataclass(frozen=True, slots=True)
class _Lane:
    """How far one topic may run ahead, and who says what has landed of it."""

    limit: int
    landed: Landed


def _lanes(
    broker: Broker, settings: Settings, landed: Landed | None, landed_dead_letters: Landed | None
) -> dict[str, _Lane]:
    """A lane for each topic that must be paced; none where the broker keeps everything."""
    limit = broker.max_ahead_bytes
    if limit is None:
        return {}
    if landed is None or landed_dead_letters is None:
        raise FatalError("This broker drops what is too far ahead, so publishing to it must know what has landed.")
    # refused events join ours on the dead letters, so that topic's partitions carry both shares
    share = limit // 3
    return {
        settings.topic(INBOX): _Lane(limit - share, landed),
        settings.topic(DEAD_LETTERS): _Lane(share, landed_dead_letters),
    }


@dataclass(slots=True)
class _Open:
    """A batch that is being filled."""

    builder: Any
    append: Any
    """The builder's own method, looked up once."""
    size: int = 0


class _Run:
    """One publishing, from the first chunk to the last acknowledgement."""

    def __init__(
        self, broker: Broker, settings: Settings, partitions: int, lanes: Mapping[str, _Lane], progress: Progress
    ) -> None:
        self._broker, self._partitions, self._lanes, self._progress = broker, partitions, lanes, progress
        self._inbox, self._dead_letters = settings.topic(INBOX), settings.topic(DEAD_LETTERS)
        self._paces = {topic: Pace(lane.limit) for topic, lane in lanes.items()}
        self._open: dict[tuple[str, int], _Open] = {}
        self._waiting: set[asyncio.Future[None]] = set()
        self._failure: Exception | None = None
        self._receipt = Receipt()
        self._events = self._bytes = 0
        self._keyless = 0
        self._producer: Any = None

    async def start(self) -> None:
        """Connect."""
        from aiokafka import AIOKafkaProducer  # noqa: PLC0415 - only who publishes loads it

        logging.getLogger("aiokafka").addHandler(logging.NullHandler())  # we say it in a sentence
        self._producer = AIOKafkaProducer(
            bootstrap_servers=self._broker.bootstrap,
            enable_idempotence=True,
            acks="all",
            compression_type="lz4",
            max_batch_size=BATCH_BYTES,
            request_timeout_ms=int(PATIENCE_SECONDS * 1000),
            **aiokafka_options(self._broker.client_options),
        )
        await self._producer.start()

    async def stop(self) -> None:
        """Disconnect; waits for nothing that has failed."""
        for future in self._waiting:
            future.cancel()
        if self._producer is not None:
            with suppress(Exception):  # whatever was wrong has been said
                await asyncio.wait_for(self._producer.stop(), 5)

    async def send(self, chunk: ImportChunk, source: str) -> None:
        """Put a chunk's rows into batches and send those that are full."""
        now_ms = int(time.time() * 1000)
        for partition, key, value in self._placed(chunk):
            if len(value) + (len(key) if key else 0) > MAX_RECORD_BYTES:
                await self._send_too_large(partition, key, value, source, now_ms)
            elif not self._fits(self._inbox, partition, key, value, NO_HEADERS, now_ms):
                # awaiting for full batches only saves a coroutine for every event
                await self._append(self._inbox, partition, key, value, NO_HEADERS, now_ms)
        for row in chunk.unmappable:
            headers = _file_letter(row.reason, row.sentence, source, row.line, now_ms)
            original, headers = _cut(row.original, headers, MAX_RECORD_BYTES)
            await self._append(self._dead_letters, row.line % self._partitions, None, original, headers, now_ms)
        self._receipt.events += len(chunk.values)
        self._receipt.unmappable += len(chunk.unmappable)

    async def finish(self) -> Receipt:
        """Send what is open and wait for every acknowledgement."""
        for topic, partition in list(self._open):
            await self._flush(topic, partition)
        while self._waiting:
            await asyncio.wait(self._waiting, return_when=asyncio.FIRST_COMPLETED)
            self._raise_failure()
        self._raise_failure()
        for spans in (self._receipt.inbox, self._receipt.dead_letters):
            for partition in spans:
                spans[partition] = _merged(spans[partition])
        return self._receipt

    def _placed(self, chunk: ImportChunk) -> Iterator[tuple[int, bytes | None, bytes]]:
        """Each event with its partition."""
        keyed = [key for key in chunk.keys if key is not None]
        of_keys = iter(partitions_of(keyed, self._partitions))
        for key, value in zip(chunk.keys, chunk.values, strict=True):
            yield (self._keyless if key is None else next(of_keys)), key, value

    async def _append(
        self, topic: str, partition: int, key: bytes | None, value: bytes, headers: Headers, now_ms: int
    ) -> None:
        """Add a record to the open batch of its partition, sending the batch first when it is full."""
        if self._fits(topic, partition, key, value, headers, now_ms):
            return
        await self._flush(topic, partition)
        if key is None and topic == self._inbox:
            self._keyless = (self._keyless + 1) % self._partitions
        self._fits(topic, partition, key, value, headers, now_ms)  # an empty batch takes any record

    def _fits(self, topic: str, partition: int, key: bytes | None, value: bytes, headers: Headers, now_ms: int) -> bool:
        """Whether the open batch took the record; no coroutine, because this runs for every event."""
        batch = self._open.get((topic, partition))
        if batch is None:
            batch = self._open[topic, partition] = self._new_batch()
        if batch.append(timestamp=now_ms, key=key, value=value, headers=headers) is None:
            return False
        batch.size += len(value) + (len(key) if key else 0) + RECORD_BYTES
        return True

    def _new_batch(self) -> _Open:
        builder = self._producer.create_batch()
        return _Open(builder, builder.append)

    async def _send_too_large(self, partition: int, key: bytes | None, value: bytes, source: str, now_ms: int) -> None:
        size = len(value) + (len(key) if key else 0)
        sentence = f"The event has {size} bytes and the inbox takes {MAX_RECORD_BYTES}; send large bodies by reference."
        headers = _file_letter(TOO_LARGE, sentence, source, NO_LINE, now_ms)
        key = key[: MAX_RECORD_BYTES // 2] if key else key
        value, headers = _cut(value, headers, MAX_RECORD_BYTES - (len(key) if key else 0))
        await self._append(self._dead_letters, partition, key, value, headers, now_ms)

    async def _flush(self, topic: str, partition: int) -> None:
        batch = self._open.pop((topic, partition))
        await self._wait_for_landing(topic, partition, batch.size)
        self._raise_failure()
        records = batch.builder.record_count()
        try:
            acknowledged = await self._producer.send_batch(batch.builder, topic, partition=partition)
        except Exception as error:
            raise _unreachable(self._broker, error) from error
        task = asyncio.ensure_future(self._acknowledge(acknowledged, topic, partition, records, batch.size))
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)

    async def _acknowledge(
        self, acknowledged: asyncio.Future[Any], topic: str, partition: int, records: int, size: int
    ) -> None:
        try:
            first = (await acknowledged).offset
        except Exception as error:  # noqa: BLE001 - kept, and raised where the caller waits
            self._failure = self._failure or error
            return
        spans = self._receipt.inbox if topic == self._inbox else self._receipt.dead_letters
        spans.setdefault(partition, []).append(Span(first, first + records))
        self._events += records
        self._bytes += size - records * RECORD_BYTES
        if topic in self._paces:
            self._paces[topic].acknowledged(partition, first + records, size)
        self._progress(self._events, self._bytes)

    async def _wait_for_landing(self, topic: str, partition: int, size: int) -> None:
        """Return when so many bytes more on `partition` stay within what the broker keeps."""
        if topic not in self._paces:
            return
        pace, landed = self._paces[topic], self._lanes[topic].landed
        loop = asyncio.get_running_loop()
        since = time.monotonic()
        while not pace.may_send(partition, size):
            self._raise_failure()
            if pace.landed(await loop.run_in_executor(None, landed)):
                since = time.monotonic()
                continue
            if time.monotonic() - since > LANDING_PATIENCE_SECONDS:
                raise FatalError(
                    f"Nothing has landed for {LANDING_PATIENCE_SECONDS:.0f} s, so publishing stopped; "
                    "the workers' logs say why."
                )
            await asyncio.sleep(POLL_SECONDS)
        pace.sent(partition, size)

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise _unreachable(self._broker, self._failure) from self._failure


def _file_letter(reason: str, sentence: str, source: str, line: int, now_ms: int) -> list[tuple[str, bytes]]:
    """Headers of a dead letter that never was on the inbox."""
    return letter_headers(LetterMarks(reason, sentence, None, now_ms, file=source, line=line))


def _cut(original: bytes, headers: list[tuple[str, bytes]], limit: int) -> tuple[bytes, list[tuple[str, bytes]]]:
    """The original, cut to `limit` bytes and marked with its true size when it is longer."""
    if len(original) <= limit:
        return original, headers
    return original[:limit], [*headers, ("vidhuk_truncated", str(len(original)).encode())]


def _merged(spans: list[Span]) -> list[Span]:
    """Spans in order, neighbours made one."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and merged[-1].next_offset == span.position:
            merged[-1] = Span(merged[-1].position, span.next_offset)
        else:
            merged.append(span)
    return merged


def _unreachable(broker: Broker, error: Exception) -> Exception:
    """The error as one of ours; ours stay as they are."""
    from aiokafka.errors import KafkaError  # noqa: PLC0415 - only who publishes loads it

    if not isinstance(error, (KafkaError, TimeoutError, OSError)):
        return error
    return DependencyError(
        f"Kafka at {broker.bootstrap} did not take the events ({type(error).__name__}). What it acknowledged stays; "
        "publish the same again when it answers, and nothing will count twice."
    )
