"""Both engines say the same of seeded faults; Great Expectations runs in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from expectations.gate import audit
from expectations.outcome import Status
from expectations.suites import SUITES
from pipeline.services.publishing import publish
from pipeline.settings import Settings
from tests.lakes import an_answer, an_event, land
from warehouse.audited import MartRunner

pytestmark = pytest.mark.slow

FAULTS = """
    update fct_feedback set channel = null where event_id = 'e-0';
    update fct_feedback set record_class = 'praise', rating_normalised = 2.0, event_id = 'secret-id'
    where event_id = 'e-1';
    insert into fct_feedback select * from fct_feedback where event_id = 'secret-id';
    update agg_feedback_daily set lo = 0.9, value = 0.5, feedback_count = 7;
"""


def checkpoint(published: Path, out: Path) -> tuple[int, list[dict[str, Any]]]:
    command = [sys.executable, "-m", "expectations.checkpoint", "--published", str(published), "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode in (0, 1), done.stderr
    verdicts: list[dict[str, Any]] = json.loads(done.stdout)
    return done.returncode, verdicts


def test_gate_and_checkpoint_agree_on_seeded_faults(tmp_path: Path) -> None:
    land(tmp_path, "events", [an_event(0), an_event(1), an_event(2), an_answer(3, "csat", 5, (1, 5))])
    publication = publish(Settings(home=str(tmp_path)))
    bad = tmp_path / "bad.duckdb"
    bad.write_bytes(publication.published.path(tmp_path / "published").read_bytes())
    with duckdb.connect(bad) as connection:
        for statement in FAULTS.split(";"):
            if statement.strip():
                connection.execute(statement).fetchall()
        gate = audit(MartRunner(connection), SUITES)
    code, verdicts = checkpoint(bad, tmp_path / "docs")
    assert code == 1
    theirs = {(verdict["mart"], name) for verdict in verdicts for name in verdict["broken"]}
    ours = {(outcome.mart, outcome.expectation) for outcome in gate if outcome.status is Status.FAILED}
    assert theirs == ours
    assert len(ours) >= 6
    pages = [page.read_text(encoding="utf-8") for page in (tmp_path / "docs").rglob("*.html")]
    assert any("record_class" in page for page in pages)
    assert not any("secret-id" in page for page in pages)
