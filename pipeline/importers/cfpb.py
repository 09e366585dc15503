"""The US consumer complaint database of the CFPB, as its CSV exports have it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final

from pipeline.domain.errors import UsageError
from pipeline.domain.events.feedback import FeedbackSubmitted
from pipeline.importers.chunks import batches, refused
from pipeline.importers.content_ids import ContentIds
from pipeline.importers.envelopes import UnmappableRowError, encoded_event
from pipeline.importers.files import opened
from pipeline.importers.moments import instant_reader, rfc3339
from pipeline.importers.rows import Dialect, Row, Table
from pipeline.ports import ImportChunk

SOURCE: Final = "cfpb"
_TYPE: Final = ("vidhuk.feedback.submitted.v1", FeedbackSubmitted)

_NAMES: Final[Mapping[str, str]] = {
    "Date received": "date_received",
    "Product": "product",
    "Sub-product": "sub_product",
    "Issue": "issue",
    "Sub-issue": "sub_issue",
    "Consumer complaint narrative": "complaint_what_happened",
    "Company public response": "company_public_response",
    "Company": "company",
    "State": "state",
    "ZIP code": "zip_code",
    "Tags": "tags",
    "Consumer consent provided?": "consumer_consent_provided",
    "Submitted via": "submitted_via",
    "Date sent to company": "date_sent_to_company",
    "Company response to consumer": "company_response",
    "Timely response?": "timely",
    "Consumer disputed?": "consumer_disputed",
    "Complaint ID": "complaint_id",
}
"""Column titles of the exports and the names that the database's own API uses for them."""

_REQUIRED: Final = ("date_received", "product", "issue")
_ELSEWHERE: Final = frozenset(
    {"date_received", "product", "complaint_what_happened", "complaint_id", "date_sent_to_company"}
)
_ATTRIBUTES: Final = tuple(name for name in _NAMES.values() if name not in _ELSEWHERE)
_SPELLING: Final = str.maketrans({"\N{RIGHT SINGLE QUOTATION MARK}": "'"})

_day = instant_reader(("%m/%d/%Y", "iso", "%m/%d/%y"), "UTC")


class CfpbImporter:
    """Reads both column sets: today's 18 columns, and older files without complaint IDs and narratives."""

    def __call__(self, path: str) -> Iterator[ImportChunk]:
        """One `vidhuk.feedback.submitted.v1` a row, at midnight UTC of the day that the CFPB received it."""
        with opened(path) as stream:
            table = Table(path, stream, Dialect())
            columns = _located(table.columns, path)
            content_ids = ContentIds()
            for batch in batches(table.rows()):
                yield _chunk(batch, columns, content_ids)


def _located(header: Sequence[str], path: str) -> Mapping[str, int]:
    """Where each known column stands, by the API's name."""
    known = {title.casefold(): name for title, name in _NAMES.items()} | {name: name for name in _NAMES.values()}
    columns = {known[title.casefold()]: at for at, title in enumerate(header) if title.casefold() in known}
    for name in _REQUIRED:
        if name not in columns:
            title = next(title for title, named in _NAMES.items() if named == name)
            raise UsageError(f'{path}: this is not a CFPB complaint export: it has no column "{title}".')
    return columns


def _chunk(batch: Sequence[Row], columns: Mapping[str, int], content_ids: ContentIds) -> ImportChunk:
    chunk = ImportChunk()
    identified = "complaint_id" in columns
    good = [] if identified else [row.cells for row in batch if row.problem is None]
    ids = iter(content_ids.of(good))
    for row in batch:
        if row.problem is not None:
            chunk.unmappable.append(refused(row, f"{row.problem}."))
            continue
        cells = {name: cell for name, at in columns.items() if (cell := row.cells[at].strip())}
        try:
            key, value = _event(cells, cells.get("complaint_id") if identified else next(ids))
        except UnmappableRowError as error:
            chunk.unmappable.append(refused(row, str(error)))
            continue
        chunk.keys.append(key)
        chunk.values.append(value)
    return chunk


def _event(cells: Mapping[str, str], event_id: str | None) -> tuple[bytes, bytes]:
    if event_id is None:
        raise UnmappableRowError('Column "Complaint ID" is empty, and it is the complaint\'s identity.')
    narrative = cells.get("complaint_what_happened")
    product = cells.get("product")
    case_id = f"{SOURCE}-{event_id}"
    attributes = {name: cells[name] for name in _ATTRIBUTES if name in cells}
    attributes["narrative"] = "no" if narrative is None else "yes"
    if "date_sent_to_company" in cells:
        attributes["date_sent_to_company"] = _date(cells["date_sent_to_company"], "Date sent to company")[:10]
    data = {
        "channel": _channel(cells.get("submitted_via", "unknown")),
        "text": narrative or ": ".join(cells[name] for name in ("issue", "sub_issue") if name in cells) or product,
        "case_id": case_id,
        "product": product,
        "record_class": "complaint",
        "attributes": attributes,
    }
    value = encoded_event(
        identity=(SOURCE, event_id),
        event_type=_TYPE,
        time=_date(cells.get("date_received"), "Date received"),
        data={name: value for name, value in data.items() if value is not None},
        partitionkey=case_id,
        origin=_origin,
    )
    return case_id.encode(), value


@lru_cache(maxsize=65_536)
def _date(cell: str | None, column: str) -> str:
    """Midnight UTC of a day: the database gives days without a zone."""
    if cell is None:
        raise UnmappableRowError(f'Column "{column}" is empty, and it says when the complaint was received.')
    try:
        return rfc3339(_day(cell))
    except ValueError as error:
        raise UnmappableRowError(f'Column "{column}" {error}.') from None


@lru_cache(maxsize=1_024)
def _channel(submitted_via: str) -> str:
    """`Postal mail` as `postal_mail`."""
    return re.sub(r"[^a-z0-9]+", "_", submitted_via.lower()).strip("_")


def _origin(path: str) -> str:
    name = {"text": "complaint_what_happened", "channel": "submitted_via"}.get(path, path.rpartition(".")[2])
    title = next((title for title, named in _NAMES.items() if named == name), None)
    return f'column "{title}"' if title is not None else f"`data.{path}`"
