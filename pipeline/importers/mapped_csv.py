"""Any CSV file through a mapping: a row gives all its events, or none and one reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import repeat
from typing import Any

import msgspec

from pipeline.domain.events.registry import EVENT_TYPES
from pipeline.importers.case_rows import (
    CaseReader,
    CaseRows,
    InFileOrder,
    InStatedOrder,
    Unrelated,
    added_cells,
    checked_sequence,
    looks_back,
)
from pipeline.importers.cells import LINE, CellCompiler, Cells, Reader, label_of
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
        """Chunks of about 5,000 rows; see `Importer`. The first is empty: that a file can be read is soon known."""
        mapping = self._mapping
        with opened(path) as stream:
            table = Table(path, stream, mapping.dialect)
            compiler = CellCompiler(mapping, table.columns, path, added_cells(mapping))
            plans = [_EventPlan(event, compiler) for event in mapping.events]
            cases = None if mapping.case is None else CaseReader(mapping, mapping.case, compiler)
            yield ImportChunk()
            case_rows = self._case_rows(path, cases)
            content_ids = ContentIds()
            by_content = any(not event.id_columns for event in mapping.events)
            for batch in batches(table.rows()):
                ids = _content_ids(batch, content_ids) if by_content else repeat("")
                yield _chunk(case_rows.complete(batch), plans, ids)

    def _case_rows(self, path: str, cases: CaseReader | None) -> CaseRows:
        if cases is None or not looks_back(self._mapping):
            return Unrelated(with_line=cases is not None)
        if not cases.is_ordered:
            return InFileOrder(cases)
        with opened(path) as stream:
            return InStatedOrder(cases, Table(path, stream, self._mapping.dialect).rows(), path)


def _content_ids(batch: Sequence[Row], content_ids: ContentIds) -> list[str]:
    """One identity a row, empty for rows that cannot be read; of the file's own cells."""
    found = iter(content_ids.of([[cell.strip() for cell in row.cells] for row in batch if row.problem is None]))
    return ["" if row.problem is not None else next(found) for row in batch]


def _chunk(batch: Sequence[Row], plans: Sequence[_EventPlan], content_ids: Iterable[str]) -> ImportChunk:
    chunk = ImportChunk()
    chosen = iter(_chosen([row.cells for row in batch if row.problem is None], plans))
    for row, content_id in zip(batch, content_ids, strict=False):  # without identities by content, "" without end
        if row.problem is not None:
            chunk.unmappable.append(refused(row, f"{row.problem}."))
            continue
        try:
            events = [plan(row.cells, content_id) for plan in next(chosen)]
        except UnmappableRowError as error:
            chunk.unmappable.append(refused(row, str(error)))
            continue
        if not events:
            chunk.unmappable.append(refused(row, "The row meets the `when` of no [[event]] of the mapping."))
        for key, value in events:
            chunk.keys.append(key)
            chunk.values.append(value)
    return chunk


def _chosen(rows: Sequence[Cells], plans: Sequence[_EventPlan]) -> list[list[_EventPlan]]:
    """The events that each row gives, in the order of the mapping."""
    chosen: list[list[_EventPlan]] = [[] for _ in rows]
    for plan in plans:
        for mine, holds in zip(chosen, plan.select(rows), strict=True):
            if holds and not (plan.otherwise and mine):
                mine.append(plan)
    return chosen


class _EventPlan:
    """One [[event]] of the mapping, bound to the columns of one file."""

    def __init__(self, event: EventMapping, compiler: CellCompiler) -> None:
        self._event = event
        self._conditions = [compiler.condition(condition) for condition in event.when]
        self._type = compiler.rule(event.type_rule, "text")
        self._structs = {name: (name, EVENT_TYPES[name]) for name in event.types}
        self._id = [(compiler.text(column), column) for column in event.id_columns]
        self.otherwise = event.otherwise
        self._time = _attribute(compiler, event.time, is_time=True)
        self._sequence = _sequence(compiler, event)
        self._subject = _attribute(compiler, event.subject)
        self._key = _attribute(compiler, event.partitionkey)
        self._flat, self._nested = _readers(compiler, event)

    def select(self, rows: Sequence[Cells]) -> Iterable[bool]:
        """Whether each row meets all of the event's `when`."""
        if not self._conditions:
            return repeat(True, len(rows))  # noqa: FBT003 - what is repeated
        found = [condition(rows) for condition in self._conditions]
        return found[0] if len(found) == 1 else map(all, zip(*found, strict=True))

    def __call__(self, cells: Cells, content_id: str) -> tuple[bytes, bytes]:
        """The Kafka key and the event of one row that was selected; raises `UnmappableRowError`."""
        event_id = self._identity(cells, content_id)
        subject, key = _text(self._subject, cells), _text(self._key, cells)
        data = self._data(cells)
        partitionkey = key or data.get("case_id") or subject
        value = encoded_event(
            identity=(self._event.source, event_id),
            event_type=self._type_of(cells),
            time=self._moment(cells),
            data=data,
            sequence=None if self._sequence is None else self._sequence(cells),
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


def _sequence(compiler: CellCompiler, event: EventMapping) -> Callable[[Cells], str] | None:
    """Reads the event's place among those of one time, as text that sorts like the numbers it is of.

    Where a row can give several events, they happened in the order of their blocks.
    """
    step, place = event.sequence_step, event.sequence_place
    if event.sequence is not None:
        read, label = compiler.rule(event.sequence, "integer"), label_of(event.sequence)
        return lambda cells: f"{checked_sequence(read, label, cells) * step + place:019d}"
    if not compiler.has_added(LINE):
        return None
    line = compiler.added(LINE)
    return lambda cells: f"{int(line(cells)) * step + place:019d}"


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
