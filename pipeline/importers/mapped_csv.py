"""Any CSV file through a mapping: a row gives all its events, or none and one reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from pipeline.domain.events.registry import EVENT_TYPES
from pipeline.importers.cells import CellCompiler, Cells, Reader, label_of
from pipeline.importers.chunks import batches, refused
from pipeline.importers.content_ids import ContentIds
from pipeline.importers.envelopes import UnmappableRowError, encoded_event
from pipeline.importers.files import opened
from pipeline.importers.mapping import CsvMapping, EventMapping, Rule
from pipeline.importers.rows import Row, Table
from pipeline.importers.targets import targets_of
from pipeline.ports import ImportChunk


class MappedCsvImporter:
    """Reads CSV files as a mapping says."""

    def __init__(self, mapping: CsvMapping) -> None:
        self._mapping = mapping

    def __call__(self, path: str) -> Iterator[ImportChunk]:
        """Chunks of about 5,000 rows; see `Importer`."""
        with opened(path) as stream:
            table = Table(path, stream, self._mapping.dialect)
            compiler = CellCompiler(self._mapping, table.columns, path)
            plans = [_EventPlan(event, compiler) for event in self._mapping.events]
            content_ids = ContentIds()
            by_content = any(not event.id_columns for event in self._mapping.events)
            rows = table.rows()
            for batch in batches(rows):
                good = (
                    [[cell.strip() for cell in row.cells] for row in batch if row.problem is None] if by_content else []
                )
                yield _chunk(batch, plans, iter(content_ids.of(good)))


def _chunk(batch: Sequence[Row], plans: Sequence[_EventPlan], content_ids: Iterator[str]) -> ImportChunk:
    chunk = ImportChunk()
    for row in batch:
        if row.problem is not None:
            chunk.unmappable.append(refused(row, f"{row.problem}."))
            continue
        content_id = next(content_ids, "")
        try:
            events = [event for plan in plans if (event := plan(row.cells, content_id)) is not None]
        except UnmappableRowError as error:
            chunk.unmappable.append(refused(row, str(error)))
            continue
        if not events:
            chunk.unmappable.append(refused(row, "The row meets the `when` of no [[event]] of the mapping."))
        for key, value in events:
            chunk.keys.append(key)
            chunk.values.append(value)
    return chunk


class _EventPlan:
    """One [[event]] of the mapping, bound to the columns of one file."""

    def __init__(self, event: EventMapping, compiler: CellCompiler) -> None:
        self._event = event
        self._conditions = [compiler.condition(condition) for condition in event.when]
        self._type = compiler.rule(event.type_rule, "text")
        self._structs = {name: (name, EVENT_TYPES[name]) for name in event.types}
        self._id = [(compiler.text(column), column) for column in event.id_columns]
        self._time = _attribute(compiler, event.time, is_time=True)
        self._subject = _attribute(compiler, event.subject)
        self._key = _attribute(compiler, event.partitionkey)
        self._flat, self._nested = _readers(compiler, event)

    def __call__(self, cells: Cells, content_id: str) -> tuple[bytes, bytes] | None:
        """The Kafka key and the event of one row; None when a `when` does not hold."""
        for holds in self._conditions:
            if not holds(cells):
                return None
        event_id = self._identity(cells, content_id)
        subject, key = _text(self._subject, cells), _text(self._key, cells)
        data = self._data(cells)
        partitionkey = key or data.get("case_id") or subject
        value = encoded_event(
            identity=(self._event.source, event_id),
            event_type=self._type_of(cells),
            time=self._moment(cells),
            data=data,
            subject=subject,
            partitionkey=partitionkey,
            origin=self._origin,
        )
        return (partitionkey or event_id).encode(), value

    def _data(self, cells: Cells) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for name, read in self._flat:
            value = read(cells)
            if value is not None:
                data[name] = value
        for group, fields in self._nested.items():
            inner = {name: value for name, read in fields if (value := read(cells)) is not None}
            if inner:
                data[group] = inner
        return data

    def _type_of(self, cells: Cells) -> tuple[str, type[msgspec.Struct]]:
        name = self._type(cells)
        if name is None:
            raise UnmappableRowError(f"{label_of(self._event.type_rule)} is empty, and it says the event's type.")
        return self._structs[str(name)]

    def _identity(self, cells: Cells, content_id: str) -> str:
        if not self._id:
            return content_id + self._event.id_suffix
        parts = []
        for read, column in self._id:
            cell = read(cells)
            if cell is None:
                raise UnmappableRowError(f'Column "{column}" is empty, and the event\'s identity is made of it.')
            parts.append(cell)
        if len(parts) > 1:
            parts = [part.replace("%", "%25").replace("/", "%2F") for part in parts]
        return "/".join(parts) + self._event.id_suffix

    def _moment(self, cells: Cells) -> str | None:
        if self._time is None or self._event.time is None:
            return None
        moment = self._time(cells)
        if moment is None:
            raise UnmappableRowError(f"{label_of(self._event.time)} is empty, and it says when it happened.")
        return str(moment)

    def _origin(self, path: str) -> str:
        rule = self._event.data.get(path)
        if rule is None:
            return f"`data.{path}`" if path else "`data`"
        return (
            f"`data.{path}` from {label_of(rule)}"
            if rule.value is None
            else f"`data.{path}`, a constant of the mapping,"
        )


def _attribute(compiler: CellCompiler, rule: Rule | None, *, is_time: bool = False) -> Reader | None:
    if rule is None:
        return None
    if not is_time:
        return compiler.rule(rule, "text")
    return compiler.instant_text(rule)


def _text(read: Reader | None, cells: Cells) -> str | None:
    value = None if read is None else read(cells)
    return None if value is None else str(value)


def _readers(
    compiler: CellCompiler, event: EventMapping
) -> tuple[list[tuple[str, Reader]], Mapping[str, list[tuple[str, Reader]]]]:
    targets = targets_of(EVENT_TYPES[event.types[0]])
    flat: list[tuple[str, Reader]] = []
    nested: dict[str, list[tuple[str, Reader]]] = {}
    for path, rule in event.data.items():
        read = compiler.rule(rule, targets.kind_of(path) or "text")
        group, _, name = path.partition(".")
        if name:
            nested.setdefault(group, []).append((name, read))
        else:
            flat.append((path, read))
    return flat, nested
