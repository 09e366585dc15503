"""What the company publishes, as the intake's own decoder sees it."""

from __future__ import annotations

import json

import pytest

from pipeline.domain.decoding import decode, decode_batch
from pipeline.domain.rejection import Reason, Rejection
from pipeline.simulator import Truth, simulate
from pipeline.simulator.spoil import SPOILERS, Spoiler

GOOD = json.dumps(
    {
        "specversion": "1.0",
        "id": "e-1",
        "source": "channel/email",
        "type": "vidhuk.feedback.submitted.v1",
        "time": "2026-09-01T10:00:00Z",
        "subject": "customer-42",
        "partitionkey": "customer-42",
        "data": {"channel": "email", "text": "The parcel never came.", "rating": 1},
    }
).encode()


def test_every_well_formed_event_is_accepted_and_every_other_refused_for_its_reason() -> None:
    truth, refused = Truth(), dict[str, int]()
    for chunk in simulate(40_000, 8, truth=truth):
        for outcome in decode_batch(chunk.values, [()] * len(chunk.values)):
            if isinstance(outcome, Rejection):
                refused[outcome.reason.value] = refused.get(outcome.reason.value, 0) + 1
    assert refused == truth.malformed
    assert 0.002 < truth.rejected / truth.events < 0.005


@pytest.mark.parametrize("spoiler", dict.fromkeys(SPOILERS), ids=lambda spoiler: spoiler[1].__name__.strip("_"))
def test_each_way_of_spoiling_gives_its_reason(spoiler: Spoiler) -> None:
    reason, spoil = spoiler
    assert not isinstance(decode(GOOD), Rejection)
    outcome = decode(spoil(json.loads(GOOD)))
    assert isinstance(outcome, Rejection)
    assert outcome.reason is reason


def test_most_reasons_that_a_record_can_have_occur() -> None:
    impossible = {Reason.UNMAPPABLE_ROW, Reason.UNSUPPORTED_CONTENT_TYPE, Reason.TOO_DEEP, Reason.INVALID_VALUE}
    assert {reason for reason, _ in SPOILERS} == set(Reason) - impossible
