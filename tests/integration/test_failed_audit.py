"""A failed audit on the command line: exit 1, the rule and its rows named, the last good version still published."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command import rows, vidhuk
from tests.lakes import an_event, land

pytestmark = pytest.mark.kafka

EVENT = (
    '{"specversion":"1.0","id":"%s","source":"me","type":"vidhuk.feedback.submitted.v1",'
    '"data":{"channel":"web","text":"Thank you!"}}\n'
)


def test_a_failed_audit_exits_one_and_leaves_the_last_good_version(tmp_path: Path) -> None:
    home, memory = tmp_path / "home", {"VIDHUK_KAFKA": "memory"}
    for number in (1, 2):
        (tmp_path / f"{number}.jsonl").write_text(EVENT % f"good-{number}")
    vidhuk("run", str(tmp_path / "1.jsonl"), "--as", "cloudevents", home=home, extra=memory)
    land(home, "events", [an_event(0, id="bad", record_class="praise")])
    failed = vidhuk("run", str(tmp_path / "2.jsonl"), "--as", "cloudevents", home=home, check=False, extra=memory)
    assert failed.code == 1
    assert "audit" in failed.err
    assert "record_class" in failed.err
    assert "stays published" in failed.err
    assert "Thank you" not in failed.err
    assert rows("select event_id from fct_feedback", home) == [{"event_id": "good-1"}]
