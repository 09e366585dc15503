from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from pipeline.domain.errors import FatalError
from pipeline.domain.identity import derived_case_id
from pipeline.domain.lake_tables import EVENTS
from pipeline.domain.log_record import LetterMarks, LogColumns, letter_headers, read_letter, read_log, read_record
from tests.builders import feedback, log_value, survey


def row(value: bytes) -> dict[str, Any]:
    columns = read_log([value])
    assert len(columns) == 1
    first = {name: getattr(columns, name)[0] for name in LogColumns.__dataclass_fields__}
    return first | {name: first[name].as_py() for name in ("time", "recordedtime")}


def test_every_column_is_one_of_the_lake() -> None:
    assert set(LogColumns.__dataclass_fields__) < set(EVENTS.names)


def test_a_value_gives_its_attributes_and_the_data_without_the_text() -> None:
    got = row(log_value(feedback(rating=2, rating_scale="1-5"), id="e-9", subject="c-1", inbox=(3, 8)))
    assert (got["id"], got["subject"], got["inbox_partition"], got["inbox_offset"]) == ("e-9", "c-1", 3, 8)
    assert (got["rating"], got["rating_scale"], got["text"]) == (2.0, "1-5", "The parcel never came.")
    assert msgspec.json.decode(got["data"]) == {
        "channel": "email",
        "product": "parcel",
        "rating": 2,
        "rating_scale": "1-5",
    }
    assert got["time"] == datetime(2026, 9, 1, 10, tzinfo=UTC)


def test_what_the_channel_states_is_preferred_to_what_the_classifier_said() -> None:
    stated = feedback(record_class="inquiry", category="billing", language="uk")
    got = row(log_value(stated, enrichclass="complaint", enrichcategory="delivery", enrichlanguage="en"))
    assert (got["record_class"], got["category"], got["language"]) == ("inquiry", "billing", "uk")


def test_a_complaint_without_a_case_gets_its_derived_one() -> None:
    got = row(log_value(id="e-1", enrichclass="complaint"))
    assert got["case_id"] == derived_case_id("channel/email", "e-1")
    assert row(log_value(enrichclass="inquiry"))["case_id"] is None
    assert row(log_value(feedback(case_id="C-1"), enrichclass="complaint"))["case_id"] == "C-1"


def test_a_survey_comment_that_sounds_like_a_complaint_opens_no_case() -> None:
    value = log_value(survey(text="Awful."), type="vidhuk.survey.responded.v1", enrichclass="complaint")
    assert row(value)["case_id"] is None


def test_a_channels_own_field_may_share_its_name_with_a_field_of_another_type() -> None:
    got = row(log_value(survey(rating=["odd"], record_class={}), type="vidhuk.survey.responded.v1"))
    assert (got["rating"], got["record_class"]) == (None, None)
    assert msgspec.json.decode(got["data"])["rating"] == ["odd"]


def test_unknown_attributes_are_kept_as_json() -> None:
    got = row(log_value(traceparent="00-1", retries=3, urgent=True))
    assert msgspec.json.decode(got["extensions"]) == {"traceparent": "00-1", "retries": 3, "urgent": True}


@pytest.mark.parametrize("sequence", ["0007", "", 7, True])
def test_a_sequence_is_kept_alone_as_it_is_among_others(sequence: object) -> None:
    alone = msgspec.json.decode(row(log_value(sequence=sequence))["extensions"])
    among = msgspec.json.decode(row(log_value(sequence=sequence, traceparent="00-1"))["extensions"])
    assert among == alone | {"traceparent": "00-1"}
    assert alone == {"sequence": sequence}


@pytest.mark.parametrize("value", [None, b"", b"{}", b"[", b'{"id":"\xff"}', b"[" * 200_000])
def test_a_value_that_the_intake_did_not_write_stops_the_reader(value: bytes | None) -> None:
    with pytest.raises(FatalError, match="value 1 of the batch"):
        read_log([log_value(), value])


@pytest.mark.parametrize("time", ["soon", "2026-09-01", "2026-09-01T10:00:00", "2026-13-01T10:00:00Z", ""])
def test_a_time_that_the_intake_would_not_write_stops_the_reader(time: str) -> None:
    with pytest.raises(FatalError, match="value 1 of the batch"):
        read_log([log_value(), log_value(time=time)])


@pytest.mark.parametrize(
    "time",
    [
        "1901-02-03T04:05:06.7Z",
        "2026-09-01T10:00:00.123456Z",
        "2026-09-01T10:00:00.123456789Z",
        "2026-09-01T00:30:00+05:45",
        "2026-09-01T23:30:00.5-11:00",
        "2026-09-01t10:00:00z",
        "2099-12-31T23:59:59.999999Z",
    ],
)
def test_a_time_is_the_same_instant_however_the_others_of_its_batch_are_written(time: str) -> None:
    expected = msgspec.convert(time, datetime).astimezone(UTC)
    for others in ([], [log_value(time="2026-09-01t10:00:00.0000000z")]):
        assert read_log([log_value(time=time), *others]).time[0].as_py() == expected


def test_one_record_can_be_read_alone() -> None:
    assert read_record(log_value(inbox=(2, 5))).inboxoffset == 5


@pytest.mark.parametrize(
    "marks",
    [
        LetterMarks("not_json", "Not JSON.", None, 12, topic="feedback.inbox", partition=1, offset=7, log="0f"),
        LetterMarks("unmappable_row", "`Дата` is empty.", "time", 12, file="a.csv", line=3),
    ],
)
def test_marks_survive_the_headers(marks: LetterMarks) -> None:
    assert read_letter([("ce_id", b"1"), *letter_headers(marks)]) == marks


def test_letters_are_identified_by_where_they_came_from() -> None:
    record = LetterMarks("not_json", "s", None, 12, topic="feedback.inbox", partition=1, offset=7)
    again = LetterMarks("empty", "other", None, 13, topic="feedback.inbox", partition=1, offset=7)
    elsewhere = LetterMarks("not_json", "s", None, 12, topic="feedback.inbox", partition=1, offset=7, log="0f")
    file = LetterMarks("unmappable_row", "s", None, 12, file="a.csv", line=7)
    assert elsewhere.letter_key(b"x") != record.letter_key(b"x")
    assert record.letter_key(b"x") == again.letter_key(b"y") != file.letter_key(b"x")
    assert file.letter_key(b"x") != file.letter_key(b"y")


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("vidhuk_reason", b"x")],
        [("vidhuk_reason", b"\xff")],
        [("vidhuk_reason", b"x"), ("vidhuk_sentence", b"x"), ("vidhuk_recordedtime", b"soon")],
    ],
)
def test_headers_that_are_not_ours_stop_the_reader(headers: list[tuple[str, bytes]]) -> None:
    with pytest.raises(FatalError, match="vidhuk_"):
        read_letter(headers)
