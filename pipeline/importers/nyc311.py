"""Service requests of New York City's 311, from the portal's CSV exports or its API's JSON.

Both forms of one record give the same events, byte for byte: cells are brought to one spelling first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

from pipeline.domain.errors import UsageError
from pipeline.domain.events.complaint import Closed
from pipeline.domain.events.feedback import FeedbackSubmitted
from pipeline.importers.chunks import batches, refused
from pipeline.importers.envelopes import UnmappableRowError, encoded_event
from pipeline.importers.files import opened
from pipeline.importers.json_records import Record, json_records
from pipeline.importers.moments import rfc3339, to_utc, zone
from pipeline.importers.rows import Dialect, Row, Table
from pipeline.ports import ImportChunk

SOURCE: Final = "nyc311"
_SUBMITTED: Final = ("vidhuk.feedback.submitted.v1", FeedbackSubmitted)
_CLOSED: Final = ("vidhuk.complaint.closed.v1", Closed)

_RENAMED: Final[Mapping[str, str]] = {
    "problem_formerly_complaint_type": "complaint_type",
    "problem_detail_formerly_descriptor": "descriptor",
    "additional_details": "descriptor_2",
    "problem": "complaint_type",
    "problem_detail": "descriptor",
    "park_facility": "park_facility_name",
}
"""Titles of some years' exports that differ from the API's names."""
_REQUIRED: Final = ("unique_key", "created_date", "complaint_type")
_WHOLE_NUMBERS: Final = frozenset({"x_coordinate_state_plane", "y_coordinate_state_plane", "bbl", "unique_key"})
_DEGREES: Final = frozenset({"latitude", "longitude"})
_ZIPS: Final = frozenset({"incident_zip"})
_DATES: Final = frozenset({"resolution_action_updated_date", "due_date"})
_NOT_ATTRIBUTES: Final = frozenset({"unique_key", "created_date", "closed_date", "agency", "open_data_channel_type"})
"""Told elsewhere in the events."""
_REPEATED: Final = "location"
"""Latitude and longitude once more."""
_COMPUTED: Final = ":@computed_region_"
"""Columns that the portal adds by itself, with numbers of its own."""
_PATTERNS: Final = ("%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M", "%m/%d/%Y")
_WHOLE = re.compile(r"-?\d+(\.0*)?", re.ASCII)


class _Request(NamedTuple):
    """One record in the common spelling: only columns that say something, by the API's names."""

    cells: Mapping[str, str]

    def instant(self, column: str, *, not_before: datetime | None = None) -> datetime | None:
        """The instant of a local time in New York.

        In the repeated hour of autumn the later reading is taken where the earlier one lies before `not_before`.
        """
        text = self.cells.get(column)
        if text is None:
            return None
        try:
            moment = _instant(text, 0)
            if not_before is not None and moment < not_before:
                moment = _instant(text, 1)
        except ValueError as error:
            raise UnmappableRowError(f'column "{column}" {error}.') from None
        return moment


class Nyc311Importer:
    """Reads CSV with the API's or the portal's column titles, and JSON."""

    def __call__(self, path: str) -> Iterator[ImportChunk]:
        """One `vidhuk.feedback.submitted.v1` a record, and a `vidhuk.complaint.closed.v1` where it has a closing date.

        A record that was closed before it was created gives neither and is `Unmappable`.
        """
        with opened(path) as stream:
            start = stream.peek(64)[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
            if start[:1] in (b"[", b"{"):
                for number, records in enumerate(batches(json_records(path, stream))):
                    if number == 0:
                        _check_members(records[0].members, path)
                    yield _chunk([(record, record.members) for record in records])
                return
            table = Table(path, stream, Dialect())
            names = _names(table.columns, path)
            for rows in batches(table.rows()):
                yield _chunk([(row, dict(zip(names, row.cells, strict=False))) for row in rows])


def _check_members(first: Mapping[str, Any], path: str) -> None:
    if first and not any(name in first for name in _REQUIRED):
        raise UsageError(f'{path}: these are not NYC 311 records: the first one has no "unique_key".')


def _names(header: Sequence[str], path: str) -> list[str]:
    names = [_api_name(title) for title in header]
    for name in _REQUIRED:
        if name not in names:
            raise UsageError(f'{path}: this is not an NYC 311 export: it has no column "{name}".')
    return names


def _api_name(title: str) -> str:
    """`X Coordinate (State Plane)` as `x_coordinate_state_plane`; the API's own names stay."""
    if title.startswith(":@"):
        return title
    name = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")
    return _RENAMED.get(name, name)


def _chunk(records: Sequence[tuple[Row | Record, Mapping[str, Any]]]) -> ImportChunk:
    chunk = ImportChunk()
    for record, members in records:
        if record.problem is not None:
            chunk.unmappable.append(refused(record, f"{record.problem}."))
            continue
        try:
            key, events = _events(_request(members))
        except UnmappableRowError as error:
            chunk.unmappable.append(refused(record, str(error)))
            continue
        chunk.keys.extend([key] * len(events))
        chunk.values.extend(events)
    return chunk


def _request(members: Mapping[str, Any]) -> _Request:
    cells = {}
    for name, value in members.items():
        if value is None or value == "" or name == _REPEATED or name.startswith(_COMPUTED):
            continue
        if isinstance(value, dict | list):
            raise UnmappableRowError(f'column "{name}" holds a structure where a value should be.')
        text = _spelled(name, value)
        if "\0" in text:
            raise UnmappableRowError(f'column "{name}" holds a NUL character.')
        if text:
            cells[name] = text
    for name in _REQUIRED:
        if name not in cells:
            raise UnmappableRowError(f'column "{name}" is empty, and every service request has one.')
    return _Request(cells)


def _spelled(name: str, value: object) -> str:
    """A cell in the one spelling, empty where it says nothing.

    CSV exports write whole numbers as 10033.0 and JSON as "10033".
    """
    text = (str(value).lower() if isinstance(value, bool) else str(value)).strip()
    if name in _WHOLE_NUMBERS and _WHOLE.fullmatch(text):
        return text.partition(".")[0]
    if name in _ZIPS and _WHOLE.fullmatch(text):
        return text.partition(".")[0].zfill(5)  # a ZIP code that was read as a number has lost its leading zeros
    if name in _DEGREES:
        return _degrees(text)
    return text


def _degrees(text: str) -> str:
    try:
        return repr(float(text))
    except ValueError:
        return text


def _events(request: _Request) -> tuple[bytes, list[bytes]]:
    cells = request.cells
    unique_key = cells["unique_key"]
    case_id = f"{SOURCE}-{unique_key}"
    created = request.instant("created_date")
    closed = request.instant("closed_date", not_before=created)
    if created is not None and closed is not None and closed < created:
        raise UnmappableRowError('column "closed_date" lies before column "created_date".')
    common = {"case_id": case_id, "channel": cells.get("open_data_channel_type", "unknown").lower()}
    if "agency" in cells:
        common["product"] = cells["agency"]
    attributes = _attributes(request, closed is not None)
    submitted = {
        **common,
        "text": ": ".join(cells[name] for name in ("complaint_type", "descriptor") if name in cells),
        "record_class": "complaint",
        "attributes": attributes,
    }
    events = [_encoded(unique_key, _SUBMITTED, created, submitted, case_id)]
    if closed is not None:
        ending: dict[str, Any] = dict(common)
        if "resolution_description" in cells:
            ending["note"] = cells["resolution_description"]
        events.append(_encoded(f"{unique_key}/closed", _CLOSED, closed, ending, case_id))
    return case_id.encode(), events


def _encoded(
    event_id: str, event_type: tuple[str, Any], moment: datetime | None, data: Mapping[str, Any], case_id: str
) -> bytes:
    return encoded_event(
        identity=(SOURCE, event_id),
        event_type=event_type,
        time=None if moment is None else rfc3339(moment),
        data=data,
        partitionkey=case_id,
        origin=_origin,
    )


def _attributes(request: _Request, closed: bool) -> dict[str, str]:  # noqa: FBT001 - a fact of the request, private
    attributes = {}
    for name in sorted(request.cells):  # the order of columns differs between the forms
        if name in _NOT_ATTRIBUTES or (closed and name == "resolution_description"):
            continue
        moment = request.instant(name) if name in _DATES else None
        attributes[name] = request.cells[name] if moment is None else rfc3339(moment)
    return attributes


@lru_cache(maxsize=65_536)
def _instant(text: str, fold: int) -> datetime:
    return to_utc(_local(text), zone("America/New_York"), fold=fold)


def _local(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    for pattern in _PATTERNS:
        try:
            return datetime.strptime(text, pattern)  # noqa: DTZ007 - the city's local time; the zone is applied next
        except ValueError:
            continue
    raise ValueError("is not a date and time")


def _origin(path: str) -> str:
    name = {"channel": "open_data_channel_type", "product": "agency", "text": "complaint_type"}.get(path)
    return f'column "{name}"' if name is not None else f"`data.{path}`"
