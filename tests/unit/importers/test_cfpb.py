from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.domain.errors import UsageError
from pipeline.importers.cfpb import CfpbImporter
from pipeline.ports import ImportChunk

_HEADER = (
    "Date received,Product,Sub-product,Issue,Sub-issue,Consumer complaint narrative,Company public response,Company,"
    "State,ZIP code,Tags,Consumer consent provided?,Submitted via,Date sent to company,Company response to consumer,"
    "Timely response?,Consumer disputed?,Complaint ID"
)
_OLD_HEADER = (
    "Date received,Product,Sub-product,Issue,Sub-issue,Company,State,ZIP code,Consumer consent provided?,Submitted via,"
    "Date sent to company,Company response to consumer,Timely response?,Consumer disputed?"
)


def _row(**cells: str) -> str:
    """A row of today's columns; names are the API's."""
    row = {
        "date_received": "2026-02-24",
        "product": "Mortgage",
        "sub_product": "",
        "issue": "Closing",
        "sub_issue": "",
        "narrative": "",
        "public_response": "",
        "company": "A Bank",
        "state": "",
        "zip": "",
        "tags": "",
        "consent": "",
        "via": "Web",
        "sent": "",
        "response": "In progress",
        "timely": "",
        "disputed": "",
        "id": "1",
    } | cells
    return ",".join(f'"{cell}"' for cell in row.values())


def _import(tmp_path: Path, *rows: str, header: str = _HEADER) -> ImportChunk:
    file = tmp_path / "cfpb.csv"
    file.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return next(CfpbImporter()(str(file)))


def _event(tmp_path: Path, **cells: str) -> dict[str, Any]:
    (value,) = _import(tmp_path, _row(**cells)).values
    event: dict[str, Any] = json.loads(value)
    return event


def test_a_blank_answer_is_unknown_and_never_no(tmp_path: Path) -> None:
    attributes = _event(tmp_path)["data"]["attributes"]
    assert attributes == {
        "issue": "Closing",
        "company": "A Bank",
        "submitted_via": "Web",
        "company_response": "In progress",
        "narrative": "no",
    }


def test_the_narrative_is_the_text_and_else_the_issue_is(tmp_path: Path) -> None:
    assert _event(tmp_path, narrative="They\nlost it.")["data"]["text"] == "They\nlost it."
    assert _event(tmp_path, sub_issue="Late")["data"]["text"] == "Closing: Late"
    assert _event(tmp_path)["data"]["text"] == "Closing"


def test_a_complaint_that_hardly_says_anything_is_still_one(tmp_path: Path) -> None:
    data = _event(tmp_path, via="", issue="")["data"]
    assert (data["channel"], data["text"]) == ("unknown", "Mortgage")


def test_it_is_a_complaint_with_a_case_of_its_own_on_the_day_it_was_received(tmp_path: Path) -> None:
    event = _event(tmp_path, id="77", via="Web Referral", sent="2026-02-20")
    assert (event["source"], event["id"], event["time"]) == ("cfpb", "77", "2026-02-24T00:00:00Z")
    assert event["partitionkey"] == event["data"]["case_id"] == "cfpb-77"
    assert (event["data"]["channel"], event["data"]["record_class"]) == ("web_referral", "complaint")
    assert event["data"]["attributes"]["date_sent_to_company"] == "2026-02-20"


def test_older_files_have_american_dates_and_ids_by_content(tmp_path: Path) -> None:
    row = "7/29/2013,Consumer Loan,,Problems,,A Bank,VA,24540,N/A,Phone,7/30/2013,Closed,Yes,No"
    chunk = _import(tmp_path, row, row, header=_OLD_HEADER)
    first, second = (json.loads(value) for value in chunk.values)
    assert first["time"] == "2013-07-29T00:00:00Z"
    assert first["id"] != second["id"]
    assert first["data"]["attributes"]["consumer_consent_provided"] == "N/A"


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"date_received": ""}, "Date received"),
        ({"date_received": "30/30/2026"}, "Date received"),
        ({"sent": "soon"}, "Date sent to company"),
        ({"id": ""}, "Complaint ID"),
        ({"product": "x" * 300}, "Product"),
    ],
)
def test_a_row_that_cannot_be_mapped_names_the_column(tmp_path: Path, cells: dict[str, str], column: str) -> None:
    chunk = _import(tmp_path, _row(id="1"), _row(**({"id": "2"} | cells)))
    assert len(chunk.values) == 1
    (row,) = chunk.unmappable
    assert row.line == 3
    assert f'Column "{column}"' in row.sentence


def test_another_table_is_refused_by_the_column_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match='no column "Date received"'):
        _import(tmp_path, "1,2", header="a,b")
