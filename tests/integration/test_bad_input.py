"""Bad input costs nothing that was good: each kind gets a sentence and the right exit code."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.command import Answer, rows, vidhuk

pytestmark = pytest.mark.kafka


def an_event(number: int, **changes: Any) -> dict[str, Any]:
    event: dict[str, Any] = {
        "specversion": "1.0",
        "id": f"e-{number}",
        "source": "channel/test",
        "type": "vidhuk.feedback.submitted.v1",
        "time": "2026-09-01T10:00:00Z",
        "subject": f"customer-{number}",
        "data": {"channel": "email", "text": "The parcel never came."},
    }
    event.update(changes)
    return {name: value for name, value in event.items() if value is not None}


def encoded(event: dict[str, Any]) -> bytes:
    return json.dumps(event).encode()


BAD_LINES = {
    "not_json": b"this is not JSON",
    "not_an_object": b"[1, 2, 3]",
    "not_utf8": b'{"specversion":"1.0","id":"\xff\xfe"}',
    "missing_field": encoded(an_event(90, source=None)),
    "wrong_type": encoded(an_event(91, data={"channel": "email", "rating": "five"})),
    "too_large": encoded(an_event(92, data={"channel": "email", "text": "x" * 1_048_576})),
    "unknown_type": encoded(an_event(93, type="vidhuk.feedback.imagined.v1")),
    "invalid_time": encoded(an_event(94, time="the day before yesterday")),
    "time_out_of_range": encoded(an_event(95, time="9999-12-31T23:59:59Z")),
}
YEAR_ZERO = encoded(an_event(96, time="0000-01-01T00:00:00Z"))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One home for all of these, with its broker kept up."""
    home = tmp_path_factory.mktemp("bad") / "home"
    vidhuk("broker", "up", home=home)
    yield home
    vidhuk("broker", "down", home=home)


def test_every_bad_line_is_a_dead_letter_with_its_reason_and_the_good_ones_land(home: Path, tmp_path: Path) -> None:
    good = [encoded(an_event(number)) for number in range(5)]
    bad = [*BAD_LINES.values(), YEAR_ZERO]
    file = tmp_path / "mixed.jsonl"
    file.write_bytes(b"\n".join([*good[:2], *bad, *good[2:]]) + b"\n")
    summary = vidhuk("run", str(file), "--as", "cloudevents", "--json", home=home).json
    assert (summary["read"], summary["accepted"], summary["duplicates"]) == (len(good) + len(bad), 5, 0)
    assert summary["dead_letters"] == len(bad)
    letters = vidhuk("dead-letters", "list", "--json", home=home).json
    assert sorted(letter["reason"] for letter in letters) == sorted([*BAD_LINES, "time_out_of_range"])
    assert all(letter["sentence"] for letter in letters)
    assert "parcel" not in json.dumps([letter["sentence"] for letter in letters])
    assert rows("select count(*) as n from fct_feedback where source = 'channel/test'", home) == [{"n": 5}]


def refused(answer: Answer, code: int, *words: str) -> None:
    assert answer.code == code, f"{answer.out}\n{answer.err}"
    assert "Traceback" not in answer.err
    for word in words:
        assert word in answer.err


def test_an_empty_file_is_said_to_be_empty(home: Path, tmp_path: Path) -> None:
    for kind in ("cloudevents", "cfpb", "nyc311"):
        file = tmp_path / f"empty.{kind}"
        file.write_bytes(b"")
        refused(vidhuk("run", str(file), "--as", kind, home=home, check=False), 2, "empty")


def test_a_file_that_is_not_csv_is_refused_and_a_good_one_beside_it_lands(home: Path, tmp_path: Path) -> None:
    picture = tmp_path / "picture.csv"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8)
    refused(vidhuk("run", str(picture), "--as", "cfpb", home=home, check=False), 2, "picture.csv")


def test_a_file_that_is_not_there_is_named(home: Path) -> None:
    refused(
        vidhuk("run", "/nowhere/complaints.csv", "--as", "cfpb", home=home, check=False), 2, "/nowhere/complaints.csv"
    )


def test_an_unknown_format_lists_the_known_ones(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_text("x")
    refused(vidhuk("run", str(file), "--as", "excel", home=home, check=False), 2, "cloudevents", "cfpb")


def test_an_unreachable_broker_is_named_and_exits_three(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{taken.getsockname()[1]}"
    file = tmp_path / "one.jsonl"
    file.write_bytes(encoded(an_event(1)) + b"\n")
    answer = vidhuk(
        "run", str(file), "--as", "cloudevents", home=tmp_path / "h", check=False, extra={"VIDHUK_KAFKA": address}
    )
    refused(answer, 3, address)


def test_a_home_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    """A folder cannot be made below a file, whoever asks: root too, whom permissions do not stop."""
    (tmp_path / "file").write_text("")
    home = tmp_path / "file" / "home"
    event = tmp_path / "one.jsonl"
    event.write_bytes(encoded(an_event(1)) + b"\n")
    refused(vidhuk("run", str(event), "--as", "cloudevents", home=home, check=False), 3, str(home))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 24 MB: an empty warehouse is a file of 4, and three versions are kept."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("a small file system to fill needs root and mount(8)")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_full_home_is_a_sentence_and_loses_nothing(home: Path, small_disk: Path, tmp_path: Path) -> None:
    address = vidhuk("broker", "status", "--json", home=home).json["bootstrap"]
    extra = {"VIDHUK_KAFKA": address, "VIDHUK_TOPIC_PREFIX": "full"}
    one = tmp_path / "one.jsonl"
    one.write_bytes(encoded(an_event(1)) + b"\n")
    vidhuk("run", str(one), "--as", "cloudevents", home=small_disk, extra=extra)
    before = vidhuk("digest", "--json", home=small_disk).json
    (small_disk / "ballast").write_bytes(b"\0" * (os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_frsize))
    two = tmp_path / "two.jsonl"
    two.write_bytes(encoded(an_event(2)) + b"\n")
    answer = vidhuk("run", str(two), "--as", "cloudevents", home=small_disk, check=False, extra=extra)
    assert answer.code in (1, 3)
    refused(answer, answer.code, str(small_disk))
    (small_disk / "ballast").unlink()
    assert vidhuk("digest", "--json", home=small_disk).json == before
    summary = vidhuk("run", str(two), "--as", "cloudevents", "--json", home=small_disk, extra=extra).json
    assert summary["dead_letters"] == 0
    assert rows("select count(*) as n from fct_feedback", small_disk) == [{"n": 2}]
